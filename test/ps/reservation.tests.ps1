# What a disk says of its reservation, what -Verify proves, and the counterpart that reserves.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"

function Use-Host {
    # Runs the body as this host of the file.
    param([string]$File, [string]$Name, [scriptblock]$Body)
    Enter-StorageRehearsal -Path $File -Initiator $Name -WarningAction SilentlyContinue
    try { & $Body }
    finally { Exit-StorageRehearsal }
}

function Read-Bytes {
    param([string]$File)
    [System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($File))
}

$shape = @(
    @('Number', [uint32]), @('DevicePath', [string]), @('FriendlyName', [string]), @('SerialNumber', [string])
    @('UniqueId', [string]), @('BusType', [string]), @('IdentifiedBy', [string]), @('State', [string]), @('Blocked', [bool])
    @('Evidence', [string]), @('Keys', [string]), @('KeyCount', [uint32]), @('HolderKey', [string])
    @('Type', [string]), @('Scope', [string]), @('Generation', [uint32]), @('Registrants', [string]), @('PathCount', [uint32])
    @('MpioPolicy', [string]), @('Outcome', [string]), @('NtStatus', [uint32]), @('NtStatusName', [string])
    @('Win32Error', [int]), @('DurationMs', [double]), @('StartedAt', [datetime]), @('ComputerName', [string])
    @('Bus', [string]), @('Message', [string]), @('NextStep', [string])
)
$shapeNames = foreach ($row in $shape) { $row[0] }

function Assert-Shape {
    param($Result)
    Assert-Equal $Result.PSObject.TypeNames[0] 'StorageRelease.Reservation'
    $names = foreach ($property in $Result.PSObject.Properties) { $property.Name }
    Assert-Equal ($names -join ' ') ($shapeNames -join ' ')
    foreach ($row in $shape) {
        $value = $Result.PSObject.Properties[$row[0]].Value
        if ($null -ne $value) { Assert-Equal $value.GetType() $row[1] $row[0] }
    }
    foreach ($name in 'State', 'Evidence', 'Outcome', 'DurationMs', 'StartedAt', 'ComputerName', 'Bus',
        'Message') {
        Assert-True ($null -ne $Result.$name) "$name is always said"
    }
    Assert-Equal "$($Result.StartedAt.Kind)" 'Utc'
}

# --- binding -----------------------------------------------------------------------------------------------------

$bus = New-TestBus 8
$before = Read-Bytes $bus
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue

# What is asked, and the disks it is answered for.
$taken = @(
    , @('an MSFT_Disk', { New-TestDisk 1 | Get-StorageReservation }, @(1))
    , @('a Win32_DiskDrive', {
            New-FakeDiskDrive -Index 2 -DeviceID '\\.\PHYSICALDRIVE2' -SerialNumber (Get-TestSerial 2) |
                Get-StorageReservation
        }, @(2))
    , @('a StorageRelease.Disk', { Get-StorageRehearsalDisk 3 | Get-StorageReservation }, @(3))
    , @('its own result, again', { Get-StorageReservation -Number 4 | Get-StorageReservation }, @(4))
    , @('a record with a UniqueId', {
            [pscustomobject]@{ UniqueId = Get-TestUniqueId 5; Number = '7' } | Get-StorageReservation
        }, @(5))
    , @('a device path', { '\\.\PhysicalDrive6' | Get-StorageReservation }, @(6))
    , @('several objects at once', { Get-StorageReservation -InputObject (New-TestDisk 1), (New-TestDisk 2) },
        @(1, 2))
    , @('-Number', { Get-StorageReservation -Number 1, 2 -ThrottleLimit 1 }, @(1, 2))
    , @('a number by position', { Get-StorageReservation 3 }, @(3))
    , @('-UniqueId', { Get-StorageReservation -UniqueId (Get-TestUniqueId 4) }, @(4))
    , @('-Path', { Get-StorageReservation -Path '\\.\PhysicalDrive5', '\\.\Tape0' -ThrottleLimit 1 },
        @(5, '\\.\Tape0'))
    , @('disk 0, which needs no leave', { Get-StorageReservation 0 }, @(0))
    , @('an empty pipeline', { @() | Get-StorageReservation }, @())
    , @('-SerialNumber', { Get-StorageReservation -SerialNumber (Get-TestSerial 4) }, @(4))
    , @('-SerialNumber of a tape drive, among tape drives',
        { Get-StorageReservation -SerialNumber 'FAKE-tape' -DeviceType Tape }, @('\\.\Tape0'))
    , @('a disk object by position', { Get-StorageReservation (Get-StorageRehearsalDisk 3) }, @(3))
    , @('nothing at all: every disk', { Get-StorageReservation -ThrottleLimit 1 }, @(0, 1, 2, 3, 4, 5, 6, 7))
    , @('nothing but kinds of devices: every such device', { Get-StorageReservation -DeviceType Tape, changer -ThrottleLimit 1 },
        @('\\.\Tape0', '\\.\Changer0'))
    , @('all kinds of devices: every device', { Get-StorageReservation -DeviceType Disk, Tape, Changer, CdRom -ThrottleLimit 1 },
        @(0, 1, 2, 3, 4, 5, 6, 7, '\\.\Tape0', '\\.\Changer0', '\\.\CdRom0'))
)
foreach ($row in $taken) {
    Test-That "$($row[0]) is taken" {
        $got = Invoke-Capture $row[1]
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output.Count $row[2].Count 'results'
        for ($i = 0; $i -lt $row[2].Count; $i++) {
            Assert-Shape $got.Output[$i]
            Assert-Equal $got.Output[$i].Outcome 'Read'
            if ($row[2][$i] -is [int]) { Assert-Equal $got.Output[$i].Number $row[2][$i] }
            else { Assert-Equal $got.Output[$i].DevicePath $row[2][$i] }
        }
    }
}

