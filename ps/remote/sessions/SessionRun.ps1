# Runs one command on many computers, in sessions (PSSession) that the caller has opened. Results come as soon as a computer
# has them. A computer that is down, busy, slow or without the module gets a failed event, and delays no other.
#
#   $fanOut = New-SessionRun -Cmdlet $PSCmdlet -Command NAME -Calls @(@{ Session = $s; Parameters = @{...} }) -TimeoutSec 60
#   while ($fanOut.Open -gt 0) { foreach ($answer in @(Receive-SessionRun $fanOut 100)) { ... } }
#   Stop-SessionRun $fanOut          # in `finally`; never waits
#
# The command is sent by its name with its parameters, never as script text, because a restricted (NoLanguage, JEA) endpoint
# accepts nothing else. Each event is a hashtable:
#   Kind            object | error | warning | verbose | done | failed; exactly one done or failed for each call
#   Session, Call   the session, and the index of the call in -Calls
#   Payload         the object, the ErrorRecord, or the text
#   Sent, Received  milliseconds of $script:SessionClock: when the command was sent, and when this event was received
#   Reason          of failed: NoModule | Version | Down | TimedOut | Busy | Broken | Command
#   Message, NextStep, Record  of failed: texts for the user; the terminating ErrorRecord, if there is one

# Milliseconds that a session may be busy with something else, such as a command that was stopped a moment ago.
$script:SessionPatience = 5000

# A command that cannot reach a disk: its refusal has the computer's name.
$script:NameQuestion = @{ Command = 'Get-StorageReservation'; Parameters = @{ Path = ''; ErrorAction = 'Continue' } }

function script:New-SessionRun {
    # Sends nothing yet: Receive-SessionRun does.
    # -TimeoutSec is how long a computer may be silent; each message from it starts that time again.
    param(
        [System.Management.Automation.PSCmdlet]$Cmdlet,
        [string]$Command,
        [hashtable[]]$Calls,
        [int]$TimeoutSec = 60,
        [int]$ThrottleLimit = 32
    )

    $fanOut = @{
        Cmdlet   = $Cmdlet
        Command  = $Command
        Silence  = 1000.0 * $TimeoutSec
        Throttle = $ThrottleLimit
        # Number of calls that have not ended; the calls that were not started; the calls that are under way.
        Open     = 0
        Waiting  = [System.Collections.ArrayList]::new()
        Active   = [System.Collections.ArrayList]::new()
        Count    = 0
        Events   = [System.Collections.Queue]::new()
    }
    foreach ($call in $Calls) { $null = Add-SessionCall $fanOut $call.Session $call.Parameters }
    return $fanOut
}

function script:Add-SessionCall {
    # Adds a call, even while others are under way; returns its index. -Command: instead of the run's command. -Script: text to
    # run instead of a command, which a restricted endpoint refuses; the module's version is not checked for it.
    param(
        [hashtable]$FanOut,
        [System.Management.Automation.Runspaces.PSSession]$Session,
        [hashtable]$Parameters,
        [string]$Script,
        [string]$Command = $FanOut.Command
    )

    $index = $FanOut.Count
    $FanOut.Count += 1
    $FanOut.Open += 1
    $null = $FanOut.Waiting.Add(@{
            Index = $index; Session = $Session; Parameters = $Parameters; Script = $Script; Command = $Command
            Shell = $null; Output = $null; Handle = $null; Asking = $null; Naming = $false
            Sent = [double]0; Heard = [double]0; WaitedSince = [double]-1
        })
    return $index
}

function script:Receive-SessionRun {
    # Returns the events that have arrived. Waits at most so many milliseconds for the first one, in short steps, between which
    # Ctrl+C takes effect.
    param([hashtable]$FanOut, [int]$Milliseconds)

    $end = $script:SessionClock.Elapsed.TotalMilliseconds + $Milliseconds
    $pause = 1
    while ($true) {
        foreach ($call in $FanOut.Active.ToArray()) { Read-SessionCall $FanOut $call }
        if ($FanOut.Waiting.Count -gt 0) { Step-SessionRun $FanOut }
        if ($FanOut.Events.Count -gt 0 -or $FanOut.Open -eq 0) { break }
        $left = $end - $script:SessionClock.Elapsed.TotalMilliseconds
        if ($left -le 0) { break }
        [System.Threading.Thread]::Sleep([int][System.Math]::Ceiling([System.Math]::Min($pause, $left)))
        if ($pause -lt 16) { $pause *= 2 }
    }
    $events = $FanOut.Events.ToArray()
    $FanOut.Events.Clear()
    return $events
}

