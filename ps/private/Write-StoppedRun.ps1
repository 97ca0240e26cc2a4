function Write-StoppedRun {
    # Tells, as warnings, what became of disks whose pipeline was stopped before it had read their answer, and what
    # drivers completed after their deadline.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    Receive-Worker 0
    foreach ($number in @($script:Runs.Keys)) {
        $run = $script:Runs[$number]
        # Only one pipeline of a session runs at a time, so a run from an earlier command line has ended. Within one
        # command line, a run that was not stopped may be the one this command is nested in.
        if (-not $run.Stopped -and ($run.HistoryId -eq $Cmdlet.MyInvocation.HistoryId) -and -not $run.Cmdlet.Stopping) { continue }
        while ($run.Replies.Count -gt 0) {
            $reply = $run.Replies.Dequeue()
            if ($reply.Kind -ceq 'result') {
                $run.Answered += 1
                $about = $reply.Payload.DevicePath
                if (-not $about) { $about = $reply.Payload.UniqueId }
                $Cmdlet.WriteWarning(($script:Messages.Stopped -f $about, $reply.Payload.Outcome, $reply.Payload.Message))
            }
            elseif ($reply.Kind -ceq 'gone' -and $reply.Verb -ceq 'release') {
                $Cmdlet.WriteWarning(($script:Messages.WorkerGone -f $reply.Payload))
            }
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
    while ($script:LateWarnings.Count -gt 0) { $Cmdlet.WriteWarning($script:LateWarnings.Dequeue()) }
}
