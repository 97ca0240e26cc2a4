# What next steps tell to type is typed here: it leads on, and not to the same step again.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote }

# Disks of hosts a and b, and a tape drive of both. `path 2` is another port of a: the same unit under another number.
function New-StepBus {
    $script:TestBusCount++
    $file = [System.IO.Path]::Combine($Temp, "steps-$script:TestBusCount.json")
    $units = '"name": "free"', '"name": "mine", "reservedBy": "a"', '"name": "theirs", "reservedBy": "b"',
        '"name": "kept", "registrations": [{ "initiator": "b", "key": "0xB1" }], "persistentReservation": { "holder": "b", "type": 3 }',
        '"name": "read-locked", "reservedBy": "b", "readyUnderReserve": true', '"name": "twice", "reservedBy": "a path 2"',
        '"name": "boot"', '"name": "slow"', '"name": "two paths"',
        '"name": "lto", "type": "tape", "removable": true, "reservedBy": "a"', '"name": "lto of b", "type": "tape", "removable": true, "reservedBy": "b"',
        '"name": "lto with keys", "type": "tape", "removable": true, "registrations": [{ "initiator": "b", "key": "0xB2" }]'
    $logical = for ($i = 0; $i -lt $units.Count; $i++) { '{{ {0}, "vendor": "STEP", "product": "UNIT", "serial": "STEP{1:00}", "naa": "60000000000000{1:00}" }}' -f $units[$i], $i }
    $ofA = @(
        '{ "number": 0, "unit": "free" }', '{ "number": 1, "unit": "mine" }', '{ "number": 2, "unit": "theirs" }', '{ "number": 3, "unit": "kept" }'
        '{ "number": 4, "unit": "read-locked" }', '{ "number": 5, "unit": "twice" }', '{ "number": 6, "unit": "twice", "initiators": ["a path 2"] }'
        '{ "number": 7, "unit": "boot", "boot": true }', '{ "number": 8, "unit": "slow", "faults": { "delayMs": 600 } }'
        '{ "number": 9, "unit": "two paths", "initiators": ["a 1", "a 2"] }'
        '{ "number": 0, "unit": "lto" }', '{ "number": 1, "unit": "lto of b" }', '{ "number": 2, "unit": "lto with keys" }'
    )
    $ofB = '{ "number": 2, "unit": "theirs" }', '{ "number": 3, "unit": "kept" }', '{ "number": 4, "unit": "read-locked" }',
        '{ "number": 1, "unit": "lto of b" }', '{ "number": 2, "unit": "lto with keys" }'
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "a", "logicalUnits": [' + ($logical -join ",`n") + '], "hosts": { "a": { "disks": [' +
        ($ofA -join ', ') + '] }, "b": { "disks": [' + ($ofB -join ', ') + '] } } }')
    $file
}

function Use-Host {
    param([string]$File, [string]$Name, [scriptblock]$Body)
    Enter-StorageRehearsal -Path $File -Initiator $Name -WarningAction SilentlyContinue
    try { & $Body }
    finally { Exit-StorageRehearsal }
}

$tape = @{ Path = '\\.\Tape0' }
$quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue' }
# What; what gives the step; the step; who follows it, and how; what comes of it.
$steps = @(
    , @('held by this host', { Get-StorageReservation 1 }, 'Release it with Invoke-StorageRelease\.', 'a', { Invoke-StorageRelease 1 -Verify -Force }, 'Accepted Free')
    , @('held by another host', { Get-StorageReservation 2 }, 'run Invoke-StorageRelease on the host that holds it', 'b', { Invoke-StorageRelease 2 -Verify -Force }, 'Accepted Free')
    , @('refused a read', { Get-StorageReservation 4 }, 'run Invoke-StorageRelease on the host that holds it', 'b', { Invoke-StorageRelease 4 -Verify -Force }, 'Accepted Free')
    , @('with keys', { Get-StorageReservation 3 }, 'Get-StorageReservation -Registrants names the initiators', 'a', { Get-StorageReservation 3 -Registrants }, '0x00000000000000B1')
    , @('free, or held by this host', { Get-StorageReservation 0 }, 'Invoke-StorageRelease -Verify gives up this host''s own reservation', 'a', { Invoke-StorageRelease 0 -Verify -Force }, 'Accepted Free')
    , @('one LUN under two numbers', { Get-StorageReservation 5 @quiet }, 'Get-StorageReservation -Number 6\.', 'a', { Get-StorageReservation -Number 6 @quiet }, 'Read Unknown')
    , @('one LUN under two numbers, not to be released unless it is named', { Invoke-StorageRelease 6 -Verify -Force @quiet }, '-Allow Multipath', 'a',
        { Invoke-StorageRelease 6 -Verify -Force -Allow Multipath @quiet }, 'Accepted Unknown')
    , @('held still, by another host', { Invoke-StorageRelease 2 -Verify -Force @quiet }, 'only that host can release it', 'b', { Invoke-StorageRelease 2 -Verify -Force }, 'Accepted Free')
    , @('held still, over another path', { Invoke-StorageRelease 5 -Verify -Force -Allow Multipath @quiet }, 'Get-StorageReservation -Number 6\.', 'a',
        { Invoke-StorageRelease 6 -Verify -Force -Allow Multipath @quiet }, 'Accepted Unknown')
    , @('a conflict with keys', { Invoke-StorageRelease 3 -Force @quiet }, 'Get-ClusterResource', 'a', { Get-StorageReservation 3 -Registrants }, '0x00000000000000B1')
    , @('a conflict of a reserve', { Invoke-StorageReserve 2 -Force @quiet }, 'See which it is with Get-StorageReservation', 'a', { Get-StorageReservation 2 }, 'Read HeldByAnotherHost')
    , @('reserved', { Invoke-StorageReserve 0 -Force }, 'Release it with Invoke-StorageRelease', 'a', { Invoke-StorageRelease 0 -Verify -Force }, 'Accepted Free')
    , @('a boot disk', { Invoke-StorageRelease 7 -Force @quiet }, '-Allow Boot', 'a', { Invoke-StorageRelease 7 -Force -Allow Boot }, 'Accepted ')
    , @('two paths of MPIO', { Invoke-StorageRelease 9 -Force @quiet }, '-Allow Multipath', 'a', { Invoke-StorageRelease 9 -Force -Allow Multipath }, 'Accepted ')
    , @('a disk that needs longer', { Invoke-StorageReserve 8 -Force -Verify -TimeoutSec 1 @quiet }, 'TimeoutSec|Wait: the class driver', 'a', { Invoke-StorageRelease 8 -Force -TimeoutSec 60 }, 'Accepted ')
    , @('a tape drive that this host holds', { Get-StorageReservation @tape }, 'Invoke-StorageRelease -Path \.\.\. -Verify', 'a', { Invoke-StorageRelease @tape -Verify -Force }, 'Accepted Unknown')
    , @('a tape drive that another host holds', { Get-StorageReservation -Path '\\.\Tape1' }, 'run Invoke-StorageRelease -Path \.\.\. on the backup host', 'b',
        { Invoke-StorageRelease -Path '\\.\Tape1' -Verify -Force }, 'Accepted Unknown')
    , @('a tape drive that another host still holds', { Invoke-StorageRelease -Path '\\.\Tape1' -Verify -Force @quiet }, 'Find-StorageReservationHolder', 'b',
        { Invoke-StorageRelease -Path '\\.\Tape1' -Verify -Force }, 'Accepted Unknown')
    , @('a tape drive with keys', { Invoke-StorageRelease -Path '\\.\Tape2' -Force @quiet }, 'Get-StorageReservation -Path \.\.\. -Registrants', 'a',
        { Get-StorageReservation -Path '\\.\Tape2' -Registrants }, '0x00000000000000B2')
)
foreach ($row in $steps) {
    Test-That "$($row[0]): the next step leads on" {
        $file = New-StepBus
        $first = @(Use-Host $file 'a' $row[1])
        Assert-Equal $first.Count 1
        Assert-Match $first[0].NextStep $row[2]
        $next = @(Use-Host $file $row[3] $row[4])
        Assert-Equal $next.Count 1
        $names = @($next[0].PSObject.Properties | ForEach-Object { $_.Name })
        if ($names -contains 'Key') { Assert-Equal $next[0].Key $row[5] }
        elseif ($names -contains 'State') { Assert-Equal ('{0} {1}' -f $next[0].Outcome, $next[0].State) $row[5] }
        else { Assert-Equal ('{0} {1}' -f $next[0].Outcome, $next[0].ReservationAfter) $row[5] }
        # A circle would be the same words about the same thing.
        if ($names -contains 'NextStep' -and $next[0].NextStep) { Assert-True ($next[0].NextStep -cne $first[0].NextStep -or $row[0] -eq 'one LUN under two numbers') $next[0].NextStep }
    }
}

# --- one LUN over two paths, as a host without MPIO sees it -------------------------------------------------------

$p11 = "$Root/test/cases/p11-lun-twice-no-mpio.bus.json"
Test-That 'one LUN under two numbers: Unknown, with its paths counted, and neither this nor another host named' {
    $file = [System.IO.Path]::Combine($Temp, 'p11.json')
    [System.IO.File]::Copy($p11, $file)
    Use-Host $file 'FCHOST1' {
        $got = Invoke-Capture { Get-StorageReservation -Number 1, 2 }
        Assert-Equal $got.Output.Count 2
        foreach ($one in $got.Output) {
            Assert-Equal $one.State 'Unknown'
            Assert-Equal $one.PathCount 2
            Assert-True ($one.Message -cnotmatch 'only path|no command names it')
        }
        $first = @($got.Output | Where-Object { $_.Number -eq 1 })[0]
        Assert-Equal $first.Blocked $true
        Assert-Match $first.Message 'this one over another path, as disk 2\.$'
        Assert-Match $first.NextStep 'Get-StorageReservation -Number 2\.$'
        Assert-Equal $got.Warnings.Count 1
        Assert-Match $got.Warnings[0].Message '^Disk 1 and disk 2 have the same UniqueId, 6090A0F81000A1B2C3D4E5F601020304, '
        $refused = Invoke-StorageRelease -Number 2 -Verify -Force -ErrorAction SilentlyContinue
        Assert-Equal $refused.Outcome 'Refused'
        $other = Invoke-StorageRelease -Number 1 -Verify -Force -Allow Multipath -ErrorAction SilentlyContinue
        Assert-Equal $other.Outcome 'StillHeld'
        $right = Invoke-StorageRelease -Number 2 -Verify -Force -Allow Multipath
        Assert-Equal $right.Outcome 'Accepted'
        Assert-True ($right.Message -cnotmatch 'only path')
    }
}

# --- tapes and changers -------------------------------------------------------------------------------------------

$p12 = "$Root/test/cases/p12-netbackup-tape.bus.json"
$paths = '\\.\Tape0', '\\.\Tape1', '\\.\Tape2', '\\.\Tape3', '\\.\Changer0'
foreach ($media in 'MEDIA1', 'MEDIA2') {
    Test-That "tape drives and a changer of $media are called so, with advice that fits a backup host" {
        $file = [System.IO.Path]::Combine($Temp, "p12-$media.json")
        [System.IO.File]::Copy($p12, $file)
        Use-Host $file $media {
            $read = @(Get-StorageReservation -Path $paths -TimeoutSec 2 @quiet)
            Assert-Equal $read.Count 5
            $changed = @(Invoke-StorageRelease -Path $paths -Verify -Force -TimeoutSec 2 @quiet) + @(Invoke-StorageReserve -Path $paths -Verify -Force -TimeoutSec 2 @quiet)
            Assert-Equal $changed.Count 10
            foreach ($one in $read + $changed) {
                $said = '{0} {1}' -f $one.Message, $one.NextStep
                Assert-True ($said -cnotmatch '\bdisks?\b|array|Cluster|LUN|mpclaim') "$($one.DevicePath): $said"
                if ($one.DevicePath -like '*Changer*') { Assert-True ($said -cnotmatch 'tape drive') $said }
            }
            Assert-True (@($read | Where-Object { $_.Message -cmatch 'tape drive' }).Count -ge 1)
        }
    }
}

Test-That 'without being asked for, no tape drive and no changer is looked at' {
    $file = [System.IO.Path]::Combine($Temp, 'p12-list.json')
    [System.IO.File]::Copy($p12, $file)
    Use-Host $file 'MEDIA2' {
        $got = Invoke-Capture { Get-StorageReservation -Verbose; Get-StorageReservation -UniqueId '5000e111c4a1b001' -Verbose }
        Assert-Equal @($got.Verbose | Where-Object { "$_" -cmatch 'opening .*(Tape|Changer)' }).Count 0
        Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'NotFound'
    }
}

# --- the same identity on several computers -----------------------------------------------------------------------

$module = Get-Module StorageRelease
Test-That 'disks of several computers that contradict each other in an identity are told, once' {
    $row = { param($Computer, $Number, $Id, $Serial, $By = 'Number') [pscustomobject]@{ ComputerName = $Computer; Number = $Number; DevicePath = 'p'; UniqueId = $Id; SerialNumber = $Serial; IdentifiedBy = $By } }
    $said = & $module {
        param($Rows)
        $work = @{ Doubles = @{} }
        foreach ($one in $Rows) { $text = Get-SessionDouble $work $one; if ($text) { $text } }
    } @(
        & $row 'a' 1 'ID-1' 'SER-1'
        # The same LUN, seen by another computer, is nothing to be told.
        & $row 'b' 4 'id-1' 'ser-1'
        & $row 'c' 2 'ID-1' 'SER-2'
        & $row 'd' 2 'ID-1' 'SER-3'
        # Of one computer, that computer tells.
        & $row 'e' 1 'ID-5' 'SER-5'
        & $row 'e' 2 'ID-5' 'SER-6'
        & $row 'f' 7 'ID-7' 'SER-5'
        # What stands for no serial number, and a disk that was not opened.
        & $row 'a' 8 'ID-8' '0'
        & $row 'b' 8 'ID-9' '0'
        & $row 'b' 9 'ID-1' 'SER-9' $null
    )
    Assert-Equal ($said -join "`n") (@(
            'Disk 1 on a and Disk 2 on c have the same UniqueId, ID-1, and different serial numbers (SER-1, SER-2): they are different LUNs, and the UniqueId identifies neither.'
            'Disk 1 on e and Disk 7 on f have the same serial number, SER-5, and different UniqueIds (ID-5, ID-7): the serial number identifies neither.'
        ) -join "`n")
}

Complete-Tests
