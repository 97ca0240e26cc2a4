function ConvertTo-RequestField {
    # A target as the form-encoded fields of a request line.
    param([hashtable]$Target)

    $fields = ''
    if ($null -ne $Target.Number) { $fields += '&number=' + $Target.Number }
    if ($Target.Path) { $fields += '&path=' + [uri]::EscapeDataString($Target.Path) }
    if ($Target.UniqueId) { $fields += '&uniqueId=' + [uri]::EscapeDataString($Target.UniqueId) }
    if ($Target.Serial) { $fields += '&serialNumber=' + [uri]::EscapeDataString($Target.Serial) }
    if ($Target.FriendlyName) { $fields += '&friendlyName=' + [uri]::EscapeDataString($Target.FriendlyName) }
    if ($null -ne $Target.Boot) { $fields += '&boot=' + [int]$Target.Boot }
    if ($null -ne $Target.System) { $fields += '&system=' + [int]$Target.System }
    if ($null -ne $Target.Clustered) { $fields += '&clustered=' + [int]$Target.Clustered }
    if ($null -ne $Target.Multipath) { $fields += '&multipath=' + [int]$Target.Multipath }
    return $fields
}
