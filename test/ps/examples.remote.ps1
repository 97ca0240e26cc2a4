# The README's many hosts: what it shows is what is printed.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/examples.ps1"
. "$PSScriptRoot/remoting.ps1"

Import-Module "$Root/StorageRelease.psd1"
$ConfirmPreference = 'None'
$bus = [System.IO.Path]::Combine($Temp, 'bus.json')
[System.IO.File]::Copy("$PSScriptRoot/readme.bus.json", $bus)
$hosts = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4)
Enter-TestRehearsal $hosts $bus server1, server2, server3

function Get-Masked {
    # Rows in one order, because they come as they are decided. Which of the hosts that do not hold a disk are named is chance.
    param([string]$Text)
    (($Text -replace 'server[13]', 'serverN' -replace '(serverN|server2), (serverN|server2) were', 'serverN, serverN were') -split "`n" | Sort-Object) -join "`n"
}

Test-That 'README.md: who holds what, and what becomes of it' {
    $search = 'Find-StorageReservationHolder -Session $hosts'
    $release = 'Find-StorageReservationHolder -Session $hosts | Where-Object State -eq HeldBy | Invoke-StorageRelease'
    $shown = Get-ShownOutput README.md $release
    $found = @(& ([scriptblock]::Create($search)))
    $freed = @(& ([scriptblock]::Create($release)))
    Assert-Equal (Get-Masked ((ConvertTo-Shown $found) + "`n`n" + (ConvertTo-Shown $freed))) (Get-Masked $shown)
    Assert-Equal "$($freed[0].ReservationAfter) $($freed[0].ComputerName)" 'Free server2'
}

Remove-PSSession $hosts
Complete-Tests
