function script:ConvertTo-Text {
    # A value's text without the blanks around it, or null where it is none.
    param([object]$Value)

    # Typed by hand or read from JSON, an id of digits is a number: still something that the disk has to bear out.
    if ($Value -is [System.ValueType]) { $Value = [System.Convert]::ToString($Value, [System.Globalization.CultureInfo]::InvariantCulture) }
    if ($Value -isnot [string]) { return $null }
    $text = $Value.Trim()
    if ($text -eq '') { return $null }
    return $text
}