$refused = @(
    , @('$null', { $null | Get-StorageReservation }, 'Get-Disk 3 \| Get-StorageReservation')
    , @('a bare number', { 3 | Get-StorageReservation }, 'Get-Disk 3 \| Get-StorageReservation\.')
    , @('a text that is no device', { 'C:' | Get-StorageReservation }, 'PhysicalDrive3')
    , @('a partition', { New-FakePartition | Get-StorageReservation }, 'Get-Disk \| Get-StorageReservation')
    , @('a volume', { New-FakeVolume | Get-StorageReservation }, 'Get-Disk \| Get-StorageReservation')
    , @('a number that is none', { Get-StorageReservation -Number 'x' }, 'Get-Disk')
    , @('$null for a number', { Get-StorageReservation -Number $null }, 'Get-Disk')
    , @('an empty unique id', { Get-StorageReservation -UniqueId '' }, 'UniqueId')
    , @('an object of another computer', { New-FakeDisk -ComputerName elsewhere | Get-StorageReservation },
        'Get-StorageReservation -UniqueId ''\w+'' -Session \(New-PSSession -ComputerName elsewhere\)')
    , @('a registrant', {
            $one = [pscustomobject]@{ Number = [uint32]3; Key = '0x0000000000000001'; Bus = 'Rehearsal' }
            $one.PSObject.TypeNames.Insert(0, 'StorageRelease.Registrant')
            $one | Get-StorageReservation
        }, 'Get-StorageReservation without -Registrants')
)
foreach ($row in $refused) {
    Test-That "$($row[0]) is refused, with one result and one error" {
        $got = Invoke-Capture $row[1]
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Errors.Count 1
        Assert-Shape $got.Output[0]
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Equal $got.Output[0].State 'Unknown'
        Assert-Match $got.Output[0].NextStep $row[2]
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Refused,Get-StorageReservation'
        Assert-True ([object]::ReferenceEquals($got.Errors[0].TargetObject, $got.Output[0]))
        Assert-Equal $got.Errors[0].ErrorDetails.RecommendedAction $got.Output[0].NextStep
    }
}

Test-That 'a disk that is not there is an error with the outcome as its id' {
    $got = Invoke-Capture { Get-StorageReservation -Number 77 }
    Assert-Equal $got.Output.Count 1
    Assert-Shape $got.Output[0]
    Assert-Equal $got.Output[0].Outcome 'NotFound'
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Get-StorageReservation'
    Assert-Equal "$($got.Errors[0].CategoryInfo.Category)" 'ObjectNotFound'
}

Test-That 'it has no -WhatIf, -Confirm or -Force, and a caller''s -WhatIf does not stop it from reading' {
    $has = (Get-Command Get-StorageReservation).Parameters
    foreach ($name in 'WhatIf', 'Confirm', 'Force', 'Allow') { Assert-True (-not $has.ContainsKey($name)) $name }
    function Test-Caller { [CmdletBinding(SupportsShouldProcess)] param() Get-StorageReservation -Number 1 }
    foreach ($body in { Test-Caller -WhatIf }, { Test-Caller -Confirm },
        { $WhatIfPreference = $true; $ConfirmPreference = 'Low'; Get-StorageReservation -Number 1 }) {
        $got = Invoke-Capture $body
        Assert-Equal $got.Thrown $null
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Read'
    }
}

Test-That 'the caller''s -Verbose and -ErrorAction hold' {
    function Test-Caller { [CmdletBinding()] param($Number) Get-StorageReservation -Number $Number }
    $said = @((Invoke-Capture { Test-Caller 1 -Verbose }).Verbose | ForEach-Object { "$_" }) -join "`n"
    Assert-Match $said 'READ KEYS'
    Assert-Match $said 'PhysicalDrive1\b'
    Assert-Equal (Invoke-Capture { Test-Caller 1 }).Verbose.Count 0
    $null = Assert-Throws { Test-Caller 77 -ErrorAction Stop } -ErrorId 'NotFound,Get-StorageReservation'
    Assert-Equal (Invoke-Capture { Test-Caller 77 -ErrorAction SilentlyContinue }).Errors.Count 0
}

Exit-StorageRehearsal

Test-That 'nothing of all this has changed the file' { Assert-Equal (Read-Bytes $bus) $before }

# --- states ------------------------------------------------------------------------------------------------------

