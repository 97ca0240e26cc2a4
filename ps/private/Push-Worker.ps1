function Push-Worker {
    # Moves queued lines towards the worker as far as that goes without waiting: write, then flush, then the next.
    $worker = $script:Worker
    if ($null -ne $worker.Gone) { return }
    try {
        while ($true) {
            if ($null -ne $worker.Write) {
                if (-not $worker.Write.IsCompleted) { return }
                # A task without a result has one all the same, for PowerShell.
                $null = $worker.Write.GetAwaiter().GetResult()
                $worker.Write = $null
                if (-not $worker.Flushing) {
                    $worker.Flushing = $true
                    $worker.Write = $worker.Input.FlushAsync()
                    continue
                }
                $worker.Flushing = $false
            }
            # Lines that a stopped pipeline has taken out of the queue are still in Text.
            while ($worker.Queue.Count -gt 0 -and $worker.Text.Length -lt 16384) {
                $null = $worker.Text.Append($worker.Queue.Dequeue()).Append("`n")
            }
            if ($worker.Text.Length -eq 0) { return }
            $bytes = [System.Text.Encoding]::ASCII.GetBytes($worker.Text.ToString())
            $null = $worker.Text.Clear()
            $worker.Write = $worker.Input.WriteAsync($bytes, 0, $bytes.Length)
        }
    }
    catch {
        # The pipe is broken: what the worker still said is read first; the read then says that it is gone.
        $worker.Write = $null
        $worker.Queue.Clear()
        $null = $worker.Text.Clear()
        $null = $_
    }
}
