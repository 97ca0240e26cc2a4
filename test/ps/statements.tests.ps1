# What is read of an object that says something of a disk: every statement is read, absent, or a refusal, and a record
# is no live object. Each refusal has its control: the same object goes through when that one thing is right.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/forms.ps1"

Import-Module "$Root/StorageRelease.psd1"

$bus = New-TestBus 12
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue

function Invoke-Release {
    # What a release of these objects gives: Output, Errors, Warnings. Nothing is thrown, and nothing else comes.
    param([object[]]$InputObject)
    $got = Invoke-Capture { $InputObject | Invoke-StorageRelease -Force }
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output.Count $InputObject.Count 'results'
    Assert-Equal $got.Warnings.Count @($got.Warnings | Where-Object { "$_" -like '*was identified by its*' }).Count "$($got.Warnings)"
    $got
}

function Assert-Refused {
    # Nothing was sent, and the one row says why (-Because) and what to do next (-Next).
    param([object]$InputObject, [string]$Because, [string]$Next)
    Assert-EachRefused @(, @($InputObject, $Because, $Next))
}

function Assert-EachRefused {
    # The same of many objects in one pipeline, each with what its row says.
    param([object[]]$Rows)
    $before = Get-Released $bus
    $list = [object[]]::new($Rows.Count)
    for ($i = 0; $i -lt $Rows.Count; $i++) { $list[$i] = $Rows[$i][0] }
    $got = Invoke-Release $list
    Assert-Equal $got.Errors.Count $list.Count 'errors'
    for ($i = 0; $i -lt $Rows.Count; $i++) {
        $result = $got.Output[$i]
        $because, $next = $Rows[$i][1..2]
        Assert-Equal $result.Outcome Refused "object ${i}: $($result.Message)"
        Assert-Equal $got.Errors[$i].FullyQualifiedErrorId 'Refused,Invoke-StorageRelease'
        Assert-True ($result.Message.Length -lt 700) 'not at any length'
        Assert-True ($result.Message -cnotmatch '[\p{Cc}\p{Cf}\p{Cs}]') 'safe to show'
        if ($because) { Assert-Match $result.Message $because "object $i" }
        Assert-True $result.NextStep 'there is a next step'
        Assert-True ($result.NextStep -cnotmatch '[<>]') $result.NextStep
        if ($next) { Assert-Match $result.NextStep $next "object $i" }
    }
    Assert-Equal (Get-Released $bus) $before 'nothing was released'
}

function Assert-EachSentBack {
    # The executable refuses them by this guard.
    param([string]$Guard, [object[]]$InputObject)
    $before = Get-Released $bus
    $got = Invoke-Release $InputObject
    foreach ($one in $got.Output) {
        Assert-Equal $one.Outcome Refused
        Assert-Match $one.NextStep "-Allow $Guard"
    }
    Assert-Equal (Get-Released $bus) $before 'nothing was released'
}

function Assert-Sent {
    # They go to this disk and no other.
    param([object[]]$InputObject, [int]$Disk)
    $got = Invoke-Release $InputObject
    if ($got.Errors.Count -gt 0) { throw "An error came: $($got.Errors[0])" }
    foreach ($one in $got.Output) {
        Assert-Equal $one.Outcome Accepted
        Assert-Equal $one.Number ([uint32]$Disk)
    }
}

function New-Record { param([System.Collections.IDictionary]$Property) [pscustomobject]$Property }

function New-Own {
    param([int]$Number)
    @(Get-StorageRehearsalDisk $Number)[0]
}

function Set-Value {
    param([object]$InputObject, [string]$Name, [object]$Value)
    $InputObject.PSObject.Properties.Remove($Name)
    $InputObject.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new($Name, $Value))
    $InputObject
}

# --- texts -----------------------------------------------------------------------------------------------------

$xml = [xml]'<disk><id>600A0B80001122330000000000000002</id></disk>'
$unreadable = @(
    , @('an array of one', { , @('X2') }, 'is an array')
    , @('an array of two', { , @('X1', 'X2') }, 'is an array')
    , @('an empty array', { , @() }, 'is an array')
    , @('characters', { , 'X2'.ToCharArray() }, 'is an array')
    , @('bytes', { , [byte[]](1, 2) }, 'is an array')
    , @('a list', { , [System.Collections.ArrayList]@('X2') }, 'is an array')
    , @('an object', { [pscustomobject]@{ Value = 'X2' } }, 'is an object of type System.Management.Automation.PSCustomObject')
    , @('a hashtable', { @{ Value = 'X2' } }, 'is an object of type System.Collections.Hashtable')
    , @('a StringBuilder', { [System.Text.StringBuilder]::new('X2') }, 'is an object of type System.Text.StringBuilder')
    , @('an XmlElement', { $xml.disk }, 'is an object of type System.Xml.XmlElement')
    , @('a script block', { { 'X2' } }, 'is an object of type System.Management.Automation.ScriptBlock')
    , @('a version', { [version]'1.2' }, 'is an object of type System.Version')
    , @('a date', { [datetime]::new(2026, 1, 1) }, 'is an object of type System.DateTime')
    , @('a letter', { [char]'X' }, 'is an object of type System.Char')
    , @('yes', { $true }, 'is an object of type System.Boolean')
    , @('an enumeration', { [System.DayOfWeek]::Monday }, 'is an object of type System.DayOfWeek')
    , @('a tab inside', { "X`t2" }, 'control characters')
    , @('a NUL', { "X2$([char]0)" }, 'control characters')
    , @('a line end inside', { "X`n2" }, 'control characters')
    , @('an escape', { "$([char]27)[2JX2" }, 'control characters')
    , @('what USB sticks have', { "$([char]3)N" }, 'control characters')
    , @('a C1 control', { "X$([char]0x9B)2" }, 'control characters')
    , @('half a surrogate pair', { "X$([char]0xD83D)" }, 'surrogate')
    , @('the other half', { "X$([char]0xDE00)2" }, 'surrogate')
    , @('halves the wrong way round', { "$([char]0xDE00)$([char]0xD83D)" }, 'surrogate')
    , @('1,025 characters', { 'X' * 1025 }, '1025 characters')
    , @('70,000 letters', { 'X' * 70000 }, '70000 characters')
    , @('7,400 euro signs', { "$([char]0x20AC)" * 7400 }, '7400 characters')
    , @('a million letters', { 'X' * 1000000 }, '1000000 characters')
    , @('a number that a spreadsheet rounded', { '6.00508E+31' }, 'rounded')
    , @('one with a comma', { '6,00508E+31' }, 'rounded')
    , @('a number of more digits than it has', { [double]6.0050802830600000e31 }, 'rounded')
    , @('half a number', { 1.5 }, 'rounded')
    , @('not a number', { [double]::NaN }, 'rounded')
    , @('infinity', { [double]::PositiveInfinity }, 'rounded')
    , @('a number of 200 digits', { [bigint]::Pow(10, 200) }, 'BigInteger')
)
$sources = @(
    , @('an MSFT_Disk', { New-TestDisk 1 }, 'UniqueId', 'SerialNumber')
    , @('a physical disk', {
            New-FakePhysicalDisk -DeviceId '1' -UniqueId (Get-TestUniqueId 1) -SerialNumber (Get-TestSerial 1)
        }, 'UniqueId', 'SerialNumber')
    , @('a disk of ours', { New-Own 1 }, 'UniqueId', 'SerialNumber')
    , @('a record', {
            New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 1; SerialNumber = Get-TestSerial 1 }
        }, 'UniqueId', 'SerialNumber')
    , @('a record with names of its own', {
            New-Record @{ number = 1; unique_id = Get-TestUniqueId 1; 'Serial No.' = Get-TestSerial 1 }
        }, 'unique_id', 'Serial No.')
)
foreach ($source in $sources) {
    Test-That "control: $($source[0]) goes through, also with one statement empty, blank or absent" {
        $whole = & $source[1]
        $fewer = foreach ($name in $source[2], $source[3]) {
            foreach ($value in $null, '', '   ', [System.DBNull]::Value) { Set-Value (& $source[1]) $name $value }
        }
        Assert-Sent (@($whole) + @($fewer)) 1
    }
    foreach ($field in $source[2], $source[3]) {
        Test-That "refuses $($source[0]) whose $field is any of $($unreadable.Count) things that cannot be read" {
            Assert-EachRefused @(foreach ($row in $unreadable) {
                    , @((Set-Value (& $source[1]) $field (& $row[1])), "its $([regex]::Escape($field)) .*$($row[2])", '-Number 1')
                })
        }
    }
}

