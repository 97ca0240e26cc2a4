# What Find-StorageReservationHolder says of persistently reserved disks, and what its objects do in
# Clear-StorageReservation: several hosts on one rehearsal bus, each an initiator of its own, reached by real remoting.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/remoting.ps1"
Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote; $script:SessionMargin = 2 }

# Units by what is to come of them; at host a, the disks that it may not clear are clustered.
$held = '"generation": 3, "registrations": [{{ "initiator": "{0}", "key": "0xDEAD" }}, {{ "initiator": "b", "key": "0xBEEF" }}], "persistentReservation": {{ "holder": "{0}", "type": 5 }}'
$units = [ordered]@{
    'dead holder'      = $held -f 'dead'
    'dead, clustered'  = '"registrations": [{ "initiator": "dead", "key": "0xDEAD" }], "persistentReservation": { "holder": "dead", "type": 3 }'
    'key of a'         = '"registrations": [{ "initiator": "dead", "key": "0xDEAD" }, { "initiator": "a", "key": "0xA" }], "persistentReservation": { "holder": "dead", "type": 6 }'
    'live holder'      = $held -f 'c'
    'dying holder'     = $held -f 'd'
    'hung holder'      = $held -f 'd'
    'hung holder, too' = $held -f 'd'
    'busy holder'      = $held -f 'c'
    'of three hosts'   = '"reservedBy": "dead"'
    'to preempt'       = $held -f 'dead'
    'all registrants'  = '"registrations": [{ "initiator": "c", "key": "0xDEAD" }, { "initiator": "dead", "key": "0xBEEF" }], "persistentReservation": { "type": 7 }'
    'dead, scsi2'      = '"reservedBy": "dead"'
    'held by a'        = '"reservedBy": "a"'
    'stale, scsi2'     = '"reservedBy": "dead"'
    'asked, scsi2'     = '"reservedBy": "dead"'
    'other, scsi2'     = '"reservedBy": "dead"'
    'one key twice'    = '"generation": 7, "registrations": [{ "initiator": "dead", "key": "0xDEAD" }, { "initiator": "c", "key": "0xDEAD" }], "persistentReservation": { "holder": "dead", "type": 5 }'
    'iscsi, one name'  = '"generation": 3, "registrations": [{ "initiator": "iqn.x:n,i,0x400001370003", "key": "0xDEAD" }], "persistentReservation": { "holder": "iqn.x:n,i,0x400001370003", "type": 5 }'
    'iscsi, earlier'   = '"generation": 3, "registrations": [{ "initiator": "iqn.x:n,i,0x400001370007", "key": "0xDEAD" }], "persistentReservation": { "holder": "iqn.x:n,i,0x400001370007", "type": 5 }'
    'own key'          = '"generation": 4, "registrations": [{ "initiator": "b", "key": "0x535200000000ABCD" }], "persistentReservation": { "holder": "b", "type": 5 }'
    'free'             = ''
    'silent keys'      = ($held -f 'dead')
    'silent, key of a' = $held.Replace('"b"', '"a"') -f 'dead'
    'silent, own key'  = '"registrations": [{ "initiator": "dead", "key": "0xDEAD" }, { "initiator": "b", "key": "0x535200000000ABCD" }]'
    'silent, all keys' = '"registrations": [{ "initiator": "dead", "key": "0xDEAD" }, { "initiator": "a", "key": "0xA" }, { "initiator": "b", "key": "0xB" }, { "initiator": "c", "key": "0xC" }]'
    'taken, scsi2'     = '"reservedBy": "dead"'
}
$names = @($units.Keys)

function Get-Unit { param([string]$Name) Get-TestUniqueId $names.IndexOf($Name) }

