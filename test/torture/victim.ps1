# A session with disks in flight, to be killed by shell-killed.ts: says its worker's process id, then never ends.
param([string]$Root, [string]$Bus)
Import-Module "$Root/StorageRelease.psd1"
Enter-StorageRehearsal $Bus -WarningAction SilentlyContinue
[Console]::Out.WriteLine("worker $(& (Get-Module StorageRelease) { $script:Worker.Process.Id })")
while ($true) {
    $null = 1..12 | ForEach-Object { "\\.\PhysicalDrive$_" } |
        Invoke-StorageRelease -Force -ThrottleLimit 4 -TimeoutSec 60
}
