function Receive-Worker {
    # Waits at most so many milliseconds for something from the worker, and hands each reply to the run it belongs
    # to.
    # Short waits only: Ctrl+C takes effect where a loop turns round, where a command is called, and where an operator
    # like -contains goes through an array; never inside a .NET call. So whatever takes something and puts it
    # elsewhere does both between two such places, and what is left over when a pipeline is stopped is where the next
    # call looks for it.
    param([int]$Milliseconds)

    $worker = $script:Worker
    if ($null -eq $worker) { return }
    if ($null -ne $worker.Gone) {
        Close-Worker $worker.Gone
        return
    }
    if ($null -ne $worker.Write -or $worker.Queue.Count -gt 0 -or $worker.Text.Length -gt 0) { Push-Worker }
    if ($worker.Next -ge $worker.Lines.Length - 1) {
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
        $worker.Lines = ($worker.Rest + $script:Latin1.GetString($worker.Buffer, 0, $count)).Split("`n")
        $worker.Next = 0
        $worker.Rest = $worker.Lines[$worker.Lines.Length - 1]
        $worker.Read = $worker.Output.ReadAsync($worker.Buffer, 0, $worker.Buffer.Length)
    }

    while ($worker.Next -lt $worker.Lines.Length - 1) {
        $line = $worker.Lines[$worker.Next]
        $reply = ConvertFrom-WorkerLine $line
        if ($null -eq $reply) {
            # After garbage nothing can be trusted to be what it seems.
            Close-Worker ($script:Messages.WorkerGarbled -f $line.Substring(0, [System.Math]::Min(120, $line.Length)))
            return
        }
        $id = [int]$reply[0]
        $kind = $reply[1]
        $isFinal = $script:FinalReplies -ccontains $kind
        $worker.Next += 1
        if ($id -eq 0) {
            if ($kind -ceq 'hello') {
                $worker.Hello = $reply[2]
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
            if ($kind -ceq 'warning') { $script:LateWarnings.Enqueue([string]$reply[2]) }
            continue
        }
        if ($isFinal) { $worker.Open.Remove($id) }
        $open.Run.Replies.Enqueue(@{ Kind = $kind; Payload = $reply[2]; Category = $reply[3]; Target = $open.Target; Verb = $open.Verb; Id = $id })
    }
    if ($worker.Rest.Length -gt 65536) {
        Close-Worker ($script:Messages.WorkerGarbled -f 'a line without end')
    }
}

# The kinds of reply that end a request: exactly one of them comes for each.
$script:FinalReplies = 'result', 'plan', 'reservation', 'done', 'error'

$script:LateWarnings = [System.Collections.Queue]::new()

# The protocol is ASCII, and a byte that is not stays visible as a character that no reply has.
$script:Latin1 = [System.Text.Encoding]::GetEncoding(28591)
