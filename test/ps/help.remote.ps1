# The examples of the help that need other computers: run as they stand, where New-PSSession gives the hosts of the test.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/remoting.ps1"

$staged = New-StagedModule
Import-Module ([System.IO.Path]::Combine($staged, 'StorageRelease.psd1'))
# Finding a holder needs a worker here, too.
[System.Diagnostics.Process]::Start('/bin/chmod', "-R +x $staged/dist").WaitForExit()
$module = Get-Module StorageRelease
$bus = New-TestBus 4
# Three hosts that see the same disks, all of which the first one has reserved.
$text = [System.IO.File]::ReadAllText($bus)
$disks = [regex]::Match($text, '"bench-1": (\{ "disks": \[[^\]]*\] \})').Groups[1].Value
$text = $text.Replace('"bench-2": { "disks": [] }', '"bench-2": ' + $disks + ', "bench-3": ' + $disks)
[System.IO.File]::WriteAllText($bus, $text)
# For what clears: keys of a host that is none of them on disk 1.
$keys = '"serial": "' + (Get-TestSerial 1) + '", "generation": 1, "registrations": [{ "initiator": "bench-3", "key": "0xDEAD" }],'
$held = '"serial": "' + (Get-TestSerial 1) + '",'
$registered = [regex]::Replace($text, [regex]::Escape($held) + '(.*?), "reservedBy": "bench-1"', $keys + '$1')
$hosts = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4)
Enter-TestRehearsal $hosts $bus bench-1, bench-2, bench-3
$bare = New-TestSession 127.0.0.31
# Where the example speaks of publishing: a host that lacks the module, and a place that is the test's own.
function Get-Disk { param([uint32]$Number) [pscustomobject]@{ UniqueId = Get-TestUniqueId $Number; Number = $Number } }
# Opens no browser.
function Invoke-Item { param([Parameter(ValueFromPipeline)]$File) process { Assert-True $File.Length 'a map' } }
function New-PSSession { param([string[]]$ComputerName) $script:Given }
$PSDefaultParameterValues = @{ 'Publish-StorageRelease:Scope' = 'CurrentUser' }

$found = 0
Set-Location $Temp
foreach ($command in @($module.ExportedFunctions.Keys)) {
    foreach ($example in (Get-Help $command -Full).examples.example) {
        $code = [string]$example.code
        if ($code -cnotmatch '-Session') { continue }
        $found++
        Test-That "$command`: $(($code -split "`n")[0])" {
            $script:Given = $hosts
            if ($command -eq 'Publish-StorageRelease') { $script:Given = $bare }
            elseif ($command -eq 'Clear-StorageReservation') { $script:Given = $hosts[1] }
            $hosts = $nodes = $script:Given
            # As it was before the examples that came before.
            $clears = $code -cmatch 'Clear-StorageReservation'
            [System.IO.File]::WriteAllText($bus, $(if ($clears) { $registered } else { $text }))
            # Nobody is here to answer what an example without -Force asks.
            $PSDefaultParameterValues.Remove('Clear-StorageReservation:Force')
            if ($clears) { $PSDefaultParameterValues['Clear-StorageReservation:Force'] = $true }
            if ($code -cmatch 'UniqueId ''(\w+)''') { Assert-Equal $Matches[1] (Get-TestUniqueId 1) }
            $got = Invoke-Capture ([scriptblock]::Create($code))
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Errors.Count 0 "$($got.Errors)"
            $least = 3
            if ($command -in 'Publish-StorageRelease', 'Export-StorageReservationMap') { $least = 0 }
            elseif ($clears -or $code -cmatch '-UniqueId|Get-Disk') { $least = 1 }
            Assert-True ($got.Output.Count -ge $least) "$($got.Output.Count) objects"
        }
    }
}
Test-That 'there are such examples' { Assert-True ($found -ge 5) }

Remove-PSSession (@($hosts) + $bare)
Complete-Tests
