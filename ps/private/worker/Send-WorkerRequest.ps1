function script:Send-WorkerRequest {
    # Queues one request line (fields in order) for the run's worker and returns its id. Exactly one answer to it comes
    # into the run's Replies, whatever becomes of the worker.
    # -Counts: its answer is one of those that the run waits for. -Enters: it enters the rehearsal, which is done once.
    # Both are written down here, where neither Ctrl+C nor an event action can come between.
    param([hashtable]$Run, [string]$Verb, [string]$Fields, [object]$Target, [switch]$Counts, [switch]$Enters)

    $worker = $Run['Worker']
    # It had ended before the pipeline began.
    if ($null -eq $worker) { $worker = $script:NoWorker }
    $limit = [double]$script:Patience['Answer']
    $role = $Verb
    if ($Verb -cne 'cancel') {
        $limit = $Run['Limit'] + $script:Patience[$worker['Margin']]
        if ($Run['Plan']) {
            $Fields += '&plan=1'
            $role = $(if ($Verb -ceq 'clear') { 'clearplan' } else { 'plan' })
        }
    }
    $entry = @{
        Run     = $Run
        Verb    = $role
        Target  = $Target
        # Which kinds of reply it may have, and how many more than the last.
        Roles   = $script:ReplyRoles[$role]
        More    = 0
        # Milliseconds that it may take from its turn on, and when that came: see Test-WorkerDeadline.
        Limit   = $limit
        Since   = [double]-1
        Overdue = $false
    }
    # From here nothing can come between, to the end or the call of Write-WorkerQueue.
    if ($Counts) { $Run['Sent'] += 1 }
    $id = $worker['LastId'] + 1
    $line = "id=$id&verb=$Verb" + $Fields
    if ($null -ne $worker['Gone']) {
        $Run['Replies'].Enqueue(@{ Kind = 'gone'; Payload = $worker['Gone']; Category = $null; Target = $Target; Verb = $role; Id = $id; Sent = $false; Overdue = $false; Limit = $limit })
        return $id
    }
    if ($line.Length -gt 65536) {
        $Run['Replies'].Enqueue(@{ Kind = 'error'; Payload = $script:Messages['RequestTooLong']; Category = 'InvalidArgument'; Target = $Target; Verb = $role; Id = $id })
        return $id
    }
    if ($Enters) {
        if ($null -ne $worker['Entry']) { return }
        $worker['Entry'] = $Run
    }
    $worker['LastId'] = $id
    # Of a request that is alone, no time can have passed yet.
    if ($worker['Open'].Count -eq 0) { $worker['Checked'] = $script:SessionClock.ElapsedMilliseconds }
    $worker['Open'][$id] = $entry
    $worker['Queue'].Enqueue($line)
    # While a write is under way, the line waits for the next one.
    if ($null -eq $worker['Write'] -or $worker['Write'].IsCompleted) { Write-WorkerQueue $worker }
    return $id
}

$script:NoWorker = @{ Gone = 'it ended'; Margin = 'Answer'; LastId = 0 }

# Requests that change something: one without an answer leaves an open question behind.
$script:ChangingVerbs = @{ release = $true; reserve = $true; clear = $true }

# What each request may be answered with: 1 for the one answer that ends it, 2 for what may come before.
$script:ReplyRoles = @{
    release   = @{ error = 1; result = 1; verbose = 2; warning = 2 }
    reserve   = @{ error = 1; result = 1; verbose = 2; warning = 2 }
    plan      = @{ error = 1; plan = 1; verbose = 2; warning = 2 }
    clear     = @{ error = 1; cleared = 1; verbose = 2; warning = 2 }
    clearplan = @{ error = 1; clearplan = 1; verbose = 2; warning = 2 }
    status    = @{ error = 1; reservation = 1; verbose = 2; warning = 2; registrant = 2 }
    list      = @{ error = 1; done = 1; disk = 2; disks = 2; warning = 2 }
    ports     = @{ error = 1; done = 1 }
    log       = @{ error = 1; done = 1; record = 2; clearrecord = 2; warning = 2 }
    rehearse  = @{ error = 1; done = 1; warning = 2 }
    cancel    = @{ error = 1; done = 1 }
    witness   = @{ error = 1; done = 1; ask = 2; holder = 2 }
}
# Upper and lower case differ here.
foreach ($verb in @($script:ReplyRoles.Keys)) {
    $script:ReplyRoles[$verb] = [System.Collections.Hashtable]::new($script:ReplyRoles[$verb], [System.StringComparer]::Ordinal)
}
