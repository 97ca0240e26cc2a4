# A command that takes disks of this computer: one request for each disk that goes in, each result is emitted as it arrives,
# and no result is lost when the pipeline ends early. Its begin, process and end:
#
#   $flow = New-DiskFlow $PSCmdlet $command     # see New-CommandFlow for $command
#   Step-DiskFlow $flow
#   Complete-DiskFlow $flow

$script:DisksALook = 8

# Fields of a request, and where their values stand in a target (New-DiskClaim).
$script:TextFields = @(
    , @('Path', '&path=')
    , @('UniqueId', '&uniqueId=')
    , @('Serial', '&serialNumber=')
    , @('FriendlyName', '&friendlyName=')
    , @('Interface', '&interfacePath=')
    , @('BusType', '&busType=')
    , @('Devices', '&devices=')
)
$script:FlagFields = @(
    , @('Boot', '&boot=')
    , @('System', '&system=')
    , @('Clustered', '&clustered=')
    , @('Multipath', '&multipath=')
)

function script:New-DiskFlow {
    # `begin`.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Command)

    $bus = $script:Bus
    # What comes by the pipeline may be of other computers (Complete-HolderFlow).
    $mine = $Cmdlet.MyInvocation
    $failure = Connect-Worker $Cmdlet -AnyBus:($mine.ExpectingInput -or $mine.BoundParameters.ContainsKey('InputObject'))
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    Write-LateAnswer $Cmdlet
    $flow = New-CommandFlow $Cmdlet $Command
    if ($bus -ne $script:Bus) { $Cmdlet.ThrowTerminatingError((New-BusError)) }
    $run = New-PipelineRun $Cmdlet $bus (1000 * ($Command['TimeoutSec'] * $Command['Tries'] + $Command['RetrySec'])) $Command['ThrottleLimit'] -Plan:$flow['DryRun']
    $run['Changes'] = $Command['Changes'] -and -not $flow['DryRun']
    $run['Unlisted'] = [bool]$Command['Registrants']
    $flow['Run'] = $run
    $flow['Fields'] = "&group=$($run['Number'])&throttle=$($Command['ThrottleLimit'])&timeout=$($Command['TimeoutSec'])&verbose=$([int]$flow['Verbose'])" + $Command['Fields']
    # How far requests run ahead of their answers.
    $flow['Window'] = 2 * $Command['ThrottleLimit']
    # Disks that are released where they are held, at the end.
    $flow['Holders'] = [System.Collections.ArrayList]::new()
    # The disk that a question is about, and what it showed of it: see Confirm-DiskRequest.
    $flow['Asked'] = $null
    $flow['Shown'] = $null
    # Why no worker could be started since, how often in a row, and whether the disk of the moment was sent to none.
    $flow['NoStart'] = $null
    $flow['Starts'] = 0
    $flow['StartedAt'] = 0
    $flow['Unsent'] = $false
    return $flow
}