Test-That 'an unreadable one among others costs them nothing' {
    $got = Invoke-Release @((New-TestDisk 1), (Set-Value (New-TestDisk 2) 'UniqueId' @('x')), (New-TestDisk 3))
    Assert-Equal (@($got.Output | Where-Object { $_.Outcome -eq 'Accepted' } | ForEach-Object { [int]$_.Number }) -join ' ') '1 3'
}

Test-That 'the preferences of the caller make nothing of a refusal' {
    foreach ($preference in 'SilentlyContinue', 'Ignore', 'Continue') {
        $ErrorActionPreference = $preference
        $got = @(Set-Value (New-TestDisk 2) 'SerialNumber' @('x') | Invoke-StorageRelease -Force 2>$null)
        Assert-Equal $got.Count 1
        Assert-Equal $got[0].Outcome Refused
    }
}

Test-That 'a refusal leaves one error behind, and no other' {
    $one = Set-Value (New-TestDisk 2) 'SerialNumber' @('x')
    $Error.Clear()
    $null = $one | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue
    Assert-Equal $Error.Count 1
}

Test-That 'texts at their limit are read' {
    $long = 'Zy' * 512
    $got = Invoke-Release @(, (Set-Value (New-TestDisk 1) 'SerialNumber' $long))
    Assert-Equal $got.Output[0].Outcome IdentityChanged
    $got = Invoke-Release @(, (Set-Value (New-TestDisk 1) 'UniqueId' $long))
    Assert-Equal $got.Output[0].IdentifiedBy SerialNumber
}

Test-That 'a name is cut and cleaned, not refused; one that is no text is' {
    foreach ($name in ('N' * 100000), "$([char]27)[2J$([char]0x202E)N", "N$([char]0xD83D)", 'N+1', 7) {
        Assert-Sent (Set-Value (New-TestDisk 1) 'FriendlyName' $name) 1
        Assert-Sent (Set-Value (New-Record @{ UniqueId = Get-TestUniqueId 1; FriendlyName = '' }) 'FriendlyName' $name) 1
    }
    Assert-Refused (Set-Value (New-TestDisk 1) 'FriendlyName' @('a', 'b')) 'its FriendlyName is an array'
    Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 1; FriendlyName = @{} }) 'its FriendlyName is an object'
}

Test-That 'what was typed is read by the same reader' {
    foreach ($text in ('X' * 1025), ('X' * 100000), "X`t2", "X$([char]0xD83D)", '6.00508E+31') {
        foreach ($verb in 'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Get-StorageReservation') {
            foreach ($parameter in 'UniqueId', 'SerialNumber') {
                $with = @{ $parameter = $text }
                if ($verb -notlike 'Get-*') { $with.Force = $true }
                $got = Invoke-Capture { & $verb @with }
                if ($got.Thrown) { throw $got.Thrown }
                Assert-Equal $got.Output.Count 1
                Assert-Equal $got.Output[0].Outcome Refused
                Assert-Match $got.Output[0].Message "What was given cannot be read: $parameter "
                Assert-Match $got.Output[0].NextStep "$verb -Number"
            }
        }
    }
    $got = Invoke-Capture { Invoke-StorageRelease -UniqueId ('X' * 70000) -WhatIf }
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output.Count 0
    Assert-Equal (Get-Released $bus).Contains('unit 11') $false
}

# --- flags -----------------------------------------------------------------------------------------------------

$yes = @(1, '1', 'yes', 'YES', 'y', 'True', 'true', ' True ', 'TRUE', '$true', $true, [long]1, [double]1)
$no = @(0, '0', 'no', 'False', 'false ', '$false', $false, [uint32]0)
$odd = @(
    2, -1, '2', 'maybe', 'Wahr', 'x', 1.5, [char]'1', [System.DayOfWeek]::Monday, [datetime]::MinValue, @{}, "tr`tue", ('1' * 65), [guid]::Empty)