# Example, host; then number (or path), outcome, state, keys, holder's key, type, paths.
$sure = 'Write Exclusive - Registrants Only'
$node1 = '0x3A1F9C4D00000001'
$node2 = '0x3A1F9C4D00000002'
$old = '0x5AA5C3B100000002'
$own = '0x5AA5C3B100000001'
$states = @(
    , @('small-shop.json', 'shop-1', @(
            , @(0, 'Read', 'NotSupported', $null, $null, $null, 1)
            , @(1, 'Read', 'HeldByThisHost', $null, $null, $null, 1)
            , @(2, 'Read', 'Unknown', '', $null, $null, 1)
            , @(3, 'Read', 'HeldByAnotherHost', '', $null, $null, 1)
            , @(4, 'Read', 'NotSupported', $null, $null, $null, 1)
            , @(5, 'Read', 'Persistent', $old, $old, 'Exclusive Access', 1)
            , @(6, 'Read', 'Unknown', $null, $null, $null, 1)
            , @(7, 'NotFound', 'Unknown', $null, $null, $null, $null)
            , @(8, 'TimedOut', 'Unknown', $null, $null, $null, $null)
            , @(9, 'InUse', 'Unknown', $null, $null, $null, $null)
            , @(10, 'IdentityChanged', 'Unknown', $null, $null, $null, $null)
            , @(11, 'TimedOut', 'Unknown', $null, $null, $null, $null)
            , @(12, 'Failed', 'Unknown', $null, $null, $null, 1)
            , @(13, 'Read', 'Persistent', $own, $own, $sure, 1)
            , @(14, 'Read', 'Unknown', $null, $null, $null, $null)
            , @(15, 'TimedOut', 'Unknown', $null, $null, $null, $null)
            , @('\\.\Tape0', 'Read', 'Unknown', '', $null, $null, $null)
        ))
    , @('small-shop.json', 'shop-2', @(
            , @(1, 'Read', 'HeldByAnotherHost', $null, $null, $null, 1)
            , @(2, 'Read', 'Unknown', '', $null, $null, 1)
            , @(3, 'Read', 'Persistent', $old, $old, 'Exclusive Access', 1)
        ))
    , @('two-host-cluster.json', 'node-1', @(
            , @(0, 'Read', 'NotSupported', $null, $null, $null, 1)
            , @(1, 'Read', 'Persistent', "$node1 $node2", $node1, $sure, 1)
            , @(2, 'Read', 'Persistent', "$node1 $node2", $node1, $sure, 1)
            , @(3, 'Read', 'Persistent', "$node1 $node2", $node2, $sure, 1)
            , @(4, 'Read', 'HeldByAnotherHost', $null, $null, $null, 1)
            , @(5, 'Read', 'Persistent', $node2, $null, $null, 1)
        ))
    , @('two-host-cluster.json', 'node-2', @(
            , @(0, 'Read', 'NotSupported', $null, $null, $null, 1)
            , @(1, 'Read', 'HeldByThisHost', $null, $null, $null, 1)
            , @(2, 'Read', 'Persistent', "$node1 $node2", $node1, $sure, 1)
            , @(3, 'Read', 'Persistent', "$node1 $node2", $node1, $sure, 1)
            , @(4, 'Read', 'Persistent', "$node1 $node2", $node2, $sure, 1)
            , @(5, 'Read', 'Persistent', $node2, $null, $null, 1)
        ))
)
foreach ($scene in $states) {
    $example, $node, $rows = $scene
    $file = Copy-Bus $example
    $before = Read-Bytes $file
    $allErrors = $null
    $all = @(Use-Host $file $node {
            Get-StorageReservation -DeviceType Disk, Tape, Changer, CdRom -TimeoutSec 1 -ErrorAction SilentlyContinue `
                -ErrorVariable +script:allErrors
        })
    $detailed = @(Use-Host $file $node {
            Get-StorageReservation -DeviceType Disk, Tape, Changer, CdRom -TimeoutSec 1 -Detailed -ErrorAction SilentlyContinue
        })

    foreach ($row in $rows) {
        Test-That "disk $($row[0]) of $example as $node`: $($row[1]) $($row[2])" {
            $mine = @($all | Where-Object { $_.Number -eq $row[0] -or $_.DevicePath -eq $row[0] })
            Assert-Equal $mine.Count 1 'results'
            $one = $mine[0]
            Assert-Shape $one
            Assert-Equal $one.Outcome $row[1]
            Assert-Equal $one.State $row[2]
            Assert-Equal $one.Keys $row[3]
            $count = $null
            if ($null -ne $row[3]) { $count = @($row[3] -split ' ' | Where-Object { $_ }).Count }
            Assert-Equal $one.KeyCount $count
            Assert-Equal $one.HolderKey $row[4]
            Assert-Equal $one.Type $row[5]
            Assert-Equal $one.Scope $(if ($row[5]) { 'LU_SCOPE' })
            Assert-Equal $one.PathCount $row[6]
            Assert-Equal $one.ComputerName $node
            Assert-Equal $one.Bus 'Rehearsal'
            $errors = @($allErrors | Where-Object { [object]::ReferenceEquals($_.TargetObject, $one) })
            if ($row[1] -eq 'Read') {
                Assert-Equal $errors.Count 0
                Assert-Match $one.Evidence '^CHECK_VERIFY2?: STATUS_\w+; (READ: [^;]+; )?READ KEYS: '
            }
            else {
                Assert-Equal $errors.Count 1
                Assert-Equal $errors[0].FullyQualifiedErrorId "$($row[1]),Get-StorageReservation"
            }
            if ($row[2] -ne 'NotSupported') { Assert-True $one.NextStep 'there is a next step' }
            Assert-True (-not $one.NextStep.Contains('Free')) 'nothing is called free that is not proved'
        }
    }

    Test-That "$example as $node`: one result for each device, and the same with -Detailed" {
        Assert-Equal $all.Count $rows.Count
        Assert-Equal $detailed.Count $rows.Count
        foreach ($one in $detailed) {
            Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Reservation'
            $other = @($all | Where-Object { $_.DevicePath -eq $one.DevicePath })[0]
            # Two paths take turns: what is asked next goes down the other one.
            if ($one.PathCount -eq 1) { Assert-Equal $one.State $other.State $one.DevicePath }
        }
    }

    Test-That "$example as $node`: reading has changed nothing" { Assert-Equal (Read-Bytes $file) $before }
}

