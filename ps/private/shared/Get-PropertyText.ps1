function script:Get-PropertyText {
    # A property's text without the blanks around it, or null where there is none.
    param([object]$InputObject, [string]$Name)

    return ConvertTo-Text (Get-PropertyValue $InputObject $Name)
}
