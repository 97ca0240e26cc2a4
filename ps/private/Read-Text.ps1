function Read-Text {
    # A property's text without the blanks around it, or null where there is none.
    param([object]$InputObject, [string]$Name)

    $value = Read-Property $InputObject $Name
    # Typed by hand or read from JSON, an id of digits is a number: still something that the disk has to bear out.
    if ($value -is [System.ValueType]) { $value = [System.Convert]::ToString($value, [System.Globalization.CultureInfo]::InvariantCulture) }
    if ($value -isnot [string]) { return $null }
    $text = $value.Trim()
    if ($text -eq '') { return $null }
    return $text
}