function script:Step-DiskFlow {
    # `process`. What each disk costs is here and in Write-DiskReply: no call that can be done without.
    param([hashtable]$Flow)

    # No disk is asked: see Get-HostPort.
    if ($Flow.ContainsKey('HostPort')) { return }
    $run = $Flow['Run']
    $command = $Flow['Command']
    $whole = $false
    try {
        $set = $Flow['Cmdlet'].ParameterSetName
        # The parameter sets are named after their parameter; `All` has none.
        if ($set -ceq 'All') { $given = @(Get-WorkerDisk $run $command['TimeoutSec'] $command['DeviceType']) }
        else { $given = $Flow['Cmdlet'].MyInvocation.BoundParameters[$set] }
        if ($null -eq $given) { $given = @($null) }
        $place = -1
        foreach ($one in $given) {
            if ($run['Left']) { break }
            $place += 1
            if ($set -ceq 'InputObject') { $target = Resolve-DiskClaim $one }
            elseif ($set -cne 'All') { $target = Resolve-NamedClaim $one $set }
            else {
                $target = Resolve-DiskClaim $one
                $target['Piped'] = $false
            }
            if ($command['DeviceType'] -and -not $target['Devices']) { $target['Devices'] = $command['DeviceType'] -join ',' }
            if ($null -ne $target['Holder']) { $target = Resolve-HeldDisk $Flow $target }
            $target['Place'] = $place
            if ($target['Refused']) {
                # What was a disk may be none because the session has left the bus: then the pipeline ends.
                if ($run['Bus'] -ne $script:Bus) {
                    Connect-DiskFlow $Flow
                    if ($run['Left']) { break }
                }
                Write-DiskRefusal $Flow $target
                continue
            }
            if ($null -ne $target['Holder']) {
                Add-HeldDisk $Flow $target
                continue
            }

            # Since the last disk the worker may have ended, or be about to, or the session have left the bus.
            $worker = $run['Worker']
            if ($run['Bus'] -ne $script:Bus -or $null -eq $worker -or $null -ne $worker['Gone'] -or -not $worker['Ready'] -or $worker['Process'].HasExited -or
                ($null -eq $run['Rehearsal'] -and $worker['Hello'].Platform -cne 'win32') -or
                ($worker['Open'].Count -eq 0 -and $script:SessionClock.ElapsedMilliseconds - $worker['Talked'] -ge $script:Patience['Idle'])) {
                Connect-DiskFlow $Flow $target
                if ($run['Left']) { break }
                if ($Flow['Unsent']) { continue }
            }

            $fields = $Flow['Fields']
            if ($null -ne $target['Number']) { $fields += '&number=' + $target['Number'] }
            foreach ($field in $script:TextFields) {
                $text = $target[$field[0]]
                if ($text) { $fields += $field[1] + [uri]::EscapeDataString($text) }
            }
            foreach ($field in $script:FlagFields) {
                $flag = $target[$field[0]]
                if ($null -ne $flag) { $fields += $field[1] + [int]$flag }
            }
            if ($null -ne $command['Shown']) { $fields += '&shown=' + $command['Shown'][$place] }
            if ($Flow['Ask']) {
                Confirm-DiskRequest $Flow $target $fields
                if ($run['Left']) { break }
                if ($null -eq $Flow['Shown']) { continue }
                $fields += '&shown=' + $Flow['Shown']
            }
            $null = Send-WorkerRequest $run $command['Verb'] $fields $target -Counts
            # Where disks come fast, one look for answers does for several of them.
            if ($run['Sent'] % $script:DisksALook -eq 0 -or $run['Clock'].ElapsedMilliseconds - $run['Looked'] -ge 10) {
                $run['Looked'] = $run['Clock'].ElapsedMilliseconds
                Receive-WorkerReply $run['Worker'] 0
                Write-DiskReply $Flow
            }
            while ($run['Sent'] - $run['Answered'] -ge $Flow['Window'] -and -not $run['Left']) {
                Receive-WorkerReply $run['Worker'] 100
                Write-DiskReply $Flow
            }
        }
        Resume-CallerLoop $run
        $whole = $true
    }
    finally {
        if (-not $whole) {
            Stop-PipelineRun $run
            Complete-FlowProgress $Flow['Cmdlet'] $command['Activity'] $run
        }
    }
}

function script:Complete-DiskFlow {
    # `end`.
    param([hashtable]$Flow)

    if ($Flow.ContainsKey('HostPort')) { return Get-HostPort $Flow['HostPort'] }
    $run = $Flow['Run']
    $whole = $false
    try {
        if ($run['Answered'] -lt $run['Sent']) { Initialize-PayloadShape $Flow['Command']['Verb'] }
        while ($run['Answered'] -lt $run['Sent'] -and -not $run['Left']) {
            Receive-WorkerReply $run['Worker'] 100
            Write-DiskReply $Flow
        }
        if ($Flow['Holders'].Count -gt 0 -and -not $run['Left']) {
            if ($Flow['Command']['Verb'] -ceq 'clear') { Complete-HolderClear $Flow } else { Complete-HolderFlow $Flow }
        }
        Resume-CallerLoop $run
        $whole = $true
    }
    finally {
        if ($whole) { $script:Runs.Remove($run['Number']) } else { Stop-PipelineRun $run }
        Complete-FlowProgress $Flow['Cmdlet'] $Flow['Command']['Activity'] $run
    }
}

