# A worker that does whatever a process can do on its pipes (hostile-worker.sh), against the real module. What it took
# and what it said, in its order, says which rows must come: each disk that was sent has exactly one, the one that the
# worker gave it as long as it kept to the rules, and else one that says that nobody knows. -Only N replays one sequence.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials, [int]$Only = -1)
. "$PSScriptRoot/torture.ps1"
. "$PSScriptRoot/../ps/standins.ps1"
. "$PSScriptRoot/../ps/askhost.ps1"
$ErrorActionPreference = 'Stop'

$copy = New-ModuleCopy ([System.IO.File]::ReadAllText("$PSScriptRoot/hostile-worker.sh"))
$folder = $copy.Folder
$program = [System.IO.Path]::Combine($folder, 'dist', 'linux-x64', 'storage-release')
[System.IO.File]::WriteAllText($program, [System.IO.File]::ReadAllText($program).Replace('@FOLDER', $folder))
$first = New-TestBus 2
$second = New-TestBus 2

# --- what runs in the session that is tortured ---------------------------------------------------------------------

$library = {
    param($Manifest, $Fakes, $Buses)
    . $Fakes
    . $Buses
    Import-Module $Manifest
    $global:Module = Get-Module StorageRelease
    $global:Nested = [System.Collections.ArrayList]::new()

    function global:Set-Patience {
        # Short: a second's deadline is over after a tenth of one.
        param([bool]$Short)
        & $global:Module {
            param($Short)
            Import-ModulePart Private
            $script:Patience.LastWords = 50
            $script:Patience.Look = 5
            $script:Patience.Hello = $(if ($Short) { 150 } else { 20000 })
            $script:Patience.Answer = $(if ($Short) { -900 } else { 20000 })
            $script:Patience.Stored = $(if ($Short) { -900 } else { 20000 })
            $script:MostReplies = 500
        } $Short
    }

    function global:Invoke-Act {
        # What happens in the middle of a pipeline. What a nested command gives is kept apart.
        param([string]$Act, [string]$File)
        $nested = $null
        try {
            switch ($Act) {
                'nested' { $nested = @(Invoke-StorageRelease -Number 91, 92 -Force -ErrorAction SilentlyContinue) }
                'nested-list' { $null = @(Get-StorageRehearsalDisk -ErrorAction SilentlyContinue) }
                'event' { $null = $ExecutionContext.Events.GenerateEvent('hostile', $null, @(), $null) }
                'exit' { Exit-StorageRehearsal }
                'other' { Exit-StorageRehearsal; Enter-StorageRehearsal $File -WarningAction SilentlyContinue }
                'removed' { Remove-Module StorageRelease }
                'throw' { throw [System.IO.InvalidDataException]::new('enough') }
            }
        }
        catch [System.IO.InvalidDataException] { throw }
        catch { $null = $global:Nested.Add([pscustomobject]@{ Thrown = $_.FullyQualifiedErrorId }) }
        foreach ($one in $nested) { $null = $global:Nested.Add($one) }
    }

    function global:Invoke-Sequence {
        param([string]$What, [int]$Count, [int]$Throttle, [int]$TimeoutSec, [string]$Act, [int]$At, [string]$File)
        $global:Seen = 0
        $common = @{ ThrottleLimit = $Throttle; TimeoutSec = $TimeoutSec; ErrorAction = 'Continue' }
        if ($Act -ceq 'event') {
            $action = { foreach ($one in @(Invoke-StorageRelease -Number 91 -Force -ErrorAction SilentlyContinue)) { $null = $global:Nested.Add($one) } }
            $subscriber = $ExecutionContext.Events.SubscribeEvent($null, $null, 'hostile', $null, $action, $false, $false)
        }
        try {
            $numbers = [object[]]@(1..$Count)
            $after = { $_; if (++$global:Seen -eq $At) { Invoke-Act $Act $File } }
            switch ($What) {
                'release' { Invoke-StorageRelease -Number $numbers -Force @common | ForEach-Object $after }
                'piped' { $numbers | ForEach-Object { if ($_ -eq $At -and $Act -like 'getter*') { Invoke-Act $Act.Substring(7) $File }; New-TestDisk $_ } | Invoke-StorageRelease -Force @common | ForEach-Object $after }
                'reserve' { Invoke-StorageReserve -Number $numbers -Force @common | ForEach-Object $after }
                'verbose' { Invoke-StorageRelease -Number $numbers -Force -Verbose @common 4>$null | ForEach-Object $after }
                'status' { Get-StorageReservation -Number $numbers -Detailed @common | ForEach-Object $after }
                'plan' { Invoke-StorageRelease -Number $numbers -AsPlan -Force @common | ForEach-Object $after }
                'ask' { Invoke-StorageRelease -Number $numbers @common | ForEach-Object $after }
                'all' { Get-StorageReservation @common | ForEach-Object $after }
                'list' { Get-StorageRehearsalDisk -TimeoutSec $TimeoutSec | ForEach-Object $after }
            }
        }
        finally { if ($Act -ceq 'event') { $ExecutionContext.Events.UnsubscribeEvent($subscriber) } }
    }
}

