# The two shells of Windows, each in a process of its own.

$script:ShellText = @'
$problems = @()
$help = Get-Help Invoke-StorageRelease -Full
if (-not $help.Synopsis -or @($help.examples.example).Count -lt 5) { $problems += 'the help of Invoke-StorageRelease is not whole' }
if (-not (Get-Help about_StorageRelease)) { $problems += 'about_StorageRelease is not found' }
Enter-StorageRehearsal -Path '__BUS__' -WarningAction SilentlyContinue
$disks = @(Get-StorageRehearsalDisk)
$results = @($disks | Invoke-StorageRelease -Force -TimeoutSec 3 -ErrorAction SilentlyContinue)
if ($results.Count -ne $disks.Count) { $problems += "$($disks.Count) disks of a rehearsal gave $($results.Count) results" }
Exit-StorageRehearsal
$listed = @(& '__EXE__' list --rehearsal '__BUS__' --output clixml)
if ($listed.Count -ne $disks.Count) { $problems += "$($disks.Count) disks, and $($listed.Count) objects of CLIXML" }
$odd = @($listed | Where-Object { $_.Bus -cne 'Rehearsal' -or $_.DevicePath -notlike '\\.\*' })
if ($odd.Count) { $problems += "$($odd.Count) objects of CLIXML are not whole" }
$real = @(Get-Disk)
$plans = @($real | Invoke-StorageRelease -AsPlan -ErrorAction SilentlyContinue -WarningAction SilentlyContinue)
if ($plans.Count -ne $real.Count) { $problems += "$($real.Count) disks of Get-Disk gave $($plans.Count) plans" }
$bad = @($plans | Where-Object { $_.Outcome -in 'IdentityChanged', 'NotFound', 'Failed' })
foreach ($one in $bad) { $problems += "disk $($one.Number): $($one.Outcome): $($one.Message)" }
foreach ($one in $problems) { 'PROBLEM ' + $one }
'SEEN ' + $PSVersionTable.PSVersion + ', ' + $real.Count + ' disks of Get-Disk'
'WHOLE'
'@

function Test-Shell {
    # Runs that text in a shell, and reads what it says.
    param([string]$Kind)
    $text = $script:ShellText.Replace('__BUS__', (New-Bus).Replace("'", "''")).Replace('__EXE__', (Get-Exe).Replace("'", "''"))
    $ended = Invoke-Shell $Kind $text
    foreach ($line in $ended.Output -split '\r?\n') { if ($line.StartsWith('SEEN ')) { Add-Seen $line.Substring(5) } }
    $problems = @($ended.Output -split '\r?\n' | Where-Object { $_.StartsWith('PROBLEM ') } | ForEach-Object { $_.Substring(8) })
    Assert-That ($problems.Count -eq 0) ($problems -join '; ')
    Assert-That ($ended.Output -cmatch '(?m)^WHOLE\r?$') "the script ended early, with $($ended.Code): $($ended.Errors)"
}

Add-Check 'storage-objects-7' {
    Test-Shell 'core'
}

Add-Check 'storage-objects-5.1' {
    Test-Shell 'desktop'
}

function Test-ShellSays {
    # Runs a text that prints PROBLEM lines and WHOLE at its end.
    param([string]$Kind, [string]$Text)
    $ended = Invoke-Shell $Kind $Text.Replace('__BUS__', (New-Bus).Replace("'", "''"))
    $problems = @($ended.Output -split '\r?\n' | Where-Object { $_.StartsWith('PROBLEM ') } | ForEach-Object { $_.Substring(8) })
    Assert-That ($problems.Count -eq 0) ($problems -join '; ')
    Assert-That ($ended.Output -cmatch '(?m)^WHOLE\r?$') "the script ended early, with $($ended.Code): $($ended.Errors)"
}

Add-Check 'completion-5.1' {
    Test-ShellSays 'desktop' @'
Enter-StorageRehearsal -Path '__BUS__' -WarningAction SilentlyContinue
$known = $Error.Count
foreach ($row in @(
        , @('Invoke-StorageRelease -Number ', '^[0-9]+$')
        , @('Invoke-StorageRelease -UniqueId ', "^'[^']+'$")
        , @('Get-StorageReservation -Path \\.\Ph', '^\\\\\.\\PhysicalDrive[0-9]+$')
        , @('Invoke-StorageRelease | Where-Object Out', '^Outcome$')
    )) {
    $offered = @((TabExpansion2 $row[0] $row[0].Length).CompletionMatches | ForEach-Object { $_.CompletionText })
    if ($offered.Count -eq 0) { "PROBLEM nothing is offered behind $($row[0])" }
    foreach ($one in $offered) { if ($one -notmatch $row[1]) { "PROBLEM $one is offered behind $($row[0])" } }
}
if ($Error.Count -ne $known) { "PROBLEM Tab left an error: $($Error[0])" }
Exit-StorageRehearsal
'WHOLE'
'@
}

Add-Check 'self-check' {
    foreach ($kind in 'core', 'desktop') {
        Test-ShellSays $kind @'
$rows = @(Test-StorageRelease)
if ($rows.Count -lt 20) { "PROBLEM $($rows.Count) rows" }
foreach ($row in $rows) { if ($row.Seen -like '*could not be made*') { "PROBLEM $($row.Check): $($row.Seen)" } }
foreach ($name in 'Executable', 'Hash', 'Worker', 'Koffi', 'StorageStack') {
    $row = $rows | Where-Object Check -eq $name
    # Where Windows is played, there is no addon, and no hash beside the staged module.
    if ($row.Status -eq 'Passed' -or $row.Seen -eq 'Windows only.' -or $row.Seen -like '*the build recorded no hash*') { continue }
    "PROBLEM $name is $($row.Status): $($row.Seen)"
}
'WHOLE'
'@
    }
}

Add-Check 'hash-time' {
    $text = "`$watch = [System.Diagnostics.Stopwatch]::StartNew()`n" +
        "`$null = Get-StorageReservation -Number $((Get-TestDisk).Number)`n" +
        "`$first = `$watch.ElapsedMilliseconds`n`$watch.Restart()`n" +
        "`$null = Get-StorageReservation -Number $((Get-TestDisk).Number)`n" +
        "'MS {0} {1}' -f `$first, `$watch.ElapsedMilliseconds"
    $ended = Invoke-Shell 'desktop' $text
    $match = [regex]::Match($ended.Output, '(?m)^MS (\d+) (\d+)')
    Assert-That $match.Success "the script ended early, with $($ended.Code): $($ended.Errors)"
    Add-Seen ('first command {0} ms, second {1} ms' -f $match.Groups[1].Value, $match.Groups[2].Value)
    Assert-That ([int]$match.Groups[1].Value -lt 5000) 'the first command took more than five seconds'
}
