# Disks that Find-StorageReservationHolder found, cleared from a host that may, and proved from another. For each disk,
# in this order, each step only when the one before went well:
#
#   again    all hosts that were found to see it are asked anew (HolderAgain.ps1): it is held as it was found, and by no host
#            that answers: a live one takes the disk back
#   plan     one host after the other says whether it would send, until one does, of the disk as it was read just now
#   ask      here, with what that host would send; after the answer, the hosts are asked anew once more
#   clear    the request, there, to what was shown; where it ends in a conflict because that host is registered itself, or
#            its driver does not send such a request, the next host is asked for its plan
#   proof    another host that sees the disk reads what the sender did

# So many hosts are asked for a plan.
$script:MostSenders = 16

function script:Resolve-HolderClear {
    # Whether a disk that was found is one to clear, by what was found alone. Sets Refused where it is not.
    param([hashtable]$Target, [hashtable]$Command)

    $found = $Target.Holder
    $state = Get-PropertyText $found 'State'
    $Target.Category = 'InvalidOperation'
    $Target.Refused = $true
    if ($Command.CodeName -ceq 'Release') {
        $Target.Message = $script:Messages.HolderClearRelease
        $Target.NextStep = $script:Messages.HolderClearReleaseNext -f $Target.UniqueId
    }
    elseif ($state -ceq 'HeldBy') {
        $Target.Message = $script:Messages.HolderAlive -f $Target.HolderName
        $Target.NextStep = [string](Get-PropertyText $found 'NextStep')
    }
    elseif (($state -cne 'Persistent' -and $state -cne 'HeldByUnlistedHost') -or -not $Target.UniqueId) {
        $Target.Message = $script:Messages.HolderNotHeld -f $state, (Get-PropertyText $found 'Message')
        $Target.NextStep = [string](Get-PropertyText $found 'NextStep')
    }
    else { $Target.Refused = $false }
}

function script:Complete-HolderClear {
    # For the end of a disk flow: all that was found, one disk after the other.
    param([hashtable]$Flow)

    $run = $Flow.Run
    $done = 0
    foreach ($target in $Flow.Holders.ToArray()) {
        $ended = Invoke-HolderClear $Flow $target
        if ($run.Left) { break }
        $done += 1
        if ($ended.ContainsKey('Text')) { Write-WhatIf $Flow $ended.Text }
        else {
            Send-Downstream $run ${function:Write-HolderEvent} $Flow, @{ Kind = 'own'; Payload = $ended.Row; Category = $ended.Category }
            foreach ($answer in $ended.Errors) {
                if ($run.Left) { break }
                Send-Downstream $run ${function:Write-HolderEvent} $Flow, $answer
            }
        }
        if ($run.Left) { break }
        if ($Flow.ShowProgress -and (Test-ProgressDue $run)) {
            $status = $script:Messages.ProgressHeld -f $done, $Flow.Holders.Count
            Write-FlowProgress $Flow.Cmdlet $script:Messages.ProgressClear $status ($done / $Flow.Holders.Count)
        }
    }
}

