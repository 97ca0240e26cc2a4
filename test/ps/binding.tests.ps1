# What Invoke-StorageRelease takes, what it refuses, and that nothing ever becomes disk 0 by accident.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/forms.ps1"

Import-Module "$Root/StorageRelease.psd1"

$bus = New-TestBus 80
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue

$script:NextDisk = 0
function Step-Disk {
    # A disk of the bus that no case has used yet; never disk 0.
    $script:NextDisk++
    $script:NextDisk
}

function New-Record {
    # A record as Import-Csv or ConvertFrom-Json makes it.
    param([System.Collections.IDictionary]$Property, [string]$Type)
    $record = [pscustomobject]$Property
    if ($Type) { $record.PSObject.TypeNames.Insert(0, $Type) }
    $record
}

function New-Cim {
    param([string]$Class, [System.Collections.IDictionary]$Property)
    New-FakeCim $Class @() 'ROOT/Microsoft/Windows/Storage' $Property @()
}

function New-TestDrive {
    param([int]$Number, [string]$Serial)
    New-FakeDiskDrive -Index $Number -DeviceID "\\.\PHYSICALDRIVE$Number" -SerialNumber $Serial
}

function ConvertTo-Deserialized {
    # What comes out of a job, a remote session or Import-Clixml.
    param([object]$InputObject)
    $text = [System.Management.Automation.PSSerializer]::Serialize($InputObject, 3)
    [System.Management.Automation.PSSerializer]::Deserialize($text)
}

