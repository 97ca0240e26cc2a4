function ConvertFrom-WorkerLine {
    # One reply line as an array of id, kind, payload and category; null when it has not the shape of a reply.
    # The shape is checked before anything is deserialized: a malformed document could build live objects of types
    # that the writer of this protocol never uses, or end PowerShell itself.
    param([string]$Line)

    if ($Line.Length -gt 65536 -or -not $script:ReplyShape.IsMatch($Line)) { return $null }
    try {
        $items = @([System.Management.Automation.PSSerializer]::Deserialize($Line))
    }
    catch {
        return $null
    }
    if ($items.Length -lt 2) { return $null }
    $reply = [object[]]::new(4)
    for ($i = 0; $i -lt $items.Length -and $i -lt 4; $i++) { $reply[$i] = $items[$i] }
    return , $reply
}
