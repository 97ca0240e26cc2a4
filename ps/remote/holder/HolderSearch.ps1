# One search for holders: the answers of the hosts go to the worker, which decides (src/holder); its further questions go to
# the hosts. This file makes no decisions.

# How often a worker may ask one computer about one disk: src/holder asks again a few times at most.
$script:MostAsks = 64

function script:New-HolderSearch {
    # Starts a search among these sessions. -Wanted: parameters that name the disks; without any, all disks of the hosts.
    param(
        [System.Management.Automation.PSCmdlet]$Cmdlet,
        [System.Management.Automation.Runspaces.PSSession[]]$Computers,
        [hashtable]$Wanted,
        [hashtable]$Parameters,
        [int]$TimeoutSec,
        [int]$ThrottleLimit,
        [int]$WindowSec,
        [int]$Bus
    )

    $search = @{
        Run       = New-PipelineRun $Cmdlet $Bus 0
        Id        = 0
        Rows      = [System.Text.StringBuilder]::new()
        Computers = $Computers
        Labels    = @()
        # By InstanceId of the session: its index among the computers.
        Index     = @{}
        # By index: the questions, each with What (src/holder/search.ts) and Id; and whether a call is under way.
        Asks      = @{}
        Busy      = @{}
        # By computer and id: how often the worker has asked. By computer: that it has answered something.
        Asked     = @{}
        Heard     = @{}
        # By call: the ids without an answer so far; null for the first reading.
        Calls     = @{}
        # The calls that ask for the initiator ports of a computer.
        PortCalls = @{}
        Parameters = $Parameters
        # Computers that answer no more, and the number of rows that the worker has not confirmed.
        Failed    = @{}
        Untaken   = 0
        Finished  = 0
        Done      = $false
        FanOut    = $null
    }
    $epoch = [System.DateTime]::UtcNow.AddMilliseconds(-$script:SessionClock.Elapsed.TotalMilliseconds)
    $epoch = [System.Math]::Floor(($epoch - $script:UnixEpoch).TotalMilliseconds).ToString('0', [System.Globalization.CultureInfo]::InvariantCulture)
    $search.Id = Send-WorkerRequest $search.Run 'witness' "&group=$($search.Run.Number)&step=begin&window=$(1000 * $WindowSec)&epoch=$epoch" $null
    # The duration of the search depends on the hosts, so that its request has no limit; the requests for its rows have one.
    if ($search.Run.Worker.Open.ContainsKey($search.Id)) { $search.Run.Worker.Open[$search.Id].Limit = [double]::PositiveInfinity }
    $search.Labels = Get-SessionLabel $Computers
    $search.FanOut = New-SessionRun $Cmdlet 'Get-StorageReservation' @() ($TimeoutSec + $script:SessionMargin) $ThrottleLimit
    for ($i = 0; $i -lt $Computers.Length; $i++) {
        $search.Index[$Computers[$i].InstanceId] = $i
        $search.Asks[$i] = [System.Collections.ArrayList]::new()
        Add-SearchRow $search 'h', $search.Labels[$i], ([string]$Computers[$i].InstanceId)
        Add-HolderCall $search $i -Wanted $Wanted
    }
    for ($i = 0; $i -lt $Computers.Length; $i++) { $search.Calls[$i] = $null }
    Send-SearchRow $search
    return $search
}

function script:Add-HolderCall {
    # Adds a call to a computer: about the disks that -Wanted names, or those of -UniqueId; -What: see src/holder/search.ts.
    param([hashtable]$Search, [int]$Computer, [string[]]$UniqueId, [hashtable]$Wanted = @{}, [string]$What = 'Reading')

    $parameters = $Search.Parameters.Clone()
    foreach ($name in $Wanted.Keys) { $parameters[$name] = $Wanted[$name] }
    if ($What -ceq 'Registrants') { $parameters['Detailed'] = $true }
    elseif ($What -ceq 'Ports') { $parameters = @{ ErrorAction = 'SilentlyContinue'; HostPort = $true } }
    $waiting = $null
    if ($What -ceq 'Ports') { $Search.PortCalls[$Search.FanOut.Count] = $true }
    elseif ($UniqueId) {
        $parameters.UniqueId = $UniqueId
        $waiting = @{}
        foreach ($id in $UniqueId) { $waiting[$id] = $true }
    }
    $call = Add-SessionCall $Search.FanOut $Search.Computers[$Computer] $parameters
    $Search.Calls[$call] = $waiting
    $Search.Busy[$Computer] = 1
}

