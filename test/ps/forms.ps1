# What becomes of an object on the ways that people send it: Convert-Form $object 'json'.

$script:Forms = 'select', 'json', 'csv', 'clixml'

function Convert-Form {
    param([object]$InputObject, [string]$Form)
    if ($Form -eq 'live') { return $InputObject }
    if ($Form -eq 'clixml') {
        return [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($InputObject, 3))
    }
    if ($Form -eq 'select') { return $InputObject | Select-Object * }
    if ($Form -eq 'json') { return $InputObject | ConvertTo-Json -Depth 4 -WarningAction Ignore | ConvertFrom-Json }
    $InputObject | ConvertTo-Csv | ConvertFrom-Csv
}