function Open-Session {
    $script:Answers = New-AskHost
    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    $script:Space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($script:Answers.Host, $state)
    $script:Space.Open()
    $got = Invoke-Here $library $copy.Manifest, "$Root/test/ps/fakes.ps1", "$Root/test/ps/buses.ps1"
    if ($got.Errors.Count -gt 0) { throw $got.Errors[0] }
}

function Invoke-Here {
    # Runs a block there; a pipeline that does not end within a minute is left behind, and the session with it.
    # -StopAt: it is stopped when so many objects are there.
    param([scriptblock]$Body, [object[]]$Argument, [int]$StopAt = -1)
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $script:Space
    # In a script, an error that ends a command ends nothing else, unless it is caught.
    $null = $shell.AddScript('param($Body, $Argument) $global:Caught = $null; try { . ([scriptblock]::Create($Body)) @Argument } catch { $global:Caught = $_ }')
    $null = $shell.AddArgument($Body.ToString()).AddArgument([object[]]$Argument)
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing.Complete()
    $got = [pscustomobject]@{ Output = @(); Errors = @(); Warnings = @(); Thrown = $null; Hangs = $false; Ms = 0.0 }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $running = $shell.BeginInvoke($nothing, $output)
    if ($StopAt -ge 0) {
        while ($output.Count -lt $StopAt -and -not $running.IsCompleted -and $watch.ElapsedMilliseconds -lt 60000) { $null = [System.Threading.Thread]::Yield() }
        $null = $shell.BeginStop($null, $null)
    }
    $null = $running.AsyncWaitHandle.WaitOne(60000)
    while ("$($shell.InvocationStateInfo.State)" -cin 'Running', 'Stopping' -and $watch.ElapsedMilliseconds -lt 65000) { $null = [System.Threading.Thread]::Yield() }
    $got.Ms = $watch.Elapsed.TotalMilliseconds
    if ("$($shell.InvocationStateInfo.State)" -cin 'Running', 'Stopping') {
        $got.Hangs = $true
        return $got
    }
    try { $null = $shell.EndInvoke($running) } catch { $got.Thrown = $_ }
    if ($null -eq $got.Thrown) { $got.Thrown = $script:Space.SessionStateProxy.GetVariable('Caught') }
    $got.Output = @($output)
    $got.Errors = @($shell.Streams.Error)
    $got.Warnings = @($shell.Streams.Warning)
    $shell.Dispose()
    $got
}

function Get-ErrorId {
    param($Thrown)
    if ($null -eq $Thrown) { return '' }
    if ($Thrown.Exception.GetBaseException() -is [System.Management.Automation.PipelineStoppedException]) { return 'Stopped' }
    return ([string]$Thrown.FullyQualifiedErrorId).Split(',')[0]
}

# --- scripts --------------------------------------------------------------------------------------------------------

# What the worker does at its start: the good ways, and the others. `short` ones are silent.
$goodStarts = 'start', 'start', 'start', 'start', 'start', "how=drip`nstart`nhow=whole", "noise`nstart",
    "say `"`$hello`"`nIFS= read -r request`nid=`${request#id=}`nid=`${id%%&*}`nnote ready`nsay `"`$head<U32>`$id</U32><S>warning</S><S>w</S></Objs>`"`nsay `"`$head<U32>`$id</U32><S>done</S><S>bench-1</S></Objs>`""
