# The steps of Publish-StorageRelease -Remove, for all computers at once: find the place, look at the copy, ask, remove. The
# script on the other computer looks again before it deletes anything.

function script:Send-RemovalStep {
    # Looks at a computer's copy, or with -Go removes it.
    param([hashtable]$Flow, [hashtable]$One, [switch]$Go)

    Send-PublicationStep $Flow $One $script:RemoveScript @{
        Name = 'StorageRelease'; Version = $Flow.Request.Version; Base = $One.Place.Base; Target = $One.Place.Target
        Force = $Flow.Request.Force; Go = [bool]$Go
    }
}

function script:Get-RemovalAnswer {
    # The verdict on a computer after one of its events; null where its steps go on. See Get-PublicationAnswer.
    param([hashtable]$Flow, [hashtable]$One, [hashtable]$Answer)

    if ($Answer.Kind -ceq 'object') { $One.Answer = $Answer.Payload }
    elseif ($Answer.Kind -ceq 'failed') { return Get-PublicationFailure $Answer $One }
    elseif ($Answer.Kind -ceq 'done') {
        $Flow.Calls.Remove($Answer.Call)
        if ($One.Phase -ceq 'place') {
            $One.Place = $One.Answer
            $One.Path = $One.Place.Target
            $One.Phase = 'look'
            Send-RemovalStep $Flow $One
            return
        }
        $One.Look = $One.Answer
        if ($One.Look.Removed) {
            $null = $script:SessionVersion.Remove($One.Session.InstanceId)
            return Get-RemovalDone $One.Look
        }
        $verdict = Get-RemovalVerdict $One.Look $Flow.Request.Force
        if ($null -eq $verdict) { $One.Phase = 'ready' }
        return $verdict
    }
}

function script:Get-RemovalVerdict {
    # The verdict after looking at the computer; null where the copy may be removed.
    param([object]$Look, [bool]$Force)

    if (-not $Look.There) {
        if ($Look.Rest -gt 0) { return $null }
        return @{ Outcome = 'NotThere'; Message = $script:Messages.RemoveNothing; NextStep = ''; Category = $null }
    }
    if (-not $Look.Published) {
        return @{ Outcome = 'NotPublished'; Message = $script:Messages.RemoveForeign; NextStep = $script:Messages.RemoveForeignNext; Category = 'ResourceExists' }
    }
    if ($Look.Users) {
        return @{ Outcome = 'Running'; Message = ($script:Messages.RemoveRunning -f (Format-SafeText $Look.Users)); NextStep = $script:Messages.RemoveRunningNext; Category = 'ResourceBusy' }
    }
    if ($Look.Wrong -gt 0 -and -not $Force) {
        $text = $script:Messages.RemoveChanged -f $Look.Wrong, (Format-SafeText $Look.First)
        return @{ Outcome = 'Failed'; Message = $text; NextStep = $script:Messages.RemoveChangedNext; Category = 'ResourceExists' }
    }
    return $null
}

function script:Get-RemovalDone {
    # The message for a copy that was removed.
    param([object]$Look)

    $verdict = @{ Outcome = 'Removed'; Message = $script:Messages.RemoveDone; NextStep = ''; Category = $null }
    if ($Look.Left) {
        $verdict.Message = $script:Messages.RemoveLeft -f (Format-SafeText $Look.Left)
        $verdict.NextStep = $script:Messages.RemoveLeftNext
    }
    elseif (-not $Look.There) { $verdict.Message = $script:Messages.RemoveRest }
    elseif ($Look.Wrong -gt 0) { $verdict.Message = $script:Messages.RemoveForced -f $Look.Wrong }
    return $verdict
}

function script:Start-Removal {
    # Asks about the computers that were looked at, and starts the removal on as many as the throttle allows.
    param([hashtable]$Flow)

    $request = $Flow.Request
    $work = $Flow.Run
    $ready = @($Flow.All | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'ready' })
    $busy = @($Flow.All | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'remove' }).Length
    foreach ($one in $ready) {
        if ($busy -ge $request.ThrottleLimit) { return }
        $question = $script:Messages.Remove -f $one.Name, $request.Version, (Format-SafeText $one.Place.Target)
        if (Request-Confirmation $Flow.Cmdlet ($question + '.') ($question + '?') $script:Messages.AskRemove) {
            $busy += 1
            $one.Phase = 'remove'
            Send-RemovalStep $Flow $one -Go
            continue
        }
        Skip-Publication $Flow $one
        if ($work.Left) { return }
    }
}
