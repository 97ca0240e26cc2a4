# What `npm run windows` does: tries on real Windows what docs/verified.md lists as left, and says of each row of
# rows.json whether it holds, does not hold, or could not be tried, and why. It makes what it needs (virtual disks, an
# iSCSI target, endpoints, tasks) and takes it away again. Elevated, in Windows PowerShell 5.1 or PowerShell 7, on a
# machine that may be thrown away: it installs features, stops services and sets the clock.
#
#   -Root                    the repository, built
#   -Report                  where the report goes, without its ending: .md and .json
#   -MachineMayBeThrownAway  has to be said on Windows
#   -Row                     ids of rows, with commas; without it all of them
#   -Minutes                 how long the row `flat` runs; 480 is a night
#   -Statuses                a file with the status table: see run.mjs
#   -Fakes                   a script that stands in for Windows, so that the script itself can be tried elsewhere
#
# Exit code: 0 when no row says "does not hold", 1 when one does, 2 when nothing was tried.
[CmdletBinding()]
param(
    [string]$Root,
    [string]$Report,
    [switch]$MachineMayBeThrownAway,
    [string]$Row,
    [double]$Minutes = 1,
    [string]$Statuses,
    [string]$Fakes
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

# --- the machine -------------------------------------------------------------------------------------------------

$onWindows = [System.Environment]::OSVersion.Platform -eq 'Win32NT'
$script:Machine = @{
    Root      = [System.IO.Path]::GetFullPath($Root)
    # Why rows that need Windows cannot be tried here; null on Windows.
    NoWindows = $null
    Elevated  = $false
    Minutes   = $Minutes
    Statuses  = $Statuses
    # What results of real disks say.
    Bus       = 'Windows'
    # What else stands on a line of the executable.
    Words     = ''
    Computer  = [System.Environment]::MachineName
    # Folders of Windows: the programs, the root of its drive, the profile, Windows itself.
    Programs  = $env:ProgramFiles
    Drive     = $env:SystemDrive + '\'
    Profile   = [System.Environment]::GetFolderPath('UserProfile')
    Windows   = $env:SystemRoot
    Data      = $env:ProgramData
    Temp      = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'storage-release-windows-' + $PID)
}
if (-not $onWindows) { $script:Machine.NoWindows = 'this is not Windows' }
elseif (Test-Path 'HKLM:\Software\Wine') { $script:Machine.NoWindows = 'this is Wine' }
if ($onWindows) {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object System.Security.Principal.WindowsPrincipal $identity
    $script:Machine.Elevated = $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}
if ($onWindows -and -not $script:Machine.NoWindows -and -not $MachineMayBeThrownAway) {
    [Console]::Error.WriteLine('This installs Windows features, stops services, sets the clock and sends requests to disks. ' +
        'Run it on a machine that may be thrown away, and say so: npm run windows -- -MachineMayBeThrownAway')
    exit 2
}

# --- what checks use ---------------------------------------------------------------------------------------------

# What was made, and how it is taken away again; the last one first.
$script:Undo = New-Object System.Collections.Generic.Stack[object]
$script:Checks = @{}
$script:Seen = $null

function Add-Check {
    # A check of rows.json. It returns when the row holds, ends by Stop-Check when the row cannot be tried, and by any
    # other error when it does not hold.
    param([string]$Id, [scriptblock]$Body)
    $script:Checks[$Id] = $Body
}

function Stop-Check {
    # The row cannot be tried here.
    param([string]$Why)
    $exception = New-Object System.InvalidOperationException $Why
    $exception.Data['NotTried'] = $true
    throw $exception
}

function Add-Seen {
    # Something that the report says of the row, whatever comes of it.
    param([string]$Text)
    $script:Seen.Add($Text)
}

function Assert-That {
    param([object]$Condition, [string]$Otherwise)
    if (-not $Condition) { throw (New-Object System.InvalidOperationException $Otherwise) }
}

function Add-Undo {
    # How something is taken away again; -With is what the body is given.
    param([scriptblock]$Body, [object[]]$With = @())
    $script:Undo.Push(@{ Body = $Body; With = $With })
}

function Invoke-Preparation {
    # Something that is made for a check: where it fails, the check cannot be tried.
    param([string]$What, [scriptblock]$Body)
    try { & $Body }
    catch {
        if ($_.Exception.Data['NotTried']) { throw }
        Stop-Check ('{0}: {1}' -f $What, $_.Exception.Message)
    }
}

