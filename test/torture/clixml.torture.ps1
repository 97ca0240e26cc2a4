# The CLIXML writer (src/clixml) against PowerShell's own deserializer and serializer: what clixml-samples.ts wrote
# into $Samples, read back, is what the other channel says, and is what [PSSerializer] makes of the same strings.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials, [string]$Samples)
. "$PSScriptRoot/torture.ps1"
. "$Root/ps/private/worker/ReplyShape.ps1"

function Read-Lines {
    param([string]$Name)
    , [System.IO.File]::ReadAllLines([System.IO.Path]::Combine($Samples, $Name))
}

function Format-Units {
    param([string]$Text)
    -join ($Text.ToCharArray() | ForEach-Object { '{0:X4} ' -f [int]$_ })
}

function Add-Differences {
    # Both are arrays of strings, and equal unit by unit.
    param($Tally, [string[]]$Expected, [string[]]$Actual)
    if ([System.Linq.Enumerable]::SequenceEqual($Expected, $Actual)) { return }
    if ($Expected.Count -ne $Actual.Count) {
        Add-Fault $Tally 'Lost' "$($Expected.Count) strings, $($Actual.Count) back"
    }
    for ($i = 0; $i -lt $Expected.Count -and $i -lt $Actual.Count; $i++) {
        if (-not [string]::Equals($Expected[$i], $Actual[$i])) {
            Add-Fault $Tally 'Wrong' "$(Format-Units $Expected[$i]) came back as $(Format-Units $Actual[$i])"
        }
    }
}

$ours = New-Tally 'CLIXML strings: our writer, PowerShell''s deserializer'
$theirs = New-Tally 'CLIXML strings: PowerShell''s serializer agrees'
$bytes = [System.IO.File]::ReadAllBytes([System.IO.Path]::Combine($Samples, 'units.bin'))
# Not by an encoding, which would take a lone surrogate for a mistake.
$units = [char[]]::new($bytes.Length / 2)
[System.Buffer]::BlockCopy($bytes, 0, $units, 0, $bytes.Length)
$lines = Read-Lines 'strings.txt'
$lengths = Read-Lines 'lengths.txt'
$at = 0
$noncharacters = [char[]](0xFFFE, 0xFFFF)
$thrown = 0
for ($i = 0; $i -lt $lines.Count; $i++) {
    $expected = [System.Collections.Generic.List[string]]::new()
    # Those that PowerShell's own serializer can write.
    $plain = [System.Collections.Generic.List[string]]::new()
    foreach ($length in $lengths[$i].Split(' ')) {
        $text = [string]::new($units, $at, [int]$length)
        $at += [int]$length
        $expected.Add($text)
        if ($text.IndexOfAny($noncharacters) -lt 0) { $plain.Add($text) }
        else {
            $theirs.Trials++
            try {
                $null = [System.Management.Automation.PSSerializer]::Serialize($text)
                Add-Fault $theirs 'Wrong' "$(Format-Units $text) was serialized"
            }
            catch { $thrown++ }
        }
    }
    $ours.Trials += $expected.Count
    $theirs.Trials += $plain.Count
    if ($lines[$i].Length -gt 65535 -or -not $ReplyShape.IsMatch($lines[$i])) {
        Add-Fault $ours 'Wrong' "line $i is no reply"
    }
    $back = [string[]]@([System.Management.Automation.PSSerializer]::Deserialize($lines[$i]))
    Add-Differences $ours $expected.ToArray() $back
    $clixml = [System.Management.Automation.PSSerializer]::Serialize($plain.ToArray())
    $again = [string[]]@([System.Management.Automation.PSSerializer]::Deserialize($clixml))
    $mine = [System.Collections.Generic.List[string]]::new()
    foreach ($one in $back) { if ($one.IndexOfAny($noncharacters) -lt 0) { $mine.Add($one) } }
    Add-Differences $theirs $mine.ToArray() $again
}
if ($at -ne $units.Length) { Add-Fault $ours 'Lost' "$($units.Length - $at) units" }
Complete-Row $ours 'every UTF-16 unit in four positions, and random strings'
Complete-Row $theirs "$thrown of them hold U+FFFE or U+FFFF, for which it throws"

$tally = New-Tally 'CLIXML numbers, doubles and dates, both ways'
$types = [uint64], [int64], [uint32], [int32], [double], [datetime]
$lines = Read-Lines 'numbers.txt'
$wanted = Read-Lines 'expected.txt'
for ($i = 0; $i -lt $lines.Count; $i++) {
    if (-not $ReplyShape.IsMatch($lines[$i])) { Add-Fault $tally 'Wrong' "line $i is no reply" }
    $back = @([System.Management.Automation.PSSerializer]::Deserialize($lines[$i]))
    $expected = $wanted[$i].Split(' ')
    if ($back.Count -ne $expected.Count) {
        Add-Fault $tally 'Lost' "$($expected.Count) values, $($back.Count) back"
    }
    for ($j = 0; $j -lt $back.Count; $j++) {
        $tally.Trials++
        $value = $back[$j]
        $type = $types[$j % 6]
        # The other way round: what PowerShell itself writes of it is read as the same.
        $again = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($value))
        $text = foreach ($one in $value, $again) {
            if ($one -is [double]) {
                if ([double]::IsNaN($one)) { 'NaN' } else { [System.BitConverter]::DoubleToInt64Bits($one) }
            }
            elseif ($one -is [datetime]) { "$($one.Ticks)$(if ($one.Kind -ne 'Utc') { ' not UTC' })" }
            else { $one.ToString([cultureinfo]::InvariantCulture) }
        }
        $right = $expected[$j]
        if ($type -eq [double] -and [double]::IsNaN([System.BitConverter]::Int64BitsToDouble([long]$right))) {
            $right = 'NaN'
        }
        if ($value.GetType() -ne $type -or "$($text[0])" -cne $right -or "$($text[1])" -cne $right) {
            Add-Fault $tally 'Wrong' "$($type.Name) $right came back as $($text -join ' and ')"
        }
    }
}
Complete-Row $tally 'by their bits and ticks'
Complete-Tests
