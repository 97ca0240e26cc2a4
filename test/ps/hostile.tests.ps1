# Workers that break the rules on purpose, each beside its control: the same against a copy of the module from which
# the defence was taken away.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/shells.ps1"

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'hostile workers (not here: Windows starts no script as an executable)' { }
    Complete-Tests
    return
}

. "$PSScriptRoot/standins.ps1"

# The request's id, as a script writes it between single quotes.
$id = "'`"`$id`"'"
$result = Format-Result $id 'Accepted'
$anyKind = @{ 'Receive-WorkerReply.ps1' = '$role = $entry[''Roles''][$kind]', '$role = $(if ($entry[''Roles''].ContainsKey($kind)) { $entry[''Roles''][$kind] } else { 2 })' }
$anyFinal = @{ 'Receive-WorkerReply.ps1' = '$role = $entry[''Roles''][$kind]', '$role = 1' }
$anyShape = @{ 'ConvertFrom-WorkerLine.ps1' = 'if (-not $shape.IsMatch($Line)) { return $null }', '' }

function Invoke-Release {
    # Three disks with such a worker; each request may take a moment only.
    param($Copy, [string]$Answer = '')
    $file = New-TestBus 4
    Use-Module $Copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        Invoke-Capture { Invoke-StorageRelease -Number 1, 2, 3 -Force }
    }
}

function Assert-Failed {
    # One row and one error for each of the three disks, and nothing else. In any order.
    param($Got, [string]$Match)
    if ($Got.Thrown) { throw $Got.Thrown }
    $numbers = [int[]]@(foreach ($one in $Got.Output) { $one.Number })
    [array]::Sort($numbers)
    Assert-Equal $numbers @(1, 2, 3)
    Assert-Equal $Got.Errors.Count 3
    foreach ($one in $Got.Output) {
        Assert-Equal $one.Outcome 'Failed'
        Assert-Match $one.Message $Match
    }
    foreach ($one in $Got.Errors) { Assert-Equal $one.FullyQualifiedErrorId 'Failed,Invoke-StorageRelease' }
}

# --- kinds and shapes -----------------------------------------------------------------------------------------------

$surprise = "printf '%s\n' '$(Format-Reply $id 'surprise' '<S>boo</S>')' '$result'"
Test-That 'an unknown kind, then the result: one row' {
    Assert-Failed (Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $surprise))) 'invalid reply: .*surprise'
}
Test-That '... and two, where unknown kinds are let through' {
    $got = Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $surprise) -Without $anyKind)
    Assert-True ($got.Output.Count -gt 3) $got.Output.Count
}

$plan = "printf '%s\n' '$(Format-Result $id 'Accepted' '' '1' 'plan')'"
Test-That 'a release that is answered by a plan: one row' {
    Assert-Failed (Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $plan))) 'invalid reply: .*plan'
}
Test-That '... and none, where any kind may end any request' {
    $got = Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $plan) -Without $anyFinal)
    Assert-True ($got.Output.Count -lt 3) $got.Output.Count
}

$named = "printf '%s\n' '$($result.Replace('</MS>', '<S N="PSObject">x</S></MS>'))'"
Test-That 'a result with a property named PSObject: one row' {
    Assert-Failed (Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $named))) 'invalid reply'
}
Test-That '... and errors of the script itself, where properties are not looked at' {
    $got = Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $named) -Without $anyShape)
    Assert-True ($got.Output.Count -ne 3 -or @($got.Errors | Where-Object { $_.FullyQualifiedErrorId -cnotlike 'Failed,*' }).Count -gt 0 -or $got.Thrown)
}

$typed = "printf '%s\n' '$($result.Replace('<I32 N="Win32Error">170</I32>', '<S N="Win32Error">abc</S>').Replace('<S></S>', '<S>ResourceBusy</S>'))'"
Test-That 'a result whose Win32 code is a text: one row' {
    Assert-Failed (Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $typed))) 'invalid reply'
}
Test-That '... and an error of the script itself, where types are not looked at' {
    $got = Invoke-Release (New-ModuleCopy $loop.Replace('BODY', $typed) -Without $anyShape)
    Assert-True (@($got.Errors | Where-Object { $_.FullyQualifiedErrorId -cnotlike 'Failed,*' }).Count -gt 0 -or $got.Thrown)
}

