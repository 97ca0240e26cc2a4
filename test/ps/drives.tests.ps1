# Paths of files on a PowerShell drive: what each parameter of each command makes of them, where the drive is the caller's own;
# and that a drive that is not there is an error, never a file of that name.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
$onWindows = [Environment]::OSVersion.Platform -eq 'Win32NT'
$here = [System.IO.Path]::Combine($Temp, 'here')
$there = [System.IO.Path]::Combine($Temp, 'there')
foreach ($folder in $here, $there) { $null = [System.IO.Directory]::CreateDirectory($folder) }
[System.IO.File]::Copy((New-TestBus 2), [System.IO.Path]::Combine($there, 'bus.json'))
$row = [pscustomobject]@{ ComputerName = 'a'; Number = 1; UniqueId = 'x1'; State = 'Free'; Blocked = $false; Evidence = 'e' }
$row | Export-Clixml ([System.IO.Path]::Combine($there, 'before.xml'))

# Each parameter that takes the path of a file, and the file that is written, if any.
$uses = @(
    , @('Enter-StorageRehearsal -Path', { param($Drive) Enter-StorageRehearsal "${Drive}:\bus.json" 3>$null; Exit-StorageRehearsal }, '')
    , @('Export-StorageReservationMap -Path', { param($Drive) $row | Export-StorageReservationMap "${Drive}:\map.html" }, 'map.html')
    , @('Export-StorageReservationMap -Before', { param($Drive) $row | Export-StorageReservationMap (Join-Path $there new.html) -Before "${Drive}:\before.xml" }, 'new.html')
    , @('Test-StorageRelease -Report', { param($Drive)
            foreach ($check in Test-StorageRelease -Report "${Drive}:\report.txt") { if ($check.Check -ceq 'Report' -and $check.Status -cne 'Passed') { throw $check.Seen } } }, 'report.txt')
    , @('Invoke-StorageReserve -LogPath', { param($Drive) Use-Bus (Join-Path $there bus.json) { $null = Invoke-StorageReserve -Number 1 -Force -LogPath "${Drive}:\reserve.log" } }, 'reserve.log')
    , @('Invoke-StorageRelease -LogPath', { param($Drive) Use-Bus (Join-Path $there bus.json) { $null = Invoke-StorageRelease -Number 1 -Force -LogPath "${Drive}:\x.log" } }, 'x.log')
    , @('Clear-StorageReservation -LogPath', { param($Drive) Use-Bus (Join-Path $there bus.json) { $null = Clear-StorageReservation -Number 1 -Method Release -Force -LogPath "${Drive}:\clear.log" } }, 'clear.log')
    , @('Get-StorageReleaseLog -Path', { param($Drive) if (@(Get-StorageReleaseLog "${Drive}:\x.log").Count -ne 1) { throw 'not one result' } }, '')
)

$location = $ExecutionContext.SessionState.Path
$null = $location.PushCurrentLocation('drives')
$null = $location.SetLocation($here)
foreach ($use in $uses) {
    foreach ($drive in 'Q', 'two-words') {
        Test-That "$($use[0]) on the drive ${drive}: that a script has made for itself" {
            $file = [System.IO.Path]::Combine($there, $use[2])
            if ($use[2]) { [System.IO.File]::Delete($file) }
            & {
                $null = New-PSDrive $drive FileSystem $there
                $ErrorActionPreference = 'Stop'
                & $use[1] $drive
            }
            if ($use[2]) { Assert-True ([System.IO.File]::Exists($file)) $file }
            Assert-Equal ([System.IO.Directory]::GetFileSystemEntries($here) -join ' ') ''
        }
    }
    # (Windows has its own error for a drive letter that it does not know.)
    if ($onWindows) { continue }
    foreach ($drive in 'R', 'no-such', 'Registry:') {
        Test-That "$($use[0]) on ${drive}:, which no drive has for its name, is an error" {
            $caught = Assert-Throws { $ErrorActionPreference = 'Stop'; & $use[1] $drive }
            Assert-Match "$caught" '(?i)drive|provider'
            Assert-Equal ([System.IO.Directory]::GetFileSystemEntries($here) -join ' ') ''
        }
    }
}
$null = $location.PopLocation('drives')

Complete-Tests
