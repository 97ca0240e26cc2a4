function script:Close-Worker {
    # The worker is of no use any more: every request that is still open gets its one answer, and the process is
    # ended. Continues where a stopped pipeline has left it.
    # -Gently: it may go by itself first; an end of its stdin means finish and go. Never waits long for the process: a
    # thread of it may be stuck in a driver for minutes.
    param([hashtable]$Worker, [string]$Reason, [switch]$Gently)

    if ($null -eq $Worker['Gone']) {
        $said = $Worker['ErrorEnd'].Trim()
        if ($said) { $Reason += '; ' + (Format-SafeText $said.Substring([System.Math]::Max(0, $said.Length - 200))) }
        if ($null -eq $Worker['Gone']) { $Worker['Gone'] = $Reason }
    }
    $ids = [object[]]::new($Worker['Open'].Count)
    $Worker['Open'].Keys.CopyTo($ids, 0)
    [System.Array]::Sort($ids)
    foreach ($id in $ids) {
        # Nothing can come between taking it out and answering it.
        $entry = $Worker['Open'][$id]
        if ($null -ne $entry) {
            $Worker['Open'].Remove($id)
            $entry['Run']['Replies'].Enqueue(@{
                    Kind = 'gone'; Payload = $Worker['Gone']; Category = $null; Target = $entry['Target']; Verb = $entry['Verb']; Id = $id
                    Sent = $id -le $Worker['Written']; Overdue = $entry['Overdue']; Limit = $entry['Limit']
                })
        }
    }
    if ([object]::ReferenceEquals($script:Worker, $Worker)) { $script:Worker = $null }
    $script:Leaving.Remove($Worker)
    if ($Worker['Closed']) { return }
    $Worker['Closed'] = $true
    $ended = $false
    # A write that is not through would keep the pipe open, and in Windows PowerShell the end of it waiting.
    if ($Gently -and ($null -eq $Worker['Write'] -or $Worker['Write'].IsCompleted)) {
        try {
            $Worker['Input'].Dispose()
            $ended = $Worker['Process'].WaitForExit($script:Patience['End'])
        }
        catch { $null = $_ }
    }
    if (-not $ended) { try { $Worker['Process'].Kill() } catch { $null = $_ } }
    try { $Worker['Input'].Dispose() } catch { $null = $_ }
    try { $Worker['Process'].Dispose() } catch { $null = $_ }
}