Test-That 'unelevated, it says what could not be seen' {
    $one = Use-Host (Copy-Bus 'small-shop.json') 'shop-1' { Get-StorageReservation 6 }
    Assert-Match $one.Evidence 'READ KEYS: not sent, it needs an elevated session'
    Assert-Match $one.Message 'without elevation'
    Assert-Match $one.NextStep 'elevated'
}

Test-That 'a hung disk delays nobody' {
    $file = New-TestBus 5 -Faults @{ 1 = '"hangs": true' }
    $got = Use-Host $file 'bench-1' {
        Get-StorageReservation -Number 1, 2, 3, 4, 0 -TimeoutSec 1 -ThrottleLimit 2 -ErrorAction SilentlyContinue
    }
    Assert-Equal (@($got | ForEach-Object { [int]$_.Number }) -join ' ') '2 3 4 0 1'
    Assert-Equal $got[4].Outcome 'TimedOut'
}

# --- keys and registrants ----------------------------------------------------------------------------------------

function New-KeyBus {
    # One disk, number 1, where hosts host-1 to host-N have registered these keys.
    param([string[]]$Key)
    $hosts = @()
    $rows = @()
    for ($i = 1; $i -le $Key.Count; $i++) {
        $hosts += '"host-{0}": {{ "disks": [{{ "number": 1, "unit": "k" }}] }}' -f $i
        $rows += '{{ "initiator": "host-{0}", "key": "{1}" }}' -f $i, $Key[$i - 1]
    }
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "bus-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "host-1", "logicalUnits": [{ ' +
        '"name": "k", "serial": "K1", "registrations": [' + ($rows -join ', ') + '] }], "hosts": {' +
        ($hosts -join ', ') + '} }')
    $file
}

Test-That 'keys are exact, all 64 bits of them, in one string' {
    $keys = '0x0000000000000000', '0x0000000000000001', '0xFFFFFFFFFFFFFFFF', '0x8000000000000000',
        '0x7FFFFFFFFFFFFFFF', '0x0020000000000001'
    $file = New-KeyBus $keys
    $one, $got = Use-Host $file 'host-1' { Get-StorageReservation 1; , @(Get-StorageReservation 1 -Registrants) }
    Assert-Shape $one
    Assert-Equal $one.Keys ($keys -join ' ')
    Assert-Equal $one.KeyCount $keys.Count
    Assert-Equal $one.State 'Persistent'
    Assert-Equal $got.Count $keys.Count
    for ($i = 0; $i -lt $keys.Count; $i++) { Assert-Equal $got[$i].Key $keys[$i] }
}

$farm = Copy-Bus 'render-farm.json'
$before = Read-Bytes $farm
$detailed, $scenes = Use-Host $farm 'render-001' {
    Get-StorageReservation 1 -Detailed
    , @(Get-StorageReservation 1 -Registrants)
}

Test-That '300 registrants come one by one, with one holder, and nothing else' {
    Assert-Equal $scenes.Count 300
    Assert-Shape $detailed
    for ($i = 0; $i -lt 300; $i++) {
        $one = $scenes[$i]
        Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Registrant'
        Assert-Equal $one.Key ('0x52656E6400000{0:000}' -f ($i + 1))
        Assert-Match $one.Initiator ('render-{0:000},' -f ($i + 1))
        Assert-Equal $one.Holder ($i -eq 16)
        Assert-Equal $one.Number ([uint32]1) -Exactly
        Assert-Equal $one.UniqueId $detailed.UniqueId
        Assert-Equal $one.ComputerName 'render-001'
        Assert-Equal $one.Bus 'Rehearsal'
    }
}

Test-That '300 keys are read without -Detailed, too, and without a registrant' {
    $got = @(Use-Host $farm 'render-001' { Get-StorageReservation 1 })
    Assert-Equal $got.Count 1
    Assert-Equal $got[0].KeyCount 300
    $keys = for ($i = 1; $i -le 300; $i++) { '0x52656E6400000{0:000}' -f $i }
    Assert-True ($got[0].Keys -ceq ($keys -join ' '))
    Assert-Equal $got[0].HolderKey '0x52656E6400000017'
    Assert-Equal $got[0].Generation 301
    Assert-True ($got[0].Evidence.Contains('READ FULL STATUS') -eq $false)
    Assert-Match $detailed.Evidence 'READ FULL STATUS: answered'
    Assert-Match $detailed.Evidence 'REPORT CAPABILITIES: answered'
}