function script:Stop-SessionRun {
    # Asks every computer that is at work to stop, without waiting for an answer.
    param([hashtable]$FanOut)

    $FanOut.Waiting.Clear()
    foreach ($call in $FanOut.Active.ToArray()) { Stop-SessionCall $call }
    $FanOut.Active.Clear()
    $FanOut.Open = 0
}

function script:Step-SessionRun {
    # Starts calls as far as the throttle allows; a session runs one command at a time.
    param([hashtable]$FanOut)

    foreach ($call in $FanOut.Waiting.ToArray()) {
        if ($FanOut.Active.Count -ge $FanOut.Throttle) { return }
        $mine = $false
        foreach ($other in $FanOut.Active) {
            if ($other.Session.InstanceId -eq $call.Session.InstanceId) {
                $mine = $true
                break
            }
        }
        if ($mine) { continue }
        $runspace = $call.Session.Runspace
        if ([string]$runspace.RunspaceStateInfo.State -cne 'Opened') {
            $FanOut.Waiting.Remove($call)
            Close-SessionCall $FanOut $call 'Down' ($script:Messages.SessionDown -f (Get-SessionName $call.Session), $runspace.RunspaceStateInfo.State) $script:Messages.SessionDownNext
            continue
        }
        if ([string]$runspace.RunspaceAvailability -cne 'Available') {
            $now = $script:SessionClock.Elapsed.TotalMilliseconds
            if ($call.WaitedSince -lt 0) { $call.WaitedSince = $now }
            if ($now - $call.WaitedSince -ge [System.Math]::Min($script:SessionPatience, $FanOut.Silence)) {
                $FanOut.Waiting.Remove($call)
                # What keeps it busy may be a command of ours that was given up: then it is the computer that does not answer.
                $last = $script:SessionStopped[$call.Session.InstanceId]
                if ($null -ne $last -and 'Running', 'Stopping' -ccontains [string]$last.InvocationStateInfo.State) {
                    Close-SessionCall $FanOut $call 'TimedOut' ($script:Messages.SessionStalled -f (Get-SessionName $call.Session)) $script:Messages.SessionSilentNext
                }
                else { Close-SessionCall $FanOut $call 'Busy' ($script:Messages.SessionBusy -f (Get-SessionName $call.Session)) $script:Messages.SessionBusyNext }
            }
            continue
        }
        $FanOut.Waiting.Remove($call)
        $null = $FanOut.Active.Add($call)
        if ($call.Script -or $script:SessionVersion.ContainsKey($call.Session.InstanceId)) { Start-SessionCall $FanOut $call $call.Command $call.Parameters }
        else {
            $call.Asking = [System.Collections.ArrayList]::new()
            Start-SessionCall $FanOut $call 'Get-Command' @{ Name = $call.Command }
        }
    }
}

function script:Start-SessionCall {
    param([hashtable]$FanOut, [hashtable]$Call, [string]$Command, [hashtable]$Parameters)

    # It is available, so what was stopped there has ended.
    $script:SessionStopped.Remove($Call.Session.InstanceId)
    $shell = [System.Management.Automation.PowerShell]::Create()
    $Call.Shell = $shell
    $Call.Output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    try {
        $shell.Runspace = $Call.Session.Runspace
        if ($Call.Script) { $null = $shell.AddScript($Call.Script) } else { $null = $shell.AddCommand($Command) }
        $null = $shell.AddParameters($Parameters)
        $settings = [System.Management.Automation.PSInvocationSettings]::new()
        $settings.Host = Get-SilentHost
        $Call.Sent = $script:SessionClock.Elapsed.TotalMilliseconds
        $Call.Heard = $Call.Sent
        $Call.Handle = (Get-BeginInvoke).Invoke($shell, [object[]]@($null, $Call.Output, $settings, $null, $null))
    }
    catch {
        $text = $_.Exception.GetBaseException().Message
        Close-SessionCall $FanOut $Call 'Broken' ($script:Messages.SessionBroken -f (Get-SessionName $Call.Session), $text) $script:Messages.SessionBrokenNext
    }
}

