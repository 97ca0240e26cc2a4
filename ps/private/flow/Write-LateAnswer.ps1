function script:Write-LateAnswer {
    # Tells, as warnings, what became of disks whose pipeline was stopped before it had read their answer, and what
    # drivers completed after their deadline.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    Receive-WorkerReply $script:Worker 0
    foreach ($worker in $script:Leaving.ToArray()) { Receive-WorkerReply $worker 0 }
    foreach ($run in Get-OpenRun) {
        if (-not $run['Stopped']) {
            # This command may be nested in that run's pipeline. A command loses its runtime when its pipeline is
            # over, also where a neighbour ended it and none of the command's own blocks ran any more.
            if ($null -ne $run['Cmdlet'].CommandRuntime) { continue }
            Stop-PipelineRun $run
        }
        while ($run['Replies'].Count -gt 0) {
            $reply = $run['Replies'].Peek()
            if ($reply['Kind'] -ceq 'result') {
                $name = Get-DiskName $reply['Payload'] -Short
                Write-QueuedWarning $Cmdlet $run['Replies'] ($script:Messages['Stopped'] -f $name, $reply['Payload'].Outcome, $reply['Payload'].Message)
            }
            elseif (($reply['Kind'] -ceq 'gone' -or $reply['Kind'] -ceq 'error') -and $script:ChangingVerbs.ContainsKey($reply['Verb'])) {
                $answer = Get-LostAnswer $reply
                $name = Get-DiskName (New-LocalResult $reply['Target'] '' '' '' $run['Rehearsal']) -Short
                Write-QueuedWarning $Cmdlet $run['Replies'] ($script:Messages['Stopped'] -f $name, $answer['Outcome'], $answer['Message'])
            }
            else { $null = $run['Replies'].Dequeue() }
        }
        if (-not (Test-RunOpen $run)) { $script:Runs.Remove($run['Number']) }
    }
    while ($script:SessionLate.Count -gt 0) { $Cmdlet.WriteWarning($script:SessionLate.Dequeue()) }
    while ($script:LateWarnings.Count -gt 0) { Write-QueuedWarning $Cmdlet $script:LateWarnings $script:LateWarnings.Peek() }
}

function script:Test-RunOpen {
    # Whether the worker still owes this run an answer.
    param([hashtable]$Run)

    if ($null -eq $Run['Worker']) { return $false }
    $entries = [object[]]::new($Run['Worker']['Open'].Count)
    $Run['Worker']['Open'].Values.CopyTo($entries, 0)
    foreach ($entry in $entries) { if ([object]::ReferenceEquals($entry['Run'], $Run)) { return $true } }
    return $false
}