Test-That 'what it says in place of a reply does not move the cursor' {
    $got = Invoke-Release (New-ModuleCopy $loop.Replace('BODY', "printf '\033]0;owned\007\033[2J\n'"))
    Assert-Failed $got 'invalid reply: \?'
    foreach ($one in $got.Output) { Assert-True ($one.Message -cnotmatch '[\x00-\x1f\x7f-\x9f]') }
}

# --- silence --------------------------------------------------------------------------------------------------------

function Assert-TimedOut {
    param($Got, [int[]]$Numbers)
    if ($Got.Thrown) { throw $Got.Thrown }
    Assert-Equal @(foreach ($one in $Got.Output) { $one.Number }) $Numbers
    foreach ($one in $Got.Output) {
        Assert-True ($one.Outcome -cin 'TimedOut', 'Failed') $one.Outcome
        Assert-Match $one.Message '(did not answer in time, and was ended|reads no more)'
    }
    Assert-Equal $Got.Errors.Count $Numbers.Count
}

foreach ($row in @(
        , @('that says nothing more', ':')
        , @('that no longer reads either', 'exec /bin/sleep 1000')
        , @('that goes on to talk of another disk', "printf '%s\n' '$(Format-Reply $id 'verbose' '<S>x</S>')'")
        , @('that closed its input', 'exec 0<&-; exec /bin/sleep 1000')
    )) {
    Test-That "each disk has its one row from a worker $($row[0])" {
        $copy = New-ModuleCopy $loop.Replace('BODY', $row[1])
        Use-Module $copy {
            Enter-StorageRehearsal (New-TestBus 4) -WarningAction SilentlyContinue
            Set-Patience @{ Stored = -900; Look = 5; LastWords = 50 }
            Assert-TimedOut (Invoke-Capture { Invoke-StorageRelease -Number 1, 2, 3 -Force -TimeoutSec 1 }) @(1, 2, 3)
            Assert-Equal (Get-ChildProcess 0).Count 0
        }
    }
}

Test-That 'a reading, a plan, a list and the question before a release end as well' {
    $copy = New-ModuleCopy $loop.Replace('BODY', ':')
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 4) -WarningAction SilentlyContinue
        Set-Patience @{ Stored = -900; Look = 5 }
        Set-Patience @{ Stored = -1900 }
        $got = Invoke-Capture { Get-StorageReservation -Number 1, 2 -TimeoutSec 1 }
        Assert-TimedOut $got @(1, 2)
        Assert-Match $got.Output[0].Message 'Nothing was changed'
        Set-Patience @{ Stored = -900 }
        Assert-TimedOut (Invoke-Capture { Invoke-StorageRelease -Number 1 -AsPlan -Force -TimeoutSec 1 }) @(1)
        $caught = Assert-Throws { Get-StorageReservation -TimeoutSec 1 } -ErrorId 'DiskList,Get-StorageReservation'
        Assert-Match $caught.Exception.Message 'did not answer in time'
        $got = Invoke-Capture { Get-StorageRehearsalDisk -TimeoutSec 1 }
        Assert-Equal @(foreach ($one in $got.Errors) { $one.FullyQualifiedErrorId }) @('RehearsalList,Get-StorageRehearsalDisk')
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -WhatIf -TimeoutSec 1 }
        Assert-Equal $got.Warnings.Count 1
        Assert-Match "$($got.Warnings[0])" 'Nothing was changed'
    }
}