$badStarts = 'exit 3', "echo words >&2`nexit 3", "say `"`$hello`"`nexit 0",
    "say `"`$hello`" | sed 's/N=`"Build`">/N=`"Build`">0/'`nexec /bin/sleep 1000",
    "say `"`$hello`"`nsay `"`$hello`"`nexec /bin/sleep 1000",
    "say `"`$hello`n`$head<U32>0</U32><S>bye</S><S>x</S></Objs>`"`nexec /bin/sleep 1000",
    "say `"`$head<U32>0</U32><S>bye</S><S>x</S></Objs>`"`nexec /bin/sleep 1000",
    "say garbage`nexec /bin/sleep 1000", "say `"`$hello`"`nsay garbage`nexec /bin/sleep 1000",
    "n1=1`nreply 1 result forged`nexec /bin/sleep 1000", "out `"`${hello%</Objs>}`"`nexit 0",
    "say `"`$hello`"`nn1=1`nIFS= read -r request`nreply 1 result forged`nexec /bin/sleep 1000",
    "say `"`$hello`"`nIFS= read -r request`nsay `"`$head<U32>1</U32><S>error</S><S>no such file</S></Objs>`"`nexec /bin/sleep 1000",
    "say `"`$hello`"`nIFS= read -r request`nexit 0", "exec 1>&-`nexec /bin/sleep 1000",
    "while printf '%010000d' 0; do :; done 2> /dev/null"
$silentStarts = 'exec /bin/sleep 1000', "say `"`$hello`"`nexec /bin/sleep 1000", "out `"`${hello%</Objs>}`"`nexec /bin/sleep 1000",
    "exec 0<&-`nsay `"`$hello`"`nexec /bin/sleep 1000", "noise`nexec /bin/sleep 1000"
$bads = 'unknown', 'unsent', 'again', 'late-final', 'zero', 'zero-error', 'zero-warning', 'kind', 'case', 'other-kind', 'done-kind',
    'more-kind', 'psobject', 'psobject-too', 'type', 'missing', 'order', 'null-outcome', 'number', 'category', 'no-payload', 'text',
    'nested', 'typed', 'glued', 'garbage', 'escape', 'binary', 'empty', 'carriage', 'mark', 'huge', 'endless', 'big-id', 'hello',
    'bye', 'bye-twice', 'flood', 'half', 'output', 'exit', 'words', 'kill'
$silences = 'silent', 'deaf', 'bad input', 'bad more-flood'

function New-Life {
    # The script of one life. -Window: how many requests are sure to come without an answer.
    param([int]$Window, [int]$Count, [bool]$Short, [int]$Chance)
    $lines = [System.Collections.Generic.List[string]]::new()
    $kind = $random.Next(0, $Chance)
    if ($kind -eq 0) { return $badStarts[$random.Next(0, $badStarts.Count)] }
    if ($Short -and $kind -eq 1) { return $silentStarts[$random.Next(0, $silentStarts.Count)] }
    $lines.Add($goodStarts[$random.Next(0, $goodStarts.Count)])
    $open = 0
    $taken = 0
    for ($left = $random.Next(0, 16); $left -gt 0; $left--) {
        $which = @('"$(oldest)"', '"$(newest)"')[$random.Next(0, 2)]
        switch ($random.Next(0, 20)) {
            { $_ -lt 8 } { if ($open -lt $Window -and $taken -lt $Count) { $lines.Add('take'); $open++; $taken++ } }
            { $_ -ge 8 -and $_ -lt 13 } { if ($open -gt 0) { $lines.Add("final $which"); $open-- } }
            13 { if ($open -gt 0) { $lines.Add("more $which") } }
            14 { $lines.Add('late') }
            15 { if ($random.Next(0, 4) -eq 0) { $lines.Add('noise') } }
            16 { $lines.Add('how=' + @('drip', 'whole')[$random.Next(0, 2)]) }
            17 { if ($open -gt 0) { $lines.Add("failed $which" + @('', ' InvalidArgument')[$random.Next(0, 2)]); $open-- } }
            18 { $lines.Add('bad ' + $bads[$random.Next(0, $bads.Count)]); $left = 1 }
            19 {
                if ($Short) { $lines.Add($silences[$random.Next(0, $silences.Count)]) }
                else { $lines.Add('bad ' + $bads[$random.Next(0, $bads.Count)]) }
                $left = 1
            }
        }
    }
    $lines -join "`n"
}