function script:Write-DiskReply {
    # Forwards all replies that have arrived.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSPossibleIncorrectUsageOfAssignmentOperator', '', Justification = 'The condition of the loop is where `continue` comes to: it writes down that it did.')]
    param([hashtable]$Flow)

    $run = $Flow['Run']
    while ($run['Replies'].Count -gt 0 -and -not $run['Left']) {
        $reply = $run['Replies'].Dequeue()
        $run['Passing'] = $reply
        # What Tab shows of the disk: see Get-DiskChoice. What changes it makes that old.
        if ($reply['Kind'] -ceq 'reservation') {
            if ($run['Bus'] -eq $script:Bus) { $script:SeenState[[string]$reply['Payload'].DevicePath] = $reply['Payload'].State, $script:SessionClock.ElapsedMilliseconds }
        }
        elseif ($script:SeenState.Count -gt 0 -and $reply['Kind'] -ceq 'result') { $script:SeenState.Remove([string]$reply['Payload'].DevicePath) }
        if (-not $reply['Category'] -and -not $run['Unlisted'] -and ($reply['Kind'] -ceq 'result' -or $reply['Kind'] -ceq 'reservation')) {
            # As Send-Downstream, in place: a call costs as much as reading a reply, and most replies come here.
            $run['Left'] = 'break'
            do {
                $run['Answered'] += 1
                $reply['Payload'].PSObject.TypeNames.Insert(0, $Flow['Command']['Type'])
                if ($run['Narrow']) { Add-NarrowView $reply['Payload'] }
                $reply['Payload']
                $run['Passing'] = $null
                $run['Left'] = $null
            } while ($(if ($run['Left']) { $run['Left'] = 'continue' }; $false))
        }
        else { Send-Downstream $run ${function:Write-DiskAnswer} $Flow, $reply }
        if (-not $run['ByNumber'] -and ($reply['Kind'] -ceq 'result' -or $reply['Kind'] -ceq 'reservation') -and $reply['Target']['Piped']) {
            $by = $reply['Payload'].PSObject.Properties['IdentifiedBy']
            if ($null -ne $by -and ($by.Value -ceq 'Number' -or $by.Value -ceq 'Path')) {
                $run['ByNumber'] = $true
                $Flow['Cmdlet'].WriteWarning(($script:Messages['ByNumber'] -f (Get-DiskName $reply['Payload'] -Short), $by.Value.ToLowerInvariant()))
            }
        }
    }
    if ($Flow['ShowProgress'] -and (Test-ProgressDue $run)) {
        $status = ($script:Messages['ProgressStatus'] -f $run['Answered'], $run['Sent']) + (Get-PendingDisk $run)
        Write-FlowProgress $Flow['Cmdlet'] $Flow['Command']['Activity'] $status ($run['Answered'] / [System.Math]::Max(1, $run['Sent']))
    }
}

function script:Write-DiskAnswer {
    # Forwards one reply. Must not contain a loop or a switch: see Send-Downstream.
    param([hashtable]$Flow, [hashtable]$Reply)

    $run = $Flow['Run']
    $command = $Flow['Command']
    if ($Reply['Kind'] -ceq 'verbose') { $Flow['Cmdlet'].WriteVerbose($Reply['Payload']) }
    elseif ($Reply['Kind'] -ceq 'warning') { $Flow['Cmdlet'].WriteWarning($Reply['Payload']) }
    elseif ($Reply['Kind'] -ceq 'registrant') {
        # Beside a reservation they are in its property of that name.
        if ($command['Registrants']) {
            $Reply['Payload'].PSObject.TypeNames.Insert(0, 'StorageRelease.Registrant')
            $Reply['Payload']
        }
    }
    elseif ($Reply['Kind'] -ceq 'local') { Write-Result $Flow['Cmdlet'] $Reply['Payload'] $Reply['Category'] $run }
    else {
        $run['Answered'] += 1
        if ($Reply['Kind'] -ceq 'plan' -and $Flow['AsPlan']) {
            $Reply['Payload'].PSObject.TypeNames.Insert(0, $command['Type'])
            Add-PlanPlace $Reply['Payload'] $Reply['Target'] $Reply['Category']
        }
        elseif ($Reply['Kind'] -ceq 'result' -or $Reply['Kind'] -ceq 'reservation') {
            $Reply['Payload'].PSObject.TypeNames.Insert(0, $command['Type'])
            Write-Result $Flow['Cmdlet'] $Reply['Payload'] $Reply['Category'] $run
        }
        elseif ($Reply['Kind'] -ceq 'plan') {
            $name = Get-DiskName $Reply['Payload']
            if ($Reply['Payload'].Outcome -ceq 'Accepted') { Write-WhatIf $Flow (Get-PlanText $command $name $Reply['Payload'] 'WouldSend') }
            else { Write-WhatIf $Flow ($script:Messages['WouldNot'] -f $name, $Reply['Payload'].Outcome, $Reply['Payload'].Message) }
        }
        # The worker ended, or did not understand: the request still has its one answer.
        else {
            $answer = Get-LostAnswer $Reply
            $result = New-FlowResult $Flow $Reply['Target'] $answer['Outcome'] $answer['Message'] $answer['NextStep']
            # The executable writes the log, and did not get so far.
            if ($command['LogPath'] -and $run['Changes']) { $Flow['Cmdlet'].WriteWarning(($script:Messages['LogLacks'] -f $command['LogPath'], (Get-DiskName $result -Short), $answer['Outcome'])) }
            if ($Flow['DryRun'] -and -not $Flow['AsPlan']) { $Flow['Cmdlet'].WriteWarning($answer['Message']) }
            elseif ($Flow['AsPlan']) { Write-Result $Flow['Cmdlet'] (Add-PlanPlace $result $Reply['Target']) $answer['Category'] $run }
            else { Write-Result $Flow['Cmdlet'] $result $answer['Category'] $run }
        }
    }
}

