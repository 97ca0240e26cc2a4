# Cases of real disks: what was piped must go to the disk that was meant, under whatever number it is today, or nowhere.
# Names, serial numbers and hosts are changed.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/forms.ps1"

Import-Module "$Root/StorageRelease.psd1"

function New-Bus {
    # A rehearsal file: members of its units, and which number each has. This host, HOST1, has reserved all of them.
    param([string[]]$Unit, [string[]]$Disk)
    $units = @(for ($i = 0; $i -lt $Unit.Count; $i++) { '{ "name": "unit ' + $i + '", "reservedBy": "HOST1", ' + $Unit[$i] + ' }' })
    $disks = @(for ($i = 0; $i -lt $Disk.Count; $i++) { '{ "unit": "unit ' + $i + '", ' + $Disk[$i] + ' }' })
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "identity-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "HOST1", "logicalUnits": [' + ($units -join ', ') +
        '], "hosts": { "HOST1": { "disks": [' + ($disks -join ', ') + '] } } }')
    $file
}

function ConvertFrom-Text {
    # Records as ConvertFrom-Json or ConvertFrom-Csv makes them of a text; in the test engine, which has neither, by hand.
    param([string]$Text, [scriptblock]$ByHand)
    if ($null -eq (Get-Command ConvertFrom-Json -ErrorAction Ignore)) { return & $ByHand }
    if ($Text.StartsWith('[')) { return $Text | ConvertFrom-Json }
    $Text | ConvertFrom-Csv
}

# Disk 1 of last week is disk 2 today.
$renumbered = @(
    '"vendor": "IBM", "product": "2145", "serial": "0200a0c1d2XX21", "naa": "60050768028306a7f000000000000021"'
    '"vendor": "IBM", "product": "2145", "serial": "0200a0c1d2XX22", "naa": "60050768028306a7f000000000000022"'
    '"vendor": "IBM", "product": "2145", "serial": "500003942811", "naa": "50000394281123450000000000000001"')
$renumberedDisks = '"number": 2', '"number": 1', '"number": 3'

$facts = @'
[{ "bus_type": "SAS", "clustered": false, "friendly_name": "IBM 2145", "number": 1, "unique_id": "60050768028306A7F000000000000021",
   "serial_number": "0200a0c1d2XX21", "system_disk": false, "bootable": false, "read_only": false,
   "path": "\\\\?\\scsi#disk&ven_ibm&prod_2145#6&1a2b3c4d&0&000001#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}" }]
'@
$sheet = "`"Number`",`"Friendly Name`",`"Serial Number`",`"Unique Id`"`n`"1`",`"IBM 2145`",`"0200a0c1d2XX21`",`"60050768028306A7F000000000000021`""

