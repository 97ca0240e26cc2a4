# What becomes of an object on the ways that people send it: Convert-Form $object 'json'. Where the host has the
# commands, by them; the test engine has Core commands alone, and there the same is made by hand.

$script:Forms = 'select', 'json', 'csv', 'clixml'

function Convert-Form {
    param([object]$InputObject, [string]$Form)
    if ($Form -eq 'live') { return $InputObject }
    if ($Form -eq 'clixml') {
        return [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($InputObject, 3))
    }
    if ($null -ne (Get-Command Select-Object -ErrorAction Ignore)) {
        if ($Form -eq 'select') { return $InputObject | Select-Object * }
        if ($Form -eq 'json') { return $InputObject | ConvertTo-Json -Depth 4 -WarningAction Ignore | ConvertFrom-Json }
        return $InputObject | ConvertTo-Csv | ConvertFrom-Csv
    }
    $properties = [ordered]@{}
    foreach ($property in $InputObject.PSObject.Properties) {
        $value = $property.Value
        if ($Form -eq 'csv') {
            if ($value -is [System.ValueType]) { $value = [System.Convert]::ToString($value, [cultureinfo]::InvariantCulture) }
            elseif ($null -ne $value) { $value = "$value" }
        }
        elseif ($Form -eq 'json') {
            if ($value -is [double] -or $value -is [bool] -or $value -is [string] -or $null -eq $value -or $value -is [array]) { }
            elseif ($value -is [char]) { $value = [string]$value }
            elseif ($value -is [datetime]) { $value = $value.ToString('o', [cultureinfo]::InvariantCulture) }
            elseif ($value -is [System.ValueType]) { $value = [long]$value }
        }
        $properties[$property.Name] = $value
    }
    $record = [pscustomobject]$properties
    if ($Form -eq 'select') { $record.PSObject.TypeNames.Insert(0, 'Selected.System.Management.Automation.PSCustomObject') }
    $record
}
