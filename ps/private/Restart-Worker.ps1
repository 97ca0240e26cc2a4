function Restart-Worker {
    # After the worker's `bye`: a new one, only if something is waiting that the old one did not look at.
    $open = $script:Worker.Open
    Stop-Worker
    if ($open.Count -eq 0) { return }
    $failure = Connect-Worker
    foreach ($id in @($open.Keys)) {
        $entry = $open[$id]
        if ($entry.Run.ContainsKey('Waiting')) { $entry.Run.Waiting.Remove($id) }
        if ($null -eq $failure) {
            $fields = $entry.Line.Substring($entry.Line.IndexOf('&verb=') + 6 + $entry.Verb.Length)
            $null = Send-Worker $entry.Run $entry.Verb $fields $entry.Target
        }
        else {
            $entry.Run.Replies.Enqueue(@{
                    Kind = 'gone'; Payload = $failure.Exception.Message; Category = $null; Target = $entry.Target; Verb = $entry.Verb; Id = $id
                })
        }
    }
}