function New-ShelfBus {
    $at = 0
    $rows = foreach ($name in $names) {
        $members = $units[$name]
        if ($members) { $members = ', ' + $members }
        $target = $(if ($name -like 'silent*') { 'tgt' } else { 'LIO' })
        $type = $(if ($name -like 'iscsi*') { 'iScsi' } else { 'Fibre' })
        '{{ "name": "{0}", "vendor": "FAKE", "product": "Virtual Disk", "serial": "S{1}", "naa": "{2}", "target": "{3}", "busType": "{5}"{4} }}' -f $name, $at, (Get-TestUniqueId $at), $target, $members, $type
        $at += 1
    }
    $hosts = foreach ($who in 'a', 'b', 'c', 'd', 'dead') {
        $shift = 20 * 'abcd'.IndexOf($who)
        if ($who -eq 'dead') { $shift = 100 }
        $at = 0
        $disks = foreach ($name in $names) {
            $more = $(if ($who -eq 'a' -and $name -eq 'dead, clustered') { ', "clustered": true' } else { '' })
            # One node name, and each host a session of its own; that of the dead one has ended.
            if ($name -like 'iscsi*') { $more = ', "initiators": ["iqn.x:n,i,0x40000137000{0}"]' -f @{ a = 1; b = 2; c = 3; d = 4; dead = 7 }[$who] }
            '{{ "number": {0}, "unit": "{1}"{2} }}' -f ($at + $shift), $name, $more
            $at += 1
        }
        '"{0}": {{ "disks": [{1}] }}' -f $who, ($disks -join ', ')
    }
    $file = [System.IO.Path]::Combine($Temp, 'shelf.json')
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "a", "logicalUnits": [' + ($rows -join ",`n") + '], "hosts": {' + ($hosts -join ",`n") + '} }')
    $file
}

$bus = New-ShelfBus
$a, $b, $c, $d = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5)
Enter-TestRehearsal @($a, $b, $c, $d) $bus a, b, c, d
$dying = Get-TestServer $d

function Find-Unit { param([string]$Name, $Sessions = @($a, $b, $c)) Find-StorageReservationHolder -Session $Sessions -UniqueId (Get-Unit $Name) }
function Read-Bus { [System.IO.File]::ReadAllText($bus) }

function Set-UnitState {
    # As hosts that are not asked would leave it, without a trace in PRgeneration. In a turn of its own: a host that still has
    # one would write its own state over it.
    param([string]$Name, [hashtable]$State)
    $lock = $null
    while ($null -eq $lock) {
        try { $lock = [System.IO.File]::Open("$bus.lock", 'CreateNew') } catch [System.IO.IOException] { $null = [System.Threading.Thread]::Yield() }
    }
    try {
        $all = ConvertFrom-Json (Read-Bus) -AsHashtable
        if (-not $all.ContainsKey('state')) { $all['state'] = @{} }
        $all.state[$Name] = $State
        [System.IO.File]::WriteAllText($bus, (ConvertTo-Json $all -Depth 20))
    }
    finally {
        $lock.Dispose()
        [System.IO.File]::Delete("$bus.lock")
    }
}

function Invoke-Asking {
    # What is asked or said of what would be, answered by -Answer. In this runspace: sessions are found by it alone.
    param([scriptblock]$Body, [bool]$Answer = $false)
    & (Get-Module StorageRelease) {
        param($Answer)
        $script:TestTexts = [System.Collections.ArrayList]::new()
        $script:TestAnswer = $Answer
        function script:Test-Interactive { $true }
        function script:Request-Confirmation {
            param($Cmdlet, [string]$Description, [string]$Question, [string]$Caption)
            $null = $script:TestTexts.Add($Question)
            $script:TestAnswer
        }
    } $Answer
    $null = & $Body
    (& (Get-Module StorageRelease) { $script:TestTexts.ToArray() }) -join "`n"
}

Test-That 'registrants are named by initiator, and by the host of the list that has its port' {
    $found = Find-Unit 'dead holder'
    Assert-Equal ('{0} {1} {2} {3}' -f $found.State, $found.HolderKey, $found.Type, $found.Generation) 'Persistent 0x000000000000DEAD Write Exclusive - Registrants Only 3'
    Assert-Equal $found.Holder $null
    Assert-Match $found.Registrants '^0x000000000000DEAD FC 2100001B[0-9A-F]{8} \(holder, no host that was asked\)\n0x000000000000BEEF FC [0-9A-F]{16} \(b\)$'
    Assert-Match $found.NextStep 'Clear-StorageReservation -Method Clear'
    Assert-Equal $found.SeenBySession.Split(',').Length 3
    $live = Find-Unit 'live holder'
    Assert-Equal ('{0} {1} {2}' -f $live.Holder, $live.HolderNumber, $live.HolderSession) ('c 43 ' + $c.InstanceId)
    Assert-Match $live.NextStep 'Set-Disk -Number 43 -IsOffline'
    Assert-Equal (Find-Unit 'all registrants').Holder 'c'
    $silent = Find-Unit 'silent keys'
    Assert-Equal ('{0} {1} {2}' -f $silent.State, $silent.HolderKey, $silent.Registrants) 'Persistent 0x000000000000DEAD '
}

