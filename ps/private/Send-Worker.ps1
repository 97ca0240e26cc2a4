function Send-Worker {
    # Queues one request line (fields in order) for the worker, remembers whose it is, and returns its id.
    # -Counts: its answer is one of those that the run waits for. Counted here, where Ctrl+C cannot come between.
    param([hashtable]$Run, [string]$Verb, [string]$Fields, [object]$Target, [switch]$Counts)

    $worker = $script:Worker
    $worker.LastId += 1
    $id = $worker.LastId
    $line = "id=$id&verb=$Verb" + $Fields
    $worker.Open[$id] = @{ Run = $Run; Verb = $Verb; Target = $Target; Line = $line }
    if ($Run.ContainsKey('Waiting')) { $Run.Waiting[$id] = $Target }
    $worker.Queue.Enqueue($line)
    if ($Counts) { $Run.Sent += 1 }
    # While a write is under way, the line waits for the next one.
    if ($null -eq $worker.Write -or $worker.Write.IsCompleted) { Push-Worker }
    return $id
}