function Get-Kept {
    # Makes a thing once, for all checks that need it; one that could not be made is not tried again.
    param([string]$Name, [scriptblock]$Make)
    if (-not $script:Kept.ContainsKey($Name)) {
        try { $script:Kept[$Name] = @{ Value = (& $Make); Why = $null } }
        catch { $script:Kept[$Name] = @{ Value = $null; Why = $_.Exception.Message } }
    }
    if ($script:Kept[$Name].Why) { Stop-Check $script:Kept[$Name].Why }
    return $script:Kept[$Name].Value
}
$script:Kept = @{}

function New-Folder {
    # A folder of the run's own, new.
    param([string]$Name)
    $folder = [System.IO.Path]::Combine($script:Machine.Temp, $Name + '-' + [System.IO.Path]::GetRandomFileName())
    $null = [System.IO.Directory]::CreateDirectory($folder)
    return $folder
}

function New-Bus {
    # A copy of an example, in a folder of its own.
    param([string]$Name = 'small-shop.json', [string]$Folder = (New-Folder 'bus'))
    $file = [System.IO.Path]::Combine($Folder, 'bus.json')
    [System.IO.File]::Copy([System.IO.Path]::Combine($script:Machine.Root, 'ps', 'rehearsal', $Name), $file)
    return $file
}

function Use-Rehearsal {
    # Runs a body in a rehearsal, and leaves it. $script:Warned has the warnings of entering it.
    param([string]$File, [scriptblock]$Body)
    Enter-StorageRehearsal -Path $File -WarningAction SilentlyContinue -WarningVariable warnings
    $script:Warned = @($warnings)
    try { & $Body }
    finally { Exit-StorageRehearsal }
}

function Get-Exe {
    # The executable, the way this system has it.
    $name = $(if ($onWindows) { 'win-x64/storage-release.exe' } else { 'linux-x64/storage-release' })
    return [System.IO.Path]::Combine($script:Machine.Root, 'dist', $name)
}

function Invoke-Program {
    # Runs a program to its end, without a terminal: exit code, output and milliseconds.
    param([string]$Command, [string]$Arguments, [int]$TimeoutSec = 300)
    $start = New-Object System.Diagnostics.ProcessStartInfo $Command, $Arguments
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Dispose()
    $output = $process.StandardOutput.ReadToEndAsync()
    $errors = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($TimeoutSec * 1000)) {
        $process.Kill()
        throw "$Command $Arguments did not end within $TimeoutSec seconds."
    }
    return @{ Code = $process.ExitCode; Output = $output.Result; Errors = $errors.Result; Ms = $watch.ElapsedMilliseconds }
}

function Wait-Until {
    # Whether a condition came true in time.
    param([int]$Seconds, [scriptblock]$Condition)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) { return $false }
        [System.Threading.Thread]::Sleep(250)
    }
    return $true
}

function Get-Worker {
    # The worker processes of this session.
    return @(Get-Process -Name storage-release -ErrorAction SilentlyContinue)
}

. ([System.IO.Path]::Combine($PSScriptRoot, 'make.ps1'))
foreach ($file in Get-ChildItem ([System.IO.Path]::Combine($PSScriptRoot, 'checks')) -Filter *.ps1 | Sort-Object Name) { . $file.FullName }
if ($Fakes) { . $Fakes }
$script:System32 = [System.IO.Path]::Combine([string]$script:Machine.Windows, 'System32')

# --- the rows ----------------------------------------------------------------------------------------------------

$listed = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($PSScriptRoot, 'rows.json')) | ConvertFrom-Json
$wanted = @($Row -split ',' | Where-Object { $_ })
foreach ($id in $wanted) {
    if (@($listed.rows | Where-Object { $_.id -ceq $id }).Count -eq 0) {
        [Console]::Error.WriteLine("There is no row $id.")
        exit 2
    }
}
$null = [System.IO.Directory]::CreateDirectory($script:Machine.Temp)
$answers = New-Object System.Collections.Generic.List[object]
try {
    $prepared = $null
    try { Install-TestModule }
    catch { $prepared = 'the module cannot be prepared: ' + $_.Exception.Message }
    foreach ($one in $listed.rows) {
        if ($wanted.Count -and $wanted -cnotcontains $one.id) { continue }
        $script:Seen = New-Object System.Collections.Generic.List[string]
        $verdict = 'holds'
        $why = ''
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        try {
            if ($prepared) { Stop-Check $prepared }
            if (-not $one.anywhere -and $script:Machine.NoWindows) { Stop-Check $script:Machine.NoWindows }
            if (-not $one.anywhere -and -not $script:Machine.Elevated) { Stop-Check 'this session is not elevated' }
            $null = & $script:Checks[$one.id]
        }
        catch {
            $verdict = 'does not hold'
            $why = $_.Exception.Message
            if ($_.Exception.Data['NotTried']) { $verdict = 'could not be tried' }
            if ($_.Exception -isnot [System.InvalidOperationException]) { $why += ' ' + $_.ScriptStackTrace }
        }
        $answers.Add([pscustomobject]@{
                id = $one.id; verdict = $verdict; why = $why; seen = $script:Seen.ToArray(); checks = $one.checks
                covers = @($one.covers); seconds = [math]::Round($watch.Elapsed.TotalSeconds, 1)
            })
        [Console]::Out.WriteLine(('{0,-20} {1}{2}' -f $one.id, $verdict, $(if ($why) { ': ' + $why } else { '' })))
    }
}
finally {
    $left = New-Object System.Collections.Generic.List[string]
    while ($script:Undo.Count) {
        $entry = $script:Undo.Pop()
        $with = $entry.With
        try { $null = & $entry.Body @with }
        catch { $left.Add($_.Exception.Message) }
    }
    try { [System.IO.Directory]::Delete($script:Machine.Temp, $true) }
    catch { $left.Add($_.Exception.Message) }
}

