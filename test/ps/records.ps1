# What the module makes of the lists of $Temp/lists.json, as JSON, for records.test.ts to compare with --from.
param([string]$Root, [string]$Temp)
Import-Module "$Root/StorageRelease.psd1"
$lists = ConvertFrom-Json ([System.IO.File]::ReadAllText("$Temp/lists.json"))
Enter-StorageRehearsal "$Temp/bus.json" -WarningAction Ignore
$all = foreach ($list in $lists) {
    $records = if ($list.kind -ceq 'csv') { $list.text | ConvertFrom-Csv } else { $list.text | ConvertFrom-Json }
    # One after the other, so that results come in the order of the records.
    $results = foreach ($record in $records) { $record | Invoke-StorageRelease -Force -ErrorAction Ignore -WarningAction Ignore }
    , @(foreach ($one in $results) { @{ Outcome = $one.Outcome; Number = $one.Number; Message = $one.Message } })
}
Exit-StorageRehearsal
[System.IO.File]::WriteAllText("$Temp/results.json", (ConvertTo-Json -Depth 5 -InputObject @($all)))
