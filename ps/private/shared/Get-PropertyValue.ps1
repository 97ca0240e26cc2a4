function script:Get-PropertyValue {
    # A property's value, or null where there is none. Each is read once: a getter may throw, or say something
    # else the second time.
    param([object]$InputObject, [string]$Name)

    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    # Not as a property: what a getter throws would be swallowed on the way.
    return , $property.get_Value()
}
