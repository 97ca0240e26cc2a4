function script:New-CommandFlow {
    # Makes the state of a command that takes disks: of this computer (New-DiskFlow) or of others (New-SessionFlow).
    # Preferences are read here by name: the command has written its caller's into its own scope, and calls this.
    # -Command says what differs:
    #   Verb          of the request (src/worker/protocol.ts)
    #   Fields        more of its fields, form-encoded
    #   Changes       whether it asks, and obeys -WhatIf
    #   CodeName      what is sent, for its questions
    #   Caption       of its questions
    #   Type          type name of its results
    #   Local         makes a result that the executable gave none for
    #   Activity      what its progress bar says
    #   Registrants   whether registrants are given instead of reservations
    #   Tries         how often a request may take all of its time, one after the other
    #   RetrySec      how long it is tried again where that may help; 0: not at all
    #   Tells         whether its questions say what the plan says (Get-PlanText)
    #   OneHost       whether a disk of other computers goes to one of them only
    # and what its parameters say:
    #   AsPlan        whether what would happen is given as rows, for a computer that asks from afar and shows them itself
    #   Shown         what was shown of each disk that is given, in their order, where that was done elsewhere
    #   Session, DeviceType, TimeoutSec, ThrottleLimit, Allow, LogPath
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Command)

    $asPlan = [bool]$Command['AsPlan']
    if ($asPlan -and $Command['Session']) {
        $failure = New-ModuleError 'PlanWithSession' InvalidArgument $script:Messages['PlanWithSession'] $script:Messages['PlanWithSessionNext'] $null
        $Cmdlet.ThrowTerminatingError($failure)
    }
    $dryRun = $Command['Changes'] -and ($asPlan -or [bool]$WhatIfPreference)
    $ask = $Command['Changes'] -and -not $dryRun -and $ConfirmPreference -ne 'None'
    if ($ask -and -not (Test-Interactive)) {
        $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages['NobodyToAsk'] $script:Messages['NobodyToAskNext'] $null
        $Cmdlet.ThrowTerminatingError($failure)
    }
    return @{
        Cmdlet       = $Cmdlet
        Command      = $Command
        AsPlan       = $asPlan
        # Only what would happen is looked at.
        DryRun       = $dryRun
        Ask          = $ask
        Verbose      = $VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore'
        ShowProgress = Test-ProgressShown
        # See Write-DiskReply and Write-SessionEvent.
        Run          = $null
        # Of a disk flow: see New-DiskFlow.
        Window       = 0
        Holders      = $null
        # Of a session flow: see New-SessionFlow.
        Planning     = $null
    }
}

function script:Set-RefusalCommand {
    # How the sentences about input that is not a disk call the command.
    param([hashtable]$Flow, [hashtable]$Target)

    $force = $(if ($Flow['Command']['Changes']) { ' -Force' } else { '' })
    $name = $Flow['Cmdlet'].MyInvocation.MyCommand.Name
    # Without its method Clear-StorageReservation would ask for one.
    $bound = $Flow['Cmdlet'].MyInvocation.BoundParameters
    foreach ($parameter in 'Method', 'HolderKey', 'OwnKey') { if ($bound.ContainsKey($parameter)) { $name += " -$parameter " + $bound[$parameter] } }
    if ($bound.ContainsKey('Abort') -and $bound['Abort']) { $name += ' -Abort' }
    $Target['NextStep'] = $Target['NextStep'].Replace('<command>', $name).Replace('<-Force>', $force)
}

function script:Confirm-Sending {
    # Asks whether a request is to go to the disks that are named so. -Plan: what was looked at first.
    param([hashtable]$Flow, [string]$Name, [object]$Plan)

    $sending = Get-PlanText $Flow['Command'] $Name $Plan 'Sending'
    return Request-Confirmation $Flow['Cmdlet'] $sending (Get-PlanText $Flow['Command'] $Name $Plan 'Ask') $Flow['Command']['Caption']
}

function script:Write-WhatIf {
    # Says what would happen.
    param([hashtable]$Flow, [string]$Text)

    $null = Request-Confirmation $Flow['Cmdlet'] $Text $Text $Flow['Command']['Caption']
}