Test-That 'every registrant holds a reservation of all registrants, and no key is called the holder''s' {
    $one, $got = Use-Host $farm 'render-002' { Get-StorageReservation 2 -Detailed; , @(Get-StorageReservation 2 -Registrants) }
    Assert-True ($got.Count -ge 1)
    foreach ($each in $got) { Assert-Equal $each.Holder $true }
    Assert-Equal $one.HolderKey $null
}

# What a registrant says of itself, in one line of the property: see registrantText in src/verbs/read.ts.
function Get-RegistrantLine {
    param($Registrant)
    $more = @()
    if ($Registrant.Holder) { $more += 'holder', $Registrant.Type, $Registrant.Scope }
    $more += $(if ($Registrant.AllTargetPorts) { 'all target ports' } else { 'target port {0}' -f $Registrant.TargetPort })
    '{0} {1} ({2})' -f $Registrant.Key, $Registrant.Initiator, ($more -join ', ')
}

Test-That 'the registrants of a detailed reservation are in one property, as those that are listed' {
    $lines = $detailed.Registrants -split "`n"
    Assert-Equal $lines.Count 300
    for ($i = 0; $i -lt 300; $i++) { Assert-Equal $lines[$i] (Get-RegistrantLine $scenes[$i]) }
}

$ways = @(
    , @('the depth that remoting has', { param($it) [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($it, 1)) })
    , @('JSON', { param($it) $it | ConvertTo-Json | ConvertFrom-Json })
    , @('CLIXML', { param($it)
            $file = [System.IO.Path]::Combine($Temp, 'registrants.xml')
            $it | Export-Clixml $file
            Import-Clixml $file
        })
    , @('CSV', { param($it)
            $file = [System.IO.Path]::Combine($Temp, 'registrants.csv')
            $it | Export-Csv $file -NoTypeInformation
            Import-Csv $file
        })
)
foreach ($way in $ways) {
    Test-That "through $($way[0]), neither the registrants of a reservation nor those of a list lose anything" {
        $back = & $way[1] $detailed
        Assert-Equal $back.Registrants.Replace("`r`n", "`n") $detailed.Registrants
        Assert-Equal $back.Keys $detailed.Keys
        $list = @(& $way[1] $scenes)
        Assert-Equal $list.Count 300
        for ($i = 0; $i -lt 300; $i++) {
            foreach ($name in $scenes[$i].PSObject.Properties.Name) { Assert-Equal ([string]$list[$i].$name) ([string]$scenes[$i].$name) $name }
        }
    }
}

Test-That 'with -Registrants, a disk that is not there is an error and no row; one without keys is neither' {
    Use-Host (Copy-Bus 'small-shop.json') 'shop-1' {
        $got = Invoke-Capture { Get-StorageReservation -Number 99, 0 -Registrants }
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors.Count 1
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Get-StorageReservation'
        $refused = Invoke-Capture { 'C:' | Get-StorageReservation -Registrants }
        Assert-Equal $refused.Output.Count 0
        Assert-Equal $refused.Errors[0].FullyQualifiedErrorId 'Refused,Get-StorageReservation'
    }
}

Test-That 'with -Registrants, keys of a disk that does not tell whose they are, are a warning' {
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "bus-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "a", "logicalUnits": [{ "name": "k", "target": "tgt", ' +
        '"registrations": [{ "initiator": "b", "key": "0xB1" }] }], "hosts": { "a": { "disks": [{ "number": 1, "unit": "k" }] }, ' +
        '"b": { "disks": [{ "number": 1, "unit": "k" }] } } }')
    $got = Use-Host $file 'a' { Invoke-Capture { Get-StorageReservation -Number 1 -Registrants } }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Warnings.Count 1
    Assert-Match $got.Warnings[0].Message 'Disk 1: the disk does not report who has registered keys: .*READ FULL STATUS: '
}

Test-That 'wrong answers of a device give Unknown, or what could be read' {
    $got = @(Use-Host $farm 'render-001' { Get-StorageReservation 2, 3 -ThrottleLimit 1 })
    Assert-Equal $got.Count 2
    foreach ($one in $got) { Assert-Shape $one; Assert-Equal $one.Outcome 'Read' }
    Assert-Equal $got[1].State 'Unknown'
    Assert-Equal $got[1].Keys $null
    Assert-Match $got[1].Evidence 'READ KEYS: .* are not a whole number of keys'
}

Test-That 'more keys than a reply line holds are cut with an ellipsis, and counted' {
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "bus-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "a-0001", "logicalUnits": [{ ' +
        '"name": "k", "registrations": [{ "initiator": "a-{0000}", "key": "0x{0000}", "repeat": 5000 }] }], ' +
        '"hosts": { "a-{0000}": { "repeat": 5000, "disks": [{ "number": 1, "unit": "k" }] } } }')
    $one = Use-Host $file 'a-0001' { Get-StorageReservation 1 }
    Assert-Shape $one
    Assert-Equal $one.KeyCount 5000
    Assert-Equal $one.State 'Persistent'
    Assert-True $one.Keys.StartsWith('0x0000000000000001 0x0000000000000002 ')
    Assert-Match $one.Keys '\.\.\.$'
}

Test-That 'the farm''s file is as it was' { Assert-Equal (Read-Bytes $farm) $before }

