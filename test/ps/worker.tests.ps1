# The worker and what can be wrong with it, played by shell scripts that stand in for the executable in a copy of
# the module. They need a system where a script can be one.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/shells.ps1"

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'the worker''s stand-ins (not here: Windows starts no script as an executable)' { }
    Complete-Tests
    return
}

. "$PSScriptRoot/standins.ps1"

$buildText = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($Root, 'dist', 'build.txt'))

function Test-Start {
    # The worker does not come up: one terminating error, at the command that would have needed it.
    param($Copy, [string]$ErrorId, [string]$Match, [string]$Next)
    $file = New-TestBus 2
    Use-Module $Copy {
        $caught = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId "$ErrorId,Enter-StorageRehearsal" `
            -Match $Match
        Assert-Match $caught.ErrorDetails.RecommendedAction $Next
        $caught = Assert-Throws { Get-StorageRehearsalDisk } -ErrorId 'RehearsalNone,*'
        $caught = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } `
            -ErrorId "$ErrorId,Invoke-StorageRelease"
    }
    Assert-Equal (Get-Released $file) ''
}

# --- it does not come up -----------------------------------------------------------------------------------------

Test-That 'no executable: the error names the file and the build' {
    Test-Start (New-ModuleCopy $null) 'ExecutableMissing' 'linux-x64/storage-release is missing' 'npm run build'
}

Test-That 'an executable that the system does not start' {
    Test-Start (New-ModuleCopy 'this is no program' -Mode 'none') 'WorkerStart' 'did not start' '--version'
}

$starts = @(
    , @('says nothing and ends', "#!/bin/sh`nexit 3", 'its output ended')
    , @('says why on stderr and ends', "#!/bin/sh`necho 'koffi.node is not the one' >&2; exit 1",
        'koffi\.node is not the one')
    , @('says a line that is no reply', "#!/bin/sh`necho hello; read -r x", 'invalid reply: hello')
    , @('says half a line and ends', "#!/bin/sh`nprintf '<Objs Version='", 'its output ended')
    , @('says a line without end',
        "#!/bin/sh`ni=0; while [ `$i -lt 2000 ]; do printf '%0100d' 0; i=`$((i+1)); done; read -r x",
        'a line without end')
    , @('says an object that no worker says', ("#!/bin/sh`nprintf '%s\n' '" +
            (Format-Reply '0' 'hello' ('<Obj RefId="0"><TN RefId="0"><T>System.Diagnostics.Process</T></TN>' +
                    '<MS><S N="Name">x</S></MS></Obj>')) +
            "'; read -r x"), 'invalid reply')
    , @('says binary rubbish', "#!/bin/sh`nprintf '\000\377\376\001\n'; read -r x", 'invalid reply')
)
foreach ($row in $starts) {
    Test-That "a worker that $($row[0])" {
        Test-Start (New-ModuleCopy $row[1]) 'WorkerStart' $row[2] '--version'
    }
}