Test-That 'facts that Ansible gathered name the disk of their unique_id, not the one that has its number today' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        $records = ConvertFrom-Text $facts {
            [pscustomobject]@{
                bus_type = 'SAS'; clustered = $false; friendly_name = 'IBM 2145'; number = [long]1; unique_id = '60050768028306A7F000000000000021'
                serial_number = '0200a0c1d2XX21'; system_disk = $false; bootable = $false; read_only = $false
                path = '\\?\scsi#disk&ven_ibm&prod_2145#6&1a2b3c4d&0&000001#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}'
            }
        }
        $got = Invoke-Capture { $records | Invoke-StorageRelease -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Number ([uint32]2)
        Assert-Equal $got.Output[0].IdentifiedBy 'UniqueId, SerialNumber'
        Assert-Equal (Get-Released $file) 'unit 0'
    }
}
Test-That 'a sheet with blanks in its headings does the same' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        $records = ConvertFrom-Text $sheet {
            [pscustomobject]@{ Number = '1'; 'Friendly Name' = 'IBM 2145'; 'Serial Number' = '0200a0c1d2XX21'; 'Unique Id' = '60050768028306A7F000000000000021' }
        }
        $got = Invoke-Capture { $records | Invoke-StorageRelease -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal (Get-Released $file) 'unit 0'
    }
}
Test-That 'the serial number alone finds it under its new number as well' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        $got = Invoke-Capture { [pscustomobject]@{ Number = 1; serial = '500003942811' } | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Number ([uint32]3)
        Assert-Equal (Get-Released $file) 'unit 2'
    }
}
Test-That 'control: the number alone, typed, is the disk that has it today' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        $null = Invoke-StorageRelease 1 -Force
        Assert-Equal (Get-Released $file) 'unit 1'
    }
}
Test-That 'a live object of last week is another disk than its number: nothing is sent' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        $got = Invoke-Capture { New-FakeDisk -Number 1 -UniqueId '60050768028306A7F000000000000021' -SerialNumber '0200a0c1d2XX21' | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome IdentityChanged
        Assert-Equal (Get-Released $file) ''
    }
}
Test-That 'a name of last week is no identity' {
    $file = New-Bus $renumbered $renumberedDisks
    Use-Bus $file {
        foreach ($form in @('live') + $script:Forms) {
            $got = Invoke-Capture { Convert-Form ([pscustomobject]@{ Number = 1; FriendlyName = 'OLD NAME' }) $form | Invoke-StorageRelease -Force }
            Assert-Equal $got.Output[0].Outcome Refused
        }
        $disk = New-FakeDisk -Number 1 -UniqueId $null -SerialNumber $null
        foreach ($name in @($disk.PSObject.Properties | ForEach-Object { $_.Name } | Where-Object { $_ -notin 'Number', 'FriendlyName' })) { $disk.PSObject.Properties.Remove($name) }
        $got = Invoke-Capture { Convert-Form $disk 'select' | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome Refused
        Assert-Equal (Get-Released $file) ''
    }
}
Test-That 'a serial number of 0 beside the id of another disk says nothing for it' {
    $file = New-Bus @('"vendor": "Msft", "product": "Virtual Disk", "serial": "0", "naa": "6002248000000000000000000000aa05"',
        '"vendor": "Msft", "product": "Virtual Disk", "serial": "0", "naa": "6002248000000000000000000000aa06"') @('"number": 5', '"number": 6')
    Use-Bus $file {
        $disk = New-FakeDisk -Number 5 -UniqueId '4D534654202020209C8E3C77A846CD4AA6B8901C0E8E917E' -SerialNumber '0'
        foreach ($form in @('live') + $script:Forms) {
            $got = Invoke-Capture { Convert-Form $disk $form | Invoke-StorageRelease -Force }
            Assert-Equal $got.Output[0].Outcome $(if ($form -eq 'live') { 'IdentityChanged' } else { 'NotFound' }) $form
        }
        Assert-Equal (Get-Released $file) ''
    }
}
Test-That 'ids that Windows made up leave the serial number to name the disk' {
    $file = New-Bus @('"product": "SAMSUNG MZHPV512HDGL", "naa": "5002538500000001", "serial": "S1X0NYAGC03194", "busType": "Sata"',
        '"product": "SAMSUNG MZHPV512HDGL", "serial": "S1X0NYAGC03195", "busType": "Sata"') @('"number": 1', '"number": 0')
    Use-Bus $file {
        $records = ConvertFrom-Text ("`"DeviceId`",`"UniqueId`",`"SerialNumber`",`"AdapterSerialNumber`"`n`"0`",`"{256a2559-ce63-5434-1bee-3ff629daa3a8}`"," +
            "`"S1X0NYAGC03194`",`"`"`n`"1`",`"{256a2559-ce63-5434-1bee-3ff629daa3a9}`",`"S1X0NYAGC03195`",`"`"") {
            [pscustomobject]@{ DeviceId = '0'; UniqueId = '{256a2559-ce63-5434-1bee-3ff629daa3a8}'; SerialNumber = 'S1X0NYAGC03194'; AdapterSerialNumber = '' }
            [pscustomobject]@{ DeviceId = '1'; UniqueId = '{256a2559-ce63-5434-1bee-3ff629daa3a9}'; SerialNumber = 'S1X0NYAGC03195'; AdapterSerialNumber = '' }
        }
        $got = Invoke-Capture { $records | Invoke-StorageRelease -Force -ThrottleLimit 1 }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal (@($got.Output | ForEach-Object { "$($_.Number) $($_.SerialNumber) $($_.IdentifiedBy)" }) -join ', ') `
            '1 S1X0NYAGC03194 SerialNumber, 0 S1X0NYAGC03195 SerialNumber'
    }
}
Test-That 'a disk that states nothing but a made-up id: the advice that its refusal gives works' {
    $file = New-Bus @('"vendor": "VMware", "product": "Virtual disk", "busType": "Sas"') @('"number": 3')
    Use-Bus $file {
        $disk = New-FakeDisk -Number 3 -UniqueId 'SCSI\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\5&1F2A051D&0&000300:HOST1' -SerialNumber $null
        foreach ($form in @('live') + $script:Forms) {
            $got = Invoke-Capture { Convert-Form $disk $form | Invoke-StorageRelease -Force }
            Assert-Equal $got.Output[0].Outcome $(if ($form -eq 'live') { 'IdentityChanged' } else { 'Refused' }) $form
            Assert-Match $got.Output[0].NextStep '\bInvoke-StorageRelease -Number 3\b'
        }
        Assert-Equal (Get-Released $file) ''
        $got = Invoke-Capture { Invoke-StorageRelease -Number 3 -Force }
        Assert-Equal $got.Output[0].Outcome Accepted
        Assert-Equal $got.Output[0].IdentifiedBy Number
        Assert-Equal $got.Warnings.Count 0
    }
}
Test-That 'control characters in the serial numbers of USB sticks cost their own rows, and the advice works' {
    $file = New-Bus @('"vendor": "Generic", "product": "Flash Disk", "serial": "\u0003N", "busType": "Usb"',
        '"vendor": "Generic", "product": "Flash Disk", "serial": "0000000005\u0006\u0018", "busType": "Usb"',
        '"vendor": "Generic", "product": "Flash Disk", "serial": "AA0000000000", "busType": "Usb"') @('"number": 1', '"number": 2', '"number": 3')
    Use-Bus $file {
        $disks = (New-FakeDisk -Number 1 -UniqueId $null -SerialNumber "$([char]3)N"), (New-FakeDisk -Number 2 -UniqueId $null -SerialNumber "0000000005$([char]6)$([char]0x18)"),
            (New-FakeDisk -Number 3 -UniqueId $null -SerialNumber 'AA0000000000')
        $got = Invoke-Capture { $disks | Invoke-StorageRelease -Force }
        Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Refused Accepted'
        Assert-Match $got.Output[0].NextStep '\bInvoke-StorageRelease -Number 1\b'
        Assert-Equal (Get-Released $file) 'unit 2'
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force }
        Assert-Equal $got.Output[0].Outcome Accepted
        $got = Invoke-Capture { Invoke-StorageRelease -UniqueId "a$([char]0)b" -Force }
        Assert-Equal $got.Output[0].Outcome Refused
    }
}
Test-That 'the texts that Windows shows of a disk name it where several have the same serial number' {
    $file = New-Bus @('"serial": "SAME0000A", "naa": "600a0b80001122330000000000000a01"', '"serial": "SAME0000A", "naa": "600a0b80001122330000000000000a02"') @(
        '"number": 1', '"number": 2')
    Use-Bus $file {
        $got = Invoke-Capture { [pscustomobject]@{ SerialNumber = 'SAME0000A' }, [pscustomobject]@{ SerialNumber = 'SAME0000A'; Number = 1 } | Invoke-StorageRelease -Force }
        Assert-Equal @($got.Output | Where-Object { $_.Outcome -eq 'Accepted' }).Count 0
        Assert-Equal (Get-Released $file) ''
        $got = Invoke-Capture { [pscustomobject]@{ SerialNumber = 'SAME0000A'; UniqueId = '600A0B80001122330000000000000A02' } | Invoke-StorageRelease -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal (Get-Released $file) 'unit 1'
    }
}

# --- the table of identities -----------------------------------------------------------------------------------

# The same file as test/unit/identities.test.ts reads, and the same outcomes, through objects and parameters.
$rows = @(([System.IO.File]::ReadAllText("$PSScriptRoot/../identities.json") | ConvertFrom-Json).rows)
$buses = [ordered]@{}
foreach ($row in $rows) {
    $key = $row.devices | ConvertTo-Json -Compress -Depth 8
    if (-not $buses.Contains($key)) { $buses[$key] = [System.Collections.ArrayList]::new() }
    $null = $buses[$key].Add($row)
}

function New-IdentityBus {
    # The devices of a row as a rehearsal file.
    param([object[]]$Device)
    $units = [System.Collections.ArrayList]::new()
    $disks = [System.Collections.ArrayList]::new()
    for ($i = 0; $i -lt $Device.Count; $i++) {
        $unit = [ordered]@{ name = "unit $i" }
        $disk = [ordered]@{ number = $Device[$i].number; unit = "unit $i" }
        $hidden = $false
        foreach ($property in $Device[$i].PSObject.Properties) {
            if ($property.Name -eq 'unit') { $unit.name = $disk.unit = $property.Value }
            elseif ($property.Name -in 'initiators', 'faults') { $disk[$property.Name] = $property.Value }
            elseif ($property.Name -eq 'hidden') { $hidden = $property.Value }
            elseif ($property.Name -ne 'number') { $unit[$property.Name] = $property.Value }
        }
        if ($unit.Count -gt 1) { $null = $units.Add($unit) }
        if (-not $hidden) { $null = $disks.Add($disk) }
    }
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "identity-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, (@{ version = 1; thisHost = 'here'; logicalUnits = $units; hosts = @{ here = @{ disks = $disks } } } | ConvertTo-Json -Depth 9))
    $file
}

function Get-Answer {
    # Outcome, what identified it, and which device it is, as one text.
    param([scriptblock]$Body)
    $got = Invoke-Capture $Body
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output.Count 1
    $one = $got.Output[0]
    $hit = ''
    if ($one.Outcome -eq 'Accepted') { $hit = $(if ($null -ne $one.Number) { "$($one.Number)" } else { $one.DevicePath.Substring(4) }) }
    else { Assert-True $one.NextStep 'there is a next step' }
    # A warning tells of each object that went by its number, and of nothing else.
    $byNumber = $one.IdentifiedBy -in 'Number', 'Path' -and "$Body" -like '*$piped*'
    Assert-Equal $got.Warnings.Count $(if ($byNumber) { 1 } else { 0 }) "$($got.Warnings)"
    "$($one.Outcome), by '$($one.IdentifiedBy)', disk '$hit'"
}

$script:Row = 0
foreach ($devices in $buses.Keys) {
    $bus = New-IdentityBus @($buses[$devices][0].devices)
    Use-Bus $bus {
        foreach ($row in $buses[$devices]) {
            $script:Row++
            $expected = "$($row.outcome), by '$($row.identifiedBy)', disk '$($row.hit)'"
            $said = $row.properties | ConvertTo-Json -Compress
            Test-That "$($script:Row): $($row.kind) $said of $($row.source)" {
                if ($row.kind -eq 'typed') {
                    $parameters = @{ Force = $true }
                    foreach ($property in $row.properties.PSObject.Properties) { $parameters[$property.Name] = $property.Value }
                    Assert-Equal (Get-Answer { Invoke-StorageRelease @parameters }) $expected
                    return
                }
                if ($row.kind -eq 'record') {
                    foreach ($form in @('live') + $script:Forms) {
                        $piped = Convert-Form $row.properties $form
                        Assert-Equal (Get-Answer { $piped | Invoke-StorageRelease -Force }) $expected $form
                    }
                    return
                }
                $disk = New-FakeDisk -Number $row.properties.Number -UniqueId $row.properties.UniqueId -SerialNumber $row.properties.SerialNumber -BusType $null
                $piped = $disk
                Assert-Equal (Get-Answer { $piped | Invoke-StorageRelease -Force }) $expected 'live'
                # Whatever it was live, all forms of it come to the same, and never to its number.
                $answers = foreach ($form in $script:Forms) {
                    $piped = Convert-Form $disk $form
                    Get-Answer { $piped | Invoke-StorageRelease -Force }
                }
                foreach ($answer in $answers) {
                    Assert-Equal $answer $answers[0]
                    Assert-True ($answer -notlike "*by 'Number'*") $answer
                }
                # What identified the live object identifies the record.
                if ($row.outcome -eq 'Accepted' -and $row.identifiedBy -ne 'Number') { Assert-Equal $answers[0] $expected }
            }
        }
    }
}

# --- what stands beside a number, where no identity does ------------------------------------------------------------

function New-PathBus {
    # Two disks without identity, at these numbers, each with its interface path; and a LUN with one at number 3.
    param([int]$First, [int]$Second)
    $file = "$Temp/paths.json"
    [System.IO.File]::WriteAllText($file, (@{
                version = 1; thisHost = 'vm1'
                logicalUnits = @(
                    @{ name = 'V1'; vendor = 'VMware'; product = 'Virtual disk'; busType = 'Sas'; reservedBy = 'vm1' }
                    @{ name = 'V2'; vendor = 'VMware'; product = 'Virtual disk'; busType = 'Sas'; reservedBy = 'vm1' }
                    @{ name = 'SAN'; vendor = 'IBM'; product = '2145'; busType = 'Fibre'; serial = '0200a0c1d2XX21'; naa = '60050768028306a7f000000000000021'; reservedBy = 'vm1' }
                )
                hosts = @{ vm1 = @{ disks = @(
                            @{ number = $First; unit = 'V1'; interfacePath = $script:Paths[0] }
                            @{ number = $Second; unit = 'V2'; interfacePath = $script:Paths[1] }
                            @{ number = 3; unit = 'SAN' }) } }
            } | ConvertTo-Json -Depth 9))
    $file
}
$script:Paths = 1, 2 | ForEach-Object { '\\?\scsi#disk&ven_vmware&prod_virtual_disk#5&1f2a051d&0&000' + $_ + '00#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}' }

Test-That 'a disk without identity is the one that its path leads to, or none' {
    Use-Bus (New-PathBus 1 2) { $script:first = Invoke-StorageRelease -Path $script:Paths[0] -Force }
    Assert-Equal "$($script:first.Outcome) $($script:first.Number)" 'Accepted 1'
    $disk = New-FakeDisk -Number 1 -UniqueId '' -SerialNumber '' -Path $script:Paths[0] -BusType SAS
    Use-Bus (New-PathBus 1 2) {
        foreach ($one in $disk, $script:first) {
            $got = Invoke-Capture { $one | Invoke-StorageRelease -Force }
            Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].Number, $got.Output[0].IdentifiedBy) 'Accepted 1 Number'
        }
    }
    $file = New-PathBus 2 1
    Use-Bus $file {
        foreach ($command in { $_ | Invoke-StorageRelease -Force }, { $_ | Clear-StorageReservation -Method Release -Force }, { $_ | Invoke-StorageReserve -Force }) {
            foreach ($one in $disk, $script:first) {
                $got = Invoke-Capture { $one | ForEach-Object $command }
                Assert-Equal ('{0} {1}' -f @($got.Output).Count, $got.Output[0].Outcome) '1 IdentityChanged'
                Assert-Match $got.Output[0].Message '^Disk 1 was named, but the device reports number 2\.'
            }
        }
    }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'so is one that MPIO owns' {
    $usual = $script:Paths
    $script:Paths = 1, 2 | ForEach-Object { '\\?\mpio#disk&ven_ibm&prod_2145&rev_0000#1&7f6ac24&0&363' + $_ + '#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}' }
    $file = New-PathBus 2 1
    $path = $script:Paths[0]
    $script:Paths = $usual
    Use-Bus $file {
        $got = Invoke-Capture { New-FakeDisk -Number 1 -UniqueId $null -SerialNumber $null -Path $path -BusType SAS | Invoke-StorageRelease -Force -Allow Multipath }
        Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
        $got = Invoke-Capture { New-FakeDisk -Number 2 -UniqueId $null -SerialNumber $null -Path $path -BusType SAS | Invoke-StorageRelease -Force -Allow Multipath }
        Assert-Equal "$($got.Output[0].Outcome) $($got.Output[0].Number)" 'Accepted 2'
    }
}

Test-That 'a disk without identity has the bus type that its object says' {
    $file = New-PathBus 1 2
    Use-Bus $file {
        foreach ($type in 'SAS', 'NVMe', 10, 17) {
            $got = Invoke-Capture { New-FakeDisk -Number 1 -UniqueId $null -SerialNumber $null -BusType $type | Invoke-StorageRelease -Force -WhatIf }
            $got = Invoke-Capture { New-FakeDisk -Number 1 -UniqueId $null -SerialNumber $null -BusType $type | Get-StorageReservation }
            Assert-Equal $got.Output[0].Outcome $(if ($type -in 'SAS', 10) { 'Read' } else { 'IdentityChanged' }) $type
        }
        # What it states identifies it.
        $got = Invoke-Capture { New-FakeDisk -Number 3 -UniqueId '60050768028306A7F000000000000021' -SerialNumber $null -BusType SAS | Get-StorageReservation }
        Assert-Equal $got.Output[0].Outcome 'Read'
        $got = Invoke-Capture { New-FakeDisk -Number 3 -UniqueId $null -SerialNumber $null -BusType SAS | Invoke-StorageRelease -Force }
        Assert-Match $got.Output[0].Message '^A disk of bus type Sas was named, but the device reports Fibre\.'
    }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'the id that every disk of an old driver has is not that of a disk with its own' {
    $file = New-PathBus 1 2
    Use-Bus $file {
        foreach ($id in '3141463431303031', 'N/A', '00000000') {
            $got = Invoke-Capture { New-FakeDisk -Number 3 -UniqueId $id -SerialNumber $null -BusType $null | Invoke-StorageRelease -Force }
            Assert-Equal $got.Output[0].Outcome 'IdentityChanged' $id
        }
    }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'a cast with the name of our type and no identity is a record' {
    $file = New-PathBus 1 2
    Use-Bus $file {
        foreach ($type in 'StorageRelease.Disk', 'StorageRelease.Result', 'StorageRelease.ClearResult', 'StorageRelease.Reservation') {
            foreach ($number in 1, '1', [long]1) {
                $got = Invoke-Capture { [pscustomobject]@{ PSTypeName = $type; Number = $number; Bus = 'Rehearsal' } | Invoke-StorageRelease -Force }
                Assert-Equal ('{0} {1}' -f @($got.Output).Count, $got.Output[0].Outcome) '1 Refused' "$type $number"
            }
        }
    }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'a line to type runs nothing of what was read' {
    Use-Bus (New-PathBus 1 2) {
        $quote = [char]0x2019
        foreach ($row in @(@{ UniqueId = '60050768028306A7F000000000000021'; ComputerName = 'x; Remove-Item *' }, @{ UniqueId = '60050768028306A7F000000000000021'; ComputerName = "o'brien" },
                @{ SerialNumber = "S$quote; calc; ${quote}X1"; ComputerName = 'srv 1' }, @{ SerialNumber = 'S1'; ComputerName = '$(calc)' })) {
            $got = Invoke-Capture { [pscustomobject]$row | Invoke-StorageRelease -Force }
            $line = $got.Output[0].NextStep -replace '^[^:]*: ' -replace '\.$'
            $errors = $null
            $ast = [System.Management.Automation.Language.Parser]::ParseInput($line, [ref]$null, [ref]$errors)
            Assert-Equal "$(@($errors).Count) $(@($ast.EndBlock.Statements).Count)" '0 1' $line
            $commands = @($ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | ForEach-Object { $_.GetCommandName() })
            Assert-Equal ($commands -join ' ') 'Invoke-StorageRelease New-PSSession' $line
        }
    }
}

Test-That 'a serial number that every virtual machine has finds a disk of this computer alone' {
    $file = "$Temp/qemu.json"
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "vm1", "logicalUnits": [{ "name": "q", "vendor": "QEMU", "product": "QEMU HARDDISK", "busType": "Sata", "serial": "QM00001", "reservedBy": "vm1", "reserveCommands": "both" }], "hosts": { "vm1": { "disks": [{ "number": 3, "unit": "q" }] } } }')
    Use-Bus $file {
        foreach ($row in @(
                @('Refused', @{ SerialNumber = 'QM00001' }), @('Refused', @{ serial_number = ' qm00001 '; Model = 'QEMU HARDDISK' }),
                @('Refused', @{ VMName = 'sql-vm'; SerialNumber = 'QM00001' }), @('Refused', @{ inventory_hostname = 'sql01'; serial_number = 'QM00001' }),
                @('Read', @{ ComputerName = 'vm1'; SerialNumber = 'QM00001' }), @('Read', @{ ansible_hostname = [System.Environment]::MachineName; ansible_fqdn = 'vm1.corp.example'; ansible_host = '10.0.0.5'; SerialNumber = 'QM00001' }))) {
            $got = Invoke-Capture { [pscustomobject]$row[1] | Get-StorageReservation }
            Assert-Equal ('{0} {1}' -f @($got.Output).Count, $got.Output[0].Outcome) "1 $($row[0])" ($row[1] | ConvertTo-Json -Compress)
            # The command line comes to the same.
            [System.IO.File]::WriteAllText("$Temp/qemu-list.json", (ConvertTo-Json @($row[1])))
            $said = & (& (Get-Module StorageRelease) { Get-ExecutablePath }) status --from "$Temp/qemu-list.json" --rehearsal $file --output json 2>$null | ConvertFrom-Json
            Assert-Equal $said.results[0].Outcome $row[0] ($row[1] | ConvertTo-Json -Compress)
        }
        # Typed, or said by a live object, it is compared.
        Assert-Equal (Get-StorageReservation -SerialNumber QM00001).Outcome 'Read'
        Assert-Equal (New-FakeDisk -Number 3 -UniqueId $null -SerialNumber 'QM00001' -BusType SATA | Get-StorageReservation).Outcome 'Read'
        $got = Invoke-Capture { New-FakeDisk -Number 3 -UniqueId $null -SerialNumber 'QM00003' -BusType SATA | Get-StorageReservation }
        Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
    }
}

Complete-Tests
