function Read-Text {
    # A property's text without the blanks around it, or null where there is none.
    param([object]$InputObject, [string]$Name)

    $value = Read-Property $InputObject $Name
    if ($value -isnot [string]) { return $null }
    $text = $value.Trim()
    if ($text -eq '') { return $null }
    return $text
}
