function Close-Worker {
    # The worker is of no use any more: every request that is still open gets its one answer, "outcome unknown".
    param([string]$Reason)

    # Continues where a stopped pipeline has left it (see Receive-Worker).
    $worker = $script:Worker
    if ($null -eq $worker.Gone) {
        $worker.Gone = $Reason
        if ($worker.Errors.IsCompleted -and -not $worker.Errors.IsFaulted) {
            $said = $worker.Errors.Result.Trim()
            if ($said) { $worker.Gone = $Reason + '; ' + $said.Substring([System.Math]::Max(0, $said.Length - 400)) }
        }
    }
    foreach ($id in @($worker.Open.Keys)) {
        $open = $worker.Open[$id]
        $worker.Open.Remove($id)
        $open.Run.Replies.Enqueue(@{
                Kind = 'gone'; Payload = $worker.Gone; Category = $null; Target = $open.Target; Verb = $open.Verb; Id = $id
            })
    }
    # It may be stuck or talking nonsense; nobody waits for it.
    try { $worker.Process.Kill() } catch { $null = $_ }
    Stop-Worker
}