Test-That 'the names of its ports come from the host itself, as one object' {
    $ports = Invoke-Command -Session $b { Get-StorageReservation -HostPort }
    Assert-Equal ('{0} {1}' -f $ports.ComputerName, $ports.Bus) 'b Rehearsal'
    Assert-Match $ports.Ports '^FC 2100001B[0-9A-F]{8}\niqn\.x:n,i,0x400001370002$'
}

Test-That '-WhatIf says from where, what, and to whom, and sends nothing' {
    $before = Read-Bus
    $got = Invoke-Asking { Find-StorageReservationHolder -Session $a, $b, $c -UniqueId (Get-Unit 'dead holder') | Clear-StorageReservation -Method Clear -WhatIf }
    Assert-Match $got 'on a: CLEAR would remove the reservation and all 2 keys.*Registered by hosts that answer: b\.'
    $got = Invoke-Asking { Find-StorageReservationHolder -Session $a, $b, $c -UniqueId (Get-Unit 'live holder') | Clear-StorageReservation -Method Clear -WhatIf }
    Assert-Match $got 'would be Refused: .*holds the disk and answers'
    Assert-Equal (Read-Bus) $before
}

Test-That 'a holder that answers, and every registrant of types 7 and 8 that does: refused, with the line, and nothing is sent' {
    $before = Read-Bus
    foreach ($unit in 'live holder', 'all registrants', 'held by a') {
        $found = Find-Unit $unit
        foreach ($method in @{ Method = 'Clear' }, @{ Method = 'Preempt'; HolderKey = '0xDEAD' }, @{ Method = 'Reset' }) {
            $got = Invoke-Capture { $found | Clear-StorageReservation @method -Force }
            Assert-Equal ('{0} {1} {2}' -f $got.Output.Count, $got.Output[0].Outcome, $got.Output[0].Method) "1 Refused $($method.Method)" $unit
            Assert-Match $got.Output[0].Message 'holds the disk and answers'
            Assert-Equal $got.Output[0].NextStep $found.NextStep
            Assert-True ($got.Output[0].PSObject.TypeNames -contains 'StorageRelease.ClearResult')
            Assert-Equal $got.Errors.Count 1
            Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Refused,Clear-StorageReservation'
        }
    }
    Assert-Equal (Read-Bus) $before
}