function script:Invoke-HolderClear {
    # What one disk came to: Row with Category and Errors; or Text, of a dry run.
    param([hashtable]$Flow, [hashtable]$Target)

    $again = Confirm-HolderAgain $Flow $Target
    if ($Flow.Run.Left) { return }
    if ($again.ContainsKey('End')) { return $again.End }
    $now = $again.Now

    # Which host sends it: of those that see it, one after the other.
    $seen = @(foreach ($id in @(Get-HolderClearSession $now 'SeenBySession')) {
            $session = Get-KnownSession $id
            if ($null -ne $session -and -not $again.Dead.ContainsKey([string]$session.InstanceId)) { $session }
        })
    if ($seen.Length -eq 0) { return New-HolderClearEnd $Flow $Target $script:Messages.HolderNoSender $script:Messages.HolderNoSenderNext 'ConnectionError' }
    $from = 0
    $tried = [System.Collections.ArrayList]::new()
    $ended = $null
    while ($true) {
        $chosen = Find-HolderSender $Flow $Target $now $seen $from
        if ($Flow.Run.Left) { return }
        if ($chosen.ContainsKey('End')) {
            # Why nobody else sends it matters less than what the one that tried came to.
            if ($null -ne $ended) { return $ended }
            return $chosen.End
        }
        $sending = $chosen.Session
        $row = $chosen.Row

        # What it would do, and to whom.
        $name = $script:Messages.SessionDisk -f (Get-DiskName $row), (Get-SessionName $sending)
        foreach ($text in (Get-HolderClearVictim $Flow.Command $now $row), (Get-HolderClearDoubt $again $seen $sending)) {
            if ($text) { $row.Message += ' ' + $text }
        }
        if ($Flow.DryRun) { return @{ Text = (Get-PlanText $Flow.Command $name $row 'WouldSend') } }
        if ($Flow.Ask -and -not (Confirm-Sending $Flow $name $row)) {
            if ($null -ne $ended) { return $ended }
            $row.Outcome = 'Refused'
            $row.Message = $script:Messages.Declined
            $row.NextStep = ''
            return Complete-HolderPlan $Flow $row ''
        }
        if ($Flow.Ask) {
            # A question may wait for hours.
            $again = Confirm-HolderAgain $Flow $Target
            if ($Flow.Run.Left) { return }
            if ($again.ContainsKey('End')) { return $again.End }
        }
        $call = Invoke-HolderCall $Flow $Target $sending $Flow.Cmdlet.MyInvocation.MyCommand.Name @{ Shown = [string[]]@($chosen.Shown) }
        if ($Flow.Run.Left) { return }
        $row = $call.Row
        if ($null -eq $row) { return New-HolderClearFailure $Flow $Target $now $sending $call.Failure }
        # Nothing was changed, so another host may send it: one that is registered itself registers no other key, which a
        # device that does not say whose its keys are tells by that conflict alone; or its driver does not send such a request.
        if ('Conflict', 'NotSupported' -ccontains $row.Outcome -and (Get-PropertyValue $row 'OwnKeyLeft') -eq $false -and
            $null -eq (Get-PropertyValue $row 'Undone')) {
            $null = $tried.Add(('{0} ({1})' -f (Format-SafeText $row.ComputerName), $row.Outcome))
            $ended = @{ Row = $row; Category = ''; Errors = $call.Errors.ToArray() }
            $from = [array]::IndexOf($seen, $sending) + 1
            if ($from -lt $seen.Length) { continue }
            return $ended
        }
        $category = ''
        if ('Cleared', 'Preempted', 'Reset' -ccontains $row.Outcome) { $category = Confirm-HolderClear $Flow $Target $row $sending $seen }
        if ($Flow.Run.Left) { return }
        if ($tried.Count -gt 0) { $row.Message += ' ' + ($script:Messages.HolderClearTried -f ($tried.ToArray() -join ', ')) }
        return @{ Row = $row; Category = $category; Errors = $call.Errors.ToArray() }
    }
}