Test-That 'a flag that says yes guards, in every way to say it' {
    $own = New-Own 2
    Assert-EachSentBack 'Boot' @(foreach ($value in $yes) {
            Set-Value (New-TestDisk 2) 'IsBoot' $value
            Set-Value $own.PSObject.Copy() 'IsBoot' $value
            New-Record @{ UniqueId = Get-TestUniqueId 2; IsBoot = $value }
            New-Record @{ UniqueId = Get-TestUniqueId 2; boot = $value }
        })
}
Test-That 'control: one that says no, or nothing, does not' {
    $own = New-Own 2
    Assert-Sent @(foreach ($value in $no + @($null, '', '  ')) {
            Set-Value (New-TestDisk 2) 'IsBoot' $value
            Set-Value $own.PSObject.Copy() 'IsBoot' $value
            New-Record @{ UniqueId = Get-TestUniqueId 2; IsBoot = $value; bootable = $value }
        }) 2
}
Test-That 'one that cannot be read is a refusal, not a no' {
    $arrays = @(, @($true)) + @(, @($false)) + @(, @())
    Assert-EachRefused @(foreach ($value in $odd + $arrays) {
            foreach ($flag in 'IsBoot', 'IsSystem', 'IsClustered') { , @((Set-Value (New-TestDisk 2) $flag $value), "its $flag (is|has)", '-Number 2') }
            foreach ($flag in 'IsBoot', 'system_disk', 'Clustered', 'Is Multipath') {
                , @((Set-Value (New-Record @{ UniqueId = Get-TestUniqueId 2 }) $flag $value), "its $flag (is|has)", '')
            }
        })
    foreach ($value in $arrays) {
        $image = New-FakeDiskImage -Number 2 -DevicePath '\\.\PhysicalDrive2' -Attached $true
        Assert-Refused (Set-Value $image 'Attached' $value) ''
    }
}
$flagColumns = @{
    Boot = 'IsBoot', 'is_boot', 'Boot', 'boot_disk', 'bootable'; System = 'IsSystem', 'System', 'system_disk', 'Is System'
    Clustered = 'IsClustered', 'clustered', 'is-clustered'; Multipath = 'IsMultipath', 'multipath', 'MPIO'
}
foreach ($kind in $flagColumns.Keys) {
    Test-That "the guard $kind holds for a record under each name of its column, in every form" {
        Assert-EachSentBack $kind @(foreach ($column in $flagColumns[$kind]) {
                foreach ($form in @('live') + $script:Forms) { Convert-Form (New-Record @{ UniqueId = Get-TestUniqueId 2; $column = $true }) $form }
            })
        Assert-Sent @(foreach ($column in $flagColumns[$kind]) { New-Record @{ UniqueId = Get-TestUniqueId 2; $column = $false } }) 2
    }
}
Test-That 'two flags that contradict each other cannot be read' {
    Assert-Refused (New-Record ([ordered]@{ UniqueId = Get-TestUniqueId 2; IsBoot = $false; boot = 'yes' })) 'its IsBoot is "False", and its boot is "True"'
}
Test-That 'an interface path of MPIO in a record guards' {
    $path = '\\?\mpio#disk&ven_ibm&prod_2145#1&7f6ac24&0&1#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}'
    Assert-EachSentBack Multipath @(New-Record @{ UniqueId = Get-TestUniqueId 2; Path = $path })
    Assert-Sent (New-Record @{ UniqueId = Get-TestUniqueId 2; Path = $path.Replace('mpio', 'scsi') }) 2
}

# --- numbers and paths -----------------------------------------------------------------------------------------

Test-That 'a number beside the path of another disk says neither' {
    foreach ($one in (Set-Value (New-Own 1) 'DevicePath' '\\.\PhysicalDrive2'), (New-FakeDiskDrive -Index 1 -DeviceID '\\.\PHYSICALDRIVE2'),
        (New-FakeDiskImage -Number 1 -DevicePath '\\.\PhysicalDrive2'), (Set-Value (New-TestDisk 1) 'Path' '\\?\PhysicalDrive2'),
        (New-Record @{ Number = 1; DevicePath = '\\.\PhysicalDrive2'; UniqueId = Get-TestUniqueId 1 }),
        (New-Record @{ Number = 1; DevicePath = '\\.\PhysicalDrive2' }),
        (New-Record @{ Number = 1; DeviceID = '\\.\PHYSICALDRIVE2'; SerialNumber = Get-TestSerial 1 }),
        (New-Record @{ DevicePath = '\\.\PhysicalDrive1'; DeviceID = '\\.\PHYSICALDRIVE2'; SerialNumber = Get-TestSerial 1 })) {
        Assert-Refused $one 'PHYSICALDRIVE2|PhysicalDrive2'
    }
    Assert-Sent (Set-Value (New-Own 1) 'DevicePath' '\\?\physicaldrive1') 1
    Assert-Sent (New-FakeDiskImage -Number 1 -DevicePath '\\.\PHYSICALDRIVE1') 1
    Assert-Sent (New-Record @{ Number = 1; DevicePath = '\\.\PhysicalDrive1'; DeviceID = '\\.\PHYSICALDRIVE1'; UniqueId = Get-TestUniqueId 1 }) 1
}
Test-That 'the image of a CD, whose number is that of a drive, is not disk 0' {
    foreach ($form in @('live') + $script:Forms) {
        Assert-Refused (Convert-Form (New-FakeDiskImage -Number 0 -DevicePath '\\.\CDROM0') $form) 'CDROM0'
    }
    Assert-Refused (Set-Value (New-Own 1) 'DevicePath' '\\.\Tape0') 'Tape0'
}
Test-That 'paths that are none are refused beside everything' {
    $own = New-Own 1
    Assert-EachRefused @(foreach ($value in '\\.\C:', '\\.\pipe\x', '\\?\GLOBALROOT\Device\Harddisk1', @('\\.\PhysicalDrive1'), @{}, ('x' * 513), "\\.\Physical`tDrive1") {
            , @((Set-Value $own.PSObject.Copy() 'DevicePath' $value), 'DevicePath', '')
            , @((Set-Value (New-Record @{ UniqueId = Get-TestUniqueId 1 }) 'DevicePath' $value), 'DevicePath', '')
        })
    # A LUN's path on its array is no statement about a device of this computer.
    Assert-Sent (New-Record @{ SerialNumber = Get-TestSerial 1; Path = '/vol/vol1/lun1' }) 1
}
Test-That 'a number that cannot be read is no record without a number' {
    $own = New-Own 1
    Assert-EachRefused @(foreach ($value in 'abc', '1,2', '-1', '01', '1.5', '1E1', 1.5, -1, @(1), @{}, $true, [char]'1', ('1' * 65), ('1' * 100000), [uint32]::MaxValue) {
            , @((Set-Value (New-Record @{ UniqueId = Get-TestUniqueId 1 }) 'Number' $value), 'its Number is', '')
            , @((Set-Value $own.PSObject.Copy() 'Number' $value), 'its Number is', '')
        })
    Assert-Refused (New-Record ([ordered]@{ UniqueId = Get-TestUniqueId 1; Number = 1; DiskNumber = 2 })) 'Number is "1", and its DiskNumber is "2"'
    Assert-Sent (New-Record @{ UniqueId = Get-TestUniqueId 1; Number = 7; DiskNumber = '7' }) 1
}

# --- records ---------------------------------------------------------------------------------------------------

