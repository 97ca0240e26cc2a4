function Close-Worker {
    # The worker is of no use any more: every request that is still open gets its one answer, "outcome unknown".
    param([string]$Reason)

    $worker = $script:Worker
    $worker.Gone = $Reason
    if ($worker.Errors.IsCompleted -and -not $worker.Errors.IsFaulted) {
        $said = $worker.Errors.Result.Trim()
        if ($said) { $worker.Gone = $Reason + '; ' + $said.Substring([System.Math]::Max(0, $said.Length - 400)) }
    }
    $open = $worker.Open
    $worker.Open = @{}
    foreach ($id in @($open.Keys)) {
        $open[$id].Run.Replies.Enqueue(@{
                Kind = 'gone'; Payload = $worker.Gone; Category = $null; Target = $open[$id].Target; Verb = $open[$id].Verb; Id = $id
            })
    }
    # It may be stuck or talking nonsense; nobody waits for it.
    try { $worker.Process.Kill() } catch { $null = $_ }
    Stop-Worker
}
