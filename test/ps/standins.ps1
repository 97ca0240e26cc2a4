# Copies of the module whose executable is a shell script that stands in for it. Needs $Root and $Temp of the test
# script, and a system where a script can be an executable.

$real = [System.IO.Path]::Combine($Root, 'dist', 'linux-x64', 'storage-release')

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

function Format-Result {
    # The reply line of a result, or of a plan.
    param([string]$Id, [string]$Outcome, [string]$Category = '', [string]$Number = '1', [string]$Kind = 'result', [string]$Shown)
    $last = ''
    if ($Kind -ceq 'plan') { $last = $(if ($Shown) { "<S N=`"Shown`">$Shown</S>" } else { '<Nil N="Shown"/>' }) }
    Format-Reply $Id $Kind ("<Obj><MS><U32 N=`"Number`">$Number</U32><Nil N=`"DevicePath`"/>" +
        '<S N="FriendlyName">FAKE Virtual Disk</S><S N="SerialNumber">FAKE0001</S><S N="UniqueId">600A0B80</S>' +
        "<S N=`"BusType`">iSCSI</S><Nil N=`"IdentifiedBy`"/><S N=`"Outcome`">$Outcome</S><U32 N=`"NtStatus`">2147483665</U32>" +
        '<S N="NtStatusName">STATUS_DEVICE_BUSY</S><I32 N="Win32Error">170</I32><U64 N="Information">0</U64>' +
        '<Nil N="ReservationBefore"/><Nil N="ReservationAfter"/><U32 N="Attempts">1</U32><Db N="DurationMs">1.5</Db>' +
        '<DT N="StartedAt">2026-01-01T00:00:00.0000000Z</DT><S N="ComputerName">bench-1</S>' +
        '<S N="Bus">Rehearsal</S><Nil N="ProvedBy"/>' +
        "<S N=`"Message`">said</S><S N=`"NextStep`">ask</S>$last</MS></Obj><S>$Category</S>")
}

$script:CopyCount = 0
function New-ModuleCopy {
    # A copy of the module whose executable is this shell script; $null: none at all. Said: the lines it was told.
    # -Without: changes of its files that take a defence away, for controls: name to the text and what stands instead.
    param([string]$Script, [string]$Mode = 'x', [string]$Folder, [hashtable]$Without = @{})
    $script:CopyCount++
    if (-not $Folder) { $Folder = [System.IO.Path]::Combine($Temp, "module $script:CopyCount") }
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($folder, 'dist/linux-x64'))
    $files = @('StorageRelease.psd1', 'ps/StorageRelease.psm1', 'ps/StorageRelease.format.ps1xml', 'ps/StorageRelease.types.ps1xml',
        'dist/build.txt')
    foreach ($part in 'ps/import', 'ps/start', 'ps/private', 'ps/completion', 'ps/public', 'ps/remote', 'ps/unattended') {
        foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($Root, $part), '*.ps1', 'AllDirectories')) {
            $files += $file.Substring($Root.TrimEnd('/').Length + 1)
        }
    }
    foreach ($file in $files) {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName([System.IO.Path]::Combine($folder, $file)))
        [System.IO.File]::Copy([System.IO.Path]::Combine($Root, $file), [System.IO.Path]::Combine($folder, $file))
    }
    foreach ($name in $Without.Keys) {
        $file = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($folder, 'ps'), $name, 'AllDirectories')[0]
        $text = [System.IO.File]::ReadAllText($file)
        if (-not $text.Contains($Without[$name][0])) { throw "$name has no '$($Without[$name][0])'." }
        [System.IO.File]::WriteAllText($file, $text.Replace($Without[$name][0], $Without[$name][1]))
    }
    $said = [System.IO.Path]::Combine($folder, 'said.txt')
    [System.IO.File]::WriteAllText($said, '')
    if ($Script) {
        $program = [System.IO.Path]::Combine($folder, 'dist', 'linux-x64', 'storage-release')
        $text = $Script.Replace('@HELLO', "printf '%s\n' '$hello'").Replace('@SAID', "'$said'").Replace('@REAL',
            "'$real'")
        $text = $text.Replace('@FLAG', "'$folder/flag'").Replace('@DONE',
            (Format-Reply "'`"`$id`"'" 'done' '<S>bench-1</S>'))
        $text = $text.Replace('@GREETING', $hello).Replace('@BYE', (Format-Reply '0' 'bye' '<S>a minute without work</S>'))
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

function Set-Patience {
    # How long the module waits for its worker, in milliseconds: ps/private/worker/Test-WorkerDeadline.ps1.
    param([hashtable]$Times)
    & (Get-Module StorageRelease) { param($Times) Import-ModulePart Private; foreach ($name in $Times.Keys) { $script:Patience[$name] = $Times[$name] } } $Times
}

function Get-ChildProcess {
    # Ids of the processes that this one has started and that have not ended. One that was ended takes a moment.
    param([int]$Expected)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $ids = @(foreach ($entry in [System.IO.Directory]::GetDirectories('/proc')) {
                if ($entry -cnotmatch '^/proc/(\d+)$') { continue }
                $id = [int]$Matches[1]
                try { $stat = [System.IO.File]::ReadAllText("$entry/stat") } catch { continue }
                if ($stat -cmatch '^\d+ \(.*\) (\S) (\d+) ' -and [int]$Matches[2] -eq $PID -and $Matches[1] -cne 'Z') { $id }
            })
    } while ($ids.Count -ne $Expected -and $watch.ElapsedMilliseconds -lt 10000)
    , $ids
}

function Use-Module {
    # Runs the body with that copy of the module in place of every other.
    param($Copy, [scriptblock]$Body)
    if (Get-Module StorageRelease) { Remove-Module StorageRelease -Force }
    Import-Module $Copy.Manifest
    try { & $Body }
    finally { Remove-Module StorageRelease -Force }
}
