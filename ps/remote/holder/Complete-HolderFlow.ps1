function script:Complete-HolderFlow {
    # For the end of a disk flow: releases the disks that were found on the hosts that hold them.
    param([hashtable]$Flow)

    $run = $Flow.Run
    $cmdlet = $Flow.Cmdlet
    $command = $Flow.Command
    $parameters = @{ ErrorAction = 'Continue'; WarningAction = 'Continue'; TimeoutSec = $command.TimeoutSec; ThrottleLimit = $command.ThrottleLimit }
    if ($Flow.Verbose) { $parameters['Verbose'] = $true }
    $held = New-HolderRelease -Cmdlet $cmdlet -Targets $Flow.Holders.ToArray() -Parameters $parameters -Allow $command.Allow `
        -TimeoutSec $command.TimeoutSec -RetrySec $command.RetrySec -ThrottleLimit $command.ThrottleLimit
    $count = $Flow.Holders.Count
    try {
        while (($held.Open -gt 0 -or $held.Answers.Count -gt 0 -or $held.FanOut.Open -gt 0) -and -not $run.Left) {
            foreach ($answer in @(Step-HolderRelease $held 50)) {
                Send-Downstream $run ${function:Write-HolderEvent} $Flow, $answer
                if ($run.Left) { break }
            }
            if ($Flow.ShowProgress -and (Test-ProgressDue $run)) {
                $done = $count - $held.Open
                $status = ($script:Messages.ProgressHeld -f $done, $count) + (Get-PendingComputer $held.FanOut)
                Write-FlowProgress $cmdlet $script:Messages.ProgressHolder $status ($done / $count)
            }
        }
    }
    finally {
        # The results of hosts that are releasing now will not be received any more; the next command warns about that.
        foreach ($call in $held.FanOut.Active) {
            if ($null -ne $call.Asking -or $held.Calls[$call.Index].Step -cne 'release') { continue }
            $script:SessionLate.Enqueue(($script:Messages.SessionStopped -f (Get-SessionName $call.Session)))
        }
        Stop-SessionRun $held.FanOut
    }
}

function script:Write-HolderEvent {
    # Forwards one event. Must not contain a loop or a switch: see Send-Downstream.
    param([hashtable]$Flow, [hashtable]$Answer)

    if ($Answer.Kind -ceq 'own') { Write-Result $Flow.Cmdlet (Add-SessionView $Answer.Payload) $Answer.Category $Flow.Run }
    elseif ($Answer.Kind -ceq 'error') { $Flow.Cmdlet.WriteError((ConvertFrom-SessionError $Answer)) }
    elseif ($Answer.Kind -ceq 'verbose') { $Flow.Cmdlet.WriteVerbose((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
    else { $Flow.Cmdlet.WriteWarning((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
}