# --- release -Verify ---------------------------------------------------------------------------------------------

# Disks of hosts a and b. They behave as LIO does unless they say tgt: LIO refuses PERSISTENT RESERVE IN under
# anybody's SCSI-2 reservation, tgt answers it.
function New-PairBus {
    $units = @(
        '"name": "free"', '"name": "free on tgt", "target": "tgt"'
        '"name": "mine", "reservedBy": "a"', '"name": "mine on tgt", "target": "tgt", "reservedBy": "a"'
        '"name": "theirs", "reservedBy": "b"', '"name": "theirs on tgt", "target": "tgt", "reservedBy": "b"'
        '"name": "kept", "registrations": [{ "initiator": "b", "key": "0xB1" }], ' +
            '"persistentReservation": { "holder": "b", "type": 3 }'
        '"name": "keyed", "registrations": [{ "initiator": "b", "key": "0xB2" }]'
        '"name": "none", "busType": "Sata", "reserveCommands": "none", "persistentReservations": false'
        '"name": "two paths", "reservedBy": "a port 1"'
        '"name": "boot"'
    )
    $members = @{ 9 = ', "initiators": ["a port 1", "a port 2"]'; 10 = ', "boot": true' }
    $logicalUnits = @()
    $disks = @()
    $others = @()
    for ($i = 0; $i -lt $units.Count; $i++) {
        $logicalUnits += '{{ {0}, "serial": "PAIR{1:00}", "naa": "60000000000000{1:00}" }}' -f $units[$i], $i
        $null = $units[$i] -match '"name": ("[^"]+")'
        $disks += '{{ "number": {0}, "unit": {1}{2} }}' -f $i, $Matches[1], $members[$i]
        $others += '{{ "number": {0}, "unit": {1} }}' -f $i, $Matches[1]
    }
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "bus-$script:TestBusCount.json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "a", "logicalUnits": [' +
        ($logicalUnits -join ', ') + '], "hosts": { "a": { "disks": [' + ($disks -join ', ') +
        '] }, "b": { "disks": [' + ($others -join ', ') + '] } } }')
    $file
}

# Number, how it is reserved, outcome, before, after, what the message and the next step say.
$verified = @(
    , @(0, 'free', 'Accepted', 'Unknown', 'Free', '^Free: this host released the disk over its only path', '^$')
    , @(1, 'free on tgt', 'Accepted', 'Unknown', 'Free', '^Free: this host released the disk over its only path', '^$')
    , @(2, 'held by this host', 'Accepted', 'HeldByThisHost', 'Free', '^Free: this host released the disk over its only path', '^$')
    , @(3, 'held by this host, tgt', 'Accepted', 'Unknown', 'Free', '^Free: this host released the disk over its only path', '^$')
    , @(4, 'held by another host', 'StillHeld', 'HeldByAnotherHost', 'HeldByAnotherHost', '^Still held by another host\.',
        '^Find-StorageReservationHolder ')
    , @(5, 'held by another host, tgt', 'StillHeld', 'HeldByAnotherHost', 'HeldByAnotherHost', '^Still held by another host\.',
        '^Find-StorageReservationHolder ')
    , @(6, 'reserved persistently', 'Conflict', 'Persistent', 'Persistent', 'persistent',
        '^Registered keys: 0x00000000000000B1\. ')
    , @(7, 'with a key of another host', 'Conflict', 'Persistent', 'Persistent', 'persistent',
        '^Registered keys: 0x00000000000000B2\. ')
    , @(8, 'on a bus without reservations', 'NotSupported', 'NotSupported', 'NotSupported', 'RELEASE', '.')
    , @(9, 'with two paths', 'StillHeld', 'Unknown', 'Unknown', '^Still held\. ', '.')
)
$numbers = foreach ($row in $verified) { $row[0] }
$file = New-PairBus
$plain = @(Use-Host $file 'a' {
        Invoke-StorageRelease -Number $numbers -Allow Multipath -Force -ErrorAction SilentlyContinue
    })