function script:Find-HolderSender {
    # The first of the hosts, from one on, that would send it: Session, Row (its plan) and Shown; otherwise End, the end of
    # this disk.
    param([hashtable]$Flow, [hashtable]$Target, [object]$Now, [object[]]$Seen, [int]$From)

    $plan = $null
    $sending = $null
    for ($i = $From; $i -lt $Seen.Length -and $i -lt $script:MostSenders; $i++) {
        $call = Invoke-HolderCall $Flow $Target $Seen[$i] $Flow.Cmdlet.MyInvocation.MyCommand.Name @{ AsPlan = $true }
        if ($Flow.Run.Left) { return @{} }
        if ($null -eq $call.Row) {
            if ($null -eq $plan) { $plan = $call }
            continue
        }
        # The first that says why not is told, unless another one would do it.
        if ($null -eq $plan -or $null -eq $plan.Row -or $call.Row.Outcome -ceq 'Accepted') { $plan = $call }
        if ($call.Row.Outcome -cne 'Accepted') { continue }
        $sending = $Seen[$i]
        break
    }
    if ($null -eq $sending) {
        if ($null -ne $plan -and $null -ne $plan.Row) { return @{ End = (Complete-HolderPlan $Flow $plan.Row ([string](Get-PropertyValue $plan.Row 'Category'))) } }
        $why = $script:Messages.HolderNoAnswer
        $next = $script:Messages.HolderChangedNext
        if ($null -ne $plan -and $null -ne $plan.Failure) {
            $why = $plan.Failure.Message
            $next = $plan.Failure.NextStep
        }
        return @{ End = (New-HolderClearEnd $Flow $Target ($script:Messages.RequestRefused -f $why) $next 'ConnectionError') }
    }
    $row = $plan.Row
    if ((Get-PropertyText $Now 'State') -ceq 'Persistent') {
        $same = $true
        foreach ($name in @('Generation', 'GenerationBefore'), @('HolderKey', 'HolderKey'), @('Type', 'Type')) {
            if ([string](Get-PropertyValue $Now $name[0]) -cne [string](Get-PropertyValue $row $name[1])) { $same = $false }
        }
        $told = Get-HoldingText $row
        if ($told -and (Get-PropertyText $Now 'Registrants') -and $told -cne (Get-HoldingText $Now)) { $same = $false }
        if (-not $same) { return @{ End = (New-HolderClearEnd $Flow $Target $script:Messages.HolderClearChanged $script:Messages.HolderChangedNext 'InvalidOperation') } }
    }
    $shown = [string](Get-PropertyValue $row 'Shown')
    if ($shown -cnotmatch '\A(?:[0-9a-f]{64}){1,2}\z') {
        return @{ End = (New-HolderClearEnd $Flow $Target $script:Messages.SessionNotShown $script:Messages.SessionVersionNext 'InvalidData') }
    }
    return @{ Session = $sending; Row = $row; Shown = $shown }
}

function script:New-HolderClearFailure {
    # Of a disk whose sender gave no result: what became of it there is not known here.
    param([hashtable]$Flow, [hashtable]$Target, [object]$Now, [System.Management.Automation.Runspaces.PSSession]$Sending, [hashtable]$Failure)

    $failed = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
    $why = $script:Messages.HolderNoAnswer
    $next = $script:Messages.WorkerGoneClear
    if ($null -ne $Failure) {
        $failed = $script:SessionFailures[$Failure.Reason]
        $why = $Failure.Message
    }
    $result = New-FlowResult $Flow $Target $failed.Outcome $why $next
    $result.ComputerName = Get-SessionName $Sending
    $result.Bus = Get-PropertyText $Now 'Bus'
    return @{ Row = $result; Category = $failed.Category; Errors = @() }
}

function script:Confirm-HolderClear {
    # Has another host read what the sender did, and writes it into the row. Returns the category of the error that goes
    # with it, or an empty text.
    param([hashtable]$Flow, [hashtable]$Target, [object]$Row, [System.Management.Automation.Runspaces.PSSession]$Sending, [object[]]$Seen)

    $why = $script:Messages.HolderClearAlone
    foreach ($session in $Seen) {
        if ($session.InstanceId -eq $Sending.InstanceId) { continue }
        $call = Invoke-HolderCall $Flow $Target $session 'Get-StorageReservation'
        if ($Flow.Run.Left) { return '' }
        if ($null -eq $call.Row) {
            if ($null -ne $call.Failure) { $why = $call.Failure.Message }
            continue
        }
        $name = Format-SafeText $call.Row.ComputerName
        $keys = ([string]$call.Row.Keys).Split(' ')
        $isRead = $null -ne $call.Row.KeyCount
        if ($Row.Outcome -ceq 'Reset') {
            $free = $call.Row.Blocked -eq $false -and $call.Row.State -cne 'Persistent' -and (Test-WithoutKey $call.Row)
            $back = $call.Row.Blocked -eq $true -or $call.Row.State -ceq 'HeldByThisHost'
        }
        elseif ($Row.Outcome -ceq 'Cleared') {
            $free = $isRead -and $call.Row.KeyCount -eq 0 -and $call.Row.Blocked -ne $true
            $back = $isRead -and $call.Row.KeyCount -gt 0
        }
        else {
            $gone = ConvertTo-FullKey $Flow.Command.HolderKey
            $free = $isRead -and $keys -notcontains $gone -and $null -eq $call.Row.Type
            $back = $isRead -and ($keys -contains $gone -or $null -ne $call.Row.Type)
        }
        if ($free) {
            $Row.ProvedBy = $name
            $Row.Message += ' ' + ($script:Messages.HolderClearProved -f $name)
            return ''
        }
        if ($back) {
            $Row.Outcome = 'StillHeld'
            $Row.ProvedBy = $null
            $Row.ReservationAfter = $call.Row.State
            $Row.Message += ' ' + ($script:Messages.HolderClearBack -f $name, $call.Row.Message)
            $Row.NextStep = $script:Messages.HolderChangedNext
            return 'ResourceBusy'
        }
        $why = '{0}: {1}' -f $name, $call.Row.Message
    }
    $Row.Message += ' ' + ($script:Messages.HolderClearUnproved -f $why)
    return ''
}