$columns = @{
    UniqueId     = 'UniqueId', 'uniqueid', 'UNIQUEID', 'unique_id', 'Unique Id', 'Unique-ID', 'unique id ', 'Unique.Id', 'DiskUniqueId',
        'UniqueIdentifier', 'vdisk_UID', 'LUN UID', 'NAA', "Unique$([char]0xA0)Id", "$([char]0xFEFF)UniqueId"
    SerialNumber = 'SerialNumber', 'serialnumber', 'serial_number', 'Serial Number', 'Serial', 'serial', 'SERIAL', 'serial_no', 'Serial No.',
        'Serial-No', 'SerialNo', 'Serial #', 'S/N', 'SN', 'Disk Serial', 'LUN Serial Number', 'drive_serial_number'
}
foreach ($statement in $columns.Keys) {
    Test-That "a record is sent by its $statement under any name of that column, whatever its number" {
        $id = $(if ($statement -eq 'UniqueId') { Get-TestUniqueId 4 } else { Get-TestSerial 4 })
        Assert-Sent @(foreach ($column in $columns[$statement]) {
                New-Record @{ Number = 1; $column = $id }
                New-Record @{ DiskNumber = '1'; DevicePath = '\\.\PhysicalDrive1'; $column = " $($id.ToLowerInvariant()) " }
            }) 4
    }
}
Test-That 'two names of one statement that contradict each other cannot be read; two that agree can' {
    Assert-Refused (New-Record ([ordered]@{ UniqueId = Get-TestUniqueId 1; unique_id = Get-TestUniqueId 2 })) 'UniqueId is ".*1", and its unique_id is ".*2"'
    Assert-Refused (New-Record ([ordered]@{ Serial = Get-TestSerial 1; SerialNumber = Get-TestSerial 2 })) 'its Serial is "FAKE0001", and its SerialNumber is "FAKE0002"'
    Assert-Refused (New-Record ([ordered]@{ Serial = Get-TestSerial 1; SerialNumber = '0' })) 'its Serial is "FAKE0001", and its SerialNumber is "0"'
    Assert-Sent (New-Record ([ordered]@{ UniqueId = Get-TestUniqueId 1; unique_id = (Get-TestUniqueId 1).ToLowerInvariant() })) 1
    Assert-Sent (New-Record ([ordered]@{ Serial = Get-TestSerial 1; SerialNumber = '' })) 1
    # A UniqueId and a serial number of different disks are read, and the disk decides.
    $got = Invoke-Release @(, (New-Record @{ UniqueId = Get-TestUniqueId 1; Serial = Get-TestSerial 2 }))
    Assert-Equal $got.Output[0].Outcome IdentityChanged
}
$nameless = @(
    , @('nothing but a number', @{ Number = 1 })
    , @('a number as text', @{ DiskNumber = '1' })
    , @('a number and a name', @{ Number = '1'; FriendlyName = 'OLD NAME' })
    , @('a number and a path', @{ Number = 1; DevicePath = '\\.\PhysicalDrive1' })
    , @('a number and an empty serial number', @{ Number = 1; SerialNumber = '' })
    , @('a number and a serial number of zeros', @{ Number = 1; SerialNumber = '0000000000' })
    , @('a number and a serial number of nothing', @{ Number = 1; SerialNumber = 'N/A' })
    , @('a number and what a mainboard says', @{ Number = 1; 'Serial Number' = 'To be filled by O.E.M.' })
    , @('a number and a UniqueId that Windows made up', @{ Number = 1; UniqueId = '{256a2559-ce63-5434-1bee-3ff629daa3a8}' })
    , @('a number and one that says where it was', @{ Number = 1; UniqueId = 'SCSI\DISK&VEN_VMWARE&PROD_VIRTUAL_DISK\5&1F2A051D&0&000300:ESXW16' })
    , @('a number under the name of an index', @{ Index = 1; Model = 'x' })
    , @('a number under the name of a device', @{ DeviceId = '1'; Model = 'x' })
    , @('a number under the name of a disk', @{ Disk = 1 })
)
foreach ($row in $nameless) {
    Test-That "refuses a record with $($row[0]), in every form, with the line to type" {
        Assert-EachRefused @(foreach ($form in @('live') + $script:Forms) {
                , @((Convert-Form (New-Record $row[1]) $form), 'states no UniqueId and no serial number', '\bInvoke-StorageRelease -Number 1\b')
            })
        # The line that it gives is no circle.
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force }
        Assert-Equal $got.Output[0].Outcome Accepted
    }
}
Test-That 'refuses a record with nothing but a path, with the line to type' {
    foreach ($form in @('live') + $script:Forms) {
        Assert-Refused (Convert-Form (New-Record @{ DevicePath = '\\.\PhysicalDrive1' }) $form) 'states no UniqueId' "-Path '\\\\\.\\PhysicalDrive1'"
        Assert-Refused (Convert-Form (New-Record @{ Path = '\\.\Tape0' }) $form) 'states no UniqueId' "-Path '\\\\\.\\Tape0'"
    }
}
Test-That 'a live disk that lost its identity on the way is a record' {
    foreach ($disk in (New-TestDisk 1), (New-Own 1)) {
        foreach ($name in 'UniqueId', 'SerialNumber') { $disk.PSObject.Properties.Remove($name) }
        foreach ($form in $script:Forms) { Assert-Refused (Convert-Form $disk $form) 'states no UniqueId' '-Number 1' }
    }
}
Test-That 'control: live, it goes by its number, with a warning, once a command' {
    foreach ($disk in (New-TestDisk 1), (New-Own 1)) {
        foreach ($name in 'UniqueId', 'SerialNumber') { $disk.PSObject.Properties.Remove($name) }
        $got = Invoke-Release @($disk, $disk, $disk)
        Assert-Equal ($got.Output.Outcome -join ' ') 'Accepted Accepted Accepted'
        Assert-Equal ($got.Output.IdentifiedBy -join ' ') 'Number Number Number'
        Assert-Equal $got.Warnings.Count 1
        Assert-Match "$($got.Warnings[0])" '^Disk 1 was identified by its number alone'
        $got = Invoke-Capture { $disk | Get-StorageReservation }
        Assert-Equal $got.Warnings.Count 1
    }
    foreach ($body in { Invoke-StorageRelease -Number 1 -Force }, { Invoke-StorageRelease -Path '\\.\PhysicalDrive1' -Force },
        { '\\.\PhysicalDrive1' | Invoke-StorageRelease -Force }, { New-TestDisk 1 | Invoke-StorageRelease -Force },
        { Get-StorageReservation -DeviceType Disk, Tape }) {
        $got = Invoke-Capture $body
        Assert-Equal $got.Warnings.Count 0 "$body"
    }
}
Test-That 'a disk of every kind is the same disk in every form' {
    foreach ($disk in (New-TestDisk 3), (New-FakePhysicalDisk -DeviceId '3' -UniqueId (Get-TestUniqueId 3) -SerialNumber (Get-TestSerial 3)),
        (New-FakeDiskDrive -Index 3 -SerialNumber (Get-TestSerial 3)), (New-Own 3), (Get-StorageReservation 3), (Invoke-StorageRelease 3 -Force)) {
        Assert-Sent @(@($disk) + @(foreach ($form in $script:Forms) { Convert-Form $disk $form })) 3
        Assert-Sent @(foreach ($form in $script:Forms) {
            $record = Convert-Form $disk $form
            # ... also where it has another number today.
            foreach ($name in 'Number', 'Index', 'DeviceId', 'DevicePath', 'Path') {
                if ($null -eq $record.PSObject.Properties[$name]) { continue }
                $isPath = $name -like '*Path' -or ($name -eq 'DeviceId' -and $null -ne $record.PSObject.Properties['Index'])
                $record.$name = $(if ($isPath) { '\\.\PhysicalDrive9' } else { 9 })
            }
            $record
        }) 3
    }
}
Test-That 'forms of forms are records, too' {
    foreach ($first in $script:Forms) {
        Assert-Sent @(foreach ($second in $script:Forms) { Convert-Form (Convert-Form (New-TestDisk 3) $first) $second }) 3
    }
}
Test-That 'a CIM instance without a session is one that PowerShell made of CLIXML, and a record' {
    foreach ($session in [guid]::Empty, [guid]::NewGuid()) {
        $disk = New-TestDisk 3
        $disk.Number = [uint32]9
        $disk.PSObject.Methods.Add([System.Management.Automation.PSScriptMethod]::new('GetCimSessionInstanceId', { $session }.GetNewClosure()))
        $got = Invoke-Release @(, $disk)
        Assert-Equal $got.Output[0].Outcome $(if ($session -eq [guid]::Empty) { 'Accepted' } else { 'IdentityChanged' })
    }
}

