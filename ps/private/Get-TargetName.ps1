function Get-TargetName {
    # How a disk is named in a question: number, model, serial number and unique id, as far as they are known. Takes a
    # result (or plan), which has what the disk itself said.
    param([object]$Result)

    if ($null -ne $Result.Number) { $name = 'disk {0}' -f $Result.Number }
    elseif ($Result.DevicePath) { $name = $Result.DevicePath }
    else { $name = 'a disk' }
    $parts = @()
    if ($Result.FriendlyName) { $parts += Format-Text $Result.FriendlyName }
    if ($Result.SerialNumber) { $parts += 'serial number ' + (Format-Text $Result.SerialNumber) }
    if ($Result.UniqueId) { $parts += 'UniqueId ' + (Format-Text $Result.UniqueId) }
    if ($parts.Count -gt 0) { $name += ' (' + ($parts -join ', ') + ')' }
    return $name
}
