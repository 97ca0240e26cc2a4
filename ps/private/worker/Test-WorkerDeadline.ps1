function script:Test-WorkerDeadline {
    # Gives the worker up where a request has had no answer for longer than it may take. To be called when all that it
    # has said was read.
    # The clock goes on only while somebody looks: what a consumer downstream takes its time for, or a computer sleeps
    # through, is nothing that the worker did. A request's time counts from when its turn can have come: so many of a
    # pipeline are at work at once, the first first.
    param([hashtable]$Worker)

    $now = $script:SessionClock.ElapsedMilliseconds
    $Worker['Waited'] += [System.Math]::Min($now - $Worker['Looked'], 1000)
    $Worker['Looked'] = $now
    $Worker['Checked'] = $now
    if ($null -eq $Worker['Hello']) {
        if ($Worker['Waited'] -ge $script:Patience['Hello']) { Close-Worker $Worker $script:Messages['WorkerSilent'] }
        return
    }
    $ids = [object[]]::new($Worker['Open'].Count)
    $Worker['Open'].Keys.CopyTo($ids, 0)
    [System.Array]::Sort($ids)
    $places = @{}
    $overdue = $false
    foreach ($id in $ids) {
        $entry = $Worker['Open'][$id]
        if ($null -eq $entry) { continue }
        $group = $entry['Run']['Number']
        $place = [int]$places[$group]
        $places[$group] = $place + 1
        if ($place -ge $entry['Run']['Throttle']) { continue }
        if ($entry['Since'] -lt 0) { $entry['Since'] = $Worker['Waited'] }
        elseif ($Worker['Waited'] - $entry['Since'] -ge $entry['Limit']) {
            $entry['Overdue'] = $true
            $overdue = $true
        }
    }
    if ($overdue) { Close-Worker $Worker $script:Messages['WorkerSilent'] }
}

# Milliseconds that this side waits for a worker, and not longer:
$script:Patience = @{
    # for its first line
    Hello     = 10000
    # for an answer, beyond the request's own deadline; in a rehearsal, whose file others may keep from being written
    Answer    = 10000
    Stored    = 60000
    # for its last words, when it has closed its output or its input
    LastWords = 1000
    # for its end, when it was let go
    End       = 1000
    # without having to make sure that it is still there: it goes after a minute
    Idle      = 30000
    # from one look at these times to the next
    Look      = 100
}
