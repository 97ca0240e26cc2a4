# The properties that go into a map. Others, such as those that scripts add, do not.
$script:MapColumns = 'FriendlyName', 'UniqueId', 'SerialNumber', 'State', 'Holder', 'SeenBy', 'BlockedOn', 'NotAsked',
    'Evidence', 'HeldAt', 'Message', 'NextStep', 'Number', 'Blocked', 'Keys', 'HolderKey', 'Type', 'Registrants',
    'Outcome', 'StartedAt', 'ComputerName', 'DevicePath'

# Characters that have to be escaped in a JSON text in ASCII.
$script:MapEscaped = [regex]::new('[^ !#-\[\]-~]')

function script:Add-MapRow {
    # Appends an object as JSON, in ASCII, to a list of objects. The object may be of this session, or from JSON or CLIXML.
    param([System.Text.StringBuilder]$Json, [object]$InputObject)

    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    $properties = $InputObject.PSObject.Properties
    $null = $Json.Append($(if ($Json.Length -eq 0) { '[{' } else { ",`n{" }))
    $comma = '"'
    foreach ($name in $script:MapColumns) {
        $property = $properties[$name]
        if ($null -eq $property) { continue }
        # Get-PropertyValue and New-Errand, inlined: there may be 200,000 objects.
        $value = $property.get_Value()
        if ($null -eq $value) { $text = 'null' }
        elseif ($value -is [string] -and -not $script:MapEscaped.IsMatch($value)) { $text = '"' + $value + '"' }
        elseif ($value -is [bool]) { $text = if ($value) { 'true' } else { 'false' } }
        else {
            if ($value -is [datetime]) { $value = $value.ToUniversalTime().ToString('o', $culture) }
            elseif ($value -is [System.IFormattable]) { $value = $value.ToString($null, $culture) }
            $text = '"' + (ConvertTo-JsonText ([string]$value)) + '"'
        }
        $null = $Json.Append($comma + $name + '":' + $text)
        $comma = ',"'
    }
    $null = $Json.Append('}')
}

function script:ConvertTo-JsonText {
    # Escapes a text for JSON, without the quotation marks.
    param([string]$Text)

    if (-not $script:MapEscaped.IsMatch($Text)) { return $Text }
    $escaped = [System.Text.StringBuilder]::new()
    foreach ($char in $Text.ToCharArray()) {
        $code = [int]$char
        if ($code -lt 0x20 -or $code -gt 0x7E -or $code -eq 0x22 -or $code -eq 0x5C) {
            $null = $escaped.Append('\u')
            $null = $escaped.Append($code.ToString('x4', [System.Globalization.CultureInfo]::InvariantCulture))
        }
        else { $null = $escaped.Append($char) }
    }
    return $escaped.ToString()
}
