# Releases disks on the host that holds them, as Find-StorageReservationHolder found it, and on no other host. The steps for
# each disk; each step is made only if the one before succeeded:
#
#   proof    a host that was locked out still is; otherwise the holder has changed
#   holder   the holder is still let in
#   release  RELEASE is sent on that host
#   after    the host that was locked out is let in: that proves that the disk is free
#
# Disks that wait for the same step on the same host share a call.

$script:HolderCommands = @{ proof = 'Get-StorageReservation'; holder = 'Get-StorageReservation'; release = 'Invoke-StorageRelease'; after = 'Get-StorageReservation' }

function script:New-HolderRelease {
    # The work for these targets. -Parameters: for every call.
    param(
        [System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable[]]$Targets, [hashtable]$Parameters, [object]$Allow,
        [int]$TimeoutSec, [int]$RetrySec, [int]$ThrottleLimit
    )

    $work = @{
        Parameters = $Parameters
        Allow      = $Allow
        RetrySec   = $RetrySec
        FanOut     = New-SessionRun $Cmdlet 'Get-StorageReservation' @() ($TimeoutSec + $RetrySec + $script:SessionMargin) $ThrottleLimit
        # By InstanceId: the session, the targets that wait for it, and whether a call is under way.
        Hosts      = @{}
        # By call: its step, its host, and its targets by UniqueId.
        Calls      = @{}
        Open       = $Targets.Length
        Answers    = [System.Collections.Queue]::new()
    }
    foreach ($target in $Targets) {
        if ($null -ne $target.ProofAt) { Add-HolderStep $work $target 'proof' $target.ProofAt }
        else { Add-HolderStep $work $target 'holder' $target.HolderAt }
    }
    return $work
}

function script:Add-HolderStep {
    param([hashtable]$Work, [hashtable]$Target, [string]$Step, [System.Management.Automation.Runspaces.PSSession]$Session)

    $Target.Step = $Step
    if (-not $Work.Hosts.ContainsKey($Session.InstanceId)) {
        $Work.Hosts[$Session.InstanceId] = @{ Session = $Session; Waiting = [System.Collections.ArrayList]::new(); Busy = $false }
    }
    $null = $Work.Hosts[$Session.InstanceId].Waiting.Add($Target)
}

function script:Step-HolderRelease {
    # Makes the steps that are possible now, waits at most so long for answers, and returns the events to display.
    param([hashtable]$Work, [int]$Milliseconds)

    foreach ($at in @($Work.Hosts.Values)) {
        if ($at.Busy -or $at.Waiting.Count -eq 0) { continue }
        $step = $at.Waiting[0].Step
        $targets = @{}
        foreach ($target in $at.Waiting.ToArray()) {
            if ($target.Step -cne $step -or $targets.ContainsKey($target.UniqueId)) { continue }
            $targets[$target.UniqueId] = $target
            $at.Waiting.Remove($target)
        }
        $parameters = $Work.Parameters.Clone()
        # With everything that was found about the disk: if two LUNs have the same identifier, the serial number tells them apart.
        $parameters['InputObject'] = @(foreach ($target in $targets.Values) {
                [pscustomobject]@{ UniqueId = $target.UniqueId; SerialNumber = $target.Serial; FriendlyName = $target.FriendlyName }
            })
        if ($step -ceq 'release') {
            foreach ($name in 'Force', 'Verify') { $parameters[$name] = $true }
            $parameters['WhatIf'] = $false
            if ($Work.RetrySec -gt 0) { $parameters['RetrySec'] = $Work.RetrySec }
            if ($Work.Allow) { $parameters.Allow = $Work.Allow }
        }
        $call = Add-SessionCall $Work.FanOut $at.Session $parameters -Command $script:HolderCommands[$step]
        $Work.Calls[$call] = @{ Step = $step; Host = $at; Targets = $targets }
        $at.Busy = $true
    }
    foreach ($answer in @(Receive-SessionRun $Work.FanOut $Milliseconds)) {
        $call = $Work.Calls[$answer.Call]
        if ($answer.Kind -ceq 'object') {
            $row = ConvertFrom-SessionObject $answer
            if ($null -eq $row -or -not $row.UniqueId) { continue }
            $target = $call.Targets[[string]$row.UniqueId]
            if ($null -eq $target) { continue }
            $call.Targets.Remove([string]$row.UniqueId)
            Complete-HolderStep $Work $target $row $null
        }
        elseif ($answer.Kind -ceq 'error') {
            # An error of a reading is not forwarded, because its row has the same text.
            if ($call.Step -ceq 'release') { $Work.Answers.Enqueue($answer) }
        }
        elseif ($answer.Kind -ceq 'done' -or $answer.Kind -ceq 'failed') {
            $call.Host.Busy = $false
            $failure = $null
            if ($answer.Kind -ceq 'failed') { $failure = $answer }
            foreach ($target in @($call.Targets.Values)) { Complete-HolderStep $Work $target $null $failure }
            $Work.Calls.Remove($answer.Call)
        }
        else { $Work.Answers.Enqueue($answer) }
    }
    $shown = $Work.Answers.ToArray()
    $Work.Answers.Clear()
    return $shown
}

