function Get-OtherComputer {
    # The name of the computer an object comes from when that is not this one, else null.
    param([object]$InputObject)

    $names = @(Get-ObjectComputer $InputObject)
    if ($names.Length -eq 0) { return $null }
    return $names[0]
}

function Get-ObjectComputer {
    # All names of other computers that an object bears. Invoke-Command adds PSComputerName, Get-Disk -CimSession sets it
    # too, and a CIM object carries its server's name besides.
    param([object]$InputObject)

    if ($null -eq $InputObject) { return }
    $local = Get-LocalName
    # In a rehearsal, this computer is the initiator that was chosen.
    if ($null -ne $script:Rehearsal) { $local = $local + $script:Rehearsal.Computer }
    $names = @(Read-Property $InputObject 'PSComputerName')
    $system = Read-Property $InputObject 'CimSystemProperties'
    if ($null -ne $system) { $names += Read-Property $system 'ServerName' }
    # Win32_DiskDrive and our own objects.
    $names += Read-Property $InputObject 'SystemName'
    $names += Read-Property $InputObject 'ComputerName'
    foreach ($name in $names) {
        if ($name -is [string] -and $name -and $local -notcontains $name) { Format-Text $name }
    }
}