function script:New-FlowResult {
    # A result that the executable gave none for, as the command makes it.
    param([hashtable]$Flow, [hashtable]$Target, [string]$Outcome, [string]$Message, [string]$NextStep)

    return & $Flow['Command']['Local'] $Target $Outcome $Message $NextStep $Flow['Run']['Rehearsal'] $Flow['Command']
}

function script:Add-LocalReply {
    # A result that was made here takes its turn among the replies, and all that have arrived are forwarded.
    param([hashtable]$Flow, [object]$Result, [string]$Category)

    $Flow['Run']['Replies'].Enqueue(@{ Kind = 'local'; Payload = $Result; Category = $Category })
    Write-DiskReply $Flow
}

function script:Write-DiskRefusal {
    # The result of input that is not a disk of this computer.
    param([hashtable]$Flow, [hashtable]$Target)

    Set-RefusalCommand $Flow $Target
    $result = New-FlowResult $Flow $Target 'Refused' $Target['Message'] $Target['NextStep']
    if ($Flow['DryRun'] -and -not $Flow['AsPlan']) {
        # What is no disk has no name, and its message says what it is.
        $name = $(if ($null -ne $Target['Holder']) { Get-DiskName $result } else { '' })
        Write-WhatIf $Flow $(if ($name) { $script:Messages['WouldNot'] -f $name, 'Refused', $Target['Message'] } else { $Target['Message'] })
        Write-DiskReply $Flow
        return
    }
    if ($Flow['AsPlan']) { $result = Add-PlanPlace $result $Target }
    Add-LocalReply $Flow $result $Target['Category']
}

function script:Resolve-HeldDisk {
    # What a command can do with a disk that Find-StorageReservationHolder found.
    param([hashtable]$Flow, [hashtable]$Target)

    $verb = $Flow['Command']['Verb']
    if ($verb -cne 'release' -and $verb -cne 'clear') { return New-Refusal $Target['Object'] 'HolderOnly' 'HolderOnlyNext' }
    if ($Flow['Command']['LogPath']) { return New-HeldRefusal $Target 'HolderLog' 'HolderLogNext' }
    if ($Flow['AsPlan']) { return New-HeldRefusal $Target 'HolderPlan' 'HolderPlanNext' }
    Import-ModulePart Remote $Flow['Cmdlet']
    if ($verb -ceq 'clear') { Resolve-HolderClear $Target $Flow['Command'] } else { Resolve-HolderRelease $Target }
    if (-not $Target['Refused'] -and $null -ne $script:Rehearsal -and (Get-PropertyText $Target['Holder'] 'Bus') -cne 'Rehearsal') { return New-HeldRefusal $Target 'RealObject' 'RealObjectNext' }
    return $Target
}

function script:Add-HeldDisk {
    # A disk that is released where it is held, at the end: asked about now. What is cleared is asked about there, by what
    # its host would send.
    param([hashtable]$Flow, [hashtable]$Target)

    if ($Flow['Command']['Verb'] -ceq 'clear') {
        $null = $Flow['Holders'].Add($Target)
        return
    }
    $name = $script:Messages['SessionDisk'] -f (Get-DiskName (New-LocalResult $Target '' '' '')), $Target['HolderName']
    if ($Flow['DryRun']) { Write-WhatIf $Flow ($script:Messages['WouldSend'] -f $name, $Flow['Command']['CodeName']) }
    elseif ($Flow['Ask'] -and -not (Confirm-Sending $Flow $name)) {
        Add-LocalReply $Flow (New-FlowResult $Flow $Target 'Refused' $script:Messages['Declined'] '') $null
    }
    else { $null = $Flow['Holders'].Add($Target) }
}