Test-That 'what is free, undecided or to be released is refused, with what to do' {
    $got = Invoke-Capture { Find-Unit 'free' | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message '^Nothing was sent\. NotReserved: '
    $got = Invoke-Capture { Find-Unit 'dead holder' | Clear-StorageReservation -Method Release -Force }
    Assert-Match $got.Output[0].NextStep 'pipe this object to Invoke-StorageRelease\. .*-Method Release -OwnKey'
    $got = Invoke-Capture { Find-Unit 'dead holder' | Clear-StorageReservation -Method Clear -LogPath "$Temp/log.jsonl" -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    $got = Invoke-Capture { Find-Unit 'dead holder' | Clear-StorageReservation -Method Clear -Session $a -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
}

Test-That '-WhatIf of a disk that is free, held by a host that answers, or undecided names the disk' {
    foreach ($case in @('free', 'NotReserved'), @('held by a', 'HeldBy'), @('other, scsi2', 'Undecided')) {
        $found = Find-Unit $case[0]
        # As it is where too few hosts were asked.
        if ($case[1] -eq 'Undecided') { $found.State = 'Undecided' }
        foreach ($command in { $found | Clear-StorageReservation -Method Clear -WhatIf }, { $found | Invoke-StorageRelease -WhatIf }) {
            $got = Invoke-Asking $command
            if ($case[1] -eq 'HeldBy' -and "$command" -match 'Invoke') { Assert-Match $got '^Disk .* on a: ' }
            else { Assert-Match $got ('^Disk with UniqueId [0-9A-F]+ \(FAKE Virtual Disk, .*\) would be Refused: ') $case[1] }
        }
    }
}

Test-That 'the question is that of the host that sends; no sends nothing' {
    $before = Read-Bus
    $found = Find-Unit 'dead holder'
    $got = Invoke-Asking { $found | Clear-StorageReservation -Method Clear } $false
    Assert-Match $got '0x000000000000DEAD of FC .*Registered by hosts that answer: b\. If a cannot send it, another of these hosts does: c, b\. Go on\?'
    Assert-Equal (Read-Bus) $before
}

Test-That 'cleared by one host, proved by another' {
    $got = Invoke-Capture { Find-Unit 'dead holder' | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal $got.Errors.Count 0 ([string]$got.Errors)
    $one = $got.Output[0]
    Assert-Equal ('{0} {1} {2} {3}' -f $got.Output.Count, $one.Outcome, $one.ComputerName, $one.ProvedBy) '1 Cleared a c'
    Assert-Match $one.Removed '0x000000000000DEAD \(1\), 0x000000000000BEEF \(1\)'
    Assert-Match $one.Message 'c reads the same\.$'
}

Test-That 'a host whose table refuses sends nothing: another one does' {
    # A host that has registered a key itself comes last: it could not register another.
    $got = Invoke-Capture { Find-Unit 'key of a' | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName, $got.Output[0].ProvedBy) 'Cleared b c'
    $got = Invoke-Capture { Find-Unit 'dead, clustered' | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName, $got.Output[0].ProvedBy) 'Cleared b a'
}

Test-That 'where no host may, the first says why' {
    $got = Invoke-Capture { Find-Unit 'to preempt' | Clear-StorageReservation -Method Reset -Force }
    Assert-Equal ('{0} {1} {2}' -f $got.Output.Count, $got.Output[0].Outcome, $got.Output[0].ComputerName) '1 Refused a'
    Assert-Match $got.Output[0].Message 'survive a reset'
    Assert-Equal $got.Errors.Count 1
}

Test-That 'what changed since it was found gets nothing' {
    $found = Find-Unit 'to preempt'
    $found.Generation = [uint32]2
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message '^The keys or the reservation changed since the disk was found\.'
}

Test-That 'a reservation that moved to another host with the same key, which PRgeneration does not tell, gets nothing' {
    $keys = @{ initiator = 'dead'; key = '0xDEAD' }, @{ initiator = 'c'; key = '0xDEAD' }
    $found = Find-Unit 'one key twice'
    Assert-Equal $found.Holder $null
    Set-UnitState 'one key twice' @{ generation = 7; registrations = $keys; persistentReservation = @{ type = 5; holder = 'c' } }
    $before = Read-Bus
    foreach ($method in @{ Method = 'Clear' }, @{ Method = 'Preempt'; HolderKey = '0xDEAD' }) {
        $got = Invoke-Capture { $found | Clear-StorageReservation @method -Force }
        Assert-Equal ('{0} {1}' -f $got.Output.Count, $got.Output[0].Outcome) '1 Refused'
        Assert-Match $got.Output[0].Message '^Since the disk was found: c holds the disk and answers'
    }
    Assert-Equal (Read-Bus) $before
    # And from that one to others.
    $found = Find-Unit 'one key twice'
    Assert-Equal $found.Holder 'c'
    Set-UnitState 'one key twice' @{ generation = 7; registrations = $keys; persistentReservation = @{ type = 5; holder = 'dead' } }
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message '^The keys or the reservation changed since the disk was found\.'
    # To another one that is not asked, too.
    $keys[1].initiator = 'd'
    Set-UnitState 'one key twice' @{ generation = 7; registrations = $keys; persistentReservation = @{ type = 5; holder = 'dead' } }
    $found = Find-Unit 'one key twice'
    Set-UnitState 'one key twice' @{ generation = 7; registrations = $keys; persistentReservation = @{ type = 5; holder = 'd' } }
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message '^The keys or the reservation changed since the disk was found\.'
}

Test-That 'who holds the disk is read anew: what an edited object says of it is not believed' {
    $before = Read-Bus
    $found = Find-Unit 'live holder'
    $found.Holder = $found.HolderSession = $null
    $found.Registrants = $found.Registrants -replace ', c\)', ', no host that was asked)'
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message '^Since the disk was found: c holds the disk and answers'
    $found = Find-Unit 'live holder'
    $found.Holder = $found.HolderSession = $null
    $found.State = 'HeldByUnlistedHost'
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Match $got.Output[0].Message '^Since the disk was found: c holds the disk and answers'
    $found = Find-Unit 'to preempt'
    $found.Registrants = ''
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Match $got.Output[0].Message 'changed since the disk was found'
    Assert-Equal (Read-Bus) $before
}

Test-That 'hosts with one iSCSI name are told apart by their sessions; where that tells nothing, each may be the holder' {
    $before = Read-Bus
    foreach ($round in 1..3) { Assert-Equal (Find-Unit 'iscsi, one name').Holder 'c' }
    $found = Find-Unit 'iscsi, earlier' @($b, $c)
    Assert-Equal ('{0} {1}' -f $found.Holder, $found.HolderSession.Split(',').Length) 'b or c 2'
    Assert-Match $found.NextStep '^b and c have one initiator name'
    foreach ($unit in 'iscsi, one name', 'iscsi, earlier') {
        $got = Invoke-Capture { Find-Unit $unit | Clear-StorageReservation -Method Clear -Force }
        Assert-Match $got.Output[0].Message 'holds the disk and answers' $unit
    }
    Assert-Equal (Read-Bus) $before
}

Test-That 'a key that Clear-StorageReservation left behind is taken back by the line that the finder names' {
    $found = Find-Unit 'own key'
    Assert-Match $found.NextStep ("^Clear-StorageReservation -UniqueId '{0}' -Method Release -OwnKey 0x535200000000ABCD -Session \(.*\) takes it back on b" -f (Get-Unit 'own key'))
    $line = [regex]::Match($found.NextStep, '^.*?\)(?= takes)').Value
    $got = Invoke-Capture { Invoke-Expression "$line -Force" }
    Assert-Equal ('{0} {1} {2}' -f $got.Output[0].ComputerName, $got.Output[0].Outcome, $got.Output[0].OwnKeyLeft) 'b Accepted False'
    Assert-Equal (Find-Unit 'own key').State 'NotReserved'
}

Test-That 'so it is where the disk does not tell whose it is, beside keys of others: on the host that registered it, and nowhere else' {
    $found = Find-Unit 'silent, own key'
    Assert-Equal ('{0} {1}' -f $found.State, $found.Registrants) 'Persistent '
    Assert-Match $found.Message '0x535200000000ABCD is a key that Clear-StorageReservation left behind\.$'
    $line = [regex]::Match($found.NextStep, '^.*?\)(?= takes it back on the host that registered it)').Value
    $got = Invoke-Capture { Invoke-Expression "$line -Force" }
    $rows = @($got.Output | Sort-Object ComputerName)
    Assert-Equal (@($rows | ForEach-Object ComputerName) -join ' ') 'a b c'
    Assert-Equal ('{0} {1}' -f $rows[1].Outcome, $rows[1].OwnKeyLeft) 'Accepted False' $rows[1].Message
    $now = Find-Unit 'silent, own key'
    Assert-Equal $now.State 'Persistent' 'the key of the dead host stays'
    Assert-Equal ($now.Message -match 'left behind') $false
}

Test-That 'the question of Preempt names every initiator with the key, and which of them answers' {
    $keys = @{ initiator = 'dead'; key = '0xDEAD' }, @{ initiator = 'c'; key = '0xDEAD' }, @{ initiator = 'b'; key = '0xBEEF' }
    Set-UnitState 'one key twice' @{ generation = 7; registrations = $keys; persistentReservation = @{ type = 5; holder = 'dead' } }
    $got = Invoke-Asking { Find-Unit 'one key twice' | Clear-StorageReservation -Method Preempt -HolderKey 0xdead -WhatIf }
    Assert-Match $got ('Every host with that key loses its access.* 0x000000000000DEAD is the key of FC [0-9A-F]{16} \(no host that was asked\), ' +
        'FC [0-9A-F]{16} \(c, which answers and loses its access\)\. Hosts that answer and keep their keys: b\. If a cannot send it, another of these hosts does: b, c\.$')
    $got = Invoke-Asking { Find-Unit 'to preempt' | Clear-StorageReservation -Method Preempt -HolderKey 0xdead }
    Assert-Match $got 'The host with that key.* is the key of FC [0-9A-F]{16} \(no host that was asked\)\. Hosts that answer and keep their keys: b\. If a cannot send it, another of these hosts does: c, b\. Go on\?'
}

Test-That 'the holder alone, by its key' {
    $got = Invoke-Capture { Find-Unit 'to preempt' | Clear-StorageReservation -Method Preempt -HolderKey 0xdead -Force }
    Assert-Equal ('{0} {1} {2} {3}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName, $got.Output[0].ProvedBy, $got.Output[0].KeysLeft) 'Preempted a c 1'
}

Test-That 'a reservation of a host that is gone: reset by one host, let in at another' {
    $found = Find-Unit 'dead, scsi2'
    Assert-Equal $found.State 'HeldByUnlistedHost'
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName, $got.Output[0].ProvedBy) 'Reset a b'
}

Test-That 'a host that takes the disk between reset and proof holds it: not free' {
    $found = Find-Unit 'taken, scsi2'
    $real = & (Get-Module StorageRelease) { ${function:Confirm-HolderClear} }
    try {
        & (Get-Module StorageRelease) {
            param($Real, $Session, $Id)
            $script:RealConfirm = $Real
            $script:TakingSession = $Session
            $script:TakenId = $Id
            function script:Confirm-HolderClear {
                $null = Invoke-Command -Session $script:TakingSession -ArgumentList $script:TakenId { param($Id) Invoke-StorageReserve -UniqueId $Id -Force }
                & $script:RealConfirm @args
            }
        } $real $b (Get-Unit 'taken, scsi2')
        $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    }
    finally { & (Get-Module StorageRelease) { param($Real) Set-Item function:script:Confirm-HolderClear $Real } $real }
    $row = $got.Output[0]
    Assert-True ($row.Outcome -ceq 'StillHeld' -and $row.ReservationAfter -cne 'Free' -and -not $row.ProvedBy) "$($row | Format-List | Out-String)"
    Assert-Equal $got.Errors.Count 1
}

Test-That 'a listed host that has reserved the disk since it was found keeps it: nothing is sent, with -WhatIf neither' {
    $found = Find-Unit 'stale, scsi2'
    Assert-Equal $found.State 'HeldByUnlistedHost'
    Assert-Equal ($found | Clear-StorageReservation -Method Reset -Force).Outcome 'Reset'
    Assert-Equal (Invoke-StorageReserve -UniqueId (Get-Unit 'stale, scsi2') -Session $c -Force).Outcome 'Reserved'
    $before = Read-Bus
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Equal ('{0} {1}' -f $got.Output.Count, $got.Output[0].Outcome) '1 Refused'
    Assert-Match $got.Output[0].Message '^Since the disk was found: c holds the disk and answers.*Nothing was sent\.$'
    Assert-Match $got.Output[0].NextStep '^Search again'
    Assert-Match (Invoke-Asking { $found | Clear-StorageReservation -Method Reset -WhatIf }) 'would be Refused: Since the disk was found: c holds'
    Assert-Equal (Read-Bus) $before
    # Free by now, and so not as it was found.
    $null = Invoke-StorageRelease -UniqueId (Get-Unit 'stale, scsi2') -Session $c -Force
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Match $got.Output[0].Message '^The disk is not held any more as it was found: NotReserved: '
}

Test-That 'a disk that another host reserves while the question waits gets nothing' {
    $found = Find-Unit 'asked, scsi2'
    & (Get-Module StorageRelease) {
        param($Then)
        $script:TestThen = $Then
        function script:Test-Interactive { $true }
        function script:Request-Confirmation {
            & $script:TestThen
            $true
        }
    } { Set-UnitState 'asked, scsi2' @{ reservedBy = 'c' } }
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset }
    Assert-Match $got.Output[0].Message '^Since the disk was found: c holds the disk and answers'
    Assert-Equal (Get-StorageReservation -UniqueId (Get-Unit 'asked, scsi2') -Session $c).Blocked $false
}

Test-That 'a session with a host that was locked out, and is closed now: nothing is sent' {
    $more = @(New-TestSession 127.0.0.6)
    Enter-TestRehearsal $more $bus b
    $found = Find-Unit 'other, scsi2' @($a, $more[0])
    Remove-PSSession $more
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Equal ('{0} {1}' -f $found.State, $got.Output[0].Outcome) 'HeldByUnlistedHost Refused'
    Assert-Match $got.Output[0].Message 'no longer exists'
}

Test-That 'keys whose registrants the disk does not name: the question says so; with one host alone, no other host proves it' {
    $found = Find-Unit 'silent keys' $a
    $got = Invoke-Asking { $found | Clear-StorageReservation -Method Clear -WhatIf }
    Assert-Match $got 'a host that answers may be among them'
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal ('{0} {1}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName) 'Cleared a'
    Assert-Match $got.Output[0].Message 'No other host proved it'
}

Test-That 'a host that is registered itself, which the disk does not say, changes nothing: another one sends it' {
    $found = Find-Unit 'silent, key of a'
    Assert-Equal $found.Registrants $null
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal $got.Errors.Count 0 ([string]$got.Errors)
    $one = $got.Output[0]
    Assert-Equal ('{0} {1} {2} {3}' -f $got.Output.Count, $one.Outcome, $one.ComputerName, $one.ProvedBy) '1 Cleared b a' $one.Message
    Assert-Match $one.Message 'Before that, nothing was changed by a \(Conflict\)\.$'
    # Each of the three is asked about, and nobody is to send it from there.
    $found = Find-Unit 'silent, all keys'
    $before = Read-Bus
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal ('{0} {1} {2} {3}' -f $got.Output.Count, $got.Output[0].Outcome, $got.Output[0].OwnKeyLeft, $got.Errors.Count) '1 Conflict False 1'
    Assert-Equal (Read-Bus) $before
}

Test-That 'rows of one disk from several hosts: one host sends it, so none does' {
    $before = Read-Bus
    foreach ($method in 'Reset', 'Clear') {
        $got = Invoke-Capture { Get-StorageReservation -Session $a, $b, $c -UniqueId (Get-Unit 'of three hosts') | Clear-StorageReservation -Session $a, $b, $c -Method $method -Force }
        Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Refused Refused'
        Assert-Match $got.Output[0].Message 'from one host only, but 3 computers'
    }
    # Of one of them the serial number is not known.
    $rows = @(Get-StorageReservation -Session $a, $b -UniqueId (Get-Unit 'of three hosts'))
    $rows[0].SerialNumber = $null
    $got = Invoke-Capture { $rows | Clear-StorageReservation -Session $a, $b -Method Reset -Force }
    Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Refused'
    Assert-Equal (Read-Bus) $before
}

Test-That 'a refusal of what was found says which disk it is, and names no computer that has none' {
    $found = Find-Unit 'of three hosts'
    foreach ($command in { $found | Clear-StorageReservation -Method Reset -LogPath "$Temp/log.jsonl" -Force }, { $found | Clear-StorageReservation -Method Reset -Session $a -Force }) {
        $got = Invoke-Capture $command
        Assert-Equal ('{0} {1}' -f $got.Output[0].Outcome, $got.Output[0].UniqueId) ('Refused ' + (Get-Unit 'of three hosts'))
    }
    $found.SeenBySession = ''
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Reset -Force }
    Assert-Equal ('{0} {1}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName) 'Refused '
}

Test-That 'a proof by whichever locked-out host has a session' {
    $found = Find-Unit 'held by a'
    $found.ProofSession = [string][guid]::NewGuid()
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Match ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].ReservationAfter, $got.Output[0].ProvedBy) '^Accepted Free [bc]$'
    $found.SeenBySession = ''
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Match $got.Output[0].Message '^No session with a host that is locked out is open'
}

function Start-Work {
    # Keeps a session busy with somebody's own job, for as long as the file is there.
    param([System.Management.Automation.Runspaces.PSSession]$Session, [string]$Flag)
    [System.IO.File]::WriteAllText($Flag, '')
    Invoke-Command -Session $Session -AsJob -ArgumentList $Flag -ScriptBlock {
        param($Flag)
        while ([System.IO.File]::Exists($Flag)) { [System.Threading.Thread]::Sleep(20) }
    }
}

function Stop-Work {
    param([System.Management.Automation.Job]$Job, [string]$Flag)
    [System.IO.File]::Delete($Flag)
    $null = Wait-Job $Job
    Remove-Job $Job
}

Test-That 'a host that could not be asked may be the holder: asked again, and nothing is sent while it cannot be' {
    & (Get-Module StorageRelease) { $script:SessionPatience = 300 }
    $flag = "$Temp/busy"
    $job = Start-Work $c $flag
    $found = Find-Unit 'busy holder'
    Assert-Equal ('{0} {1} {2}' -f $found.State, $found.Holder, $found.NotAskedSession) "Persistent  $($c.InstanceId)"
    Assert-Match $found.Message ' did not answer, and may have registered\.'
    Assert-Match $found.NextStep '^Make sure that \S+ is gone, and not only slow or busy\.'
    $before = Read-Bus
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message 'could not be asked, and may hold the disk: .*busy'
    Stop-Work $job $flag
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message 'c holds the disk and answers'
    # Found with it, busy since.
    $found = Find-Unit 'busy holder'
    $job = Start-Work $c $flag
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message '^c could not be asked, and may hold the disk: '
    Stop-Work $job $flag
    Assert-Equal (Read-Bus) $before
}

Test-That 'a holder that hangs is gone, also when the command before has stalled there' {
    $found = @('hung holder', 'hung holder, too' | ForEach-Object { Find-Unit $_ @($a, $b, $c, $d) })
    Assert-Equal (@($found | ForEach-Object { $_.Holder }) -join ' ') 'd d'
    Send-TestSignal STOP $dying
    try {
        foreach ($one in $found) {
            $got = Invoke-Asking { $one | Clear-StorageReservation -Method Clear -WhatIf -TimeoutSec 3 }
            Assert-Match $got 'Hosts that do not answer count as gone: d\.'
            $got = Invoke-Capture { $one | Clear-StorageReservation -Method Clear -Force -TimeoutSec 3 }
            Assert-Equal ('{0} {1}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName) 'Cleared a' $got.Output[0].Message
        }
    }
    finally { Send-TestSignal CONT $dying }
}

Test-That 'a holder that died since it was found is dead' {
    & (Get-Module StorageRelease) { $script:SessionPatience = 5000 }
    # Not in the session that was frozen: PowerShell 7.6.9 sometimes ends one that was thawed (docs/verified.md).
    Send-TestSignal KILL $dying
    $script:d = New-TestSession 127.0.0.5
    Enter-TestRehearsal $d $bus d
    $script:dying = Get-TestServer $d
    $found = Find-Unit 'dying holder' @($a, $b, $c, $d)
    Assert-Equal $found.Holder 'd' $found.Message
    Send-TestSignal KILL $dying
    # Until ssh has told this end: what is written to it in between ends PowerShell 7.6.9 itself (docs/verified.md).
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ([string]$d.State -eq 'Opened' -and $clock.Elapsed.TotalSeconds -lt 30) { $null = [System.Threading.Thread]::Yield() }
    Assert-Equal "$($d.State)" 'Broken'
    $got = Invoke-Capture { $found | Clear-StorageReservation -Method Clear -Force -TimeoutSec 3 }
    Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName, $got.Output[0].ProvedBy) 'Cleared a c'
}

Complete-Tests
