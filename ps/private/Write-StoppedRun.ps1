function Write-StoppedRun {
    # Tells, as warnings, what became of disks whose pipeline was stopped before it had read their answer, and what
    # drivers completed after their deadline.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    Receive-Worker 0
    foreach ($number in @($script:Runs.Keys)) {
        $run = $script:Runs[$number]
        if (-not $run.Stopped) {
            # This command may be nested in that run's pipeline. A command loses its runtime when its pipeline is
            # over, also where a neighbour ended it and none of the command's own blocks ran any more.
            if ($null -ne $run.Cmdlet.CommandRuntime) { continue }
            Stop-Run $run
        }
        while ($run.Replies.Count -gt 0) {
            $reply = $run.Replies.Peek()
            if ($reply.Kind -ceq 'result') {
                $name = Get-TargetName $reply.Payload -Short
                Write-FirstWarning $Cmdlet $run.Replies ($script:Messages.Stopped -f $name, $reply.Payload.Outcome, $reply.Payload.Message)
            }
            # Only a request that changes something leaves an open question behind.
            elseif ($reply.Kind -ceq 'gone' -and $run.Changes) {
                Write-FirstWarning $Cmdlet $run.Replies ($script:Messages.WorkerGone -f $reply.Payload)
            }
            else { $null = $run.Replies.Dequeue() }
        }
        $waiting = $false
        if ($null -ne $script:Worker) {
            foreach ($open in $script:Worker.Open.Values) {
                if ([object]::ReferenceEquals($open.Run, $run)) {
                    $waiting = $true
                    break
                }
            }
        }
        if (-not $waiting) { $script:Runs.Remove($number) }
    }
    while ($script:SessionLate.Count -gt 0) { $Cmdlet.WriteWarning($script:SessionLate.Dequeue()) }
    while ($script:LateWarnings.Count -gt 0) { Write-FirstWarning $Cmdlet $script:LateWarnings $script:LateWarnings.Peek() }
}