function Test-Accepted {
    # The body releases exactly these disks, in this order, each with one result and without a word besides.
    param([scriptblock]$Body, [object[]]$Disk)
    $before = Get-Released $bus
    $got = Invoke-Capture $Body
    if ($got.Thrown) { throw $got.Thrown }
    if ($got.Errors.Count -gt 0) { throw "An error came: $($got.Errors[0])" }
    Assert-Equal $got.Output.Count $Disk.Count 'results'
    $expected = $before
    for ($i = 0; $i -lt $Disk.Count; $i++) {
        Assert-Equal $got.Output[$i].Outcome 'Accepted'
        if ($Disk[$i] -is [int]) {
            Assert-Equal $got.Output[$i].Number ([uint32]$Disk[$i]) -Exactly
            Assert-True ($got.Output[$i].UniqueId -eq (Get-TestUniqueId $Disk[$i]))
        }
        else {
            Assert-Equal $got.Output[$i].DevicePath $Disk[$i]
        }
    }
    $held = @($Disk | Where-Object { $_ -is [int] })
    $now = (Get-Released $bus) -split ', '
    foreach ($number in $held) {
        Assert-True ($now -ccontains "unit $number") 'its reservation is gone'
        if ($expected) { $expected += ', ' }
        $expected += "unit $number"
    }
    Assert-Equal (@($now | Where-Object { $_ -like 'unit *' }).Count) `
        (@($expected -split ', ' | Where-Object { $_ -like 'unit *' }).Count) 'no other disk is released'
}

function Test-Refused {
    # The body gives one Refused result (or what -Outcome says) and one error for each input, and no disk anything.
    param([scriptblock]$Body, [string]$Next, [string]$Because, [int]$Count = 1, [string]$Outcome = 'Refused',
        [string]$Category = 'InvalidArgument')
    $before = Get-Released $bus
    $got = Invoke-Capture $Body
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output.Count $Count 'results'
    Assert-Equal $got.Errors.Count $Count 'errors'
    for ($i = 0; $i -lt $Count; $i++) {
        $result = $got.Output[$i]
        Assert-Equal $result.PSObject.TypeNames[0] 'StorageRelease.Result'
        Assert-Equal $result.Outcome $Outcome
        $record = $got.Errors[$i]
        Assert-Equal $record.FullyQualifiedErrorId "$Outcome,Invoke-StorageRelease"
        Assert-Equal "$($record.CategoryInfo.Category)" $Category
        Assert-True ([object]::ReferenceEquals($record.TargetObject, $result))
        Assert-Equal $record.ErrorDetails.RecommendedAction $result.NextStep
        if ($Because) { Assert-Match $result.Message $Because }
        if ($Next) { Assert-Match $result.NextStep $Next }
        Assert-True $result.NextStep 'there is a next step'
    }
    Assert-Equal (Get-Released $bus) $before 'nothing was released'
}

# --- taken -----------------------------------------------------------------------------------------------------

$taken = @(
    , @('an MSFT_Disk', { param($N) New-TestDisk $N })
    , @('an MSFT_Disk with raw numbers, as without the Storage module',
        { param($N) New-FakeDisk -Raw -Number $N -UniqueId (Get-TestUniqueId $N) `
            -SerialNumber (Get-TestSerial $N) })
    , @('an MSFT_Disk with words in another language', {
            param($N)
            $disk = New-TestDisk $N
            $disk.BusType = 'Glasfaserkanal'
            $disk.OperationalStatus = 'Betriebsbereit'
            $disk
        })
    , @('an MSFT_Disk whose namespace is spelled in another case', {
            param($N)
            $disk = New-TestDisk $N
            $disk.PSObject.TypeNames.Clear()
            $disk.PSObject.TypeNames.Add('Microsoft.Management.Infrastructure.CimInstance#MSFT_DISK')
            $disk.CimSystemProperties.ClassName = 'MSFT_DISK'
            $disk
        })
    , @('an MSFT_Disk without SerialNumber and UniqueId',
        { param($N) New-FakeDisk -Number $N -UniqueId $null -SerialNumber $null })
    , @('an MSFT_Disk of a local session, its computer called localhost', {
            param($N)
            $disk = New-TestDisk $N
            $disk.PSComputerName = 'localhost'
            $disk
        })
    , @('an MSFT_Disk whose server is this computer by another case', {
            param($N)
            $disk = New-TestDisk $N
            $disk.CimSystemProperties.ServerName = [Environment]::MachineName.ToUpperInvariant()
            $disk
        })
    , @('an MSFT_Disk out of Import-Clixml or a job', { param($N) ConvertTo-Deserialized (New-TestDisk $N) })
    , @('an MSFT_PhysicalDisk', {
            param($N)
            New-FakePhysicalDisk -DeviceId "$N" -UniqueId (Get-TestUniqueId $N) -SerialNumber (Get-TestSerial $N)
        })
    , @('a Win32_DiskDrive', { param($N) New-TestDrive $N (Get-TestSerial $N) })
    , @('a Win32_DiskDrive whose serial number is padded', { param($N) New-TestDrive $N "    $(Get-TestSerial $N)  " })
    , @('a Win32_DiskDrive as Get-WmiObject gives it', {
            param($N)
            $drive = New-TestDrive $N (Get-TestSerial $N)
            foreach ($name in 'CimSystemProperties', 'CimClass', 'CimInstanceProperties', 'PSComputerName') {
                $drive.PSObject.Properties.Remove($name)
            }
            $drive.PSObject.TypeNames.Clear()
            $drive.PSObject.TypeNames.Add('System.Management.ManagementObject#root\cimv2\Win32_DiskDrive')
            $drive
        })
    , @('an attached MSFT_DiskImage', { param($N) New-FakeDiskImage -Number $N -DevicePath "\\.\PhysicalDrive$N" })
    , @('a StorageRelease.Disk', { param($N) Get-StorageRehearsalDisk $N })
    , @('a StorageRelease.Disk out of a job', { param($N) ConvertTo-Deserialized (Get-StorageRehearsalDisk $N) })
    , @('a StorageRelease.Result, to try again', {
            param($N)
            $first = Get-StorageRehearsalDisk $N
            $first.PSObject.TypeNames[0] = 'StorageRelease.Result'
            $first
        })
    , @('a CSV record of UniqueIds alone', { param($N) New-Record @{ UniqueId = Get-TestUniqueId $N } })
    , @('a CSV record with a type line',
        { param($N) New-Record @{ UniqueId = Get-TestUniqueId $N } 'CSV:StorageRelease.Result' })
    , @('a CSV record, all of it text', {
            param($N)
            New-Record @{
                Number = "$N"; DevicePath = "\\.\PhysicalDrive$N"; FriendlyName = 'FAKE Virtual Disk';
                    BusType = 'iScsi'
                SerialNumber = Get-TestSerial $N; UniqueId = Get-TestUniqueId $N; IsBoot = 'False';
                    IsSystem = 'False'
                IsClustered = ''; IsMultipath = ''; ComputerName = 'bench-1'; Bus = 'Rehearsal'
            }
        })
    , @('a CSV record whose UniqueId has blanks around it', { param($N) New-Record @{
        UniqueId = " $(Get-TestUniqueId $N) " } })
    , @('a CSV record by its UniqueId, whatever disk has its number today',
        { param($N) New-Record @{ Number = '79'; DevicePath = '\\.\PhysicalDrive79';
            UniqueId = Get-TestUniqueId $N } })
    , @('a record as Select-Object leaves it', {
            param($N)
            New-Record @{ Number = [uint32]$N; UniqueId = Get-TestUniqueId $N } `
                'Selected.Microsoft.Management.Infrastructure.CimInstance'
        })
    , @('a JSON record whose number is an Int64',
        { param($N) New-Record @{ Number = [long]$N; UniqueId = Get-TestUniqueId $N } })
    , @('a JSON record whose number is a whole Double',
        { param($N) New-Record @{ Number = [double]$N; UniqueId = Get-TestUniqueId $N } })
    , @('a record with a property Serial alone', { param($N) New-Record @{ Serial = Get-TestSerial $N } })
    , @('a device path', { param($N) "\\.\PhysicalDrive$N" })
    , @('a device path in another case', { param($N) "\\.\PHYSICALDRIVE$N" })
    , @('a device path below \\?\', { param($N) "\\?\PhysicalDrive$N" })
)
foreach ($row in $taken) {
    Test-That "takes $($row[0])" {
        $n = Step-Disk
        $one = & $row[1] $n
        Test-Accepted { $one | Invoke-StorageRelease -Force } @($n)
    }
}

Test-That 'takes each of them by -InputObject too, and arrays of them' {
    $a = Step-Disk; $b = Step-Disk; $c = Step-Disk
    Test-Accepted { Invoke-StorageRelease -InputObject (New-TestDisk $a), "\\.\PhysicalDrive$b",
        (New-Record @{ SerialNumber = Get-TestSerial $c }) -Force } `
        @($a, $b, $c)
}

Test-That 'takes an array inside the pipeline as its elements' {
    $a = Step-Disk; $b = Step-Disk
    $pair = @((New-TestDisk $a), (New-TestDisk $b))
    Test-Accepted { , $pair | Invoke-StorageRelease -Force } @($a, $b)
}

Test-That 'takes -Number with one, several, and as text' {
    $a = Step-Disk; $b = Step-Disk; $c = Step-Disk; $d = Step-Disk
    Test-Accepted { Invoke-StorageRelease -Number $a -Force } @($a)
    Test-Accepted { Invoke-StorageRelease $b, "$c" -Force } @($b, $c)
    Test-Accepted { Invoke-StorageRelease -DiskNumber ([uint32]$d) -Force } @($d)
}

Test-That 'takes a disk object in the place of a number as if it were piped' {
    $a = Step-Disk; $b = Step-Disk; $c = Step-Disk; $d = Step-Disk; $e = Step-Disk; $f = Step-Disk; $g = Step-Disk
    Test-Accepted { Invoke-StorageRelease (New-TestDisk $a) -Force } @($a)
    Test-Accepted { Invoke-StorageRelease (Get-StorageRehearsalDisk $b) -Force } @($b)
    Test-Accepted { Invoke-StorageRelease @((New-TestDisk $c), (New-TestDisk $d)) -Force } @($c, $d)
    Test-Accepted { Invoke-StorageRelease (New-TestDisk $e), $f, "$g" -Force } @($e, $f, $g)
    foreach ($body in { Get-StorageReservation (New-TestDisk $a) }, { Invoke-StorageReserve (Get-StorageRehearsalDisk $a) -Force }) {
        $got = Invoke-Capture $body
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Number ([uint32]$a)
        Assert-Equal $got.Output[0].IdentifiedBy 'UniqueId, SerialNumber'
    }
    $null = Invoke-StorageRelease $a -Force
    $got = Invoke-Capture { Invoke-StorageRelease (New-TestDisk $a) -WhatIf }
    Assert-Equal ($got.Output.Count + $got.Errors.Count + $got.Warnings.Count) 0
    # It is what was piped, not a number: all that is said of it must agree, and what is no disk is refused.
    Test-Refused { Invoke-StorageRelease (New-FakeDisk -Number 1 -UniqueId (Get-TestUniqueId 2) -SerialNumber $null) -Force } `
        -Outcome IdentityChanged -Category InvalidResult
    Test-Refused { Invoke-StorageRelease (New-FakePartition -DiskNumber 3) -Force } -Next 'Get-Disk'
    Test-Refused { Invoke-StorageRelease (New-FakeDisk -Number 3 -ComputerName 'SRV2') -Force } -Next '-Session'
    Test-Refused { Invoke-StorageRelease (New-Record @{ Number = 3 }) -Force } -Next '-Number 3'
}

Test-That 'takes -SerialNumber with one, several, and in lower case' {
    $a = Step-Disk; $b = Step-Disk; $c = Step-Disk
    Test-Accepted { Invoke-StorageRelease -SerialNumber (Get-TestSerial $a) -Force } @($a)
    Test-Accepted { Invoke-StorageRelease -SerialNumber (Get-TestSerial $b), " $((Get-TestSerial $c).ToLowerInvariant())" -Force } @($b, $c)
    Test-Refused { Invoke-StorageRelease -SerialNumber 'no such disk' -Force } -Outcome NotFound -Category ObjectNotFound
    foreach ($nothing in '', ' ', $null) { Test-Refused { Invoke-StorageRelease -SerialNumber $nothing -Force } -Next 'UniqueId' }
    foreach ($nothing in '0', '0000', 'N/A', 'Default string', '123456789') {
        Test-Refused { Invoke-StorageRelease -SerialNumber $nothing -Force } -Next 'Invoke-StorageRelease -Number' -Because 'identifies no disk'
    }
    foreach ($nothing in '{256a2559-ce63-5434-1bee-3ff629daa3a8}', 'SCSI\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\5&1F2A051D&0&000300:ESXW16', '0') {
        Test-Refused { Invoke-StorageRelease -UniqueId $nothing -Force } -Next 'Invoke-StorageRelease -Number' -Because 'identifies no disk'
    }
}

Test-That 'takes -UniqueId with one, several, and in lower case' {
    $a = Step-Disk; $b = Step-Disk; $c = Step-Disk
    Test-Accepted { Invoke-StorageRelease -UniqueId (Get-TestUniqueId $a) -Force } @($a)
    Test-Accepted { Invoke-StorageRelease -UniqueId (Get-TestUniqueId $b),
        (Get-TestUniqueId $c).ToLowerInvariant() -Force } `
        @($b, $c)
}

Test-That 'takes -Path with one and several, tapes, changers and CD-ROMs too' {
    $a = Step-Disk
    Test-Accepted { Invoke-StorageRelease -Path "\\.\PhysicalDrive$a" -Force } @($a)
    Test-Accepted { Invoke-StorageRelease -Path '\\.\Tape0', '\\.\Changer0', '\\.\CdRom0' -Force } `
        @('\\.\Tape0', '\\.\Changer0', '\\.\CdRom0')
}

Test-That 'takes a tape as an object' {
    $tape = Get-StorageRehearsalDisk | Where-Object { $_.DevicePath -eq '\\.\Tape0' }
    Test-Accepted { $tape | Invoke-StorageRelease -Force } @('\\.\Tape0')
}

function New-Device {
    # What WMI gives for a device without a disk number.
    param([string]$Class, [System.Collections.IDictionary]$Property)
    New-FakeCim $Class @('CIM_LogicalDevice') 'root/cimv2' $Property @()
}
Test-That 'takes the tape drives, changers and CD-ROM drives of WMI, by their paths' {
    $tape = { New-Device 'Win32_TapeDrive' @{ DeviceID = '\\.\Tape0'; Caption = 'FAKE tape'; SystemName = [Environment]::MachineName } }
    $changer = { New-Device 'Win32_MediaChanger' @{ DeviceID = '\\.\Changer0'; Caption = 'FAKE changer' } }
    $cd = { New-Device 'Win32_CDROMDrive' @{ DeviceID = '\\.\CdRom0'; Drive = 'D:'; Caption = 'FAKE cdrom'; SerialNumber = 'FAKE-cdrom' } }
    foreach ($one in @($tape, '\\.\Tape0'), @($changer, '\\.\Changer0'), @($cd, '\\.\CdRom0')) {
        $object = & $one[0]
        $got = Invoke-Capture { $object | Invoke-StorageRelease -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Outcome Accepted
        Assert-Equal $got.Output[0].DevicePath $one[1]
        Assert-Equal $got.Output[0].Number $null
        $object = New-Device $object.CimSystemProperties.ClassName @{ DeviceID = $object.DeviceID; Caption = 'x'; SystemName = 'SRV2' }
        Test-Refused { $object | Invoke-StorageRelease -Force } -Because 'SRV2'
    }
    $device = & $cd
    $device.SerialNumber = 'another'
    Test-Refused { $device | Invoke-StorageRelease -Force } -Outcome IdentityChanged -Category InvalidResult
}
Test-That 'one that WMI names by its Plug and Play instance is its interface path' {
    foreach ($row in @('Win32_TapeDrive', 'SCSI\SEQUENTIAL&VEN_IBM&PROD_ULT3580-TD6\5&23894D7F&0&001800', '53f5630b'),
        @('Win32_CDROMDrive', 'IDE\CDROMNECVMWAR_VMWARE_IDE_CDR10_______________1.00____\3031303030303030', '53f56308'),
        @('Win32_MediumChanger', 'SCSI\CHANGER&VEN_STK&PROD_SL500\5&23894D7F&0&001801', '53f56310')) {
        $device = New-Device $row[0] @{ DeviceID = $row[1]; PNPDeviceID = $row[1]; Caption = 'x' }
        $got = Invoke-Capture { $device | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome NotFound
        Assert-Equal $got.Output[0].DevicePath ('\\?\' + $row[1].Replace('\', '#') + '#{' + $row[2] + '-b6bf-11d0-94f2-00a0c91efb8b}')
    }
    $device = New-Device 'Win32_PnPEntity' @{ DeviceID = 'SCSI\CHANGER&VEN_STK\1'; PNPDeviceID = 'SCSI\CHANGER&VEN_STK\1'; PNPClass = 'MediumChanger'; Name = 'x' }
    $got = Invoke-Capture { $device | Invoke-StorageRelease -Force }
    Assert-Match $got.Output[0].DevicePath '#\{53f56310'
    foreach ($class in 'Keyboard', 'Volume', '', $null) {
        $device = New-Device 'Win32_PnPEntity' @{ DeviceID = 'ACPI\PNP0303\4'; PNPDeviceID = 'ACPI\PNP0303\4'; PNPClass = $class; Name = 'x' }
        Test-Refused { $device | Invoke-StorageRelease -Force } -Because 'does not say which device it is' -Next '-Path'
    }
    Test-Refused { New-Device 'Win32_TapeDrive' @{ DeviceID = 'Tape'; Caption = 'x' } | Invoke-StorageRelease -Force } -Because 'does not say which device'
    Test-Refused { New-Device 'Win32_TapeDrive' @{ DeviceID = '\\.\C:'; Caption = 'x' } | Invoke-StorageRelease -Force } -Because 'DeviceID'
    Test-Refused { New-Device 'Win32_TapeDrive' @{ DeviceID = @('\\.\Tape0'); Caption = 'x' } | Invoke-StorageRelease -Force } -Because 'DeviceID is an array'
}
Test-That 'a record of a tape drive is searched for among tape drives; without an identity it is refused by its path' {
    $tape = Get-StorageRehearsalDisk | Where-Object { $_.DevicePath -eq '\\.\Tape0' }
    foreach ($form in $script:Forms) {
        $record = Convert-Form $tape $form
        Test-Accepted { $record | Invoke-StorageRelease -Force } @('\\.\Tape0')
    }
    $wmi = New-Device 'Win32_TapeDrive' @{ DeviceID = '\\.\Tape0'; Name = 'x' }
    foreach ($form in $script:Forms) {
        $record = Convert-Form $wmi $form
        Test-Refused { $record | Invoke-StorageRelease -Force } -Next "-Path '\\\\\.\\Tape0'"
    }
    Test-Accepted { Invoke-StorageRelease -SerialNumber 'FAKE-tape' -DeviceType Tape -Force } @('\\.\Tape0')
    # Nobody asked for tape drives: none is opened to look for it.
    Test-Refused { Invoke-StorageRelease -SerialNumber 'FAKE-tape' -Force } -Outcome NotFound -Category ObjectNotFound
    Test-Refused { New-Record @{ SerialNumber = 'FAKE-tape' } | Invoke-StorageRelease -Force } -Outcome NotFound -Category ObjectNotFound
}
Test-That 'a tape drive is called one where it is named' {
    $got = Invoke-Capture { Invoke-StorageRelease -Path '\\.\Tape7', '\\.\Changer7', '\\.\CdRom7' -Force }
    Assert-Match "$($got.Errors[0])" '^Tape drive \\\\.\\Tape7: '
    Assert-Match "$($got.Errors[1])" '^Medium changer \\\\.\\Changer7: '
    Assert-Match "$($got.Errors[2])" '^CD-ROM drive \\\\.\\CdRom7: '
    Assert-Equal $got.Errors[0].CategoryInfo.TargetName 'Tape drive \\.\Tape7'
}

Test-That 'an error names the disk, and carries the result' {
    foreach ($row in @({ Invoke-StorageRelease -Number 4000 -Force }, 'Disk 4000'),
        @({ Invoke-StorageRelease -UniqueId 'no such disk' -Force }, 'Disk with UniqueId no such disk'),
        @({ Invoke-StorageRelease -SerialNumber 'no such disk' -Force }, 'Disk with serial number no such disk'),
        @({ Get-StorageReservation -Number 4000 }, 'Disk 4000'), @({ Invoke-StorageReserve -Number 4000 -Force }, 'Disk 4000'),
        @({ New-FakePartition | Invoke-StorageRelease -Force }, 'what was given')) {
        $got = Invoke-Capture $row[0]
        Assert-Equal $got.Errors[0].CategoryInfo.TargetName $row[1]
        Assert-True ([object]::ReferenceEquals($got.Errors[0].TargetObject, $got.Output[0]))
        Assert-Match "$($got.Errors[0].CategoryInfo)" ('\(' + [regex]::Escape($row[1]) + ':')
    }
}

Test-That 'takes its own result again, and the result of that' {
    $n = Step-Disk
    $first = Invoke-StorageRelease -Number $n -Force
    $got = Invoke-Capture { $first | Invoke-StorageRelease -Force | Invoke-StorageRelease -Force }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output.Count 1
    Assert-Equal $got.Output[0].Number ([uint32]$n)
}

Test-That 'a guard flag of a record holds, also as text' {
    $n = Step-Disk
    foreach ($flag in 'IsBoot', 'IsSystem', 'IsClustered', 'IsMultipath') {
        foreach ($value in $true, 'True', 'true') {
            $record = New-Record @{ UniqueId = Get-TestUniqueId $n; $flag = $value }
            Test-Refused { $record | Invoke-StorageRelease -Force } -Category InvalidOperation `
                -Next "-Allow $($flag.Substring(2))"
        }
    }
}