function script:Step-HolderSearch {
    # Processes the events of the hosts, waiting at most so long for the first one, and passes on the worker's questions. Returns
    # what is to be displayed: events of the hosts (verbose, warning, failed) and holders.
    param([hashtable]$Search, [int]$Milliseconds)

    foreach ($answer in @(Receive-SessionRun $Search.FanOut $Milliseconds)) {
        $who = $Search.Index[$answer.Session.InstanceId]
        $Search.Heard[$who] = $true
        if ($answer.Kind -ceq 'object') {
            $row = ConvertFrom-SessionObject $answer
            if ($null -ne $row -and $Search.PortCalls.ContainsKey($answer.Call)) {
                foreach ($name in ([string]$row.Ports).Split("`n")) { Add-SearchRow $Search 'p', $who, $name }
                continue
            }
            if ($null -eq $row -or $row.PSObject.TypeNames[0] -cne 'StorageRelease.Reservation') { continue }
            if ($null -ne $Search.Calls[$answer.Call] -and $row.UniqueId) { $Search.Calls[$answer.Call].Remove([string]$row.UniqueId) }
            if ($row.Registrants) { foreach ($line in ([string]$row.Registrants).Split("`n")) { Add-SearchRow $Search 'r', $who, $row.UniqueId, $line } }
            Add-SearchRow $Search @('o', $who, $answer.Sent, $answer.Received, $row.UniqueId, $row.Number, $row.Blocked, $row.State,
                $row.Outcome, $row.Evidence, $row.PathCount, $row.FriendlyName, $row.SerialNumber, $row.StartedAt, $row.DurationMs,
                $row.ComputerName, $row.Bus, $row.DevicePath, $row.Message, $row.HolderKey, $row.Type, $row.Generation, (Get-OwnKeyText $row.Keys))
        }
        elseif ($answer.Kind -ceq 'done') {
            $Search.Busy[$who] = 0
            if ($answer.Call -lt $Search.Computers.Length) {
                $Search.Finished += 1
                Add-SearchRow $Search 'd', $who
            }
            elseif ($Search.PortCalls.ContainsKey($answer.Call)) { Add-SearchRow $Search 'q', $who }
            else { foreach ($id in @($Search.Calls[$answer.Call].Keys)) { Add-SearchRow $Search 'm', $who, $id } }
            $Search.Calls.Remove($answer.Call)
        }
        # A restricted endpoint may refuse the question for ports; it still answers the others.
        elseif ($answer.Kind -ceq 'failed' -and $answer.Reason -ceq 'Command' -and $Search.PortCalls.ContainsKey($answer.Call)) {
            $Search.Busy[$who] = 0
            Add-SearchRow $Search 'q', $who
        }
        elseif ($answer.Kind -ceq 'failed') {
            if ($answer.Call -lt $Search.Computers.Length) { $Search.Finished += 1 }
            $Search.Asks[$who].Clear()
            $Search.Failed[$who] = $true
            # Its session stays busy, so nothing more is asked there.
            Add-SearchRow $Search 'f', $who, $answer.Message, (Get-SessionLabel $Search.Computers)[$who]
            $answer
        }
        elseif ($answer.Kind -cne 'error') { $answer }
    }
    Send-SearchRow $Search
    Receive-WorkerReply $Search.Run.Worker 0
    while ($Search.Run.Replies.Count -gt 0 -and -not $Search.Done) {
        $reply = $Search.Run.Replies.Dequeue()
        if ($reply.Kind -ceq 'ask' -and $reply.Payload.Host -lt $Search.Computers.Length) {
            $at = [int]$reply.Payload.Host
            $name = "$at $($reply.Payload.What) $($reply.Payload.UniqueId)"
            $Search.Asked[$name] = 1 + $Search.Asked[$name]
            # The worker needs a few readings of each computer at most; one that asks more often would go on for ever.
            if ($Search.Asked[$name] -gt $script:MostAsks) { Stop-SearchWorker $Search ($script:Messages.SearchAsksOn -f $script:MostAsks) }
            elseif (-not $Search.Failed.ContainsKey($at)) { $null = $Search.Asks[$at].Add(@{ What = [string]$reply.Payload.What; Id = [string]$reply.Payload.UniqueId }) }
        }
        elseif ($reply.Kind -ceq 'holder') { $reply }
        elseif ($reply.Kind -ceq 'done' -and $reply.Id -eq $Search.Id) {
            # It waits for each computer, also for one that it knows by another session.
            if ($Search.Heard.Count -lt $Search.Computers.Length) { Stop-SearchWorker $Search $script:Messages.SearchEndedEarly }
            else { $Search.Done = $true }
        }
        elseif ($reply.Kind -ceq 'done') { $Search.Untaken -= 1 }
        else {
            $Search.Done = $true
            @{ Kind = 'lost'; Payload = [string]$reply.Payload }
        }
    }
    if ($Search.Done) { return }
    foreach ($at in @($Search.Asks.Keys)) {
        if ($Search.Asks[$at].Count -eq 0 -or $Search.Busy[$at] -ne 0) { continue }
        # A call has questions of one kind; the others stay for the next call.
        $what = $Search.Asks[$at][0].What
        $ids = @(foreach ($one in $Search.Asks[$at].ToArray()) {
                if ($one.What -cne $what) { continue }
                $Search.Asks[$at].Remove($one)
                $one.Id
            })
        Add-HolderCall $Search $at $ids -What $what
    }
    # All hosts have answered, and the worker has all answers: what is undecided now stays undecided.
    if (-not $Search.Done -and $Search.FanOut.Open -eq 0 -and $Search.Untaken -eq 0 -and $Search.Run.Replies.Count -eq 0) {
        $Search.Done = $true
        @{ Kind = 'lost'; Payload = $script:Messages.SearchUndecided }
    }
}

function script:Stop-SearchWorker {
    # Ends the search and its worker, which broke the rules. Returns the events to display.
    param([hashtable]$Search, [string]$Reason)

    $Search.Done = $true
    Close-Worker $Search.Run.Worker $Reason
    @{ Kind = 'lost'; Payload = $Reason }
}

function script:Stop-HolderSearch {
    # Called from `finally`: must not wait.
    param([hashtable]$Search)

    Stop-SessionRun $Search.FanOut
    if ($Search.Done) {
        $script:Runs.Remove($Search.Run.Number)
        return
    }
    if ($null -ne $Search.Run.Worker -and $null -eq $Search.Run.Worker.Gone) {
        $null = Send-WorkerRequest $Search.Run 'witness' "&group=$($Search.Run.Number)&step=end&search=$($Search.Id)" $null
    }
    $Search.Run.Stopped = $true
}
