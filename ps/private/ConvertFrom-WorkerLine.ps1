function ConvertFrom-WorkerLine {
    # One reply line as an array of id, kind, payload and category; null when it has not the shape of a reply.
    # The shape is checked before anything is deserialized: a malformed document could build live objects of types
    # that the writer of this protocol never uses, or end PowerShell itself.
    param([string]$Line)

    if ($null -eq $script:ReplyShape) {
        $script:ReplyShape = [regex]::new(
            $script:ReplyShapeText, [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
    }
    if ($Line.Length -gt 65536 -or -not $script:ReplyShape.IsMatch($Line)) { return $null }
    try {
        $items = @([System.Management.Automation.PSSerializer]::Deserialize($Line))
    }
    catch {
        return $null
    }
    if ($items.Length -lt 2 -or $items[0] -isnot [uint32] -or $items[0] -gt [int]::MaxValue -or $items[1] -isnot [string]) { return $null }
    $names = $script:ReplyProperties[$items[1]]
    if ($null -ne $names) {
        if ($items.Length -lt 3 -or $items[2] -isnot [System.Management.Automation.PSCustomObject]) { return $null }
        $properties = $items[2].PSObject.Properties
        foreach ($name in $names) { if ($null -eq $properties[$name]) { return $null } }
    }
    # IsDefined throws at a number of another type than the enumeration's.
    if ($items.Length -gt 3 -and $items[3] -and ($items[3] -isnot [string] -or
            -not [System.Enum]::IsDefined([System.Management.Automation.ErrorCategory], $items[3]))) { return $null }
    $reply = [object[]]::new(4)
    for ($i = 0; $i -lt $items.Length -and $i -lt 4; $i++) { $reply[$i] = $items[$i] }
    return , $reply
}

# What this module reads of a result, and of each kind of reply whose payload is an object.
$script:ResultProperties = 'Number', 'DevicePath', 'FriendlyName', 'SerialNumber', 'UniqueId', 'Outcome', 'Win32Error', 'Message', 'NextStep'
$script:ReplyProperties = @{
    hello       = 'Name', 'Version', 'Protocol', 'Build', 'Platform'
    result      = $script:ResultProperties
    plan        = $script:ResultProperties
    reservation = $script:ResultProperties
    registrant  = @()
    disk        = @()
}