Test-That 'a request that waits for its turn is not overdue before it had one' {
    # Five requests of a pipeline that has two at work at a time, each of which may take 1,000 ms; the clock is turned
    # by hand.
    Import-Module "$Root/StorageRelease.psd1"
    & (Get-Module StorageRelease) { Import-ModulePart Private }
    try {
        & (Get-Module StorageRelease) {
            $run = @{ Replies = [System.Collections.Queue]::new(); Number = 7; Throttle = 2 }
            $worker = @{
                Hello = @{}; Open = @{}; Waited = 0; Looked = $script:SessionClock.ElapsedMilliseconds; Checked = 0; Gone = $null; Closed = $false
                ErrorEnd = ''; Written = 5; Process = $null; Input = $null; Write = $null
            }
            foreach ($id in 1..5) { $worker.Open[$id] = @{ Run = $run; Verb = 'release'; Target = $id; Limit = 1000; Since = -1; Overdue = $false } }
            # At, which one was answered just before, and which have their turn then.
            foreach ($step in @(, @(0, 0, '1 2')), @(, @(900, 1, '2 3')), @(, @(990, 2, '3 4')), @(, @(1800, 0, '3 4'))) {
                $worker.Waited = $step[0][0]
                $worker.Looked = $script:SessionClock.ElapsedMilliseconds
                $worker.Open.Remove($step[0][1])
                Test-WorkerDeadline $worker
                $begun = @(foreach ($id in 1..5) { if ($worker.Open.ContainsKey($id) -and $worker.Open[$id].Since -ge 0) { $id } }) -join ' '
                if ($begun -cne $step[0][2] -or $null -ne $worker.Gone) { throw "at $($step[0][0]): $begun $($worker.Gone)" }
            }
            $worker.Waited = 1910
            Test-WorkerDeadline $worker
            $ended = @(foreach ($reply in $run.Replies) { "$($reply.Target) $($reply.Overdue)" }) -join ', '
            if ($ended -cne '3 True, 4 False, 5 False') { throw $ended }
        }
    }
    finally { Remove-Module StorageRelease }
}

Test-That 'a computer that slept, or a slow consumer, makes no request overdue' {
    Import-Module "$Root/StorageRelease.psd1"
    & (Get-Module StorageRelease) { Import-ModulePart Private }
    try {
        & (Get-Module StorageRelease) {
            $run = @{ Replies = [System.Collections.Queue]::new(); Number = 7; Throttle = 2 }
            $worker = @{ Hello = @{}; Open = @{}; Waited = 0; Looked = $script:SessionClock.ElapsedMilliseconds; Checked = 0; Gone = $null }
            $worker.Open[1] = @{ Run = $run; Verb = 'release'; Target = 1; Limit = 30000; Since = 0; Overdue = $false }
            # An hour since the last look.
            $worker.Looked -= 3600000
            Test-WorkerDeadline $worker
            if ($null -ne $worker.Gone -or $worker.Waited -gt 1000) { throw "$($worker.Gone) $($worker.Waited)" }
        }
    }
    finally { Remove-Module StorageRelease }
}

foreach ($row in @(
        , @('no hello', 'exec /bin/sleep 1000')
        , @('half a hello', "printf '%s' '$($hello.Substring(0, 100))'; exec /bin/sleep 1000")
        , @('hello and nothing more', "@HELLO; exec /bin/sleep 1000")
        , @('hello and goodbye in one piece', "printf '%s\n%s\n' '@GREETING' '@BYE'; exec /bin/sleep 1000")
        , @('goodbye at once', "printf '%s\n' '@BYE'; exec /bin/sleep 1000")
        , @('hello twice', "@HELLO; @HELLO; exec /bin/sleep 1000")
        , @('an answer before hello', "printf '%s\n' '$(Format-Result '1' 'Accepted')'; exec /bin/sleep 1000")
        , @('a closed output', 'exec 1>&-; exec /bin/sleep 1000')
        , @('a line without end', "while printf '%010000d' 0; do :; done")
    )) {
    Test-That "a worker with $($row[0]) is one error, and its process is ended" {
        $copy = New-ModuleCopy ("#!/bin/sh`n" + $row[1])
        Use-Module $copy {
            Set-Patience @{ Hello = 150; Stored = 150; Look = 5; LastWords = 50 }
            $null = Assert-Throws { Enter-StorageRehearsal (New-TestBus 1) } -ErrorId 'WorkerStart,Enter-StorageRehearsal'
            Assert-Equal (Get-ChildProcess 0).Count 0
            $null = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } -ErrorId '*,Invoke-StorageRelease'
            Assert-Equal (Get-ChildProcess 0).Count 0
        }
    }
}
Test-That '... and would be left, where nobody ends it' {
    $copy = New-ModuleCopy "#!/bin/sh`nexec /bin/sleep 1000" -Without @{ 'Close-Worker.ps1' = '$Worker[''Process''].Kill()', '$null = 0' }
    Use-Module $copy {
        Set-Patience @{ Hello = 150; Look = 5 }
        $null = Assert-Throws { Enter-StorageRehearsal (New-TestBus 1) } -ErrorId 'WorkerStart,*'
        $left = Get-ChildProcess 1
        Assert-Equal $left.Count 1
        [System.Diagnostics.Process]::GetProcessById($left[0]).Kill()
    }
}