function script:Read-SessionCall {
    # Turns the output of one call into events, and ends the call when it has completed or was silent for too long.
    param([hashtable]$FanOut, [hashtable]$Call)

    $shell = $Call.Shell
    # In this order: all output exists before IsCompleted is true, and an object comes before its error.
    $whole = $Call.Handle.IsCompleted
    $streams = $shell.Streams
    $errors = $null
    if ($streams.Error.Count -gt 0) { $errors = $streams.Error.ReadAll() }
    $heard = $false
    foreach ($kind in 'warning', 'verbose') {
        $records = $streams.$kind
        if ($records.Count -eq 0) { continue }
        $heard = $true
        foreach ($record in $records.ReadAll()) { Add-SessionEvent $FanOut $Call $kind $record.Message }
    }
    if ($streams.Progress.Count -gt 0) {
        $heard = $true
        $streams.Progress.Clear()
    }
    if ($Call.Output.Count -gt 0) {
        $heard = $true
        foreach ($object in $Call.Output.ReadAll()) {
            if ($null -ne $Call.Asking) { $null = $Call.Asking.Add($object) }
            else { Add-SessionEvent $FanOut $Call 'object' $object }
        }
    }
    if ($null -ne $errors) {
        $heard = $true
        if ($null -eq $Call.Asking) { foreach ($record in $errors) { Add-SessionEvent $FanOut $Call 'error' $record } }
    }
    $now = $script:SessionClock.Elapsed.TotalMilliseconds
    if ($heard) { $Call.Heard = $now }
    if ($whole) {
        Complete-SessionCall $FanOut $Call
        return
    }
    if ($now - $Call.Heard -ge $FanOut.Silence) {
        Stop-SessionCall $Call
        $Call.Shell = $null
        Close-SessionCall $FanOut $Call 'TimedOut' ($script:Messages.SessionSilent -f (Get-SessionName $Call.Session), [int]($FanOut.Silence / 1000)) $script:Messages.SessionSilentNext
    }
}

function script:Complete-SessionCall {
    # The other computer has completed a call: the question about its version or name, or the command, or with an error.
    param([hashtable]$FanOut, [hashtable]$Call)

    $name = Get-SessionName $Call.Session
    $state = $Call.Shell.InvocationStateInfo
    if ($Call.Naming -and [string]$Call.Session.Runspace.RunspaceStateInfo.State -ceq 'Opened') {
        # An endpoint without that command gets the name of its session.
        foreach ($object in $Call.Asking) { $null = ConvertFrom-SessionObject @{ Session = $Call.Session; Payload = $object } }
        $Call.Naming = $false
        $Call.Asking = $null
        $Call.Shell.Dispose()
        Start-SessionCall $FanOut $Call $Call.Command $Call.Parameters
        return
    }
    if ([string]$state.State -cne 'Completed') {
        $reason = $state.Reason
        $record = $null
        if ($reason -is [System.Management.Automation.RuntimeException]) { $record = $reason.ErrorRecord }
        if ([string]$Call.Session.Runspace.RunspaceStateInfo.State -cne 'Opened' -or
            $reason -is [System.Management.Automation.Remoting.PSRemotingTransportException]) {
            Close-SessionCall $FanOut $Call 'Broken' ($script:Messages.SessionBroken -f $name, $reason.Message) $script:Messages.SessionBrokenNext
        }
        elseif ($null -ne $record -and $record.FullyQualifiedErrorId -ceq 'CommandNotFoundException') {
            Close-SessionCall $FanOut $Call 'NoModule' ($script:Messages.SessionNoModule -f $name, $Call.Command) $script:Messages.SessionNoModuleNext
        }
        else {
            $text = [string]$state.State
            $next = ''
            if ($null -ne $reason) { $text = $reason.Message }
            if ($null -ne $record -and $null -ne $record.ErrorDetails) { $next = $record.ErrorDetails.RecommendedAction }
            Close-SessionCall $FanOut $Call 'Command' ('{0}: {1}' -f $name, $text) $next $record
        }
        return
    }
    if ($null -eq $Call.Asking) {
        Close-SessionCall $FanOut $Call
        return
    }
    if ($Call.Asking.Count -eq 0) {
        Close-SessionCall $FanOut $Call 'NoModule' ($script:Messages.SessionNoModule -f $name, $Call.Command) $script:Messages.SessionNoModuleNext
        return
    }
    $here = [string]$ExecutionContext.SessionState.Module.Version
    $there = [string]$Call.Asking[0].Version
    if ($there -cne $here) {
        Close-SessionCall $FanOut $Call 'Version' ($script:Messages.SessionVersion -f $name, $there, $here) $script:Messages.SessionVersionNext
        return
    }
    $script:SessionVersion[$Call.Session.InstanceId] = $true
    $Call.Asking.Clear()
    $Call.Naming = $true
    $Call.Shell.Dispose()
    Start-SessionCall $FanOut $Call $script:NameQuestion.Command $script:NameQuestion.Parameters
}

