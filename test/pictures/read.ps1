# Writes the map of the picture: what five servers on one rehearsed bus are answered, and what a search makes of it,
# over real remoting.
param([string]$Root, [string]$Temp)
. "$Root/test/ps/remoting.ps1"
$ErrorActionPreference = 'Stop'
Import-Module "$Root/StorageRelease.psd1"
$bus = "$Temp/bus.json"
[System.IO.File]::Copy("$PSScriptRoot/cluster.bus.json", $bus, $true)
$sessions = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5, 127.0.0.6)
try {
    Enter-TestRehearsal $sessions $bus server1, server2, server3, server4, server5
    $found = @(Find-StorageReservationHolder -Session $sessions -ErrorAction SilentlyContinue)
    $read = @(Get-StorageReservation -Session $sessions -Detailed -ErrorAction SilentlyContinue)
    $found + $read | Export-StorageReservationMap "$Temp/map.html" -Title 'Who holds what?'
}
finally { Remove-PSSession $sessions }