Test-That 'one that does not go when it is let go is ended' {
    $copy = New-ModuleCopy $loop.Replace("esac`ndone", "esac`ndone`nexec /bin/sleep 1000").Replace('BODY', "printf '%s\n' '$result'")
    Use-Module $copy {
        Set-Patience @{ End = 50 }
        Enter-StorageRehearsal (New-TestBus 2) -WarningAction SilentlyContinue
        Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted'
        Exit-StorageRehearsal
        Assert-Equal (Get-ChildProcess 0).Count 0
        Enter-StorageRehearsal (New-TestBus 2) -WarningAction SilentlyContinue
        Assert-Equal (Get-ChildProcess 1).Count 1
    }
    Assert-Equal (Get-ChildProcess 0).Count 0 'the module is gone'
}

# --- bye ------------------------------------------------------------------------------------------------------------

Test-That 'one that says goodbye at each request: one row a disk, nothing sent twice, a new worker for what comes next' {
    $copy = New-ModuleCopy $loop.Replace('BODY', "printf '%s\n' '@BYE'; exit 0")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 8) -WarningAction SilentlyContinue
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2, 3, 4, 5, 6 -Force -ThrottleLimit 1 }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal @(foreach ($one in $got.Output) { $one.Number }) @(1, 2, 3, 4, 5, 6)
        foreach ($one in $got.Output) { Assert-Equal $one.Outcome 'Failed' }
    }
    $said = [System.IO.File]::ReadAllText($copy.Said)
    foreach ($number in 1..6) { Assert-True ([regex]::Matches($said, "verb=release.*&number=$number(&|`n)").Count -le 1) $said }
    Assert-True ([regex]::Matches($said, 'verb=rehearse').Count -le 7) $said
}

Test-That 'a second answer is no result, and costs nobody else his own' {
    $copy = New-ModuleCopy $loop.Replace('BODY', "printf '%s\n' '$result' '$result'")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        foreach ($number in 1, 2, 3) {
            $got = Invoke-Capture { Invoke-StorageRelease -Number $number -Force }
            Assert-Equal $got.Output.Count 1
            Assert-Equal $got.Output[0].Outcome 'Accepted'
            Assert-Equal $got.Errors.Count 0
        }
    }
}

# --- stderr ---------------------------------------------------------------------------------------------------------

$megabytes = 96
$flood = "t=0123456789012345678901234567890123456789012345678901234567890123`n" +
    'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do t=$t$t; done' + "`ni=0; while [ `$i -lt $megabytes ]; do printf %s `"`$t`" >&2; i=`$((i+1)); done; echo 'the last words' >&2`n"

Test-That "$megabytes MB on stderr: their end is kept" {
    $copy = New-ModuleCopy $loop.Replace('BODY', "$flood exit 134")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $before = [GC]::GetTotalMemory($true)
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force }
        $after = [GC]::GetTotalMemory($true)
        Assert-Equal $got.Output.Count 1
        Assert-Match $got.Output[0].Message 'its output ended; .*the last words'
        Assert-True ($after - $before -lt 16MB) (($after - $before) / 1MB)
    }
}
Test-That '... and all of it, where a reader reads to the end' {
    $file = [System.IO.Path]::Combine($Temp, 'flood.sh')
    [System.IO.File]::WriteAllText($file, $flood)
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh', $file)
    $start.UseShellExecute = $false
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $before = [GC]::GetTotalMemory($true)
    $said = $process.StandardError.ReadToEndAsync().Result
    Assert-True ([GC]::GetTotalMemory($true) - $before -gt $megabytes * 1MB)
    Assert-True ($said.Length -gt $megabytes * 1MB)
}

