function Read-Text {
    # A property's text without the blanks around it, or null where there is none.
    param([object]$InputObject, [string]$Name)

    return ConvertTo-Text (Read-Property $InputObject $Name)
}