# --- spreadsheets ----------------------------------------------------------------------------------------------

Test-That 'a column that a spreadsheet rounded has a sentence of its own' {
    Assert-Refused (New-Record @{ Number = '1'; UniqueId = '6.00508E+31' }) 'UniqueId is 6.00508E\+31, which looks rounded by a spreadsheet' 'as text'
}
Test-That 'columns that were not separated have a sentence of their own' {
    foreach ($delimiter in ';', "`t", '|') {
        $name = 'Number', 'UniqueId', 'Name' -join $delimiter
        Assert-Refused (New-Record @{ $name = '1', (Get-TestUniqueId 1), 'x' -join $delimiter }) 'were not separated' $(if ($delimiter -eq "`t") { '-Delimiter ''`t''' } else { "-Delimiter '$([regex]::Escape($delimiter))'" })
    }
    Assert-Sent (New-Record @{ UniqueId = Get-TestUniqueId 1; 'Notes;more' = 'x' }) 1
}

# --- parts and other things ------------------------------------------------------------------------------------

$parts = @(
    'PartitionNumber', 'partition_number', 'Partition Number', 'Partition', 'DriveLetter', 'drive_letter', 'Drive Letter', 'Offset',
    'StartingOffset', 'VolumeName', 'Volume Label', 'FileSystem', 'file-system', 'FileSystemLabel', 'FileSystemType', 'DriveType',
    'GptType', 'MbrType', 'AccessPaths', 'VolumeSerialNumber', 'SizeRemaining', 'MountPoint')
foreach ($column in $parts) {
    Test-That "refuses what has a column $column, in every form, whatever stands in it and beside it" {
        Assert-EachRefused @(foreach ($value in '2', '', $null) {
                $record = New-Record @{ DiskNumber = 1; UniqueId = Get-TestUniqueId 1; SerialNumber = Get-TestSerial 1; $column = $value }
                foreach ($form in @('live') + $script:Forms) {
                    , @((Convert-Form $record $form), "has a column $([regex]::Escape($column))\. A (partition|volume) is not a disk", 'Get-Disk')
                }
            })
    }
}
Test-That 'a partition or volume stays one in every form' {
    $wmi = {
        param($Class, $Property)
        $Property.CreationClassName = $Class
        New-FakeCim $Class @() 'root/cimv2' $Property @()
    }
    foreach ($thing in (New-FakePartition -DiskNumber 1), (New-FakeVolume),
        (& $wmi 'Win32_LogicalDisk' @{ DeviceID = 'C:'; Name = 'C:'; Size = 1 }), (& $wmi 'Win32_Volume' @{ DeviceID = '\\?\Volume{0}\'; SerialNumber = [uint32]5 }),
        (& $wmi 'Win32_DiskPartition' @{ DiskIndex = 1; Index = 0; DeviceID = 'Disk #1, Partition #0' })) {
        Assert-EachRefused @(foreach ($form in @('live') + $script:Forms) { , @((Convert-Form $thing $form), 'A (partition|volume) is not a disk', 'Get-Disk') })
    }
    # By the text that a list keeps of its class, and by that alone.
    Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 1; CimClass = 'ROOT/Microsoft/Windows/Storage:MSFT_Partition' }) 'A partition is not a disk'
    Assert-Sent (New-Record @{ UniqueId = Get-TestUniqueId 1; CimClass = 'ROOT/Microsoft/Windows/Storage:MSFT_Disk' }) 1
    Assert-EachRefused @(foreach ($place in 'C:', 'D:\', 'e:/', '\\?\Volume{11111111-2222-3333-4444-555555555555}\', '\\.\C:') {
            foreach ($column in 'DeviceID', 'Name', 'Path', 'Drive', 'Root') { , @((New-Record @{ UniqueId = Get-TestUniqueId 1; $column = $place }), 'A volume is not a disk', '') }
        })
}
Test-That 'other things stay what they are in every form' {
    $virtual = New-FakeCim 'MSFT_VirtualDisk' @() 'ROOT/Microsoft/Windows/Storage' @{ UniqueId = Get-TestUniqueId 1; ResiliencySettingName = 'Mirror' } @()
    $iscsi = New-FakeCim 'MSFT_iSCSISession' @() 'ROOT/Microsoft/Windows/Storage' @{ SessionIdentifier = 'a-1' } @()
    $holder = New-Record @{ UniqueId = Get-TestUniqueId 1; State = 'NotReserved'; Message = 'let in'; NextStep = 'none'; Holder = ''; HolderSession = $null }
    $holder.PSObject.TypeNames.Insert(0, 'StorageRelease.Holder')
    $registrant = New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 1; Key = '0x1'; AllTargetPorts = $true }
    $registrant.PSObject.TypeNames.Insert(0, 'StorageRelease.Registrant')
    foreach ($form in @('live') + $script:Forms) {
        Assert-Refused (Convert-Form $virtual $form) 'virtual disk'
        Assert-Refused (Convert-Form $iscsi $form) 'iSCSI'
        Assert-Refused (Convert-Form $registrant $form) 'registrant'
        $got = Invoke-Release @(, (Convert-Form $holder $form))
        Assert-Match $got.Output[0].Message 'NotReserved: let in'
    }
    Assert-Equal (Get-Released $bus).Contains('unit 10') $false
}

