function script:Test-DevicePath {
    # Whether a text names a disk, tape, changer or CD-ROM device, and nothing else that \\.\ and \\?\ reach. The
    # core checks again (src/disk/device-path.ts).
    param([string]$Path)

    return $script:LegacyDevice.IsMatch($Path) -or $script:InterfaceDevice.IsMatch($Path)
}

function script:Get-DeviceKind {
    # Disk, Tape, Changer or CdRom; empty for a path that names no device.
    param([string]$Path)

    $legacy = $script:LegacyDevice.Match($Path)
    if ($legacy.Success) { return $script:DeviceKinds[$legacy.Groups[1].Value.ToLowerInvariant()] }
    # {53f56307-b6bf-11d0-94f2-00a0c91efb8b} at its end.
    if ($script:InterfaceDevice.IsMatch($Path)) { return $script:DeviceKinds[$Path.Substring($Path.Length - 37, 8).ToLowerInvariant()] }
    return ''
}

$script:DeviceKinds = @{
    'physicaldrive' = 'Disk'; 'tape' = 'Tape'; 'changer' = 'Changer'; 'cdrom' = 'CdRom'
    '53f56307' = 'Disk'; '53f5630b' = 'Tape'; '53f56310' = 'Changer'; '53f56308' = 'CdRom'
}

$script:LegacyDevice = [regex]::new('(?i)\A\\\\[.?]\\(PhysicalDrive|Tape|Changer|CdRom)(0|[1-9][0-9]{0,8})\z', [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
$script:InterfaceDevice = [regex]::new(
    '(?i)\A\\\\\?\\[a-z0-9_]+#[!#-)+-.0-9;=@-\[\]-{}~]{1,400}#\{53f563(?:07|08|0b|10)-b6bf-11d0-94f2-00a0c91efb8b\}\z',
    [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
$script:MultipathDevice = [regex]::new('(?i)\A\\\\[.?]\\mpio#', [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
