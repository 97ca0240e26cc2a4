function script:Get-TypedName {
    # How a disk is named in a line to type: by its number or path, with an ellipsis where neither is known.
    # -ByIdentity: rather by its UniqueId or serial number.
    param([hashtable]$Target, [switch]$ByIdentity)

    if ($ByIdentity) {
        foreach ($one in @('UniqueId', 'UniqueId'), @('SerialNumber', 'Serial')) {
            $text = $Target[$one[1]]
            if ($text) { return '-{0} {1}' -f $one[0], (ConvertTo-Literal (Format-SafeText $text)) }
        }
    }
    if ($null -ne $Target['Number']) { return '-Number {0}' -f $Target['Number'] }
    if ($Target['Path']) { return '-Path ' + (ConvertTo-Literal $Target['Path']) }
    return '-Number ...'
}