# Properties of real disk objects: MSFT_Disk, MSFT_PhysicalDisk, Win32_DiskDrive and MSFT_DiskImage as Microsoft documents
# them, with what the Storage module and PowerShell add.
$real = @{
    MSFT_Disk         = 'ObjectId PassThroughClass PassThroughIds PassThroughNamespace PassThroughServer UniqueId AdapterSerialNumber AllocatedSize ' +
        'BootFromDisk BusType FirmwareVersion FriendlyName Guid HealthStatus IsBoot IsClustered IsHighlyAvailable IsOffline IsReadOnly IsScaleOut ' +
        'IsSystem LargestFreeExtent Location LogicalSectorSize Manufacturer Model Number NumberOfPartitions OfflineReason OperationalStatus ' +
        'PartitionStyle Path PhysicalSectorSize ProvisioningType SerialNumber Signature Size UniqueIdFormat DiskNumber PSComputerName'
    MSFT_PhysicalDisk = 'ObjectId PassThroughClass PassThroughIds PassThroughNamespace PassThroughServer UniqueId Description FriendlyName ' +
        'HealthStatus Manufacturer Model OperationalDetails OperationalStatus PhysicalLocation SerialNumber AdapterSerialNumber AllocatedSize BusType ' +
        'CannotPoolReason CanPool DeviceId EnclosureNumber FirmwareVersion FruId IsIndicationEnabled IsPartial LogicalSectorSize MediaType ' +
        'OtherCannotPoolReasonDescription PartNumber PhysicalSectorSize Size SlotNumber SoftwareVersion SpindleSpeed StoragePoolUniqueId ' +
        'SupportedUsages UniqueIdFormat Usage VirtualDiskFootprint PSComputerName'
    Win32_DiskDrive   = 'Availability BytesPerSector Capabilities CapabilityDescriptions Caption CompressionMethod ConfigManagerErrorCode ' +
        'ConfigManagerUserConfig CreationClassName DefaultBlockSize Description DeviceID ErrorCleared ErrorDescription ErrorMethodology ' +
        'FirmwareRevision Index InstallDate InterfaceType LastErrorCode Manufacturer MaxBlockSize MaxMediaSize MediaLoaded MediaType MinBlockSize ' +
        'Model Name NeedsCleaning NumberOfMediaSupported Partitions PNPDeviceID PowerManagementCapabilities PowerManagementSupported SCSIBus ' +
        'SCSILogicalUnit SCSIPort SCSITargetId SectorsPerTrack SerialNumber Signature Size Status StatusInfo SystemCreationClassName SystemName ' +
        'TotalCylinders TotalHeads TotalSectors TotalTracks TracksPerCylinder PSComputerName'
    MSFT_DiskImage    = 'Attached BlockSize DevicePath FileSize ImagePath LogicalSectorSize Number Size StorageType PSComputerName'
}
foreach ($class in $real.Keys) {
    Test-That "no property that a real $class has makes it anything else, live or in any form" {
        $property = [ordered]@{}
        foreach ($name in $real[$class].Split(' ')) {
            $property[$name] = switch ($name) {
                'Number' { [uint32]5 } 'DiskNumber' { [uint32]5 } 'Index' { [uint32]5 } 'UniqueId' { Get-TestUniqueId 5 } 'SerialNumber' { Get-TestSerial 5 }
                'DeviceId' { $(if ($class -eq 'Win32_DiskDrive') { '\\.\PHYSICALDRIVE5' } else { '5' }) } 'Name' { '\\.\PHYSICALDRIVE5' }
                'DevicePath' { '\\.\PhysicalDrive5' } 'Attached' { $true } 'SystemName' { [Environment]::MachineName } 'CreationClassName' { $class }
                'Path' { '\\?\scsi#disk&ven_fake&prod_virtual_disk#5&1f2a051d&0&000500#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}' }
                'Guid' { '{11111111-2222-3333-4444-555555555555}' } 'Size' { [uint64]1073741824 } 'OperationalStatus' { , @([uint16]2) }
                'Caption' { 'FAKE Virtual Disk' } 'Location' { 'Integrated : Adapter 0 : Port 0 : Target 0 : LUN 5' }
                { $_ -like 'Is*' -or $_ -eq 'BootFromDisk' } { $false }
                default { $null }
            }
        }
        $disk = New-FakeCim $class @() 'ROOT/Microsoft/Windows/Storage' $property @()
        Assert-Sent $disk 5
        foreach ($form in $script:Forms) {
            $record = Convert-Form $disk $form
            if ($class -eq 'MSFT_DiskImage') { Assert-Refused $record 'states no UniqueId' '-Number 5' }
            else { Assert-Sent $record 5 }
        }
    }
}

# --- other computers -------------------------------------------------------------------------------------------

$computers = @(
    'PSComputerName', 'ComputerName', 'computer_name', 'Computer Name', 'Server', 'ServerName', 'server-name', 'Host', 'HostName', 'host_name', 'Node',
    'NodeName', 'SystemName', '__SERVER', 'MachineName', 'Machine', 'Computer', 'FQDN', 'DNSHostName', 'CSName', 'OwnerNode')
foreach ($column in $computers) {
    Test-That "refuses a record of another computer by its column $column, in every form" {
        $record = New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 1; $column = 'server9' }
        Assert-EachRefused @(
            foreach ($form in @('live') + $script:Forms) { , @((Convert-Form $record $form), 'comes from server9', '-Session \(New-PSSession -ComputerName server9\)') }
            foreach ($value in @('server9'), @('localhost', 'server9'), @(), @{}, $true, "server`t9", ('s' * 513), [System.Text.StringBuilder]::new('server9')) {
                , @((Set-Value (New-Record @{ UniqueId = Get-TestUniqueId 1 }) $column $value), "its $([regex]::Escape($column)) (is|has)", '')
            })
        Assert-Sent @(foreach ($local in [Environment]::MachineName, 'localhost', '.', '', ' ', $null, 'bench-1', 'BENCH-1') {
                New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 1; $column = $local }
            }) 1
    }
}
Test-That 'a live object whose computer cannot be read is refused' {
    $own = New-Own 1
    Assert-EachRefused @(foreach ($value in @('server9'), @(), @($null), @{}, 0, $false, ('s' * 513), "server`t9") {
            , @((Set-Value (New-TestDisk 1) 'PSComputerName' $value), 'PSComputerName|comes from', '')
            , @((Set-Value $own.PSObject.Copy() 'ComputerName' $value), 'ComputerName|comes from', '')
            $disk = New-TestDisk 1
            $disk.CimSystemProperties.ServerName = $value
            , @($disk, 'ServerName|comes from', '')
        })
}
Test-That 'the server of a CIM object stays in what Select-Object and JSON keep of it' {
    $disk = New-FakeDisk -Number 1 -UniqueId (Get-TestUniqueId 1) -ServerName 'server9'
    foreach ($form in 'select', 'json', 'clixml') { Assert-Refused (Convert-Form $disk $form) 'comes from server9' }
}
Test-That 'two computers, one of them this one: it comes from the other' {
    Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 1; Host = [Environment]::MachineName; Server = 'server9' }) 'comes from server9'
}
Test-That 'the bus of an object is read, too' {
    foreach ($value in @('Windows'), @{}, $true) {
        Assert-Refused (Set-Value (New-Own 1) 'Bus' $value) 'its Bus is'
        Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 1; Bus = $value }) 'its Bus is'
    }
    foreach ($form in @('live') + $script:Forms) { Assert-Refused (Convert-Form (Set-Value (New-Own 1) 'Bus' 'Windows') $form) 'real computer' }
    Assert-Sent (New-Record @{ UniqueId = Get-TestUniqueId 1; Bus = 0 }) 1
}

# --- odd objects -----------------------------------------------------------------------------------------------

function Add-ScriptProperty {
    param([object]$InputObject, [string]$Name, [scriptblock]$Get)
    $InputObject.PSObject.Properties.Remove($Name)
    $InputObject.PSObject.Properties.Add([System.Management.Automation.PSScriptProperty]::new($Name, $Get))
    $InputObject
}
function New-Cast {
    param([string]$Type, [System.Collections.IDictionary]$Property)
    $record = [pscustomobject]$Property
    $record.PSObject.TypeNames.Insert(0, $Type)
    $record
}