Test-That 'a worker that never says hello is given up, and the session goes on' {
    # The only case that waits out the ten seconds; asked once.
    $copy = New-ModuleCopy "#!/bin/sh`nwhile read -r x; do :; done"
    Use-Module $copy {
        $null = Assert-Throws { Enter-StorageRehearsal (New-TestBus 1) } -ErrorId 'WorkerStart,*' `
            -Match 'did not answer in time'
    }
}

$version = [regex]::Match($hello, '<S N="Version">([^<]*)').Groups[1].Value
$strangers = @(
    , @('another build', 'N="Build">', 'N="Build">0')
    , @('another version', "N=`"Version`">$version", 'N="Version">0.0.1')
    , @('another protocol', 'N="Protocol">2<', 'N="Protocol">3<')
    , @('another program', 'N="Name">storage-release', 'N="Name">storage-reserve')
)
foreach ($row in $strangers) {
    Test-That "a worker of $($row[0]) is sent nothing" {
        Assert-True $hello.Contains($row[1])
        $copy = New-ModuleCopy $loop.Replace('BODY', ':').Replace('@HELLO',
            "printf '%s\n' '$($hello.Replace($row[1], $row[2]))'")
        Test-Start $copy 'WorkerVersion' ([regex]::Escape($buildText.Trim())) 'same version'
        Assert-Equal ([System.IO.File]::ReadAllText($copy.Said)) ''
    }
}

# --- it goes wrong later -----------------------------------------------------------------------------------------

# The request's id, as a script writes it between single quotes.
$id = "'`"`$id`"'"
$nested = Format-Reply $id 'result' '<Obj><MS><Obj N="X"><MS><S N="Y">z</S></MS></Obj></MS></Obj>'
$result = Format-Result $id 'Accepted'
$laters = @(
    , @('ends', 'exit 0', 'its output ended|it reads no more')
    , @('ends with a word on stderr', 'echo "out of memory" >&2; exit 134', 'out of memory')
    , @('says half a reply and ends', "printf '%s' '$($result.Substring(0, 150))'; exit 0", 'its output ended|it reads no more')
    , @('says a line that is no reply', "echo 'Segmentation fault'", 'Segmentation fault')
    , @('says an empty line', 'echo', 'invalid reply')
    , @('says a nested object', "printf '%s\n' '$nested'",
        'invalid reply')
    , @('says a reference that is none', "printf '%s\n' '$(Format-Reply $id 'result' '<Ref RefId="7"/>')'",
        'invalid reply')
    , @('says a result that is no object', "printf '%s\n' '$(Format-Reply $id 'result' '<S>fine</S><S></S>')'",
        'invalid reply')
    , @('says a result that is nothing', "printf '%s\n' '$(Format-Reply $id 'result' '')'", 'invalid reply')
    , @('says an id that no request can have',
        "printf '%s\n' '$(Format-Reply '4294967295' 'result' '<Obj><MS></MS></Obj>')'", 'invalid reply')
    , @('says a text where the id belongs',
        "printf '%s\n' '$((Format-Reply '7' 'done' '<S></S>').Replace('<U32>7</U32>', '<S>7</S>'))'", 'invalid reply')
    , @('says a number where the kind belongs',
        "printf '%s\n' '$((Format-Reply '7' 'done' '<S></S>').Replace('<S>done</S>', '<U32>7</U32>'))'", 'invalid reply')
    , @('says a line of 70,000 characters', "printf '%s%070000d%s\n' '<Objs' 0 '</Objs>'", 'invalid reply')
    , @('answers by a number that no request has',
        "printf '%s\n' '$($result.Replace($id, '4294967295'))'", 'invalid reply')
    , @('answers by a number that is none',
        "printf '%s\n' '$($result.Replace("<U32>$id</U32>", '<S>7</S>'))'", 'invalid reply')
    , @('says a byte that is not ASCII',
        "printf '%b\n' '$($result.Replace('Accepted', 'Acc\0262pted'))'", 'invalid reply')
    , @('answers with a text where an object belongs',
        "printf '%s\n' '$(Format-Reply $id 'result' '<S>Accepted</S><S></S>')'", 'invalid reply')
    , @('answers with nothing', "printf '%s\n' '$(Format-Reply $id 'result' '')'", 'invalid reply')
    , @('answers with a result that lacks a word',
        "printf '%s\n' '$($result.Replace('"NextStep"', '"NextStop"'))'", 'invalid reply')
    , @('answers with a category that does not exist',
        "printf '%s\n' '$($result.Replace('<S></S>', '<S>Luck</S>'))'", 'invalid reply')
    , @('answers by the id of another request', "printf '%s\n' '$(Format-Result '4711' 'Accepted')'", 'invalid reply')
    , @('answers by no id', "printf '%s\n' '$(Format-Result '0' 'Accepted')'", 'invalid reply')
    , @('warns of nobody''s disk', "printf '%s\n' '$(Format-Reply '4711' 'warning' '<S>x</S>')'", 'invalid reply')
    , @('does not understand a line', "printf '%s\n' '$(Format-Reply '0' 'error' '<S>longer than that</S>')'", 'did not understand a request: longer than that')
    , @('says goodbye', "printf '%s\n' '@BYE'; exit 0", 'it was idle')
    , @('says goodbye and stays', "printf '%s\n' '@BYE'", 'it was idle')
    , @('answers with the kind of another verb', "printf '%s\n' '$(Format-Reply $id 'done' '<S></S>')'", 'invalid reply')
    , @('answers with a plan', "printf '%s\n' '$(Format-Result $id 'Accepted' '' '1' 'plan')'", 'invalid reply')
    , @('answers with a kind in capitals', "printf '%s\n' '$($result.Replace('<S>result</S>', '<S>Result</S>'))'", 'invalid reply')
    , @('says hello again', "printf '%s\n' '@GREETING'", 'invalid reply')
    , @('answers with an error', "printf '%s\n' '$(Format-Reply $id 'error' '<S>no such luck</S>')'",
        'no such luck')
    , @('answers with a kind that does not exist', "printf '%s\n' '$(Format-Reply $id 'surprise' '<S>boo</S>')'",
        'invalid reply: .*surprise')
)
foreach ($row in $laters) {
    Test-That "each disk gets its one result from a worker that $($row[0])" {
        $copy = New-ModuleCopy $loop.Replace('BODY', $row[1])
        $file = New-TestBus 4
        Use-Module $copy {
            Enter-StorageRehearsal $file -WarningAction SilentlyContinue
            $got = Invoke-Capture { 1, 2, 3 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Output.Count 3
            Assert-Equal $got.Errors.Count 3
            $numbers = foreach ($one in $got.Output) { $one.Number }
            Assert-Equal ((@($numbers) | Where-Object { $_ -in 1, 2, 3 }).Count) 3
            foreach ($one in $got.Output) {
                Assert-Equal $one.Outcome 'Failed'
                Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Result'
                Assert-Match $one.Message $row[2]
                Assert-True $one.NextStep
            }
        }
    }
}

Test-That 'a reply that comes in pieces is one reply' {
    $cut = $result.IndexOf('</U32>') + 3
    $body = "printf '%s' '$($result.Substring(0, $cut))'; /bin/sleep 0.2; " +
        "printf '%s\n' '$($result.Substring($cut))'"
    $copy = New-ModuleCopy $loop.Replace('BODY', $body)
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $got = Invoke-Capture { 1, 2 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 2
        Assert-Equal $got.Errors.Count 0
    }
}

Test-That 'a worker that floods stderr is drained, and works' {
    $flood = "#!/bin/sh`nt=0123456789012345678901234567890123456789012345678901234567890123`n" +
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do t=$t$t; done' + "`n" +
        'for i in 1 2 3 4 5 6 7 8 9 10; do printf %s "$t" >&2; done' + "`nexec @REAL serve`n"
    $copy = New-ModuleCopy $flood
    $file = New-TestBus 3
    Use-Module $copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        $got = Invoke-Capture { New-TestDisk 1 | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome 'Accepted'
    }
    Assert-Equal (Get-Released $file) 'unit 1'
}

Test-That 'the worker is started with a cleared environment, in a folder of the system, without user text' {
    $copy = New-ModuleCopy ("#!/bin/sh`n" + '{ echo "args $*"; echo "cwd $PWD"; export -p; } > @SAID' +
        "`nexec @REAL serve`n")
    $before = [Environment]::GetEnvironmentVariable('NODE_OPTIONS')
    [Environment]::SetEnvironmentVariable('NODE_OPTIONS', '--no-such-option')
    try {
        Use-Module $copy { Use-Bus (New-TestBus 1) { } }
    }
    finally { [Environment]::SetEnvironmentVariable('NODE_OPTIONS', $before) }
    $said = [System.IO.File]::ReadAllText($copy.Said)
    Assert-Match $said '(?m)^args serve$'
    Assert-Match $said '(?m)^cwd /$'
    Assert-True ($said -cnotmatch 'NODE_OPTIONS|HOME=|PATH=.*node')
}

# --- bye ---------------------------------------------------------------------------------------------------------

$byeFirst = $loop.Replace("#!/bin/sh", "#!/bin/sh`nif [ -e @FLAG ]; then exec @REAL serve; fi`n: > @FLAG")

Test-That 'after `bye`, what was answered before is not sent again' {
    $copy = New-ModuleCopy $byeFirst.Replace('BODY', "printf '%s\n' '$result' '@BYE'; exit 0")
    $file = New-TestBus 4
    Use-Module $copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        $got = Invoke-Capture { New-TestDisk 1 | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
        $got = Invoke-Capture { New-TestDisk 2 | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Errors.Count 0
    }
    Assert-Equal (Get-Released $file) 'unit 2' 'the stand-in released nothing, and nobody tried again'
}

Test-That 'a worker that has been idle for a while is asked whether it is there before anything is sent' {
    # It says bye at what only asks that, as a worker does whose minute is over just then.
    $copy = New-ModuleCopy $byeFirst.Replace("*verb=cancel*) printf '%s\n' '@DONE'", "*verb=cancel*) printf '%s\n' '@BYE'; exit 0").Replace('BODY', "printf '%s\n' '$result'")
    $file = New-TestBus 4
    Use-Module $copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        Set-Patience @{ Idle = 0 }
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2 -Force -ThrottleLimit 1 }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output.Count 2
        foreach ($one in $got.Output) { Assert-Equal $one.Outcome 'Accepted' }
    }
    Assert-Equal (Get-Released $file) 'unit 1, unit 2' 'by the second worker, once'
    Assert-True ([System.IO.File]::ReadAllText($copy.Said) -cnotmatch 'verb=release') 'nothing was sent to the first'
}

# --- a pipeline is stopped while it starts -----------------------------------------------------------------------

$silentFirst = "#!/bin/sh`nif [ -e @FLAG ]; then exec @REAL serve; fi`n: > @FLAG`nwhile read -r x; do :; done"

function Stop-AtStart {
    # Stops the body, run in that runspace, once the stand-in has started and says nothing.
    param($Space, $Copy, [scriptblock]$Body, [object[]]$Argument)
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Space
    $null = $shell.AddScript($Body.ToString())
    foreach ($one in $Argument) { $null = $shell.AddArgument($one) }
    $null = $shell.BeginInvoke()
    Wait-Until { [System.IO.File]::Exists("$($Copy.Folder)/flag") } 'the start of the worker'
    $shell.Stop()
    Assert-Equal "$($shell.InvocationStateInfo.State)" 'Stopped'
    $shell.Dispose()
}

Test-That 'a rehearsal whose entering was stopped was not entered' {
    $copy = New-ModuleCopy $silentFirst
    $file = New-TestBus 2
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace(
        [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $space.Open()
    try {
        $null = Invoke-In $space { param($Module) Import-Module $Module } $copy.Manifest
        Stop-AtStart $space $copy { param($File) Enter-StorageRehearsal $File } $file
        $got = Invoke-In $space {
            param($File)
            Enter-StorageRehearsal $File -WarningAction SilentlyContinue
            Invoke-StorageRelease -Number 1 -Force
        } $file
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Outcome 'Accepted'
    }
    finally { Close-Shell $space }
}

Test-That 'a worker whose start was stopped is not taken for one that is on its bus' {
    $copy = New-ModuleCopy $silentFirst
    $file = New-TestBus 2
    [System.IO.File]::WriteAllText("$($copy.Folder)/flag", '')
    $space = Open-Shell $file $copy.Manifest
    try {
        $id = (Invoke-In $space { & (Get-Module StorageRelease) { $script:Worker.Process.Id } }).Output[0]
        $first = [System.Diagnostics.Process]::GetProcessById($id)
        $first.Kill()
        Assert-True $first.WaitForExit(10000)
        [System.IO.File]::Delete("$($copy.Folder)/flag")
        Stop-AtStart $space $copy { Invoke-StorageRelease -Number 1 -Force }
        $got = Invoke-In $space { Invoke-StorageRelease -Number 1 -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Bus 'Rehearsal'
        Assert-Equal $got.Output[0].Outcome 'Accepted'
    }
    finally { Close-Shell $space }
}

# --- what it is told ---------------------------------------------------------------------------------------------

Test-That 'a request line is ASCII, one line, whatever the object says' {
    $copy = New-ModuleCopy $loop.Replace('BODY', "printf '%s\n' '$result'")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $disk = New-TestDisk 1
        $disk.UniqueId = "600A id=9&verb=release&number=0 +%41$([char]0xE4)$([char]0x65E5)'"
        $disk.SerialNumber = "a&number=0 b"
        $disk.FriendlyName = "x`0y"
        $got = Invoke-Capture { $disk | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
    }
    $lines = @([System.IO.File]::ReadAllText($copy.Said).TrimEnd("`n") -split "`n")
    Assert-Equal $lines.Count 2
    Assert-Match $lines[1] "^id=\d+&verb=release&[!-~]+$"
    Assert-Equal ([regex]::Matches($lines[1], '(^|&)number=').Count) 1
    Assert-Match $lines[1] '&number=1(&|$)'
}

# --- a worker ends between the start of a pipeline and its first request --------------------------------------------

function Close-TestWorker { & (Get-Module StorageRelease) { if ($null -ne $script:Worker) { Close-Worker $script:Worker 'it ended' } } }

$early = @(
    , @('all disks', { Get-StorageReservation }, '0 1 2')
    , @('numbers', { Get-StorageReservation -Number 1, 2 }, '1 2')
    , @('disks that are piped', { 1, 2 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }, '1 2')
    , @('without a question', { Invoke-StorageRelease -Number 1 -Confirm:$false }, '1')
)
foreach ($row in $early) {
    Test-That "a worker that ends while late answers are read gives way to another: $($row[0])" {
        Import-Module "$Root/StorageRelease.psd1"
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        try {
            # As it does where the last that a worker said is an error of its own.
            & (Get-Module StorageRelease) { function script:Write-LateAnswer { param($Cmdlet) Close-Worker $script:Worker 'it ended' } }
            $got = Invoke-Capture $row[1]
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Errors.Count 0 "$($got.Errors)"
            Assert-Equal (@($got.Output | ForEach-Object { $_.Number } | Sort-Object) -join ' ') $row[2]
        }
        finally { Remove-Module StorageRelease -Force }
    }
}

Test-That 'so does one that ends between the begin and the end of a pipeline' {
    Import-Module "$Root/StorageRelease.psd1"
    Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
    try {
        $log = [System.IO.Path]::Combine($Temp, 'ended.log')
        $null = Invoke-StorageRelease -Number 1 -Force -LogPath $log
        $got = Invoke-Capture { & { Close-TestWorker; [pscustomobject]@{ Path = $log } } | Get-StorageReleaseLog }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal "$(@($got.Output).Count) $($got.Errors.Count)" '1 0'
        foreach ($command in 'Get-StorageRehearsalDisk', 'Get-StorageReservation') {
            # The begin of what is downstream comes before the end of this.
            $got = Invoke-Capture { & $command | & { begin { Close-TestWorker } process { $_.Number } } }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal (@($got.Output | Sort-Object) -join ' ') '0 1 2' $command
        }
    }
    finally { Remove-Module StorageRelease -Force }
}

Test-That 'the self-check reads the disks of another worker where the first has ended' {
    Import-Module "$Root/StorageRelease.psd1"
    Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
    try {
        $got = Invoke-Capture { Test-StorageRelease | ForEach-Object { if ($_.Check -ceq 'Worker') { Close-TestWorker }; $_ } }
        if ($got.Thrown) { throw $got.Thrown }
        $states = @{}
        foreach ($check in $got.Output) { $states[$check.Check] = $check.Status }
        Assert-Equal "$($states['Worker']) $($states['StorageStack'])" 'Passed Passed' ($got.Output | Out-String)
    }
    finally { Remove-Module StorageRelease -Force }
}

Test-That 'where no other worker starts, each disk has its result, and the pipeline goes on' {
    Import-Module "$Root/StorageRelease.psd1"
    Enter-StorageRehearsal (New-TestBus 12) -WarningAction SilentlyContinue
    $ours = Get-Module StorageRelease
    $path = & $ours { Get-ExecutablePath }
    try {
        foreach ($row in @(@(4, 'Failed Failed Accepted Accepted'), @(7, 'Failed Failed Failed Failed Failed Failed'))) {
            $log = [System.IO.Path]::Combine($Temp, "unsent$($row[0]).log")
            $count = 2 + $row[1].Split(' ').Length
            $got = Invoke-Capture {
                0..($count - 1) | ForEach-Object {
                    if ($_ -eq 2) {
                        Close-TestWorker
                        & $ours { function script:Get-ExecutablePath { '/nowhere/storage-release' } }
                    }
                    # Too late after three tries.
                    if ($_ -eq $row[0]) { & $ours { param($Path) $script:TestPath = $Path; function script:Get-ExecutablePath { $script:TestPath } } $path }
                    New-TestDisk $_
                } | Invoke-StorageRelease -Force -LogPath $log
            }
            & $ours { param($Path) $script:TestPath = $Path; function script:Get-ExecutablePath { $script:TestPath } } $path
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Output.Count $count
            $rest = @($got.Output | Where-Object { $_.Number -ge 2 } | Sort-Object Number)
            Assert-Equal (@($rest | ForEach-Object { $_.Outcome }) -join ' ') $row[1]
            Assert-Match $rest[0].Message '^The executable /nowhere/storage-release is missing\. Nothing was sent\.$'
            Assert-True $rest[0].NextStep
            Assert-Equal $got.Errors.Count @($got.Output | Where-Object { $_.Outcome -ceq 'Failed' }).Count
            # What the executable could not log is said.
            Assert-Equal @($got.Warnings | Where-Object { "$_" -match 'has no line of' }).Count @($got.Output | Where-Object { $_.Outcome -ceq 'Failed' }).Count
            $null = Get-StorageReservation -Number 0
        }
        # Nobody waits for a whole list.
        $got = Invoke-Capture { 1, 2 | ForEach-Object { if ($_ -eq 2) { Close-TestWorker; & $ours { function script:Get-ExecutablePath { '/nowhere/x' } } }; New-TestDisk $_ } | Invoke-StorageRelease -WhatIf }
        Assert-Equal "$($got.Output.Count) $($got.Thrown)" '0 '
    }
    finally { Remove-Module StorageRelease -Force }
}

Complete-Tests