function script:Close-SessionCall {
    # Adds the last event of a call: done, or failed with a reason.
    param([hashtable]$FanOut, [hashtable]$Call, [string]$Reason, [string]$Message, [string]$NextStep, [object]$Record)

    $FanOut.Active.Remove($Call)
    $FanOut.Open -= 1
    # Not for a broken session: Dispose would write to its transport once more, and if ssh has just ended, an exception in another
    # thread ends PowerShell itself (seen with 7.6.9).
    if ($null -ne $Call.Shell -and $Reason -cne 'Broken') { $Call.Shell.Dispose() }
    $Call.Shell = $null
    if (-not $Reason) {
        Add-SessionEvent $FanOut $Call 'done' $null
        return
    }
    Add-SessionEvent $FanOut $Call 'failed' $null @{ Reason = $Reason; Message = $Message; NextStep = $NextStep; Record = $Record }
}

function script:Stop-SessionCall {
    # Not disposed: that would wait for a computer that may never answer.
    param([hashtable]$Call)

    if ($null -eq $Call.Shell -or [string]$Call.Session.Runspace.RunspaceStateInfo.State -cne 'Opened') { return }
    $script:SessionStopped[$Call.Session.InstanceId] = $Call.Shell
    try { $null = $Call.Shell.BeginStop($null, $null) } catch { $null = $_ }
}

function script:Add-SessionEvent {
    param([hashtable]$FanOut, [hashtable]$Call, [string]$Kind, [object]$Payload, [hashtable]$More)

    $answer = @{
        Kind = $Kind; Session = $Call.Session; Call = $Call.Index; Payload = $Payload
        Sent = $Call.Sent; Received = $script:SessionClock.Elapsed.TotalMilliseconds
    }
    if ($null -ne $More) { foreach ($key in $More.Keys) { $answer[$key] = $More[$key] } }
    $FanOut.Events.Enqueue($answer)
}

function script:Get-SessionName {
    # The name of a session's computer in texts: its own name, as in the rows of its disks, or the session's name until its own
    # is known.
    param([System.Management.Automation.Runspaces.PSSession]$Session)

    $own = $script:SessionSelf[$Session.InstanceId]
    if ($own) { return Format-SafeText $own }
    return Format-SafeText $Session.ComputerName
}

function script:Get-SessionLabel {
    # The names of these sessions' computers, in their order; with the session's name where several sessions reach one computer.
    param([System.Management.Automation.Runspaces.PSSession[]]$Session)

    $names = [string[]]@(foreach ($one in $Session) { Get-SessionName $one })
    $counts = @{}
    foreach ($name in $names) { $counts[$name] = 1 + $counts[$name] }
    for ($i = 0; $i -lt $names.Length; $i++) {
        if ($counts[$names[$i]] -gt 1) { $names[$i] += ' ({0})' -f (Format-SafeText $Session[$i].Name) }
    }
    return , $names
}

function script:Get-SilentHost {
    # A host that can neither display nor ask. With it, the output of a remote command stays in its streams, where we read it with
    # the computer's name, and is not shown in this console as well; and the command cannot ask a question.
    if ($null -eq $script:SilentHost) {
        $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace([System.Management.Automation.Runspaces.InitialSessionState]::Create())
        $space.Open()
        $script:SilentHost = $space.SessionStateProxy.GetVariable('Host')
        $space.Dispose()
    }
    return $script:SilentHost
}

function script:Get-BeginInvoke {
    # The generic arguments could be inferred only from an input, and there is none.
    if ($null -eq $script:BeginInvoke) {
        foreach ($method in [System.Management.Automation.PowerShell].GetMethods()) {
            if ($method.Name -ceq 'BeginInvoke' -and $method.IsGenericMethodDefinition -and
                $method.GetGenericArguments().Length -eq 2 -and $method.GetParameters().Length -eq 5) {
                $script:BeginInvoke = $method.MakeGenericMethod([type[]]@([psobject], [psobject]))
            }
        }
    }
    return $script:BeginInvoke
}