$verifyErrors = $null
$all = @(Use-Host (New-PairBus) 'a' {
        Invoke-StorageRelease -Number $numbers -Allow Multipath -Force -Verify -ErrorAction SilentlyContinue `
            -ErrorVariable +script:verifyErrors
    })
foreach ($row in $verified) {
    Test-That "release -Verify of a disk $($row[1]): $($row[2]), $($row[3]), then $($row[4])" {
        $one = @($all | Where-Object { $_.Number -eq $row[0] })[0]
        Assert-Equal $one.Outcome $row[2]
        Assert-Equal $one.ReservationBefore $row[3]
        Assert-Equal $one.ReservationAfter $row[4]
        Assert-Match $one.Message $row[5]
        Assert-Match $one.NextStep $row[6]
        $errors = @($verifyErrors | Where-Object { [object]::ReferenceEquals($_.TargetObject, $one) })
        if ($row[2] -eq 'Accepted') { Assert-Equal $errors.Count 0 }
        else { Assert-Equal $errors[0].FullyQualifiedErrorId "$($row[2]),Invoke-StorageRelease" }
        if ($row[2] -eq 'StillHeld') { Assert-Equal "$($errors[0].CategoryInfo.Category)" 'ResourceBusy' }
    }

    Test-That "without -Verify a disk $($row[1]) is accepted or refused alike, and nothing is said of its reservation" {
        $one = @($plain | Where-Object { $_.Number -eq $row[0] })[0]
        Assert-Equal $one.Outcome $row[2].Replace('StillHeld', 'Accepted')
        Assert-Equal $one.ReservationBefore $null
        Assert-Equal $one.ReservationAfter $null
        Assert-True (-not $one.NextStep.Contains('Registered keys'))
    }
}

Test-That 'what is proved free has no caveat, and what is only accepted has it last' {
    foreach ($one in $all | Where-Object { $_.ReservationAfter -eq 'Free' }) { Assert-True (-not $one.Message.Contains('does not prove')) }
    foreach ($one in $plain | Where-Object { $_.Outcome -eq 'Accepted' }) { Assert-Match $one.Message 'That does not prove that anything was reserved\.' }
}

Test-That 'no other disk is Free, and each that is was accepted' {
    $free = [int[]]@($all | Where-Object { $_.ReservationAfter -eq 'Free' } | ForEach-Object { $_.Number })
    [array]::Sort($free)
    Assert-Equal ($free -join ' ') '0 1 2 3'
}

Test-That 'a disk that is refused, or does not answer, is not asked how it is reserved' {
    $bus = New-TestBus 3 -Faults @{ 1 = '"hangs": true' } -Roles @{ 2 = '"boot": true' }
    $got = @(Use-Host $bus 'bench-1' {
            Invoke-StorageRelease -Number 1, 2, 77 -Force -Verify -TimeoutSec 1 -ErrorAction SilentlyContinue
        })
    Assert-Equal $got.Count 3
    foreach ($one in $got) {
        Assert-Equal $one.ReservationBefore $null $one.Outcome
        Assert-Equal $one.ReservationAfter $null $one.Outcome
    }
}

# --- reserve -----------------------------------------------------------------------------------------------------

$reserved = @(
    , @(0, 'that is free', 'Reserved', 'Unknown', 'HeldByThisHost')
    , @(1, 'that is free, tgt', 'Reserved', 'Unknown', 'HeldByThisHost')
    , @(2, 'that this host holds', 'Reserved', 'HeldByThisHost', 'HeldByThisHost')
    , @(4, 'that another host holds', 'Conflict', 'HeldByAnotherHost', 'HeldByAnotherHost')
    , @(5, 'that another host holds, tgt', 'Conflict', 'HeldByAnotherHost', 'HeldByAnotherHost')
    , @(6, 'that is reserved persistently', 'Conflict', 'Persistent', 'Persistent')
    , @(7, 'with a key of another host', 'Conflict', 'Persistent', 'Persistent')
    , @(8, 'without reservations', 'NotSupported', 'NotSupported', 'NotSupported')
    , @(9, 'with two paths', 'Refused', $null, $null)
    , @(10, 'that booted this host', 'Refused', $null, $null)
)
$numbers = foreach ($row in $reserved) { $row[0] }
$pair = New-PairBus
$allErrors = $null
$all = @(Use-Host $pair 'a' {
        Invoke-StorageReserve -Number $numbers -Force -Verify -ErrorAction SilentlyContinue `
            -ErrorVariable +script:allErrors
    })
foreach ($row in $reserved) {
    Test-That "reserve of a disk $($row[1]): $($row[2])" {
        $mine = @($all | Where-Object { $_.Number -eq $row[0] })
        Assert-Equal $mine.Count 1
        $one = $mine[0]
        Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Result'
        Assert-Equal $one.Outcome $row[2]
        Assert-Equal $one.ReservationBefore $row[3]
        Assert-Equal $one.ReservationAfter $row[4]
        Assert-True (-not $one.Message.Contains('RELEASE')) $one.Message
        $errors = @($allErrors | Where-Object { [object]::ReferenceEquals($_.TargetObject, $one) })
        if ($row[2] -eq 'Reserved') { Assert-Equal $errors.Count 0; return }
        Assert-Equal $errors.Count 1
        Assert-Equal $errors[0].FullyQualifiedErrorId "$($row[2]),Invoke-StorageReserve"
        Assert-True $one.NextStep 'there is a next step'
    }
}

Test-That 'what was reserved, and nothing else, is in the file' {
    $text = [System.IO.File]::ReadAllText($pair)
    $state = $text.Substring($text.LastIndexOf('"state"'))
    $found = @([regex]::Matches($state, '"([^"]+)"\s*:\s*\{\s*"reservedBy"\s*:\s*"a"') |
            ForEach-Object { $_.Groups[1].Value })
    [array]::Sort($found)
    Assert-Equal ($found -join ', ') 'free, free on tgt'
}

Test-That 'a conflict names the keys in the next step of its error' {
    $record = @($allErrors | Where-Object { $_.TargetObject.Number -eq 6 })[0]
    Assert-Match $record.ErrorDetails.RecommendedAction '^Registered keys: 0x00000000000000B1\. '
}

Test-That 'a multipath disk is reserved with -Allow, over a path that cannot be chosen' {
    $one = Use-Host (New-PairBus) 'a' { Invoke-StorageReserve 9 -Allow Multipath -Force }
    Assert-Equal $one.Outcome 'Reserved'
    Assert-Match $one.Message 'used one path, which cannot be chosen'
}