# --- what is not understood -----------------------------------------------------------------------------------------

foreach ($row in @(
        , @('a tab', "FAKE`t0001", 'control characters')
        , @('4,097 characters', ('x' * 4097), '')
        , @('70,000 characters', ('x' * 70000), '')
        , @('7,400 euro signs', ([string][char]0x20AC * 7400), '')
    )) {
    Test-That "a serial number with $($row[0]) is Refused, nothing is sent, and the worker lives" {
        $file = New-TestBus 3
        Import-Module "$Root/StorageRelease.psd1"
        try {
            Use-Bus $file {
                $worker = Get-WorkerId
                $disk = New-TestDisk 1
                $disk.SerialNumber = $row[1]
                $got = Invoke-Capture { $disk, (New-TestDisk 2) | Invoke-StorageRelease -Force }
                if ($got.Thrown) { throw $got.Thrown }
                Assert-Equal @(foreach ($one in $got.Output) { $one.Outcome }) @('Refused', 'Accepted')
                Assert-Equal @(foreach ($one in $got.Errors) { $one.FullyQualifiedErrorId }) @('Refused,Invoke-StorageRelease')
                Assert-Equal (Get-WorkerId) $worker
            }
        }
        finally { Remove-Module StorageRelease }
        Assert-Equal (Get-Released $file) 'unit 2'
    }
}

Test-That 'what the worker does not understand is Refused, with the words that nothing was sent' {
    $copy = New-ModuleCopy $loop.Replace('BODY', "printf '%s\n' '$(Format-Reply $id 'error' '<S>Request not understood: path must be text.</S><S>InvalidArgument</S>')'")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2 -Force }
        Assert-Equal @(foreach ($one in $got.Output) { $one.Outcome }) @('Refused', 'Refused')
        Assert-Match $got.Output[0].Message 'path must be text\. Nothing was sent\.'
        Assert-True ($got.Output[0].NextStep -cnotmatch 'worker') $got.Output[0].NextStep
        $got = Invoke-Capture { Get-StorageReservation -Number 1 }
        Assert-Equal $got.Output[0].Outcome 'Refused'
    }
}

# --- event actions ----------------------------------------------------------------------------------------------------

Test-That 'an event action that calls a command of ours while a worker starts waits for it, as the pipeline does' {
    # It says hello when the action has run; the real worker answers then.
    $copy = New-ModuleCopy "#!/bin/sh`nwhile [ ! -e @FLAG ]; do /bin/sleep 0.01; done`nexec @REAL serve"
    $file = New-TestBus 12
    [System.IO.File]::WriteAllText("$($copy.Folder)/flag", '')
    Use-Module $copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        $killer = [System.Diagnostics.Process]::GetProcessById((Get-WorkerId))
        $killer.Kill()
        $null = $killer.WaitForExit(10000)
        [System.IO.File]::Delete("$($copy.Folder)/flag")
        $timer = [System.Timers.Timer]::new(50)
        $timer.AutoReset = $false
        $global:Rows = [System.Collections.ArrayList]::new()
        $global:Flag = "$($copy.Folder)/flag"
        $action = {
            [System.IO.File]::WriteAllText($global:Flag, '')
            foreach ($row in @(Invoke-StorageRelease -Number 9 -Force)) { $null = $global:Rows.Add($row) }
        }
        $subscriber = $ExecutionContext.Events.SubscribeEvent($timer, 'Elapsed', 'hostile', $null, $action, $false, $false)
        try {
            $timer.Start()
            $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2, 3 -Force }
        }
        finally { $ExecutionContext.Events.UnsubscribeEvent($subscriber) }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal @(foreach ($one in $got.Output) { $one.Outcome }) @('Accepted', 'Accepted', 'Accepted')
        Assert-Equal @(foreach ($one in $global:Rows) { [int]$one.Number }) @(9)
        Assert-Equal (Get-ChildProcess 1).Count 1 'one worker for both'
    }
    Assert-Equal (Get-Released $file) 'unit 1, unit 2, unit 3, unit 9'
}

Complete-Tests