function script:Invoke-HolderCall {
    # One command about the disk at one host: Row, its last object, or null; Failure, why there is none; Errors.
    param([hashtable]$Flow, [hashtable]$Target, [System.Management.Automation.Runspaces.PSSession]$Session, [string]$Command, [hashtable]$More)

    $run = $Flow.Run
    $mine = $Flow.Command
    $parameters = @{
        ErrorAction = 'Continue'; WarningAction = 'Continue'; TimeoutSec = $mine.TimeoutSec
        # With all that was found of it: of two LUNs with one identifier, the serial number tells which is meant.
        InputObject = @([pscustomobject]@{ UniqueId = $Target.UniqueId; SerialNumber = $Target.Serial; FriendlyName = $Target.FriendlyName })
    }
    if ($Flow.Verbose) { $parameters['Verbose'] = $true }
    if ($null -ne $More) {
        foreach ($name in $More.Keys) { $parameters[$name] = $More[$name] }
        $parameters['Force'] = $true
        $parameters['WhatIf'] = $false
        $parameters['Method'] = $mine.CodeName
        if ($mine.HolderKey) { $parameters['HolderKey'] = $mine.HolderKey }
        if ($mine.Abort) { $parameters['Abort'] = $true }
        if ($mine.Allow) { $parameters['Allow'] = $mine.Allow }
    }
    $ended = @{ Row = $null; Failure = $null; Errors = [System.Collections.ArrayList]::new() }
    $fanOut = New-SessionRun -Cmdlet $Flow.Cmdlet -Command $Command -Calls @(@{ Session = $Session; Parameters = $parameters }) -TimeoutSec ($mine.TimeoutSec + $script:SessionMargin)
    try {
        while ($fanOut.Open -gt 0 -and -not $run.Left) {
            foreach ($answer in @(Receive-SessionRun $fanOut 50)) {
                if ($answer.Kind -ceq 'object') {
                    $row = ConvertFrom-SessionObject $answer
                    if ($null -ne $row) { $ended.Row = $row }
                }
                elseif ($answer.Kind -ceq 'error') { $null = $ended.Errors.Add($answer) }
                elseif ($answer.Kind -ceq 'failed') { $ended.Failure = $answer }
                elseif ($answer.Kind -cne 'done') { Send-Downstream $run ${function:Write-HolderEvent} $Flow, $answer }
                if ($run.Left) { break }
            }
        }
    }
    finally {
        # What becomes of the disk there nobody hears any more; the next command says so.
        if ($fanOut.Active.Count -gt 0 -and $null -ne $More -and $More.ContainsKey('Shown')) {
            $script:SessionLate.Enqueue(($script:Messages.SessionStopped -f (Get-SessionName $Session)))
        }
        Stop-SessionRun $fanOut
    }
    return $ended
}

function script:Complete-HolderPlan {
    # A row of a plan as the result of its disk; of a dry run, the text that says it.
    param([hashtable]$Flow, [object]$Row, [string]$Category)

    if ($Flow.DryRun) {
        $name = $script:Messages.SessionDisk -f (Get-DiskName $Row), (Format-SafeText $Row.ComputerName)
        return @{ Text = ($script:Messages.WouldNot -f $name, $Row.Outcome, $Row.Message) }
    }
    foreach ($name in 'Place', 'Category', 'Shown') { $Row.PSObject.Properties.Remove($name) }
    return @{ Row = $Row; Category = $Category; Errors = @() }
}