# --- what must come -------------------------------------------------------------------------------------------------

function Read-Log {
    # What the lives took and said, as it counts: by number, each request with the token of its answer, or none.
    $lives = @{}
    $requests = [System.Collections.Generic.List[object]]::new()
    foreach ($line in [System.IO.File]::ReadAllLines("$folder/log")) {
        $words = $line.Split(' ')
        $life, $what, $id = $words[0..2]
        if (-not $lives.ContainsKey($life)) { $lives[$life] = @{ Ready = $false; Bad = $false; Early = $false; Open = @{} } }
        $one = $lives[$life]
        switch ($what) {
            'ready' { $one.Ready = $true }
            'bad' {
                $one.Bad = $true
                # Perhaps before its start was over for the other side.
                $one.Early = $one.Open.Count -eq 0
            }
            'take' {
                $request = [pscustomobject]@{ Life = $life; Id = $id; Verb = $words[3]; Number = [int]$words[4]; Shown = $words[5]; Token = $null }
                $one.Open[$id] = $request
                $requests.Add($request)
            }
            'final' { if (-not $one.Bad -and $one.Open.ContainsKey($id)) { $one.Open[$id].Token = $words[3] } }
        }
    }
    [pscustomobject]@{ Lives = $lives; Requests = $requests }
}

function Add-RowJudgement {
    # One row (or warning) of one disk against what the worker took and said of it.
    param($Tally, $Log, [int]$Number, [string]$Outcome, [string]$Message, [string]$What, [bool]$Short)
    $mine = @($Log.Requests | Where-Object { $_.Number -eq $Number -and $_.Verb -cne 'list' })
    $plans = @($mine | Where-Object { $_.Verb -ceq 'plan' })
    $others = @($mine | Where-Object { $_.Verb -cne 'plan' })
    if ($plans.Count -gt 1 -or $others.Count -gt 1) { Add-Fault $Tally 'Doubled' "disk $Number was sent twice" }
    $last = $(if ($others.Count -gt 0) { $others[0] } elseif ($plans.Count -gt 0) { $plans[0] } else { $null })
    if ($What -ceq 'ask' -and $others.Count -gt 0) {
        if ($plans.Count -eq 0 -or $others[0].Shown -cne ('{0:d64}' -f $Number)) { Add-Fault $Tally 'Wrong' "disk $Number was sent without what was shown" }
    }
    $token = $(if ($null -ne $last) { $last.Token })
    # A yes leads to the request, which may not have been taken any more.
    if ($What -ceq 'ask' -and $null -ne $token -and $last.Verb -ceq 'plan' -and $token -cmatch '^said\.\d+\.\d+$') {
        if (-not $token.EndsWith('InvalidArgument') -and $Message.Contains($token) -eq $false) { $token = $null }
    }
    if ($Message -cmatch '(said\.[0-9.]+(InvalidArgument)?)' -and $Matches[1] -cne $token) { Add-Fault $Tally 'Wrong' "disk ${Number}: $($Matches[1]) and not $token" }
    if ($null -eq $token) {
        if ($Outcome -cnotin 'Failed', 'TimedOut') { Add-Fault $Tally 'Wrong' "disk ${Number}: $Outcome of nobody: $Message" }
    }
    elseif (-not $Message.Contains($token)) {
        # The deadline is so short that a busy machine may have missed it.
        if (-not $Short) { Add-Fault $Tally 'Lost' "disk ${Number}: $Outcome instead of ${token}: $Message" }
        elseif ($Outcome -cnotin 'Failed', 'TimedOut') { Add-Fault $Tally 'Wrong' "disk ${Number}: $Outcome $Message" }
    }
    elseif ($token.EndsWith('InvalidArgument') -and $Outcome -cne 'Refused') { Add-Fault $Tally 'Wrong' "disk ${Number}: $Outcome of what was not understood" }
    if ($Outcome -cin 'Failed', 'TimedOut' -and $Message.Contains('was sent to the disk') -and $others.Count -gt 0) {
        Add-Fault $Tally 'Wrong' "disk $Number was sent, and: $Message"
    }
    if ($Message.Contains([char]27)) { Add-Fault $Tally 'Wrong' "an escape character: $Message" }
}

$startErrors = 'WorkerStart', 'WorkerVersion', 'RehearsalFailed'

