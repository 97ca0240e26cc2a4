# Rehearsal buses for the test scripts, and what became of them. Needs harness.ps1, and $Temp of the test script.
#
# A test bus has disks 0 to N-1, a tape and a changer, and this host, bench-1, has reserved every one of them. No
# guard protects disk 0. So whatever is released, by right or by accident, shows in the file's state afterwards.

$script:TestBusCount = 0

function New-TestBus {
    # Writes one and returns its path. Faults: disk number to the JSON members of its `faults`; Roles: disk number
    # to more JSON members of the disk, as '"boot": true'.
    param([int]$Disks = 4, [hashtable]$Faults = @{}, [hashtable]$Roles = @{}, [string]$Name)
    $units = @()
    $rows = @()
    for ($i = 0; $i -lt $Disks; $i++) {
        $units += '{{ "name": "unit {0}", "vendor": "FAKE", "product": "Virtual Disk", "serial": "{1}", ' -f
            $i, (Get-TestSerial $i) + '"naa": "' + (Get-TestUniqueId $i) + '", ' +
            '"busType": "iScsi", "target": "tgt", "reservedBy": "bench-1" }'
        $row = '{{ "number": {0}, "unit": "unit {0}"' -f $i
        if ($Roles.ContainsKey($i)) { $row += ', ' + $Roles[$i] }
        if ($Faults.ContainsKey($i)) { $row += ', "faults": { ' + $Faults[$i] + ' }' }
        $rows += $row + ' }'
    }
    foreach ($type in 'tape', 'changer', 'cdrom') {
        $units += '{{ "name": "{0}", "type": "{0}", "vendor": "FAKE", "product": "{0}", "serial": "FAKE-{0}", ' `
            -f $type +
            '"target": "tgt", "removable": true, "reservedBy": "bench-1" }'
        $rows += '{{ "number": 0, "unit": "{0}" }}' -f $type
    }
    $text = '{ "version": 1, "thisHost": "bench-1", "logicalUnits": [' + ($units -join ",`n") + '],' +
        '"hosts": { "bench-1": { "disks": [' + ($rows -join ",`n") + '] }, "bench-2": { "disks": [] } } }'
    if (-not $Name) {
        $script:TestBusCount++
        $Name = "bus-$script:TestBusCount.json"
    }
    $file = [System.IO.Path]::Combine($Temp, $Name)
    [System.IO.File]::WriteAllText($file, $text)
    $file
}

function Get-TestSerial { param([int]$Number) 'FAKE{0:0000}' -f $Number }

function Get-TestUniqueId { param([int]$Number) '600A0B80001122330000{0:000000000000}' -f $Number }

function Copy-Bus {
    # A copy of one of the examples, by its name, to be changed freely.
    param([string]$Example)
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "bus-$script:TestBusCount.json")
    [System.IO.File]::Copy([System.IO.Path]::Combine($Root, 'ps', 'rehearsal', $Example), $file)
    $file
}

function Get-Released {
    # Names of the units that the file says were released, in its order, one text: 'unit 1, unit 3'.
    param([string]$File)
    $text = [System.IO.File]::ReadAllText($File)
    $at = $text.LastIndexOf('"state"')
    if ($at -lt 0) { return '' }
    $found = [regex]::Matches($text.Substring($at), '"([^"]+)"\s*:\s*\{\s*"reservedBy"\s*:\s*null')
    $names = foreach ($one in $found) { $one.Groups[1].Value }
    $names -join ', '
}

function Use-Bus {
    # Runs the body in a rehearsal and leaves it, whatever happens.
    param([string]$File, [scriptblock]$Body)
    Enter-StorageRehearsal -Path $File -WarningAction SilentlyContinue
    try { & $Body }
    finally { Exit-StorageRehearsal }
}

function New-TestDisk {
    # What Get-Disk would give for a disk of a test bus.
    param([int]$Number)
    New-FakeDisk -Number $Number -UniqueId (Get-TestUniqueId $Number) -SerialNumber (Get-TestSerial $Number)
}

function Add-Getter {
    # A property whose value is computed each time it is read.
    param([object]$InputObject, [string]$Name, [scriptblock]$Get)
    $InputObject.PSObject.Properties.Remove($Name)
    $InputObject.PSObject.Properties.Add([System.Management.Automation.PSScriptProperty]::new($Name, $Get))
    $InputObject
}
