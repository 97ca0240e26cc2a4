# Piped objects whose properties throw, take their time, answer otherwise the second time, or answer with what is
# no answer: one result each, of the disk that was said first, or of none.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"

Import-Module "$Root/StorageRelease.psd1"

$tally = New-Tally 'piped objects whose getters throw, wait or change their mind'
$file = New-TestBus 12
Enter-StorageRehearsal $file -WarningAction SilentlyContinue

# Every time it is read it says the next of these, and the last for ever.
$odd = @(
    $null, '', ' ', 0, -1, 4294967295, 1.5, [double]::NaN, $true, 'x', '3 ', '0x3', [char]'3', @(3, 4), @{},
    [datetime]::MinValue,
    ("a" * 5000), "600A`n0B", "&number=0", "$([char]0xD800)", ([scriptblock]::Create('7')))
$names = 'Number', 'UniqueId', 'SerialNumber', 'FriendlyName', 'IsBoot', 'IsSystem', 'IsClustered', 'Path',
    'PSComputerName', 'ComputerName', 'SystemName', 'CimSystemProperties', 'Bus', 'DevicePath', 'Location'
$throwing = 0
$waiting = 0
$changing = 0

function New-OddDisk {
    # What Get-Disk gives, or a record, with one to three of its properties computed. Reads counts the readings.
    param([int]$Number, [hashtable]$Reads)
    if ($random.Next(0, 3) -eq 0) {
        $disk = [pscustomobject]@{
            Number = $Number; UniqueId = (Get-TestUniqueId $Number); SerialNumber = (Get-TestSerial $Number)
        }
    }
    else { $disk = New-TestDisk $Number }
    $taken = @{}
    for ($left = $random.Next(1, 4); $left -gt 0; $left--) {
        # Each at most once: making a getter of a getter reads it.
        do { $name = $names[$random.Next(0, $names.Count)] } while ($taken.ContainsKey($name))
        $taken[$name] = $true
        $now = $disk.PSObject.Properties[$name]
        $now = $(if ($null -ne $now) { $now.Value } else { $null })
        switch ($random.Next(0, 4)) {
            0 {
                $script:throwing++
                $get = { $Reads[$name]++; throw [System.IO.IOException]::new('the device is gone') }
            }
            1 {
                $script:waiting++
                $get = { $Reads[$name]++; [System.Threading.Thread]::Sleep(3); $now }
            }
            2 {
                # First the truth, then another disk's.
                $script:changing++
                $other = switch ($name) {
                    'Number' { 11 }
                    'UniqueId' { Get-TestUniqueId 11 }
                    'SerialNumber' { Get-TestSerial 11 }
                    default { 'other' }
                }
                $get = { $Reads[$name]++; if ($Reads[$name] -eq 1) { $now } else { $other } }
            }
            3 {
                $value = $odd[$random.Next(0, $odd.Count)]
                $get = { $Reads[$name]++; , $value }
            }
        }
        $disk = Add-Getter $disk $name $get.GetNewClosure()
    }
    $disk
}

$verbs = 'Invoke-StorageRelease', 'Invoke-StorageReserve'
$outcomes = @{}
$released = @{}
for ($t = 0; $t -lt $Trials; $t += 4) {
    $verb = $verbs[($t / 4) % 2]
    $reads = @(@{}, @{}, @{}, @{})
    # Four in one pipeline: what one does holds nobody up.
    $numbers = @($random.Next(1, 10), $random.Next(1, 10), $random.Next(1, 10), $random.Next(1, 10))
    $disks = foreach ($i in 0..3) { New-OddDisk $numbers[$i] $reads[$i] }
    $tally.Trials += 4
    $got = Invoke-Capture { $disks | & $verb -Force -ThrottleLimit 4 }
    if ($got.Thrown) { Add-Fault $tally 'Wrong' "thrown: $($got.Thrown)" }
    if ($got.Output.Count -lt 4) { Add-Fault $tally 'Lost' "$($got.Output.Count) of 4" }
    if ($got.Output.Count -gt 4) { Add-Fault $tally 'Doubled' "$($got.Output.Count) of 4" }
    $failed = 0
    foreach ($one in $got.Output) {
        $outcomes[$one.Outcome] = 1 + $outcomes[$one.Outcome]
        if ($one.Outcome -cin 'Accepted', 'Reserved') {
            if ($numbers -notcontains $one.Number) {
                Add-Fault $tally 'Wrong' "disk $($one.Number) was never meant"
            }
        }
        else { $failed++ }
        if (-not $one.Message) { Add-Fault $tally 'Wrong' "nothing is said of $($one.Outcome)" }
    }
    if ($got.Errors.Count -ne $failed) { Add-Fault $tally 'Wrong' "$($got.Errors.Count) errors, $failed failures" }
    foreach ($read in $reads) {
        foreach ($name in $read.Keys) {
            # What says which disk is meant is read once: there is no second answer to fall for.
            if ($name -cin 'Number', 'UniqueId', 'SerialNumber', 'DevicePath', 'Path' -and $read[$name] -gt 1) {
                Add-Fault $tally 'Wrong' "$name was read $($read[$name]) times"
            }
        }
    }
    foreach ($number in 0, 10, 11) {
        if ((Get-ReleasedNumber $file).ContainsKey($number)) {
            Add-Fault $tally 'Wrong' "disk $number was released"
        }
    }
}
Exit-StorageRehearsal
Remove-Module StorageRelease
Assert-NoWorker $tally
$said = @($outcomes.Keys | ForEach-Object { "$_ $($outcomes[$_])" })
[array]::Sort($said)
Complete-Row $tally "$throwing that throw, $waiting that wait, $changing that change; $($said -join ', ')"
Complete-Tests
