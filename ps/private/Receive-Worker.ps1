function Receive-Worker {
    # Waits at most so many milliseconds for something from the worker, and hands each reply to the run it belongs
    # to.
    # Short waits only: Ctrl+C takes effect between statements, never inside a .NET call.
    param([int]$Milliseconds)

    $worker = $script:Worker
    if ($null -eq $worker -or $null -ne $worker.Gone) { return }
    if ($null -ne $worker.Write -or $worker.Queue.Count -gt 0) { Push-Worker }
    $read = $worker.Read
    try {
        if (-not $read.IsCompleted -and -not $read.Wait($Milliseconds)) { return }
        $count = $read.Result
    }
    catch {
        Close-Worker $_.Exception.GetBaseException().Message
        return
    }
    if ($count -eq 0) {
        Close-Worker 'its output ended'
        return
    }
    $lines = ($worker.Rest + [System.Text.Encoding]::ASCII.GetString($worker.Buffer, 0, $count)).Split("`n")
    $worker.Rest = $lines[$lines.Length - 1]
    $worker.Read = $worker.Output.ReadAsync($worker.Buffer, 0, $worker.Buffer.Length)

    for ($i = 0; $i -lt $lines.Length - 1; $i++) {
        # The shape is checked before anything is deserialized: a malformed document could build live objects of
        # types that the writer of this protocol never uses, or end PowerShell itself.
        $reply = $null
        if ($lines[$i].Length -le 65536 -and $script:ReplyShape.IsMatch($lines[$i])) {
            try { $reply = [System.Management.Automation.PSSerializer]::Deserialize($lines[$i]) } catch { $null = $_ }
        }
        $payload = $null
        $category = $null
        $sound = $reply -is [object[]] -and $reply.Length -ge 2 -and $reply[0] -is [uint32] -and
            $reply[0] -le [int]::MaxValue -and $reply[1] -is [string]
        if ($sound) {
            $id = [int]$reply[0]
            $kind = $reply[1]
            if ($reply.Length -gt 2) { $payload = $reply[2] }
            if ($reply.Length -gt 3) { $category = $reply[3] }
            $sound = $payload -is [System.Management.Automation.PSCustomObject] -eq $script:ObjectReplies.ContainsKey($kind)
        }
        if (-not $sound) {
            # After garbage nothing can be trusted to be what it seems.
            Close-Worker ($script:Messages.WorkerGarbled -f $lines[$i].Substring(0, [System.Math]::Min(120, $lines[$i].Length)))
            return
        }
        if ($id -eq 0) {
            if ($kind -ceq 'hello') {
                $worker.Hello = $payload
            }
            elseif ($kind -ceq 'bye') {
                # A minute without work. What it had not looked at goes to the next worker.
                Restart-Worker
                return
            }
            continue
        }
        $open = $worker.Open[$id]
        if ($null -eq $open) {
            # A late completion: told at the next opportunity.
            if ($kind -ceq 'warning') { $script:LateWarnings.Enqueue([string]$payload) }
            continue
        }
        if ($script:FinalReplies -ccontains $kind) {
            $worker.Open.Remove($id)
        }
        $open.Run.Replies.Enqueue(@{ Kind = $kind; Payload = $payload; Category = $category; Target = $open.Target; Verb = $open.Verb; Id = $id })
    }
    if ($worker.Rest.Length -gt 65536) {
        Close-Worker ($script:Messages.WorkerGarbled -f 'a line without end')
    }
}

# The kinds of reply whose payload is an object; that of the others is none.
$script:ObjectReplies = @{ hello = $true; result = $true; plan = $true; reservation = $true; registrant = $true; disk = $true }

# The kinds of reply that end a request: exactly one of them comes for each.
$script:FinalReplies = 'result', 'plan', 'reservation', 'done', 'error'

$script:LateWarnings = [System.Collections.Queue]::new()
