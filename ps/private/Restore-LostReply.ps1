function Restore-LostReply {
    # The last line of defence: when there is no worker any more and nothing has arrived, requests that still wait
    # get "outcome unknown" instead of a pipeline that waits for ever. Nothing should ever come here unanswered.
    param([hashtable]$Run)

    if ($null -ne $script:Worker -or $Run.Replies.Count -gt 0) { return }
    foreach ($id in @($Run.Waiting.Keys)) {
        $Run.Replies.Enqueue(@{ Kind = 'gone'; Payload = 'no reply came'; Category = $null; Target = $Run.Waiting[$id]; Verb = ''; Id = $id })
    }
}
