# The worker and what can be wrong with it, played by shell scripts that stand in for the executable in a copy of
# the module. They need a system where a script can be one.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'the worker''s stand-ins (not here: Windows starts no script as an executable)' { }
    Complete-Tests
    return
}

$real = [System.IO.Path]::Combine($Root, 'dist', 'linux-x64', 'storage-release')
$buildText = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($Root, 'dist', 'build.txt'))

function Invoke-Program {
    # Runs a program with an empty stdin and returns the first line it says.
    param([string]$Path, [string]$Argument)
    $start = [System.Diagnostics.ProcessStartInfo]::new($Path, $Argument)
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $line = $process.StandardOutput.ReadLine()
    $process.StandardInput.Close()
    $process.WaitForExit()
    $line
}

$hello = Invoke-Program $real 'serve'

function Format-Reply {
    # A reply line as the worker writes it.
    param([string]$Id, [string]$Kind, [string]$Payload)
    '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><U32>' + $Id +
        '</U32><S>' + $Kind +
    '</S>' + $Payload + '</Objs>'
}

$script:CopyCount = 0
function New-ModuleCopy {
    # A copy of the module whose executable is this shell script; $null: none at all. Said: the lines it was told.
    param([string]$Script, [string]$Mode = 'x')
    $script:CopyCount++
    $folder = [System.IO.Path]::Combine($Temp, "module $script:CopyCount")
    foreach ($part in 'ps/private', 'ps/public', 'dist/linux-x64') {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($folder, $part))
    }
    $files = @('StorageRelease.psd1', 'ps/StorageRelease.psm1', 'ps/StorageRelease.format.ps1xml',
        'dist/build.txt')
    foreach ($part in 'ps/private', 'ps/public') {
        foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($Root, $part), '*.ps1')) {
            $files += $part + '/' + [System.IO.Path]::GetFileName($file)
        }
    }
    foreach ($file in $files) {
        [System.IO.File]::Copy([System.IO.Path]::Combine($Root, $file), [System.IO.Path]::Combine($folder, $file))
    }
    $said = [System.IO.Path]::Combine($folder, 'said.txt')
    [System.IO.File]::WriteAllText($said, '')
    if ($Script) {
        $program = [System.IO.Path]::Combine($folder, 'dist', 'linux-x64', 'storage-release')
        $text = $Script.Replace('@HELLO', "printf '%s\n' '$hello'").Replace('@SAID', "'$said'").Replace('@REAL',
            "'$real'")
        $text = $text.Replace('@FLAG', "'$folder/flag'").Replace('@DONE',
            (Format-Reply "'`"`$id`"'" 'done' '<S>bench-1</S>'))
        $text = $text.Replace('@BYE', (Format-Reply '0' 'bye' '<S>a minute without work</S>'))
        [System.IO.File]::WriteAllText($program, $text.Replace("`r", ''))
        if ($Mode -eq 'x') { $null = Invoke-Program '/bin/sh' "-c `"chmod +x '$program'; echo`"" }
    }
    [pscustomobject]@{ Manifest = [System.IO.Path]::Combine($folder, 'StorageRelease.psd1'); Said = $said;
        Folder = $folder }
}

# Answers `rehearse` and comes to the case's own words for all else; $line and $id are the request's.
$loop = @'
#!/bin/sh
@HELLO
while IFS= read -r line; do
    printf '%s\n' "$line" >> @SAID
    id=${line#id=}; id=${id%%&*}
    case "$line" in
        *verb=rehearse*) printf '%s\n' '@DONE' ;;
        *verb=cancel*) printf '%s\n' '@DONE' ;;
        *) BODY ;;
    esac
done
'@

function Use-Module {
    # Runs the body with that copy of the module in place of every other.
    param($Copy, [scriptblock]$Body)
    if (Get-Module StorageRelease) { Remove-Module StorageRelease -Force }
    Import-Module $Copy.Manifest
    try { & $Body }
    finally { Remove-Module StorageRelease -Force }
}

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
    , @('says a line that is no reply', "#!/bin/sh`necho hello; read -r x", 'no reply: hello')
    , @('says half a line and ends', "#!/bin/sh`nprintf '<Objs Version='", 'its output ended')
    , @('says a line without end',
        "#!/bin/sh`ni=0; while [ `$i -lt 2000 ]; do printf '%0100d' 0; i=`$((i+1)); done; read -r x",
        'a line without end')
    , @('says an object that no worker says', ("#!/bin/sh`nprintf '%s\n' '" +
            (Format-Reply '0' 'hello' ('<Obj RefId="0"><TN RefId="0"><T>System.Diagnostics.Process</T></TN>' +
                    '<MS><S N="Name">x</S></MS></Obj>')) +
            "'; read -r x"), 'no reply')
    , @('says binary rubbish', "#!/bin/sh`nprintf '\000\377\376\001\n'; read -r x", 'no reply')
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
            -Match 'no answer'
    }
}

