function script:ConvertTo-DiskNumber {
    # A disk number as [uint32], or null for everything that is not a disk number. A cast would be wrong: [uint32]$null
    # is 0, and so is [uint32]'', and disk 0 is the one that the computer usually starts from.
    param([object]$Value)

    if ($null -eq $Value -or $Value -is [bool] -or $Value -is [char]) { return $null }
    if ($Value -is [string]) {
        if ($Value -cnotmatch '\A(0|[1-9][0-9]{0,9})\z') { return $null }
    }
    elseif ($Value -isnot [System.ValueType] -or $Value -is [System.Enum]) {
        return $null
    }
    $number = [double]0
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    $text = [System.Convert]::ToString($Value, $culture)
    if (-not [double]::TryParse($text, [System.Globalization.NumberStyles]::Float, $culture, [ref]$number)) { return $null }
    # 0xFFFFFFFF is how Windows says that there is no number.
    if ($number -ne [System.Math]::Floor($number) -or $number -lt 0 -or $number -ge 4294967295) { return $null }
    return [uint32]$number
}
