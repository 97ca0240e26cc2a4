function script:Get-SessionDouble {
    # A sentence where this reservation and earlier ones of other computers contradict each other: one UniqueId with two serial
    # numbers, or one serial number with two UniqueIds. Empty otherwise, and where it was said already. Disks of one computer
    # are compared on that computer.
    param([hashtable]$Work, [object]$Row)

    if (-not $Row.IdentifiedBy) { return '' }
    $own = @{ Name = $script:Messages.SessionDisk -f (Get-DiskName $Row -Short), (Format-SafeText $Row.ComputerName); Computer = [string]$Row.ComputerName }
    $texts = @{}
    foreach ($name in 'UniqueId', 'SerialNumber') {
        $text = [string]$Row.$name
        $texts[$name] = $(if ($text -and -not (Test-Placeholder $text)) { $text.Trim() } else { '' })
    }
    foreach ($way in @('UniqueId', 'SerialNumber'), @('SerialNumber', 'UniqueId')) {
        $shared = $texts[$way[0]]
        $other = $texts[$way[1]]
        if (-not $shared -or -not $other) { continue }
        $key = $way[0] + ' ' + $shared.ToUpperInvariant()
        $first = $Work.Doubles[$key]
        if ($null -eq $first) {
            $Work.Doubles[$key] = @{ Name = $own.Name; Computer = $own.Computer; Other = $other; Told = $false }
            continue
        }
        if ($first.Told -or $first.Computer -eq $own.Computer -or $first.Other -eq $other) { continue }
        $first.Told = $true
        return $script:Messages['Double' + $way[0]] -f $first.Name, $own.Name, (Format-SafeText $shared), (Format-SafeText $first.Other), (Format-SafeText $other)
    }
    return ''
}