$version = [regex]::Match($hello, '<S N="Version">([^<]*)').Groups[1].Value
$strangers = @(
    , @('another build', 'N="Build">', 'N="Build">0')
    , @('another version', "N=`"Version`">$version", 'N="Version">0.0.1')
    , @('another protocol', 'N="Protocol">1<', 'N="Protocol">2<')
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
$result = Format-Reply $id 'result' '<Obj><MS><S N="Outcome">Accepted</S></MS></Obj><S></S>'
$laters = @(
    , @('ends', 'exit 0', 'its output ended')
    , @('ends with a word on stderr', 'echo "out of memory" >&2; exit 134', 'out of memory')
    , @('says half a reply and ends', "printf '%s' '$($result.Substring(0, 150))'; exit 0", 'its output ended')
    , @('says a line that is no reply', "echo 'Segmentation fault'", 'Segmentation fault')
    , @('says an empty line', 'echo', 'no reply')
    , @('says a nested object', "printf '%s\n' '$nested'",
        'no reply')
    , @('says a reference that is none', "printf '%s\n' '$(Format-Reply $id 'result' '<Ref RefId="7"/>')'",
        'no reply')
    , @('says a result that is no object', "printf '%s\n' '$(Format-Reply $id 'result' '<S>fine</S><S></S>')'",
        'no reply')
    , @('says a result that is nothing', "printf '%s\n' '$(Format-Reply $id 'result' '')'", 'no reply')
    , @('says an object where a text belongs',
        "printf '%s\n' '$(Format-Reply $id 'error' '<Obj><MS><S N="Outcome">x</S></MS></Obj>')'", 'no reply')
    , @('says an id that no request can have',
        "printf '%s\n' '$(Format-Reply '4294967295' 'result' '<Obj><MS></MS></Obj>')'", 'no reply')
    , @('says a text where the id belongs',
        "printf '%s\n' '$((Format-Reply '7' 'done' '<S></S>').Replace('<U32>7</U32>', '<S>7</S>'))'", 'no reply')
    , @('says a number where the kind belongs',
        "printf '%s\n' '$((Format-Reply '7' 'done' '<S></S>').Replace('<S>done</S>', '<U32>7</U32>'))'", 'no reply')
    , @('says a line of 70,000 characters', "printf '%s%070000d%s\n' '<Objs' 0 '</Objs>'", 'no reply')
    , @('answers with an error', "printf '%s\n' '$(Format-Reply $id 'error' '<S>no such luck</S>')'",
        'no such luck')
    , @('answers with a kind that does not exist', "printf '%s\n' '$(Format-Reply $id 'surprise' '<S>boo</S>')'",
        'boo')
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

Test-That 'answers to nobody''s question, and second answers, are no results' {
    $odd = (Format-Reply '4711' 'result' '<Obj><MS><S N="Outcome">Accepted</S></MS></Obj><S></S>'),
        (Format-Reply '4712' 'surprise' '<Nil/>'), (Format-Reply '0' 'surprise' '<Nil/>'), $result, $result
    $twice = "printf '%s\n' '" + ($odd -join "' '") + "'"
    $copy = New-ModuleCopy $loop.Replace('BODY', $twice)
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $got = Invoke-Capture { 1, 2 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 2
        Assert-Equal $got.Errors.Count 0
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

Test-That 'after `bye`, what was not answered goes to a new worker, once' {
    $copy = New-ModuleCopy $byeFirst.Replace('BODY', "printf '%s\n' '@BYE'; exit 0")
    $file = New-TestBus 4
    Use-Module $copy {
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        $got = Invoke-Capture { 1, 2, 3 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Warnings.Count 0
        Assert-Equal $got.Output.Count 3
        foreach ($one in $got.Output) { Assert-Equal $one.Outcome 'Accepted' }
        Assert-Equal $got.Output[0].Bus 'Rehearsal'
    }
    Assert-Equal (Get-Released $file) 'unit 1, unit 2, unit 3'
}

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

Test-That 'a `bye` whose successor does not come up costs each disk one Failed result' {
    $copy = New-ModuleCopy ($byeFirst.Replace('exec @REAL serve', 'exit 9').Replace('BODY',
        "printf '%s\n' '@BYE'; exit 0"))
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 4) -WarningAction SilentlyContinue
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2 -Force }
        # The second may not have been sent yet; then the pipeline ends with the reason.
        if ($got.Output.Count -eq 1) { Assert-Equal $got.Thrown.FullyQualifiedErrorId `
            'WorkerStart,Invoke-StorageRelease' }
        else { Assert-Equal $got.Output.Count 2 }
        Assert-Equal $got.Errors.Count $got.Output.Count
        foreach ($one in $got.Output) { Assert-Equal $one.Outcome 'Failed' }
    }
}

# --- what it is told ---------------------------------------------------------------------------------------------

Test-That 'a request line is ASCII, one line, whatever the object says' {
    $copy = New-ModuleCopy $loop.Replace('BODY', "printf '%s\n' '$result'")
    Use-Module $copy {
        Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
        $disk = New-TestDisk 1
        $disk.UniqueId = "600A`r`nid=9&verb=release&number=0 +%41$([char]0xE4)$([char]0x65E5)'"
        $disk.SerialNumber = "a&number=0`nb"
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

Complete-Tests
