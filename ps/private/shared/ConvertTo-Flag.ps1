function script:ConvertTo-Flag {
    # True, false or null, also from the text that Export-Csv makes of them.
    param([object]$Value)

    if ($Value -is [bool]) { return $Value }
    if ($Value -is [string]) {
        if ($Value -eq 'True') { return $true }
        if ($Value -eq 'False') { return $false }
    }
    return $null
}