function script:Complete-HolderStep {
    # Decides after a step what comes next. -Row: the answer of the host; null without an answer, for the reason in -Failure.
    param([hashtable]$Work, [hashtable]$Target, [object]$Row, [hashtable]$Failure)

    $step = $Target.Step
    $why = $script:Messages.HolderNoAnswer
    if ($null -ne $Failure) { $why = $Failure.Message }
    # That nothing was sent is said of the whole.
    elseif ($null -ne $Row) { $why = $Row.Message -creplace ' Nothing was sent\.\z', '' }
    if ($step -ceq 'release') {
        if ($null -eq $Row) {
            $failed = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
            $next = $script:Messages.SessionBrokenNext
            if ($null -ne $Failure) {
                $failed = $script:SessionFailures[$Failure.Reason]
                $next = $Failure.NextStep
            }
            $result = New-LocalResult $Target $failed.Outcome $why $next
            Complete-Holder $Work $Target $result $failed.Category
        }
        elseif ($Row.Outcome -ceq 'Accepted' -and $null -ne $Target.ProofAt) {
            $Target.Result = $Row
            Add-HolderStep $Work $Target 'after' $Target.ProofAt
        }
        else { Complete-Holder $Work $Target $Row $null }
        return
    }
    $session = $(if ($step -ceq 'holder') { $Target.HolderAt } else { $Target.ProofAt })
    $name = Get-SessionName $session
    if ($null -ne $Row) { $name = Format-SafeText $Row.ComputerName }
    $blocked = $(if ($null -ne $Row) { $Row.Blocked } else { $null })
    if ($step -ceq 'after') {
        $result = $Target.Result
        # Let in, the state names no holder, and READ KEYS shows that there are none.
        if ($blocked -eq $false -and $Row.State -ceq 'Unknown' -and (Test-WithoutKey $Row)) {
            $result.ReservationAfter = 'Free'
            $result.ProvedBy = $name
            $result.Message = $script:Messages.HolderProved -f $name
            $result.NextStep = ''
            Complete-Holder $Work $Target $result $null
            return
        }
        # What the holder read before may have been so then.
        if ($result.ReservationAfter -ceq 'Free') { $result.Message = $script:Messages.HolderAccepted }
        $result.ProvedBy = $null
        $taken = $null -ne $Row -and $Row.State -ceq 'HeldByThisHost'
        $result.ReservationAfter = $(if ($null -eq $Row) { 'Unknown' } elseif ($taken) { 'HeldByAnotherHost' } else { $Row.State })
        $result.NextStep = $script:Messages.HolderChangedNext
        # Still locked out, or the host that was holds it now: a release that freed nothing, or for another one, is not a success.
        if ($taken) {
            $result.Outcome = 'StillHeld'
            $result.Message = $script:Messages.HolderTaken -f $name, $why
            Complete-Holder $Work $Target $result 'ResourceBusy'
            return
        }
        if ($blocked) {
            $result.Outcome = 'StillHeld'
            $result.Message = $script:Messages.HolderStillHeld -f $name, $why
            Complete-Holder $Work $Target $result 'ResourceBusy'
            return
        }
        $result.Message = $script:Messages.HolderNotProved -f $name, $why, $result.Message
        Complete-Holder $Work $Target $result $null
        return
    }
    if ($null -eq $blocked) {
        if ($step -ceq 'proof' -and $Target.Proofs.Count -gt 0) {
            $Target.ProofAt = $Target.Proofs.Dequeue()
            Add-HolderStep $Work $Target 'proof' $Target.ProofAt
            return
        }
        $result = New-LocalResult $Target 'Refused' ($script:Messages.HolderUntold -f $name, $Target.HolderName, $why) $script:Messages.HolderChangedNext
        Complete-Holder $Work $Target $result 'InvalidOperation'
        return
    }
    if ($step -ceq 'proof' -and -not $blocked) { $why = $script:Messages.HolderChangedFree -f $name }
    elseif ($step -ceq 'holder' -and $blocked) { $why = $script:Messages.HolderChangedLost -f $name }
    elseif ($step -ceq 'holder' -and $null -eq $Target.ProofAt -and $Row.State -cne 'HeldByThisHost') { $why = '{0}: {1}' -f $name, $why }
    elseif ($step -ceq 'proof') {
        Add-HolderStep $Work $Target 'holder' $Target.HolderAt
        return
    }
    else {
        Add-HolderStep $Work $Target 'release' $Target.HolderAt
        return
    }
    $result = New-LocalResult $Target 'Refused' ($script:Messages.HolderChanged -f $Target.HolderName, $why) $script:Messages.HolderChangedNext
    Complete-Holder $Work $Target $result 'InvalidOperation'
}

function script:Complete-Holder {
    # The one result of a disk.
    param([hashtable]$Work, [hashtable]$Target, [object]$Result, [string]$Category)

    $Work.Open -= 1
    # A result that was made here is about the disk of that host all the same.
    if ($Category) {
        $Result.ComputerName = $Target.HolderName
        $Result.Bus = Get-PropertyText $Target.Holder 'Bus'
        $Result.Number = ConvertTo-DiskNumber (Get-PropertyValue $Target.Holder 'HolderNumber')
    }
    $Work.Answers.Enqueue(@{ Kind = 'own'; Payload = $Result; Category = $Category })
}
