function script:Get-DiskName {
    # How a result's disk is named: its number or path and, unless -Short, model, serial number and unique id as
    # far as they are known. Empty when the result is about no disk at all.
    param([object]$Result, [switch]$Short)

    if ($null -ne $Result.Number) { $name = 'Disk {0}' -f $Result.Number }
    elseif ($Result.DevicePath) {
        $name = $Result.DevicePath
        $kind = $script:DeviceWords[(Get-DeviceKind $name)]
        if ($kind) { $name = $kind + ' ' + $name }
    }
    elseif ($Result.UniqueId) { $name = 'Disk with UniqueId {0}' -f $Result.UniqueId }
    elseif ($Result.SerialNumber) { $name = 'Disk with serial number {0}' -f $Result.SerialNumber }
    else { return '' }
    # The object may be a piped one's claims, and nobody has cleaned those.
    if ($Short) { return Format-SafeText $name }
    $parts = @()
    if ($Result.FriendlyName) { $parts += $Result.FriendlyName }
    if ($Result.SerialNumber) { $parts += 'serial number ' + $Result.SerialNumber }
    if ($Result.UniqueId) { $parts += 'UniqueId ' + $Result.UniqueId }
    if ($parts.Count -gt 0) { $name += ' (' + ($parts -join ', ') + ')' }
    return Format-SafeText $name
}

$script:DeviceWords = @{ Tape = 'Tape drive'; Changer = 'Medium changer'; CdRom = 'CD-ROM drive' }