function Add-SequenceJudgement {
    param($Tally, $Plan, $Got, [object[]]$Nested, [string[]]$Told, [int]$Sent)
    $log = Read-Log
    $thrown = Get-ErrorId $Got.Thrown
    $allowed = @($startErrors)
    if ($Plan.Act -cmatch 'exit|other|removed') { $allowed += 'BusChanged' }
    if ($Plan.Act -cmatch 'throw') { $allowed += 'enough' }
    if ($Plan.Act -ceq 'stop') { $allowed += 'Stopped' }
    if ($Plan.What -cin 'all', 'list') { $allowed += 'DiskList', 'RehearsalList' }
    if ($Plan.Act -ceq 'removed') { $allowed += 'CommandNotFoundException' }
    if ($thrown -and $thrown -cnotin $allowed) { Add-Fault $Tally 'Wrong' "thrown: $thrown $($Got.Thrown) $($Got.Thrown.ScriptStackTrace)" }
    # A life that did not come up is an error of somebody, and without one there is none.
    $begun = [int][System.IO.File]::ReadAllText("$folder/life")
    $unready = @(for ($i = 0; $i -lt $begun; $i++) { if (-not $log.Lives.ContainsKey("$i") -or -not $log.Lives["$i"].Ready) { $i } })
    $early = @($log.Lives.Values | Where-Object { $_.Early })
    $nestedThrown = @($Nested | Where-Object { $null -ne $_.PSObject.Properties['Thrown'] })
    if ($thrown -cin $startErrors -and $unready.Count -eq 0 -and $early.Count -eq 0 -and -not $Plan.Short) { Add-Fault $Tally 'Wrong' "thrown without a reason: $thrown $($Got.Thrown)" }
    # In the middle of a pipeline, that of each disk that it could not be sent to; of a look, a warning.
    $said = $(if ($Plan.What -ceq 'plan') { $Got.Warnings.Count } else { $Got.Errors.Count })
    if ($unready.Count -gt 0 -and -not $thrown -and $said -eq 0 -and $nestedThrown.Count -eq 0 -and $Plan.Act -cnotin 'event', 'stop', 'throw') { Add-Fault $Tally 'Wrong' "lives that did not come up, and no error: $unready" }

    foreach ($record in $Got.Errors) {
        if ($record.FullyQualifiedErrorId -cnotmatch '^(Failed|TimedOut|Refused|RehearsalList|WorkerStart|WorkerVersion|RehearsalFailed|RehearsalNone),') {
            Add-Fault $Tally 'Wrong' "error: $($record.FullyQualifiedErrorId) $record $($record.ScriptStackTrace)"
        }
    }
    if ($Plan.What -ceq 'list') { return }
    $rows = @($Got.Output | Where-Object { $_.PSObject.TypeNames[0] -cne 'StorageRelease.Registrant' })
    $bad = @($rows | Where-Object { $_.Outcome -cnotin 'Accepted', 'Read', 'Reserved' })
    if ($Got.Errors.Count -lt $bad.Count -and $Plan.Act -cnotin 'stop', 'throw' -and $Plan.What -cne 'plan') { Add-Fault $Tally 'Wrong' "$($bad.Count) failures, $($Got.Errors.Count) errors" }
    $answers = @(foreach ($row in $rows) { , @([int]$row.Number, $row.Outcome, [string]$row.Message) })
    foreach ($line in $Told) {
        if ($line -cmatch '^An earlier pipeline was stopped before it had read this answer: Disk (\d+): (\w+)\. (.*)$') {
            $last = $(if ($answers.Count -gt 0) { $answers[$answers.Count - 1] } else { @(-1, '', '') })
            # A stop that falls on the very row that is being handed on: whether it arrived, the module cannot know, and
            # tells it rather than losing it.
            $isEdge = $Plan.Act -ceq 'stop' -and [int]$Matches[1] -eq $last[0] -and $Matches[2] -ceq $last[1] -and $Matches[3] -ceq $last[2]
            if ([int]$Matches[1] -lt 90 -and -not $isEdge) { $answers += , @([int]$Matches[1], $Matches[2], $Matches[3]) }
        }
        elseif ($line -cne 'late' -and $line -cne 'w') { Add-Fault $Tally 'Wrong' "told: $line" }
    }
    # All of them; where the pipeline ended early, the first ones.
    $whole = -not $thrown -and $Plan.Act -cnotin 'stop', 'throw'
    $count = $(if ($whole) { $Plan.Count } elseif ($Plan.Act -cin 'stop', 'throw' -and $Sent -ge 0) { $Sent } else { $answers.Count })
    if ($count -gt $Plan.Count) { $count = $Plan.Count }
    $given = @(if ($count -gt 0) { 1..$count })
    # Of what changes nothing, nobody tells afterwards, and answers come in any order; a disk whose plan failed has a row
    # and is not among the sent. So each disk has one row at most.
    if ($Plan.Act -cin 'stop', 'throw' -and $Plan.What -cin 'status', 'plan', 'all', 'ask') {
        $given = @(1..$Plan.Count | Where-Object { $_ -in @(foreach ($one in $answers) { $one[0] }) })
    }
    Add-Answers $Tally $given @(foreach ($one in $answers) { $one[0] })
    foreach ($one in $answers) { Add-RowJudgement $Tally $log $one[0] $one[1] $one[2] $Plan.What $Plan.Short }
    # What was taken has a row, whatever happened then.
    foreach ($request in $log.Requests) {
        if ($Plan.Act -cin 'stop', 'throw' -and $request.Verb -cin 'status', 'plan', 'list') { continue }
        if ($request.Number -in 1..89 -and @($answers | Where-Object { $_[0] -eq $request.Number }).Count -eq 0) {
            Add-Fault $Tally 'Lost' "disk $($request.Number) was taken and has no row"
        }
    }
    $numbers = @()
    foreach ($row in $Nested) {
        if ($null -ne $row.PSObject.Properties['Thrown']) { continue }
        Add-RowJudgement $Tally $log ([int]$row.Number) $row.Outcome $row.Message 'release' $Plan.Short
        $numbers += [int]$row.Number
    }
    if ($nestedThrown.Count -eq 0 -and $numbers.Count -gt 0) { Add-Answers $Tally @(91, 92)[0..$(if ($Plan.Act -ceq 'event') { 0 } else { 1 })] $numbers }
}

