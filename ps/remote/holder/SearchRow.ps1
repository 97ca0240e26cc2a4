function script:Add-SearchRow {
    # Queues one row of a search for the worker (src/worker/holder-verbs.ts): its kind, then its fields; null is an empty field.
    # Rows are sent several at a time.
    param([hashtable]$Search, [object[]]$Fields)

    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    for ($i = 0; $i -lt $Fields.Length; $i++) {
        if ($i -gt 0) { $null = $Search.Rows.Append("`t") }
        $value = $Fields[$i]
        if ($null -eq $value) { continue }
        if ($value -is [bool]) { $text = [string][int]$value }
        elseif ($value -is [double]) { $text = $value.ToString('0.###', $culture) }
        elseif ($value -is [datetime]) { $text = [System.Math]::Floor(($value.ToUniversalTime() - $script:UnixEpoch).TotalMilliseconds).ToString('0', $culture) }
        else {
            # TAB and line ends in a value would be taken for separators.
            $text = $script:UnsafeCharacters.Replace([System.Convert]::ToString($value, $culture), '?')
            if ($text.Length -gt 1000) { $text = $text.Substring(0, 1000) }
        }
        $null = $Search.Rows.Append($text)
    }
    $null = $Search.Rows.Append("`n")
    if ($Search.Rows.Length -gt 6000) { Send-SearchRow $Search }
}

function script:Send-SearchRow {
    # Sends the queued rows. An encoded character takes nine bytes at most, and a line has 64 KiB.
    param([hashtable]$Search)

    if ($Search.Rows.Length -eq 0) { return }
    $fields = "&group=$($Search.Run.Number)&step=rows&search=$($Search.Id)&rows=" + (ConvertTo-Field $Search.Rows.ToString())
    $null = $Search.Rows.Clear()
    $Search.Untaken += 1
    $null = Send-WorkerRequest $Search.Run 'witness' $fields $null
}

function script:Get-OwnKeyText {
    # Those of the keys of a row that have the mark of Clear-StorageReservation; of all keys of a disk, a field may have too many.
    param([string]$Keys)

    if (-not $Keys) { return }
    $own = @(foreach ($key in $Keys.Split(' ')) { if ($key.StartsWith('0x5352', [System.StringComparison]::OrdinalIgnoreCase)) { $key } })
    if ($own.Length -gt 0) { return $own -join ' ' }
}

$script:UnixEpoch = [System.DateTime]::new(1970, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc)
