function script:Receive-WorkerReply {
    # Waits at most so many milliseconds for something from the worker, and hands each reply to the run it belongs to.
    # Nothing that a worker does keeps a request from its one answer: what breaks the rules of src/worker/protocol.ts,
    # and a silence that lasts too long, ends the worker, and Close-Worker answers what is open.
    # Short waits only: Ctrl+C takes effect, and event actions run, where a loop turns round, where a command is called,
    # and where an operator like -contains goes through an array; never inside a .NET call. So whatever takes something
    # and puts it elsewhere does both between two such places; what is left over when a pipeline is stopped is where the
    # next call looks for it, and what an event action may have done by calling a command of ours is looked at again.
    param([hashtable]$Worker, [int]$Milliseconds)

    if ($null -eq $Worker) { return }
    if ($null -ne $Worker['Gone']) {
        Close-Worker $Worker
        return
    }
    if ($null -ne $Worker['Write'] -or $Worker['Queue'].Count -gt 0 -or $Worker['Text'].Length -gt 0) { Write-WorkerQueue $Worker }
    if ($null -ne $Worker['ErrorRead'] -and $Worker['ErrorRead'].IsCompleted) { Read-WorkerError $Worker }
    if ($Worker['Next'] -ge $Worker['Lines'].Length - 1) {
        $read = $Worker['Read']
        if ($Milliseconds -gt 0 -and ($null -eq $read -or -not $read.IsCompleted)) {
            $tasks = [System.Collections.ArrayList]::new(2)
            if ($null -ne $read) { $null = $tasks.Add($read) }
            # Also for stderr: one that fills it does nothing else meanwhile, and its last words come there.
            if ($null -ne $Worker['ErrorRead']) { $null = $tasks.Add($Worker['ErrorRead']) }
            if ($tasks.Count -gt 0) { $null = [System.Threading.Tasks.Task]::WaitAny($tasks.ToArray([System.Threading.Tasks.Task]), $Milliseconds) }
        }
        if (-not [object]::ReferenceEquals($Worker['Read'], $read)) { return }
        if ($null -eq $read -or -not $read.IsCompleted) {
            # All that it has said is read.
            if ($null -ne $Worker['Ending']) { Complete-WorkerEnd $Worker }
            elseif ($script:SessionClock.ElapsedMilliseconds - $Worker['Checked'] -ge $script:Patience['Look'] -and
                ($Worker['Open'].Count -gt 0 -or $null -eq $Worker['Hello'])) { Test-WorkerDeadline $Worker }
            return
        }
        $count = 0
        try { $count = $read.Result }
        catch {
            $Worker['Ending'] = $_.Exception.GetBaseException().Message
            $null = $_
        }
        # From here nothing can come between, to the next loop.
        $Worker['Talked'] = $script:SessionClock.ElapsedMilliseconds
        if ($count -eq 0) {
            $Worker['Read'] = $null
            if ($null -eq $Worker['Ending']) { $Worker['Ending'] = 'its output ended' }
            $Worker['EndingAt'] = $Worker['Talked']
            return
        }
        $Worker['Lines'] = ($Worker['Rest'] + $script:Latin1.GetString($Worker['Buffer'], 0, $count)).Split("`n")
        $Worker['Next'] = 0
        $Worker['Rest'] = $Worker['Lines'][$Worker['Lines'].Length - 1]
        $Worker['Read'] = $Worker['Output'].ReadAsync($Worker['Buffer'], 0, $Worker['Buffer'].Length)
    }

    while ($Worker['Next'] -lt $Worker['Lines'].Length - 1) {
        $lines = $Worker['Lines']
        $at = $Worker['Next']
        $reply = ConvertFrom-WorkerLine $lines[$at]
        if ($null -ne $Worker['Gone']) { return }
        if ($Worker['Next'] -ne $at -or -not [object]::ReferenceEquals($Worker['Lines'], $lines)) { continue }
        # From here nothing can come between, until the line is done with or the worker is given up.
        if ($null -ne $reply -and $null -ne $Worker['Hello']) {
            $id = [int]$reply[0]
            $kind = $reply[1]
            $entry = $Worker['Open'][$id]
            # What was not sent cannot be answered.
            if ($null -ne $entry -and $id -le $Worker['Written']) {
                $role = $entry['Roles'][$kind]
                if ($role -eq 1) {
                    # A result and a plan, with more properties.
                    if ($kind -ceq 'cleared') { $kind = 'result' } elseif ($kind -ceq 'clearplan') { $kind = 'plan' }
                    $Worker['Open'].Remove($id)
                    $Worker['Next'] = $at + 1
                    $entry['Run']['Replies'].Enqueue(@{ Kind = $kind; Payload = $reply[2]; Category = $reply[3]; Target = $entry['Target']; Verb = $entry['Verb']; Id = $id })
                    continue
                }
                if ($role -eq 2 -and $entry['More'] -lt $script:MostReplies) {
                    $entry['More'] += 1
                    # Of a list, so many devices are looked at side by side.
                    if ($kind -ceq 'disk' -or $kind -ceq 'disks') { $entry['Limit'] += $entry['Run']['Limit'] / 32 }
                    $Worker['Next'] = $at + 1
                    $entry['Run']['Replies'].Enqueue(@{ Kind = $kind; Payload = $reply[2]; Category = $reply[3]; Target = $entry['Target']; Verb = $entry['Verb']; Id = $id })
                    continue
                }
            }
            # A late completion of a request that was answered: told at the next opportunity.
            elseif ($kind -ceq 'warning' -and $null -eq $entry -and $id -gt 0 -and $id -le $Worker['Written'] -and $script:LateWarnings.Count -lt $script:MostWarnings) {
                $Worker['Next'] = $at + 1
                $script:LateWarnings.Enqueue([string]$reply[2])
                continue
            }
            elseif ($id -eq 0 -and $kind -ceq 'bye') {
                # Nobody can tell whether it has looked at what is open now, in spite of Confirm-Worker.
                Close-Worker $Worker $script:Messages['WorkerBye'] -Gently
                return
            }
            elseif ($id -eq 0 -and $kind -ceq 'error') {
                Close-Worker $Worker ($script:Messages['WorkerPuzzled'] -f (Format-SafeText $reply[2]))
                return
            }
        }
        elseif ($null -ne $reply -and $reply[0] -eq 0 -and $reply[1] -ceq 'hello') {
            $Worker['Next'] = $at + 1
            $Worker['Hello'] = $reply[2]
            continue
        }
        # After that, nothing can be trusted to be what it seems.
        Close-Worker $Worker ($script:Messages['WorkerGarbled'] -f (Format-SafeText $lines[$at].Replace($script:ReplyHead, '')))
        return
    }
    if ($Worker['Rest'].Length -gt 65536) {
        Close-Worker $Worker ($script:Messages['WorkerGarbled'] -f 'a line without end')
        return
    }
    if ($Worker['Leaving']) { Complete-Leaving $Worker }
}

