# Eight hosts on one rehearsal bus of many disks, found over real remoting. The figures are in the name of the last
# case.
param([string]$Root, [string]$Temp, [int]$Disks)

. "$Root/test/ps/harness.ps1"
. "$Root/test/ps/remoting.ps1"
Import-Module "$Root/StorageRelease.psd1"

$names = 'h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7'

function Get-Reserver {
    # Every fifth disk is held by one of the hosts, every fiftieth by a stranger.
    param([int]$Disk)
    if ($Disk % 5 -eq 0) { return $names[$Disk / 5 % 8] }
    if ($Disk % 50 -eq 1) { return 'stranger' }
}

$units = for ($i = 0; $i -lt $Disks; $i++) {
    $reserver = Get-Reserver $i
    '{{ "name": "u{0}", "serial": "S{0}", "naa": "600A0B80001122330000{0:000000000000}", "target": "{1}"{2} }}' -f
        $i, $(if ($i % 2) { 'tgt' } else { 'LIO' }), $(if ($reserver) { ', "reservedBy": "' + $reserver + '"' })
}
$hosts = foreach ($name in $names + 'stranger') {
    $shift = [array]::IndexOf($names, $name) + 1
    $rows = for ($i = 0; $i -lt $Disks; $i++) { '{{ "number": {0}, "unit": "u{1}" }}' -f ($i + $shift), $i }
    '"{0}": {{ "disks": [{1}] }}' -f $name, ($rows -join ',')
}
$bus = [System.IO.Path]::Combine($Temp, 'live.json')
[System.IO.File]::WriteAllText($bus, '{ "version": 1, "thisHost": "h0", "logicalUnits": [' + ($units -join ",`n") +
    '], "hosts": {' + ($hosts -join ",`n") + '} }')
$sessions = @(New-TestSession (2..9 | ForEach-Object { "127.0.0.$_" }))
Enter-TestRehearsal $sessions $bus $names

$first = 0
$peak = 0
$told = @{}
$wrong = @()
$watch = [System.Diagnostics.Stopwatch]::StartNew()
Find-StorageReservationHolder -Session $sessions -TimeoutSec 600 -WindowSec 600 | ForEach-Object {
    if ($told.Count -eq 0) { $first = $watch.Elapsed.TotalSeconds }
    $disk = [int]$_.SerialNumber.Substring(1)
    $told[$disk] = 1 + $told[$disk]
    $reserver = Get-Reserver $disk
    $right = $(if (-not $reserver) { 'NotReserved ' } elseif ($reserver -eq 'stranger') { 'HeldByUnlistedHost ' } else { "HeldBy $reserver" })
    if ("$($_.State) $($_.Holder)" -cne $right) { $wrong += "$disk is $right, told $($_.State) $($_.Holder): $($_.Message)" }
    $now = [System.Diagnostics.Process]::GetCurrentProcess().WorkingSet64
    if ($now -gt $peak) { $peak = $now }
}
$seconds = $watch.Elapsed.TotalSeconds
Remove-PSSession $sessions

$figures = [string]::Format([cultureinfo]::InvariantCulture, '{0} disks told, {1} doubled, {2} wrong; first after {3:0.0} s, last after {4:0.0} s, peak working set {5:0} MB',
    $told.Count, @($told.Values | Where-Object { $_ -gt 1 }).Count, $wrong.Count, $first, $seconds, ($peak / 1MB))
Test-That $figures { Assert-Equal ($wrong -join "`n") '' }
Complete-Tests