Test-That 'input that is no disk names the command that was called' {
    $got = Use-Host (New-PairBus) 'a' { Invoke-Capture { $null | Invoke-StorageReserve -Force } }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].NextStep 'Get-Disk 3 \| Invoke-StorageReserve\.$'
    $got = Use-Host (New-PairBus) 'a' {
        Invoke-Capture { New-FakeDisk -ComputerName elsewhere | Invoke-StorageReserve -Force }
    }
    Assert-Match $got.Output[0].NextStep 'Invoke-StorageReserve -UniqueId ''\w+'' -Force -Session .*elsewhere'
}

Test-That '-WhatIf, the caller''s too, reserves nothing and returns nothing' {
    function Test-Caller { [CmdletBinding(SupportsShouldProcess)] param() Invoke-StorageReserve 0, 4, 10 -Force }
    $file = New-PairBus
    $before = Read-Bytes $file
    foreach ($call in { Invoke-StorageReserve 0, 4, 10 -WhatIf }, { Test-Caller -WhatIf }) {
        $got = Use-Host $file 'a' { Invoke-Capture $call }
        Assert-Equal $got.Thrown $null
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors.Count 0
    }
    Assert-Equal (Read-Bytes $file) $before
}

Test-That 'it asks unless told not to; with nobody there it is one error, and nothing is sent' {
    $file = New-PairBus
    $before = Read-Bytes $file
    Assert-Equal "$(@((Get-Command Invoke-StorageReserve).ScriptBlock.Attributes -match 'CmdletBinding')[0].ConfirmImpact)" 'High'
    foreach ($call in { Invoke-StorageReserve 0 }, { Invoke-StorageReserve 0 -Force -Confirm }) {
        $caught = Use-Host $file 'a' { Assert-Throws $call -ErrorId 'NobodyToAsk,Invoke-StorageReserve' }
        Assert-Match $caught.ErrorDetails.RecommendedAction '-Force'
    }
    Assert-Equal (Read-Bytes $file) $before
    $got = Use-Host $file 'a' { Invoke-StorageReserve 0 -Confirm:$false }
    Assert-Equal $got.Outcome 'Reserved'
}

Test-That 'reserve, release and -Verify in one pipeline prove that the disk is free' {
    $got = @(Use-Host (New-PairBus) 'a' {
            Get-StorageRehearsalDisk 0, 1 | Invoke-StorageReserve -Force | Invoke-StorageRelease -Verify -Force
        })
    Assert-Equal $got.Count 2
    foreach ($one in $got) {
        Assert-Equal $one.Outcome 'Accepted'
        Assert-Equal $one.ReservationBefore 'HeldByThisHost'
        Assert-Equal $one.ReservationAfter 'Free'
        Assert-Equal $one.ProvedBy 'a'
    }
}

Test-That 'what is read pipes into a release' {
    $got = @(Use-Host (New-PairBus) 'a' {
            Get-StorageReservation -Number 0, 1, 2, 3 | Where-Object { $_.State -ne 'Persistent' } |
                Invoke-StorageRelease -Verify -Force
        })
    Assert-Equal $got.Count 4
    foreach ($one in $got) { Assert-Equal $one.ReservationAfter 'Free' }
}

Test-That 'a registrant that comes along is refused, the reservation behind it is released' {
    $got = Use-Host (New-PairBus) 'a' {
        Invoke-Capture { & { Get-StorageReservation 7 -Registrants; Get-StorageReservation 7 } | Invoke-StorageRelease -Force }
    }
    Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Conflict'
    Assert-Match $got.Output[0].Message 'A registrant is an initiator'
}

Test-That 'one host is refused while the other holds the disk, and is not any more after its release' {
    $file = New-PairBus
    $seen = @()
    foreach ($step in @('a', 'reserve'), @('b', 'reserve'), @('b', 'read'), @('b', 'release'), @('a', 'release'),
        @('b', 'reserve'), @('a', 'read')) {
        $one = Use-Host $file $step[0] {
            switch ($step[1]) {
                'reserve' { Invoke-StorageReserve 0 -Force -ErrorAction SilentlyContinue }
                'release' { Invoke-StorageRelease 0 -Force -Verify -ErrorAction SilentlyContinue }
                'read' { Get-StorageReservation 0 }
            }
        }
        $said = $one.Outcome
        if ($step[1] -eq 'read') { $said = $one.State }
        if ($step[1] -eq 'release') { $said = $one.ReservationAfter }
        $seen += "$($step[0]): $said"
    }
    Assert-Equal ($seen -join ', ') ('a: Reserved, b: Conflict, b: HeldByAnotherHost, b: HeldByAnotherHost, ' +
        'a: Free, b: Reserved, a: HeldByAnotherHost')
}

Test-That 'a disk that this session reserved is known as its own, also on a target that does not say so' {
    $got = Use-Host (New-PairBus) 'a' {
        $null = Invoke-StorageReserve 1 -Force
        Get-StorageReservation 1
        $null = Invoke-StorageRelease 1 -Force
        Get-StorageReservation 1
    }
    Assert-Equal $got[0].State 'HeldByThisHost'
    Assert-Equal $got[1].State 'Unknown'
}

Complete-Tests