function script:Connect-DiskFlow {
    # Makes sure of the worker before something is sent. Where none starts, Unsent is set, and the disk (-Target, or the one that
    # was asked about) has a result that says so. Where the session has left the bus, the pipeline ends: what it has sent is
    # answered first.
    param([hashtable]$Flow, [hashtable]$Target)

    $run = $Flow['Run']
    $Flow['Unsent'] = $false
    # One that does not start is not waited for again and again, but once a second.
    $failure = $Flow['NoStart']
    if ($null -eq $failure -or $Flow['Starts'] -lt $script:MostStarts -or $run['Bus'] -ne $script:Bus -or
        $run['Clock'].ElapsedMilliseconds - $Flow['StartedAt'] -ge 1000) {
        $failure = Connect-Run $run
        $Flow['StartedAt'] = $run['Clock'].ElapsedMilliseconds
    }
    if ($null -eq $failure) {
        $Flow['NoStart'] = $null
        $Flow['Starts'] = 0
        return
    }
    $left = $run['Bus'] -ne $script:Bus
    if ($null -ne $Flow['Asked']) { $Target = $Flow['Asked'] }
    elseif ($left) { $Target = $null }
    if ($null -ne $Target) {
        $Flow['NoStart'] = $failure
        $Flow['Starts'] += 1
        $run['Sent'] += 1
        $run['Replies'].Enqueue(@{ Kind = 'unsent'; Payload = $failure; Category = $null; Target = $Target; Verb = $Flow['Command']['Verb']; Id = 0 })
    }
    Write-DiskReply $Flow
    if (-not $left -and $null -ne $Target) {
        $Flow['Unsent'] = $true
        return
    }
    while ($run['Answered'] -lt $run['Sent'] -and -not $run['Left']) {
        Receive-WorkerReply $run['Worker'] 100
        Write-DiskReply $Flow
    }
    if (-not $run['Left']) { $Flow['Cmdlet'].ThrowTerminatingError($failure) }
}

# So often in a row a pipeline starts the worker anew at once; from then on it has tried a moment ago.
$script:MostStarts = 3

function script:Confirm-DiskRequest {
    # Asks about a disk that was looked at first, so that the question names it and is not asked in vain. Sets the flow's
    # Shown to a digest of what was shown, for the request goes to that device or nowhere; to null when nothing is to be
    # sent, and the disk has its result. Answers of earlier disks are forwarded meanwhile.
    param([hashtable]$Flow, [hashtable]$Target, [string]$Fields)

    $run = $Flow['Run']
    $Flow['Shown'] = $null
    $Flow['Asked'] = $Target
    $planRun = New-Errand $run['Worker'] $Flow['Cmdlet'] $run['Number'] $run['Limit'] $Flow['Command']['ThrottleLimit'] -Plan
    $null = Send-WorkerRequest $planRun $Flow['Command']['Verb'] $Fields $Target
    $plan = $null
    while ($null -eq $plan -and -not $run['Left']) {
        Write-DiskReply $Flow
        Receive-WorkerReply $planRun['Worker'] 100
        while ($planRun['Replies'].Count -gt 0) {
            $reply = $planRun['Replies'].Dequeue()
            if ($reply['Kind'] -ceq 'verbose') { $Flow['Cmdlet'].WriteVerbose($reply['Payload']) }
            elseif ($reply['Kind'] -ceq 'warning') { $Flow['Cmdlet'].WriteWarning($reply['Payload']) }
            else { $plan = $reply }
        }
    }
    if ($run['Left']) { return }
    if ($run['Bus'] -ne $script:Bus) { Connect-DiskFlow $Flow }
    if ($run['Left']) { return }
    if ($plan['Kind'] -cne 'plan') {
        $Flow['Asked'] = $null
        $answer = Get-LostAnswer $plan
        Add-LocalReply $Flow (New-FlowResult $Flow $Target $answer['Outcome'] $answer['Message'] $answer['NextStep']) $answer['Category']
        return
    }
    $planned = $plan['Payload']
    $planned.PSObject.TypeNames.Insert(0, $Flow['Command']['Type'])
    $shown = $planned.Shown
    $planned.PSObject.Properties.Remove('Shown')
    if ($planned.Outcome -cne 'Accepted') {
        # It would not be sent, so there is nothing to ask.
        $Flow['Asked'] = $null
        Add-LocalReply $Flow $planned $plan['Category']
        return
    }
    if (-not (Confirm-Sending $Flow (Get-DiskName $planned) $planned)) {
        $planned.Outcome = 'Refused'
        $planned.Message = $script:Messages['Declined']
        $planned.NextStep = ''
        $Flow['Asked'] = $null
        Add-LocalReply $Flow $planned $null
        return
    }
    # Somebody may have taken long to answer.
    Connect-DiskFlow $Flow $Target
    $Flow['Asked'] = $null
    if (-not $Flow['Unsent']) { $Flow['Shown'] = $shown }
}