Test-That 'a getter that leaves the loop which reads it is a refusal, whichever property it is' {
    foreach ($get in { break }, { continue }, { break outer }, { throw 'gone' }) {
        foreach ($name in 'Number', 'UniqueId', 'SerialNumber', 'FriendlyName', 'Path', 'IsBoot', 'IsSystem', 'IsClustered', 'PSComputerName') {
            $disk = Add-ScriptProperty (New-TestDisk 1) $name $get
            $record = Add-ScriptProperty (New-Record ([ordered]@{ UniqueId = Get-TestUniqueId 1; SerialNumber = Get-TestSerial 1; Number = 1; ComputerName = 'server9'; Path = ''; IsBoot = $true })) $name $get
            $got = Invoke-Release @($disk, $record, (New-TestDisk 6))
            Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Refused Accepted' "$name $get"
        }
    }
}
Test-That 'a cast that only bears the name of our objects is a record' {
    foreach ($type in 'StorageRelease.Disk', 'StorageRelease.Result', 'StorageRelease.Reservation') {
        Assert-Refused (New-Cast $type @{ Number = 1; DevicePath = '\\.\PhysicalDrive1' }) 'states no UniqueId' '-Number 1'
        Assert-Sent (New-Cast $type @{ Number = 1; UniqueId = Get-TestUniqueId 4 }) 4
        Assert-Refused (New-Cast "Selected.$type" @{ Number = 1; Bus = 'Rehearsal' }) 'states no UniqueId' '-Number 1'
        Assert-Refused (New-Cast "Deserialized.$type" @{ Number = 1; Bus = 'Rehearsal' }) 'states no UniqueId' '-Number 1'
        Assert-Refused (New-Cast "Deserialized.Selected.$type" @{ Number = 1; Bus = 'Rehearsal' }) 'states no UniqueId' '-Number 1'
        Assert-Refused (New-Cast "CSV:$type" @{ Number = '1'; Bus = 'Rehearsal' }) 'states no UniqueId' '-Number 1'
        Assert-Refused (New-Cast "Deserialized.CSV:$type" @{ Number = '1'; Bus = 'Rehearsal' }) 'states no UniqueId' '-Number 1'
    }
    Assert-Refused (New-Cast 'Deserialized.Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Disk' @{ Number = 1 }) 'states no UniqueId' '-Number 1'
    Assert-Refused (New-Cast 'Selected.Microsoft.Management.Infrastructure.CimInstance' @{ Number = 1; CimSystemProperties = [pscustomobject]@{ ClassName = 'MSFT_Disk'; ServerName = '.' } }) 'states no UniqueId' '-Number 1'
    Assert-Refused (New-Record @{ Number = 1; CimSystemProperties = [pscustomobject]@{ ClassName = 'MSFT_Disk'; ServerName = '.' } }) 'states no UniqueId' '-Number 1'
    Assert-Refused (New-Cast 'Deserialized.System.Management.ManagementObject#root\cimv2\Win32_DiskDrive' @{ Index = 1; __SERVER = [Environment]::MachineName }) 'states no UniqueId' '-Number 1'
    Assert-Refused (New-Cast 'Deserialized.System.Management.ManagementObject#root\cimv2\Win32_DiskDrive' @{ SerialNumber = Get-TestSerial 1; __SERVER = 'SERVER9' }) 'comes from SERVER9'
}
function ConvertFrom-Members {
    # An object with these members, as Import-Clixml makes it: some names nothing else can have.
    param([string]$Members)
    [System.Management.Automation.PSSerializer]::Deserialize('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">' +
        "<Obj RefId=`"0`"><MS>$Members</MS></Obj></Objs>")
}
$table = $null
if ($null -ne ('System.Data.DataTable' -as [type])) {
    $table = [System.Data.DataTable]::new()
    foreach ($name in 'Number', 'UniqueId') { $null = $table.Columns.Add($name) }
    $null = $table.Rows.Add(1, (Get-TestUniqueId 1))
}
$strange = @(
    , @('a hashtable', { @{ Number = 1; UniqueId = Get-TestUniqueId 1 } })
    , @('an ordered one', { [ordered]@{ Number = 1; UniqueId = Get-TestUniqueId 1 } })
    , @('a hashtable out of CLIXML', { Convert-Form @{ Number = 1; UniqueId = Get-TestUniqueId 1 } 'clixml' })
    , @('a dictionary', { [System.Collections.Generic.Dictionary[string, object]]::new() })
    , @('a row of a table', { if ($table) { $table.Rows[0] } else { [System.IO.MemoryStream]::new() } })
    , @('an XML element', { ([xml]"<d><Number>1</Number><UniqueId>$(Get-TestUniqueId 1)</UniqueId></d>").d })
    , @('an XML document', { [xml]'<d><Number>1</Number></d>' })
    , @('a StringBuilder', { [System.Text.StringBuilder]::new('\\.\PhysicalDrive1') })
    , @('an array in an array', { , @(, @((New-TestDisk 1))) })
    , @('an array list', { , [System.Collections.ArrayList]@('x') })
    , @('a reference', { [ref]1 })
    , @('a lazy one', { [System.Lazy[object]]::new() })
    , @('a task', { [System.Threading.Tasks.Task]::FromResult(1) })
    , @('a secret', { [System.Security.SecureString]::new() })
    , @('a match', { [regex]::Match('1', '1') })
    , @('a pair', { [System.Collections.Generic.KeyValuePair[string, int]]::new('Number', 1) })
    , @('a dictionary entry', { [System.Collections.DictionaryEntry]::new('Number', 1) })
    , @('a big number', { [bigint]1 })
    , @('a decimal', { [decimal]1.5 })
    , @('an address', { [ipaddress]'127.0.0.1' })
    , @('a culture', { [cultureinfo]'de-DE' })
    , @('an exception', { [exception]::new('1') })
    , @('a type', { [int] })
    , @('an object of no property', { [psobject]::new() })
    , @('an object of a type of its own that says all', { New-Cast 'Contoso.Lun' @{ Number = 1; UniqueId = Get-TestUniqueId 1 } })
    , @('what a type of its own leaves in CLIXML', { New-Cast 'Deserialized.Contoso.Lun' @{ Number = 1; UniqueId = Get-TestUniqueId 1 } })
    , @('what Compare-Object gives', { New-Record @{ InputObject = (New-TestDisk 1); SideIndicator = '=>' } })
    , @('what Group-Object gives, selected', { New-Record @{ Count = 1; Name = '1'; Group = @((New-TestDisk 1)) } })
    , @('what Format-Table gives', { New-Cast 'Microsoft.PowerShell.Commands.Internal.Format.FormatStartData' @{ UniqueId = Get-TestUniqueId 1 } })
    , @('what Format-Table leaves in CSV', { New-Record @{ ClassId2e4f51ef21dd47e99d3c952918aff9cd = 'x'; pageHeaderEntry = ''; shapeInfo = 'y' } })
    , @('a disk inside an object', { New-Record @{ Disk = (New-TestDisk 1) } })
    , @('one whose property is called PSObject', { ConvertFrom-Members "<I32 N=`"PSObject`">1</I32><I32 N=`"Number`">1</I32><S N=`"UniqueId`">$(Get-TestUniqueId 1)</S>" })
    , @('one that forges what PowerShell says of it', {
            ConvertFrom-Members ('<Obj N="PSObject" RefId="1"><MS><Obj N="TypeNames" RefId="2"><LST><S>StorageRelease.Disk</S></LST></Obj>' +
                '<Obj N="Properties" RefId="3"><DCT><En><S N="Key">Number</S><I32 N="Value">1</I32></En></DCT></Obj></MS></Obj><I32 N="Number">1</I32>') })
    , @('a column of blanks', { New-Record @{ ' ' = '1'; "`t" = '2' } })
    , @('a column without a name that begins with a letter', { New-Record @{ '#' = '1'; '-' = '2' } })
    , @('columns H1, H2 of a list without headings', { New-Record ([ordered]@{ H1 = '1'; H2 = Get-TestUniqueId 1 }) })
    , @('a heading as a row', { New-Record ([ordered]@{ Number = 'Number'; UniqueId = 'UniqueId' }) })
    , @('a row that continues', { New-Record ([ordered]@{ Number = '1'; UniqueId = '600A0B80...' ; FriendlyName = @('x') }) })
    , @('a column name of 100,000 letters', { New-Record @{ ('UniqueId' * 12500) = Get-TestUniqueId 1; Number = 1 } })
    , @('a homoglyph of a column name', { New-Record @{ "Uniqu$([char]0x435)Id" = Get-TestUniqueId 1; Number = 1 } })
    , @('a UniqueId in a list', { New-Record @{ Number = 1; UniqueId = [System.Collections.Generic.List[string]]@(Get-TestUniqueId 1) } })
    , @('a UniqueId as lines', { New-Record @{ Number = 1; UniqueId = "$(Get-TestUniqueId 1)`n$(Get-TestUniqueId 2)" } })
    , @('a UniqueId as a volume has it', { New-Record @{ Number = 1; UniqueId = '\\?\Volume{11111111-2222-3333-4444-555555555555}\' } })
    , @('a serial number that is a date', { New-Record @{ Number = 1; SerialNumber = [datetime]::MinValue } })
    , @('a serial number of bytes', { New-Record @{ Number = 1; SerialNumber = [byte[]](1, 2, 3) } })
    , @('a serial number as a password', { New-Record @{ Number = 1; SerialNumber = [System.Security.SecureString]::new() } })
    , @('a server beside a disk image', { Set-Value (New-FakeDiskImage -Number 1 -DevicePath '\\.\PhysicalDrive1') 'PSComputerName' 'server9' })
    , @('a line of a disk of another cluster node', { New-Record @{ Number = 1; UniqueId = Get-TestUniqueId 1; 'Owner Node' = 'node9' } })
    , @('a CIM object that says no class', { New-FakeCim '' @() 'ROOT/x' @{ Number = 1; UniqueId = Get-TestUniqueId 1 } @() })
    , @('a CIM object of another class', { New-FakeCim 'MSFT_StoragePool' @() 'ROOT/x' @{ Number = 1; UniqueId = Get-TestUniqueId 1 } @() })
    , @('a storage job', { New-FakeCim 'MSFT_StorageJob' @() 'ROOT/x' @{ UniqueId = Get-TestUniqueId 1 } @() })
    , @('a path with a property', { Set-Value ([psobject]'C:\x') 'Number' 1 })
)
foreach ($row in $strange) {
    Test-That "refuses $($row[0])" { Assert-Refused (& $row[1]) '' }
}
Test-That 'a path with properties, as Get-Content gives it, is a path' {
    Assert-Sent (Set-Value ([psobject]'\\.\PhysicalDrive1') 'PSPath' 'FileSystem::/x') 1
}
Test-That 'an id of digits that JSON made a number of is read, and its zeros are not made up' {
    $file = New-TestBus 1
    $text = [System.IO.File]::ReadAllText($file).Replace('"FAKE0000"', '"60050768"')
    [System.IO.File]::WriteAllText($file, $text)
    Exit-StorageRehearsal
    try {
        Use-Bus $file {
            foreach ($value in 60050768, [long]60050768, [double]60050768, [decimal]60050768, [bigint]60050768) {
                $got = Invoke-Capture { New-Record @{ SerialNumber = $value } | Invoke-StorageRelease -Force }
                Assert-Equal $got.Output[0].Outcome Accepted "$value"
            }
        }
    }
    finally { Enter-StorageRehearsal $bus -WarningAction SilentlyContinue }
}
Test-That 'the same is read in every culture' {
    $thread = [System.Threading.Thread]::CurrentThread
    $before = $thread.CurrentCulture
    foreach ($culture in 'tr-TR', 'de-DE', 'ar-SA', 'th-TH') {
        try {
            $thread.CurrentCulture = [cultureinfo]$culture
            Assert-Sent (New-Record @{ UNIQUEID = (Get-TestUniqueId 4).ToLowerInvariant(); NUMBER = '1'; ISBOOT = 'FALSE'; ISCLUSTERED = 'no' }) 4
            Assert-EachSentBack Multipath @(New-Record @{ UniqueId = Get-TestUniqueId 4; PATH = '\\?\MPIO#DISK&VEN_IBM#1#{53F56307-B6BF-11D0-94F2-00A0C91EFB8B}' })
            $disk = New-TestDisk 4
            $disk.Path = '\\?\MPIO#DISK&VEN_IBM#1#{53F56307-B6BF-11D0-94F2-00A0C91EFB8B}'
            Assert-EachSentBack Multipath @($disk)
            Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 4; DRIVELETTER = 'I' }) 'A volume is not a disk'
            Assert-Refused (New-Record @{ UniqueId = Get-TestUniqueId 4; PARTITION = '1' }) 'A partition is not a disk'
            Assert-Refused (New-FakeCim 'WIN32_DISKPARTITION' @() 'root/cimv2' @{ DiskIndex = 4 } @()) 'A partition is not a disk'
        }
        finally { $thread.CurrentCulture = $before }
    }
}
Test-That 'a record of 20,000 columns is read in good time, and what names were met does not pile up' {
    $columns = [ordered]@{}
    foreach ($i in 1..20000) { $columns["Column $i"] = $i }
    $columns['Unique Id'] = Get-TestUniqueId 4
    Assert-Sent ([pscustomobject]$columns) 4
    Assert-True ((& (Get-Module StorageRelease) { $script:SeenColumns.Count }) -le 1000)
}
Test-That 'a text of 100 million characters is refused for its own row, without a copy of it' {
    $long = 'X' * 100000000
    foreach ($one in (Set-Value (New-TestDisk 1) 'UniqueId' $long), (New-Record @{ UniqueId = Get-TestUniqueId 1; Server = $long }), $long) {
        $before = [System.GC]::GetTotalMemory($false)
        Assert-Refused $one ''
        Assert-True ([System.GC]::GetTotalMemory($false) - $before -lt 100000000) 'no copy of it'
    }
}

Exit-StorageRehearsal
Complete-Tests