function script:New-HolderClearEnd {
    # Of a disk that nothing was sent to, by what is known here.
    param([hashtable]$Flow, [hashtable]$Target, [string]$Message, [string]$NextStep, [string]$Category)

    $result = New-FlowResult $Flow $Target 'Refused' $Message $NextStep
    # No disk of this computer is meant.
    $result.ComputerName = $(if ($Target.HolderName) { $Target.HolderName })
    $result.Bus = Get-PropertyText $Target.Holder 'Bus'
    $result.Number = ConvertTo-DiskNumber (Get-PropertyValue $Target.Holder 'HolderNumber')
    if ($Flow.DryRun) { return @{ Text = ($script:Messages.WouldNot -f (Get-DiskName $result), 'Refused', $Message) } }
    return @{ Row = $result; Category = $Category; Errors = @() }
}

function script:Get-HolderClearSession {
    # InstanceIds of sessions, out of a property of what was found.
    param([object]$Found, [string]$Name)

    $text = Get-PropertyText $Found $Name
    if ($text) { return $text.Split(',') }
}

function script:Get-HolderClearVictim {
    # Whom it would cost something, by what the hosts say now: a sentence or two, or an empty text.
    param([hashtable]$Command, [object]$Now, [object]$Plan)

    $text = [string](Get-PropertyText $Now 'Registrants')
    if (-not $text) { return $(if ($Plan.KeyCount -gt 0) { $script:Messages.HolderClearUntold } else { '' }) }
    $key = $(if ($Command.HolderKey) { ConvertTo-FullKey $Command.HolderKey } else { '' })
    $live = [System.Collections.ArrayList]::new()
    $victims = [System.Collections.ArrayList]::new()
    foreach ($line in $text.Split("`n")) {
        $match = [regex]::Match($line, '\A(0x[0-9A-F]{16}) (.+) \((?:holder, )?([^()]+(?:\([^()]*\))?[^()]*)\)\z')
        if (-not $match.Success) { continue }
        $who = $match.Groups[3].Value
        $isLive = $who -cne 'no host that was asked'
        if ($key -and $match.Groups[1].Value -ceq $key) {
            $what = $(if ($isLive) { $script:Messages.HolderVictimLive -f $who } else { $who })
            $null = $victims.Add(('{0} ({1})' -f $match.Groups[2].Value, $what))
        }
        elseif ($isLive -and -not $live.Contains($who)) { $null = $live.Add($who) }
    }
    $said = @(
        if ($victims.Count -gt 0) { $script:Messages.HolderClearVictims -f $key, ($victims.ToArray() -join ', ') }
        if ($live.Count -gt 0) { $script:Messages[$(if ($key) { 'HolderClearKeep' } else { 'HolderClearHosts' })] -f ($live.ToArray() -join ', ') }
    )
    return Format-SafeText ($said -join ' ')
}

function script:Get-HolderClearDoubt {
    # Who else may send it, and who was not asked, for the question: a sentence or two, or an empty text.
    param([hashtable]$Again, [object[]]$Seen, [System.Management.Automation.Runspaces.PSSession]$Sending)

    $said = @()
    $rest = @(for ($i = [array]::IndexOf($Seen, $Sending) + 1; $i -lt $Seen.Length; $i++) { $Seen[$i] })
    if ($rest.Length -gt 0) { $said += $script:Messages.HolderClearOthers -f (Get-SessionName $Sending), ((Get-SessionLabel $rest) -join ', ') }
    $silent = @(foreach ($answer in $Again.Failed.Values) { Get-SessionName $answer.Session })
    if ($silent.Length -gt 0) { $said += $script:Messages.HolderSilent -f ($silent -join ', ') }
    return $said -join ' '
}

function script:ConvertTo-FullKey {
    # A key as results write it: 0x and sixteen digits.
    param([string]$Key)

    return '0x' + $Key.Substring(2).ToUpperInvariant().PadLeft(16, [char]'0')
}