# --- the report --------------------------------------------------------------------------------------------------

$os = [System.Environment]::OSVersion.VersionString
if ($onWindows) {
    $key = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $os = '{0} {1} build {2}' -f $key.ProductName, $key.EditionID, $key.CurrentBuild
}
$summary = [ordered]@{
    schema     = 'storage-release-windows/1'
    machine    = [ordered]@{
        os         = $os
        noWindows  = $script:Machine.NoWindows
        powershell = "$($PSVersionTable.PSEdition) $($PSVersionTable.PSVersion)"
        elevated   = $script:Machine.Elevated
        fakes      = [bool]$Fakes
        at         = [System.DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
        build      = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($script:Machine.Root, 'dist', 'build.txt')).Trim()
    }
    rows       = $answers.ToArray()
    notTried   = @($listed.notTried)
    # What could not be taken away again.
    leftBehind = $left.ToArray()
}
$cell = { param([string]$Text) ($Text -replace '\s+', ' ').Replace('|', '\|') }
$lines = New-Object System.Collections.Generic.List[string]
$lines.Add('# npm run windows')
$lines.Add('')
$lines.Add(('{0}; PowerShell {1}; elevated: {2}; build {3}; {4}' -f $os, $summary.machine.powershell,
        $summary.machine.elevated, $summary.machine.build, $summary.machine.at))
if ($script:Machine.NoWindows) {
    $lines.Add('')
    $lines.Add("Rows that hold here say nothing about Windows: $($script:Machine.NoWindows).")
}
if ($Fakes) {
    $lines.Add('')
    $lines.Add('Windows was played by fakes: this report is a test of the script, and says nothing about Windows.')
}
$lines.Add('')
$lines.Add('| row | verdict | why, and what was seen | what is checked |')
$lines.Add('| --- | --- | --- | --- |')
foreach ($one in $answers) {
    $lines.Add(('| {0} | {1} | {2} | {3} |' -f $one.id, $one.verdict,
            (& $cell ((@($one.why) + $one.seen | Where-Object { $_ }) -join '; ')), (& $cell $one.checks)))
}
$lines.Add('')
$lines.Add('Not tried by this command:')
$lines.Add('')
$lines.Add('| of docs/verified.md | left | why |')
$lines.Add('| --- | --- | --- |')
foreach ($one in $listed.notTried) {
    $lines.Add(('| {0} | {1} | {2} |' -f (& $cell $one.claim), (& $cell $one.left), (& $cell $one.why)))
}
if ($left.Count) {
    $lines.Add('')
    $lines.Add('Left behind, because it could not be taken away:')
    $lines.Add('')
    foreach ($text in $left) { $lines.Add('- ' + (& $cell $text)) }
}
$encoding = New-Object System.Text.UTF8Encoding $false
[System.IO.File]::WriteAllText($Report + '.json', ($summary | ConvertTo-Json -Depth 6) + "`n", $encoding)
[System.IO.File]::WriteAllText($Report + '.md', ($lines -join "`n") + "`n", $encoding)

$bad = @($answers | Where-Object { $_.verdict -eq 'does not hold' }).Count
$good = @($answers | Where-Object { $_.verdict -eq 'holds' }).Count
[Console]::Out.WriteLine(('{0} hold, {1} do not hold, {2} could not be tried' -f $good, $bad, ($answers.Count - $good - $bad)))
if ($bad) { exit 1 }
exit 0
