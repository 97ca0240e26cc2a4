function Stop-Worker {
    # Lets the worker go: an end of its stdin means finish and go. Never waits for the process; a thread of it may
    # be stuck in a driver for minutes.
    $worker = $script:Worker
    $script:Worker = $null
    if ($null -eq $worker) { return }
    if ($null -eq $worker.Gone) { $worker.Gone = 'stopped' }
    try { $worker.Input.Dispose() } catch { $null = $_ }
    try { $worker.Process.Dispose() } catch { $null = $_ }
}