function script:Read-WorkerError {
    # Takes what is on stderr, and keeps the last of it for the error text.
    param([hashtable]$Worker)

    for ($i = 0; $i -lt 64; $i++) {
        $read = $Worker['ErrorRead']
        if ($null -eq $read -or -not $read.IsCompleted) { return }
        $count = 0
        try { $count = $read.Result } catch { $null = $_ }
        if ($count -eq 0) {
            $Worker['ErrorRead'] = $null
            return
        }
        $from = [System.Math]::Max(0, $count - 4096)
        $text = $Worker['ErrorEnd'] + [System.Text.Encoding]::UTF8.GetString($Worker['ErrorPart'], $from, $count - $from)
        $Worker['ErrorEnd'] = $text.Substring([System.Math]::Max(0, $text.Length - 4096))
        $Worker['ErrorRead'] = $Worker['Errors'].ReadAsync($Worker['ErrorPart'], 0, $Worker['ErrorPart'].Length)
    }
}

function script:Complete-WorkerEnd {
    # A worker that says nothing more, or hears nothing more, is given up when its last words are there, or have had
    # their time.
    param([hashtable]$Worker)

    if ($null -ne $Worker['ErrorRead'] -and $Worker['ErrorRead'].IsCompleted) { Read-WorkerError $Worker }
    $isSilent = $null -eq $Worker['Read'] -and $null -eq $Worker['ErrorRead']
    if ($isSilent -or $script:SessionClock.ElapsedMilliseconds - $Worker['EndingAt'] -ge $script:Patience['LastWords']) { Close-Worker $Worker $Worker['Ending'] }
}

# A request that has had so many replies gets no more of them, and so many warnings wait to be told.
$script:MostReplies = 100000
$script:MostWarnings = 10000

# The protocol is ASCII, and a byte that is not stays visible as a character that no reply has.
$script:Latin1 = [System.Text.Encoding]::GetEncoding(28591)
