function script:Write-WorkerQueue {
    # Moves queued lines towards the worker as far as that goes without waiting: write, then flush, then the next.
    param([hashtable]$Worker)

    if ($null -ne $Worker['Gone'] -or $null -ne $Worker['Ending']) { return }
    try {
        if ($null -eq $Worker['Writer']) { $Worker['Writer'] = Get-PipeWriter $Worker['Input'] }
        while ($true) {
            if ($null -ne $Worker['Write']) {
                if (-not $Worker['Write'].IsCompleted) { return }
                # It has completed: this throws what it failed with.
                $Worker['Write'].Wait()
                $Worker['Write'] = $null
                if (-not $Worker['Flushing'] -and -not $script:OnFramework) {
                    $Worker['Flushing'] = $true
                    $Worker['Write'] = $Worker['Writer'].FlushAsync()
                    continue
                }
                $Worker['Flushing'] = $false
            }
            # Lines that a stopped pipeline has taken out of the queue are still in Text.
            while ($Worker['Queue'].Count -gt 0 -and $Worker['Text'].Length -lt 16384) {
                $null = $Worker['Text'].Append($Worker['Queue'].Dequeue()).Append("`n")
            }
            # An event action may have called a command of ours in that loop, and that has begun a write.
            if ($null -ne $Worker['Write']) { continue }
            if ($Worker['Text'].Length -eq 0) { return }
            $bytes = [System.Text.Encoding]::ASCII.GetBytes($Worker['Text'].ToString())
            $null = $Worker['Text'].Clear()
            $Worker['Written'] = $Worker['LastId'] - $Worker['Queue'].Count
            $Worker['Talked'] = $script:SessionClock.ElapsedMilliseconds
            $Worker['Write'] = $Worker['Writer'].WriteAsync($bytes, 0, $bytes.Length)
        }
    }
    catch {
        # The pipe is broken. What the worker still said is read first, and what is queued stays unsent.
        $Worker['Write'] = $null
        if ($null -eq $Worker['Ending']) {
            $Worker['Ending'] = 'it reads no more'
            $Worker['EndingAt'] = $script:SessionClock.ElapsedMilliseconds
        }
        $null = $_
    }
}