function Get-Child {
    # Processes that this one has started and that have not ended.
    foreach ($entry in [System.IO.Directory]::GetDirectories('/proc')) {
        if ($entry -cnotmatch '^/proc/(\d+)$') { continue }
        $id = [int]$Matches[1]
        try { $stat = [System.IO.File]::ReadAllText("$entry/stat") } catch { continue }
        if ($stat -cmatch '^\d+ \(.*\) (\S) (\d+) ' -and [int]$Matches[2] -eq $PID -and $Matches[1] -cne 'Z') { $id }
    }
}

# --- the sequences --------------------------------------------------------------------------------------------------

$whats = 'release', 'release', 'release', 'piped', 'piped', 'reserve', 'verbose', 'status', 'plan', 'ask', 'ask', 'all', 'list'
$acts = 'none', 'none', 'none', 'none', 'none', 'none', 'nested', 'nested-list', 'event', 'exit', 'other', 'stop', 'stop', 'throw', 'getter.nested', 'getter.exit', 'getter.other', 'removed'

$tally = New-Tally 'a hostile worker, sequences against the model'
$rowCount = 0
$silent = 0
Open-Session
for ($t = 0; $t -lt $Trials; $t++) {
    if ($Only -ge 0 -and $t -ne $Only) { continue }
    $tally.Trials++
    # Each from a seed of its own, so that one can be replayed alone.
    $random = [System.Random]::new([int](([long]$Seed * 100003 + $t) % [int]::MaxValue))
    $plan = [pscustomobject]@{
        What = $whats[$random.Next(0, $whats.Count)]; Count = $random.Next(1, 7); Throttle = $random.Next(1, 5)
        Act = $acts[$random.Next(0, $acts.Count)]; At = 0; Short = $random.Next(0, 4) -eq 0
    }
    # To remove the module is dear: it has to be imported again.
    if ($plan.Act -ceq 'removed' -and $random.Next(0, 8) -gt 0) { $plan.Act = 'none' }
    if ($plan.Act -like 'getter*') { $plan.What = 'piped' }
    # The list of the script's worker has three disks.
    if ($plan.What -ceq 'all') { $plan.Count = 3 }
    $plan.At = $random.Next(1, $plan.Count + 1)
    $window = $(if ($plan.What -cin 'ask', 'all', 'list') { 1 } else { [System.Math]::Min(2 * $plan.Throttle, $plan.Count) })
    foreach ($file in [System.IO.Directory]::GetFiles($folder, 'life*')) { [System.IO.File]::Delete($file) }
    [System.IO.File]::WriteAllText("$folder/life", "0`n")
    [System.IO.File]::WriteAllText("$folder/log", '')
    $lives = @(New-Life $window $plan.Count $plan.Short 8)
    while ($random.Next(0, 2) -eq 0 -and $lives.Count -lt 5) { $lives += New-Life 1 1 $plan.Short 6 }
    for ($i = 0; $i -lt $lives.Count; $i++) { [System.IO.File]::WriteAllText("$folder/life-$i", $lives[$i] + "`n") }
    if ($plan.Short) { $silent++ }
    $before = $tally.Lost + $tally.Doubled + $tally.Wrong
    $firstFault = $tally.First
    $tally.First = ''
    $timeout = $(if ($plan.Short) { 1 } else { 30 })

    $entered = Invoke-Here { param($Short, $File) Set-Patience $Short; $global:Nested.Clear(); Enter-StorageRehearsal $File -WarningAction SilentlyContinue } $plan.Short, $first
    $got = $entered
    $told = @()
    $sent = -1
    if ($entered.Hangs) { Add-Fault $tally 'Lost' 'entering does not end' }
    elseif ($null -eq $entered.Thrown) {
        $stopAt = $(if ($plan.Act -ceq 'stop') { $random.Next(0, $plan.Count) } else { -1 })
        $got = Invoke-Here {
            param($What, $Count, $Throttle, $TimeoutSec, $Act, $At, $File)
            Invoke-Sequence $What $Count $Throttle $TimeoutSec $Act $At $File
        } $plan.What, $plan.Count, $plan.Throttle, $timeout, $plan.Act, $plan.At, $second -StopAt $stopAt
        if ($got.Hangs) { Add-Fault $tally 'Lost' "$($plan.What) does not end" }
        else {
            $rowCount += $got.Output.Count
            $rest = Invoke-Here {
                param($Act)
                $state = & $global:Module {
                    $run = $script:Runs[$script:LastRun]
                    @($(if ($null -ne $run -and -not ($run.ContainsKey('Errand'))) { $run.Sent } else { -1 }), $script:Runs.Count)
                }
                $state[0]
                # What an earlier pipeline left is told by the commands that follow.
                if ($Act -cin 'stop', 'throw') {
                    $watch = [System.Diagnostics.Stopwatch]::StartNew()
                    do {
                        try { @() | Invoke-StorageRelease -Force } catch { $null = $_ }
                    } while ((& $global:Module { $script:Runs.Count }) -gt 0 -and $watch.ElapsedMilliseconds -lt 60000)
                }
                if (& $global:Module { $null -ne $script:Rehearsal }) { Exit-StorageRehearsal }
                & $global:Module { $script:Runs.Clear() }
            } $plan.Act
            if ($rest.Hangs) { Add-Fault $tally 'Lost' 'leaving does not end' }
            elseif ($plan.Act -cne 'removed' -and ($rest.Errors.Count -gt 0 -or $null -ne $rest.Thrown)) { Add-Fault $tally 'Wrong' "afterwards: $($rest.Errors) $($rest.Thrown)" }
            if ($rest.Output.Count -gt 0) { $sent = [int]$rest.Output[0] }
            $told = @($got.Warnings) + @($rest.Warnings) | ForEach-Object { "$_" }
        }
    }
    if (-not $got.Hangs) {
        $nested = (Invoke-Here { $global:Nested }).Output
        Add-SequenceJudgement $tally $plan $got @($nested) @($told) $sent
    }
    $isNew = $tally.Lost + $tally.Doubled + $tally.Wrong -gt $before
    if ($env:HOSTILE_TIMES) { [Console]::Out.WriteLine("$t $($entered.Ms) $($got.Ms) $($plan.What) $($plan.Act) $($plan.Short) $(($lives -join ' | ').Replace("`n", '; '))") }
    if ($isNew) { [Console]::Out.WriteLine("sequence ${t}: $($tally.First)") }
    if ($firstFault) { $tally.First = $firstFault }
    if ($isNew -and ($Only -ge 0 -or $env:HOSTILE_TIMES)) {
        [Console]::Out.WriteLine("$plan")
        for ($i = 0; $i -lt $lives.Count; $i++) { [Console]::Out.WriteLine("--- life $i`n" + $lives[$i]) }
        [Console]::Out.WriteLine("--- log`n" + [System.IO.File]::ReadAllText("$folder/log"))
        foreach ($row in $got.Output) { [Console]::Out.WriteLine("row $($row.Number) $($row.Outcome) $($row.Message)") }
        foreach ($line in $told) { [Console]::Out.WriteLine("told $line") }
        [Console]::Out.WriteLine("entered $($entered.Errors) $($entered.Thrown) $($entered.Warnings) $($entered.Ms)"); [Console]::Out.WriteLine("got $($got.Errors) $($got.Ms)")
        [Console]::Out.WriteLine("sent $sent thrown $($got.Thrown) $($tally.First)")
    }
    if ($got.Hangs -or $plan.Act -ceq 'removed') {
        if (-not $got.Hangs) { $script:Space.Dispose() }
        Open-Session
    }
    # Now and then: nothing that was started is left.
    if ($t % 25 -eq 24 -or $isNew) {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (@(Get-Child).Count -gt 0 -and $watch.ElapsedMilliseconds -lt 5000) { $null = [System.Threading.Thread]::Yield() }
        $left = @(Get-Child)
        if ($left.Count -gt 0) {
            Add-Fault $tally 'Wrong' "$($left.Count) processes left"
            foreach ($id in $left) { try { [System.Diagnostics.Process]::GetProcessById($id).Kill() } catch { $null = $_ } }
        }
    }
}
Complete-Row $tally "$rowCount rows; $silent with short deadlines"

# --- how long a silence lasts ---------------------------------------------------------------------------------------

# Each way to say nothing more, when all requests were taken; the deadline is a tenth of a second.
$tally = New-Tally 'a worker that falls silent, and when the pipeline ends'
if ($Only -lt 0) {
    for ($t = 0; $t -lt [System.Math]::Max(8, $Trials / 25); $t++) {
        $tally.Trials++
        $count = 1 + $t % 6
        foreach ($file in [System.IO.Directory]::GetFiles($folder, 'life*')) { [System.IO.File]::Delete($file) }
        [System.IO.File]::WriteAllText("$folder/life", "0`n")
        [System.IO.File]::WriteAllText("$folder/log", '')
        [System.IO.File]::WriteAllText("$folder/life-0", "start`n" + ("take`n" * $count) + @('silent', 'deaf', 'bad input')[$t % 3] + "`n")
        $entered = Invoke-Here { param($File) Set-Patience $true; Enter-StorageRehearsal $File -WarningAction SilentlyContinue } $first
        if ($null -ne $entered.Thrown) { continue }
        $got = Invoke-Here { param($Count) Invoke-Sequence 'release' $Count 8 1 'none' 99 '' } $count
        if ($got.Hangs) { Add-Fault $tally 'Lost' 'does not end' }
        Add-Answers $tally @(1..$count) @(foreach ($row in $got.Output) { [int]$row.Number })
        # Those whose own time was not quite over end with the first that is. One that the silent worker had not taken by
        # then, on a busy machine, goes to the next.
        $taken = @((Read-Log).Requests | Where-Object { $_.Life -ceq '0' } | ForEach-Object { $_.Number })
        foreach ($row in $got.Output) {
            if ($row.Outcome -cin 'TimedOut', 'Failed') { continue }
            if ([int]$row.Number -in $taken -or $row.Outcome -cne 'Accepted') { Add-Fault $tally 'Wrong' "$($row.Outcome) $($row.Message)" }
        }
        if (@($got.Output | Where-Object { $_.Outcome -ceq 'TimedOut' }).Count -eq 0) { Add-Fault $tally 'Wrong' 'nothing timed out' }
        Add-Time $tally 'beyond the deadline' ($got.Ms - 100)
        $null = Invoke-Here { Exit-StorageRehearsal }
    }
    Complete-Row $tally ('median/longest: ' + (Format-Times $tally 'beyond the deadline'))
}
$script:Space.Dispose()
Complete-Tests