Test-That 'an interface path of MPIO says that the disk has more paths than one' {
    $disk = New-TestDisk (Step-Disk)
    $disk.Path = '\\?\mpio#disk&ven_ibm&prod_2145#1&7f6ac24&0&1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}'
    Test-Refused { $disk | Invoke-StorageRelease -Force } -Category InvalidOperation -Next '-Allow Multipath'
}

# --- another disk than the one meant -----------------------------------------------------------------------------

$others = @(
    , @('an MSFT_Disk whose UniqueId is another disk''s', { New-FakeDisk -Number 1 `
        -UniqueId (Get-TestUniqueId 2) -SerialNumber $null })
    , @('an MSFT_Disk whose serial number is another disk''s',
        { New-FakeDisk -Number 1 -UniqueId $null -SerialNumber 'FAKE0002' })
    , @('a Win32_DiskDrive whose serial number is another''s',
        { New-TestDrive 1 'FAKE0002' })
    , @('a result whose number has become another disk''s', {
            New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 2; Bus = 'Rehearsal';
                ComputerName = 'bench-1' } 'StorageRelease.Result'
        })
)
foreach ($row in $others) {
    Test-That "sends nothing for $($row[0])" {
        $one = & $row[1]
        Test-Refused { $one | Invoke-StorageRelease -Force } -Outcome IdentityChanged -Category InvalidResult
    }
}

Test-That 'a number, UniqueId and path of no device are NotFound' {
    Test-Refused { Invoke-StorageRelease -Number 4000 -Force } -Outcome NotFound -Category ObjectNotFound
    Test-Refused { Invoke-StorageRelease -UniqueId 'no such disk' -Force } -Outcome NotFound `
        -Category ObjectNotFound
    Test-Refused { Invoke-StorageRelease -Path '\\.\Tape7' -Force } -Outcome NotFound -Category ObjectNotFound
}

# --- no disk at all ----------------------------------------------------------------------------------------------

function New-Typed { param([string]$Type) New-Record @{ Name = 'x' } $Type }
$strangers = @(
    , @('a partition', { New-FakePartition -DiskNumber 3 }, 'Get-Disk')
    , @('a partition of WMI', { New-Cim 'Win32_DiskPartition' @{ DiskIndex = 3; Index = 0 } }, 'Get-Disk')
    , @('a volume', { New-FakeVolume }, 'Get-Partition -Volume')
    , @('a volume of WMI', { New-Cim 'Win32_Volume' @{ DeviceID = '\\?\Volume{0}\' } }, 'Get-Partition -Volume')
    , @('a logical disk', { New-Cim 'Win32_LogicalDisk' @{ DeviceID = 'C:' } }, 'Get-Partition -Volume')
    , @('a PowerShell drive', { New-Typed 'System.Management.Automation.PSDriveInfo' }, 'Get-Partition -Volume')
    , @('a .NET drive', { [System.IO.DriveInfo]::GetDrives()[0] }, 'Get-Partition -Volume')
    , @('a virtual disk', { New-Cim 'MSFT_VirtualDisk' @{ UniqueId = 'A'; FriendlyName = 'v' } },
        'Get-Disk -VirtualDisk')
    , @('an iSCSI session', { New-Cim 'MSFT_iSCSISession' @{ SessionIdentifier = 'a-1' } }, 'Get-IscsiSession')
    , @('an iSCSI session spelled otherwise', { New-Cim 'MSFT_IscsiSession' @{ SessionIdentifier = 'a-1' } },
        'Get-IscsiSession')
    , @('an iSCSI connection', { New-Cim 'MSFT_iSCSIConnection' @{ ConnectionIdentifier = 'a-1' } },
        'Get-IscsiSession')
    , @('a cluster resource', { New-Typed 'Microsoft.FailoverClusters.PowerShell.ClusterResource' },
        'ClusterDiskReservation')
    , @('a cluster resource out of a job',
        { New-Typed 'Deserialized.Microsoft.FailoverClusters.PowerShell.ClusterResource' },
            'ClusterDiskReservation')
    , @('a partition out of a job', { ConvertTo-Deserialized (New-FakePartition) }, 'Get-Disk')
    , @('a storage pool', { New-Cim 'MSFT_StoragePool' @{ UniqueId = 'A'; Number = 3 } }, 'Get-Disk')
    , @('a process', { [System.Diagnostics.Process]::GetCurrentProcess() }, 'Get-Disk')
    , @('a file', { [System.IO.FileInfo]::new("$Root/StorageRelease.psd1") }, 'Get-Disk')
    , @('a folder', { [System.IO.DirectoryInfo]::new($Root) }, 'Get-Disk')
    , @('a command', { Get-Command Get-Help }, 'Get-Disk')
    , @('a module', { Get-Module StorageRelease }, 'Get-Disk')
    , @('a script block', { { 3 } }, 'Get-Disk')
    , @('a version', { [version]'3.0' }, 'Get-Disk')
    , @('an uri', { [uri]'http://localhost/3' }, 'Get-Disk')
    , @('an object of a type of its own', { New-Record @{ Number = 3 } 'Contoso.Lun' }, 'Get-Disk')
    , @('a hashtable', { @{ Number = 3 } }, 'Get-Disk')
    , @('an ordered hashtable', { [ordered]@{ Number = 3; UniqueId = (Get-TestUniqueId 3) } }, 'Get-Disk')
    , @('an empty record', { [pscustomobject]@{} }, 'UniqueId')
    , @('a record of a process', { New-Record @{ Id = 3; Name = 'sh'; Path = '/bin/sh' } }, 'UniqueId')
    , @('a bare 0', { 0 }, '-Number 0')
    , @('a bare 3', { 3 }, '-Number 3')
    , @('a bare unsigned 3', { [uint32]3 }, '-Number 3')
    , @('a bare -1', { -1 }, 'Get-Disk')
    , @('a bare 0.4', { 0.4 }, 'Get-Disk')
    , @('a date', { [datetime]::new(2000, 1, 1) }, 'Get-Disk')
    , @('a GUID', { [guid]::Empty }, 'Get-Disk')
    , @('$true', { $true }, 'Get-Disk')
    , @('$false', { $false }, 'Get-Disk')
    , @('a letter', { [char]'3' }, 'Get-Disk')
    , @('DBNull', { [System.DBNull]::Value }, 'Get-Disk')
    , @('an error record', { [System.Management.Automation.ErrorRecord]::new([exception]::new('x'), 'y',
        'NotSpecified', $null) }, 'Get-Disk')
)
foreach ($row in $strangers) {
    Test-That "refuses $($row[0])" {
        $one = & $row[1]
        $list = [object[]]@(, $one)
        Test-Refused { , $list | Invoke-StorageRelease -Force } -Next $row[2]
    }
}

Test-That 'refuses $null, in the pipeline and as an argument' {
    Test-Refused { $null | Invoke-StorageRelease -Force } -Next 'Get-Disk'
    Test-Refused { Invoke-StorageRelease -InputObject $null -Force } -Next 'Get-Disk'
    Test-Refused { $null, $null | Invoke-StorageRelease -Force } -Next 'Get-Disk' -Count 2
    Test-Refused { Invoke-StorageRelease -InputObject $null, $null -Force } -Count 2
}

Test-That 'refuses an empty text, in the pipeline and as an argument' {
    Test-Refused { '' | Invoke-StorageRelease -Force } -Next 'PhysicalDrive3'
    Test-Refused { Invoke-StorageRelease -InputObject '' -Force } -Next 'PhysicalDrive3'
    Test-Refused { Invoke-StorageRelease -Path '' -Force } -Next 'PhysicalDrive3'
    Test-Refused { Invoke-StorageRelease -UniqueId '' -Force } -Next 'UniqueId'
    Test-Refused { Invoke-StorageRelease -UniqueId $null -Force } -Next 'UniqueId'
    Test-Refused { Invoke-StorageRelease -UniqueId ' ' -Force } -Next 'UniqueId'
    Test-Refused { Invoke-StorageRelease -Path $null -Force } -Next 'PhysicalDrive3'
}

Test-That 'gives no result without input, and an error for an empty array in the pipeline' {
    Test-Refused { @() | Invoke-StorageRelease -Force } -Count 0
    $got = Invoke-Capture { , @() | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 1
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId `
        'ParameterArgumentValidationErrorEmptyArrayNotAllowed,Invoke-StorageRelease'
}

Test-That 'one odd one among good ones costs the good ones nothing' {
    $a = Step-Disk; $b = Step-Disk
    $got = Invoke-Capture { (New-TestDisk $a), $null, 'C:', (New-FakeVolume), (New-TestDisk $b) |
        Invoke-StorageRelease -Force }
    Assert-Equal $got.Output.Count 5
    Assert-Equal $got.Errors.Count 3
    Assert-Equal @($got.Output | Where-Object { $_.Outcome -eq 'Accepted' } |
        ForEach-Object { [int]$_.Number }) @($a, $b)
}

Test-That 'an image that is not attached is no disk now' {
    foreach ($attached in $false, $null, 'False') {
        $image = New-FakeDiskImage -Number 3 -Attached $attached
        Test-Refused { $image | Invoke-StorageRelease -Force } -Next 'Mount-DiskImage \.\.\. -PassThru \| Get-DiskImage \| Invoke-StorageRelease'
    }
}

# --- paths -------------------------------------------------------------------------------------------------------

$guid = '{53f56307-b6bf-11d0-94f2-00a0c91efb8b}'
$paths = @(
    'C:', 'C:\', '\\.\C:', '\\?\C:', '\\.\C:\', 'C:\PhysicalDrive3', 'c:\disks\3.vhdx'
    '\\?\Volume{11111111-2222-3333-4444-555555555555}', '\\?\Volume{11111111-2222-3333-4444-555555555555}\'
    '\\.\Volume{11111111-2222-3333-4444-555555555555}', '\\.\HarddiskVolume3', '\\?\Harddisk0Partition1'
    '\\.\PhysicalDrive', '\\.\PhysicalDrive ', '\\.\PhysicalDrive-1', '\\.\PhysicalDrive+1', '\\.\PhysicalDrive01'
    '\\.\PhysicalDrive00', '\\.\PhysicalDrive0x1', '\\.\PhysicalDrive1.0', '\\.\PhysicalDrive1e0'
    '\\.\PhysicalDrive9999999999', '\\.\PhysicalDrive4294967295', '\\.\PhysicalDrive1,2', '\\.\PhysicalDrive*'
    '\\.\PhysicalDrive?', '\\.\PhysicalDrive3 ', ' \\.\PhysicalDrive3', '\\.\PhysicalDrive3.',
        '\\.\PhysicalDrive3\'
    '\\.\PhysicalDrive3\Partition0', '\\.\PhysicalDrive3:', '\\.\PhysicalDrive3::$DATA', '\\.\PhysicalDrive3/'
    '//./PhysicalDrive3', '\\./PhysicalDrive3', '\.\PhysicalDrive3', '\\\.\PhysicalDrive3', '\\.\\PhysicalDrive3'
    '\\..\PhysicalDrive3', '\\.\..\PhysicalDrive3', '\\.\X\..\PhysicalDrive3', '\\*\PhysicalDrive3'
    'PhysicalDrive3', 'Disk 3', '3', '0', 'id:600A0B80', '\??\PhysicalDrive3', '\Device\Harddisk3\DR3'
    '\\.\GLOBALROOT\Device\Harddisk3\DR3', '\\?\GLOBALROOT\Device\HarddiskVolume1', '\\.\GLOBAL??\PhysicalDrive3'
    '\\.\pipe\docker_engine', '\\?\pipe\PhysicalDrive3', '\\.\mailslot\x', '\\.\COM56', '\\.\LPT1', '\\.\NUL',
        'NUL'
    '\\.\CON', '\\.\Scsi0:', '\\.\CdRom', '\\.\Tape', '\\.\Tape-1', '\\.\Tape00', '\\.\Changer01',
        '\\.\MPIOControl'
    '\\server\share', '\\server\PhysicalDrive3', '\\?\UNC\server\share', '\\127.0.0.1\c$', '\\.\UNC\server\x'
    "\\.\PhysicalDrive3`n", "\\.\PhysicalDrive3`0", "\\.\PhysicalDrive3`0.txt", "`\\.\PhysicalDrive3`r",
        "\\.\Physical`0Drive3"
    "\\.\PhysicalDrive3`t", "\\.\PhysicalDrive3`n\\.\PhysicalDrive4"
    # look-alikes: Cyrillic a, full-width 3, Arabic-Indic 3, dotless i, Kelvin K, zero-width joiner, right-to-left
    "\\.\Physic$([char]0x430)lDrive3", "\\.\PhysicalDrive$([char]0xFF13)", "\\.\PhysicalDrive$([char]0x663)"
    "\\.\Phys$([char]0x131)calDrive3", "\\.\CdRom$([char]0x212A)", "\\.\PhysicalDrive3$([char]0x200D)"
    "$([char]0x202E)\\.\PhysicalDrive3", "$([char]0xFF3C)$([char]0xFF3C).\PhysicalDrive3"
    # interface paths of other classes, and bent ones
    '\\?\usb#vid_0000&pid_0000#1#{a5dcbf10-6530-11d2-901f-00c04fb951ed}'
    "\\?\scsi#disk#1#$guid\file", "\\?\scsi#disk\..\1#$guid", "\\?\scsi#disk/1#$guid", "\\?\scsi#disk 1#$guid"
    "\\?\$guid", "\\?\scsi#disk#1#$guid ", "\\?\scsi#disk#1#$($guid.Substring(1))", "\\?\scsi#di`nsk#1#$guid"
    "\\?\GLOBALROOT\x#disk#1#$guid", "\\.\pipe\x#disk#1#$guid", "\\?\scsi#disk:x#1#$guid"
    ('\\?\scsi#' + ('x' * 500) + "#$guid"), ('\\.\PhysicalDrive' + ('3' * 5000)), ('x' * 100000)
)
Test-That "refuses each of $($paths.Count) texts that are no path of a disk, piped and by -Path" {
    foreach ($text in $paths) {
        try {
            Test-Refused { $text | Invoke-StorageRelease -Force } -Next 'PhysicalDrive3'
            Test-Refused { Invoke-StorageRelease -Path $text -Force } -Next 'PhysicalDrive3'
        }
        catch { throw "'$($text.Substring(0, [Math]::Min(80, $text.Length)))': $_" }
    }
}

Test-That 'what such a text says is shown without its control and direction characters, and not at any length' {
    $bad = "$([char]27)[2J$([char]0x202E)x`0" + ('y' * 5000)
    $got = Invoke-Capture { $bad | Invoke-StorageRelease -Force }
    Assert-True ($got.Output[0].Message.Length -lt 400)
    Assert-True ($got.Output[0].Message -cnotmatch '[\p{Cc}\p{Cf}]')
}

Test-That 'an interface path of a device class that is right is looked for, not refused' {
    Test-Refused { Invoke-StorageRelease -Path "\\?\scsi#disk&ven_none#1#$guid" -Force } -Outcome NotFound `
        -Category ObjectNotFound
}

# --- no number ---------------------------------------------------------------------------------------------------

$noNumbers = @(
    , @('$null', { $null })
    , @('an empty text', { '' })
    , @('a blank', { ' ' })
    , @('$true', { $true })
    , @('$false', { $false })
    , @('0.4', { 0.4 })
    , @('-0.4', { -0.4 })
    , @('-1', { -1 })
    , @('"-0"', { '-0' })
    , @('"0x0"', { '0x0' })
    , @('"0.0"', { '0.0' })
    , @('"00"', { '00' })
    , @('"0e0"', { '0e0' })
    , @('"+0"', { '+0' })
    , @('" 0"', { ' 0' })
    , @('"0 "', { '0 ' })
    , @('"0" and a line end', { "0`n" })
    , @('"0,0"', { '0,0' })
    , @('"zero"', { 'zero' })
    , @('"3,4"', { '3,4' })
    , @('"3KB"', { '3KB' })
    , @('"$null"', { '$null' })
    , @('a full-width 0', { [string][char]0xFF10 })
    , @('an Arabic-Indic 0', { [string][char]0x660 })
    , @('the letter 0', { [char]'0' })
    , @('the character NUL', { [char]0 })
    , @('DBNull', { [System.DBNull]::Value })
    , @('NaN', { [double]::NaN })
    , @('infinity', { [double]::PositiveInfinity })
    , @('the largest UInt32', { [uint32]::MaxValue })
    , @('the largest UInt64', { [uint64]::MaxValue })
    , @('the smallest Int64', { [long]::MinValue })
    , @('0.1 as Decimal', { [decimal]0.1 })
    , @('an enumeration value of 0', { [System.DayOfWeek]::Sunday })
    , @('a date', { [datetime]::MinValue })
    , @('a time span of 0', { [timespan]::Zero })
    , @('an empty GUID', { [guid]::Empty })
    , @('an empty array', { , @() })
    , @('an array of 0', { , @(0) })
    , @('a hashtable', { @{} })
    , @('an object that says "0"', {
            $odd = [pscustomobject]@{}
            $odd.PSObject.Methods.Add([System.Management.Automation.PSScriptMethod]::new('ToString', { '0' }))
            $odd
        })
)
foreach ($row in $noNumbers) {
    Test-That "makes no disk number of $($row[0])" {
        $value = & $row[1]
        # As -Number an array is its elements, so only the scalars are asked there.
        if ($value -isnot [array]) {
            Test-Refused { Invoke-StorageRelease -Number $value -Force } -Next 'Get-Disk'
            Test-Refused { Invoke-StorageRelease -Number $value, $value -Force } -Count 2
        }
        $disk = New-FakeDisk -UniqueId $null -SerialNumber $null
        $disk.Number = $value
        $physical = New-FakePhysicalDisk -UniqueId $null -SerialNumber $null
        $physical.DeviceId = $value
        $drive = New-FakeDiskDrive -SerialNumber $null
        $drive.Index = $value
        $image = New-FakeDiskImage
        $image.Number = $value
        $own = New-Record @{ Number = $value; DevicePath = $null; UniqueId = $null;
            SerialNumber = $null } 'StorageRelease.Disk'
        $result = New-Record @{ Number = $value; DevicePath = ''; UniqueId = '';
            SerialNumber = '' } 'StorageRelease.Result'
        $record = New-Record @{ Number = $value }
        $other = New-Record @{ DiskNumber = $value }
        foreach ($one in $disk, $physical, $drive, $image, $own, $result, $record, $other) {
            try { Test-Refused { $one | Invoke-StorageRelease -Force } }
            catch { throw "$($one.PSObject.TypeNames[0]): $_" }
        }
    }
}

$withoutNumber = @(
    , @('MSFT_Disk', { New-TestDisk 3 }, 'Number')
    , @('MSFT_PhysicalDisk', { New-FakePhysicalDisk }, 'DeviceId')
    , @('Win32_DiskDrive', { New-FakeDiskDrive }, 'Index')
    , @('MSFT_DiskImage', { New-FakeDiskImage }, 'Number')
)
foreach ($row in $withoutNumber) {
    Test-That "refuses an $($row[0]) without the property $($row[2])" {
        $one = & $row[1]
        $one.PSObject.Properties.Remove($row[2])
        Test-Refused { $one | Invoke-StorageRelease -Force } -Next 'Get-Disk' -Because $row[2]
    }
    Test-That "refuses an $($row[0]) whose $($row[2]) cannot be read" {
        $one = Add-Getter (& $row[1]) $row[2] { throw 'the provider is gone' }
        Test-Refused { $one | Invoke-StorageRelease -Force } -Next 'Get-Disk' -Because 'the provider is gone'
    }
}

Test-That 'any property that throws refuses the object' {
    foreach ($name in 'UniqueId', 'SerialNumber', 'Path', 'IsBoot', 'IsSystem', 'IsClustered', 'FriendlyName',
        'PSComputerName') {
        $one = Add-Getter (New-TestDisk 3) $name { throw 'the provider is gone' }
        Test-Refused { $one | Invoke-StorageRelease -Force } -Because 'the provider is gone'
    }
}

Test-That 'a number that changes between two reads is read once' {
    $n = Step-Disk
    $script:Reads = 0
    $one = Add-Getter (New-TestDisk $n) 'Number' { $script:Reads++; if ($script:Reads -eq 1) { $n } else { 0 } }
    $one.UniqueId = $null
    $one.SerialNumber = $null
    $got = Invoke-Capture { $one | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output.Count 1
    Assert-Equal $script:Reads 1
    Assert-Equal $got.Output[0].Number ([uint32]$n)
    Assert-True ((Get-Released $bus) -cnotmatch '\bunit 0\b')
}

Test-That 'a Win32_DiskDrive that Windows has no number for has none' {
    $drive = New-FakeDiskDrive -Index ([uint32]::MaxValue)
    Test-Refused { $drive | Invoke-StorageRelease -Force } -Because 'no disk number'
}

Test-That 'a pooled physical disk, whose DeviceId is no number, has none' {
    foreach ($id in '{7d0c6d38-0000-0000-0000-000000000000}', 'Disk3', '3-0') {
        $physical = New-FakePhysicalDisk -DeviceId $id
        Test-Refused { $physical | Invoke-StorageRelease -Force } -Because 'no disk number'
    }
}

# --- another computer --------------------------------------------------------------------------------------------

$elsewhere = @(
    , @('PSComputerName', { New-FakeDisk -ComputerName 'SRV2' -Number 3 })
    , @('CimSystemProperties.ServerName', { New-FakeDisk -ServerName 'SRV2' -Number 3 })
    , @('PSComputerName of a physical disk', { New-FakePhysicalDisk -ComputerName 'SRV2' })
    , @('SystemName of a Win32_DiskDrive', { New-FakeDiskDrive -SystemName 'SRV2' })
    , @('PSComputerName of an image', { New-FakeDiskImage -ComputerName 'SRV2' })
    , @('ComputerName of a result', { New-Record @{ Number = 3; ComputerName = 'SRV2' } 'StorageRelease.Result' })
    , @('ComputerName of a disk of ours', { New-Record @{ Number = 3; ComputerName = 'SRV2';
        Bus = 'Rehearsal' } 'StorageRelease.Disk' })
    , @('ComputerName of a CSV record', { New-Record @{ Number = '3'; UniqueId = (Get-TestUniqueId 3);
        ComputerName = 'SRV2' } })
    , @('PSComputerName that a remote session added to a record',
        { New-Record @{ UniqueId = (Get-TestUniqueId 3); PSComputerName = 'SRV2'; RunspaceId = [guid]::Empty } })
    , @('the full name of another computer that begins as this one does',
        { New-FakeDisk -ComputerName "$([Environment]::MachineName).elsewhere.example" })
)
foreach ($row in $elsewhere) {
    Test-That "refuses an object of another computer: $($row[0])" {
        $one = & $row[1]
        Test-Refused { $one | Invoke-StorageRelease -Force } -Next '-Session \(New-PSSession -ComputerName ' `
            -Because ([Environment]::MachineName)
    }
}

Test-That 'an object of another computer without a number still gets a whole sentence' {
    $one = New-FakeDisk -ComputerName 'SRV2' -Number $null -UniqueId $null -SerialNumber $null
    Test-Refused { $one | Invoke-StorageRelease -Force } -Next 'Invoke-StorageRelease -Number \.\.\. -Force -Session \(New-PSSession -ComputerName SRV2\)'
    $next = (Invoke-Capture { $one | Invoke-StorageRelease -Force }).Output[0].NextStep
    Assert-True ($next -cnotmatch '  ') "no gap where the number would be: $next"
}

# --- the other bus -----------------------------------------------------------------------------------------------

Test-That 'a result of a real run is refused in a rehearsal' {
    $real = New-Record @{ Number = 3; UniqueId = (Get-TestUniqueId 3); Bus = 'Windows' } 'StorageRelease.Result'
    Test-Refused { $real | Invoke-StorageRelease -Force } -Next 'Exit-StorageRehearsal'
    $record = New-Record @{ Number = '3'; UniqueId = (Get-TestUniqueId 3); Bus = 'Windows' }
    Test-Refused { $record | Invoke-StorageRelease -Force } -Next 'Exit-StorageRehearsal'
}

# --- parameters --------------------------------------------------------------------------------------------------

Test-That 'two ways to name a disk at once are no parameter set' {
    foreach ($body in
        { Invoke-StorageRelease -Number 3 -UniqueId 'A' -Force },
        { Invoke-StorageRelease -Number 3 -Path '\\.\PhysicalDrive3' -Force },
        { Invoke-StorageRelease -InputObject (New-TestDisk 3) -Number 3 -Force }) {
        $null = Assert-Throws $body -ErrorId 'AmbiguousParameterSet,Invoke-StorageRelease'
    }
}

Test-That 'numbers out of range and unknown kinds are refused by the parameters' {
    foreach ($body in
        { Invoke-StorageRelease -Number 3 -TimeoutSec 0 -Force },
            { Invoke-StorageRelease -Number 3 -TimeoutSec 86401 -Force },
        { Invoke-StorageRelease -Number 3 -ThrottleLimit 0 -Force },
            { Invoke-StorageRelease -Number 3 -ThrottleLimit 1025 -Force },
        { Invoke-StorageRelease -Number 3 -Allow Everything -Force }) {
        $null = Assert-Throws $body -ErrorId 'ParameterArgumentValidationError,Invoke-StorageRelease'
    }
}

Test-That 'an object piped beside a named disk is no silent second disk' {
    $got = Invoke-Capture { New-TestDisk 3 | Invoke-StorageRelease -Number 2 -Force }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 1
    Assert-Match $got.Errors[0].FullyQualifiedErrorId '^(InputObjectNotBound|AmbiguousParameterSet),'
}

# --- and after all that ------------------------------------------------------------------------------------------

Test-That 'disk 0 has got nothing in all of these cases' {
    Assert-True ((Get-Released $bus) -cnotmatch '\bunit 0\b')
}

Test-That 'disk 0 is released when it is really named' {
    $fresh = New-TestBus 2
    Exit-StorageRehearsal
    Enter-StorageRehearsal $fresh -WarningAction SilentlyContinue
    $got = Invoke-Capture { Invoke-StorageRelease -Number 0 -Force }
    Assert-Equal $got.Output[0].Outcome 'Accepted'
    Assert-Equal (Get-Released $fresh) 'unit 0'
}

Exit-StorageRehearsal
Complete-Tests
