# Find-StorageReservationHolder, and what its objects do in Invoke-StorageRelease: several hosts on one rehearsal bus,
# each an initiator of its own, reached by real remoting.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/remoting.ps1"
Import-Module "$Root/StorageRelease.psd1"

# Units in this order; numbers differ on every host, and two units have one serial number. a sees all of them over one
# path, m over two.
$units = @(
    @{ Name = 'held by a'; Members = '"reservedBy": "a"' }
    @{ Name = 'free'; Members = '' }
    @{ Name = 'held by a stranger'; Members = '"reservedBy": "x"' }
    @{ Name = 'persistent'; Members = '"registrations": [{ "initiator": "b", "key": "0xA1" }], "persistentReservation": { "holder": "b", "type": 5 }' }
    @{ Name = 'twin 1'; Members = '"reservedBy": "b"' }
    @{ Name = 'twin 2'; Members = '' }
    @{ Name = 'strict, held by b'; Members = '"reservedBy": "b"'; Target = 'LIO' }
    @{ Name = 'for the second path'; Members = '"reservedBy": "m-2"' }
)

function New-HolderBus {
    # Every host sees every unit; numbers are shifted by the host's place. -Only: units that only these hosts see.
    param([string]$Name, [hashtable]$Faults = @{})
    $rows = for ($i = 0; $i -lt $units.Count; $i++) {
        $target = 'tgt'
        if ($units[$i].ContainsKey('Target')) { $target = $units[$i].Target }
        $serial = "S$i"
        if ($units[$i].Name -like 'twin*') { $serial = 'TWIN' }
        $members = $units[$i].Members
        if ($members) { $members = ', ' + $members }
        '{{ "name": "{0}", "vendor": "FAKE", "product": "Virtual Disk", "serial": "{1}", "naa": "{2}", "target": "{3}"{4} }}' -f
            $units[$i].Name, $serial, (Get-TestUniqueId $i), $target, $members
    }
    $hosts = foreach ($name in 'a', 'b', 'c', 'm', 'x') {
        $shift = 3 * 'abcmx'.IndexOf($name)
        $disks = for ($i = 0; $i -lt $units.Count; $i++) {
            $more = ''
            if ($name -eq 'm') { $more = ', "initiators": ["m", "m-2"], "pathPolicy": "failOver"' }
            if ($Faults.ContainsKey($name)) { $more += ', "faults": { ' + $Faults[$name] + ' }' }
            '{{ "number": {0}, "unit": "{1}"{2} }}' -f ($i + $shift), $units[$i].Name, $more
        }
        '"{0}": {{ "disks": [{1}] }}' -f $name, ($disks -join ', ')
    }
    $text = '{ "version": 1, "thisHost": "a", "logicalUnits": [' + ($rows -join ",`n") + '], "hosts": {' + ($hosts -join ",`n") + '} }'
    $file = [System.IO.Path]::Combine($Temp, $Name)
    [System.IO.File]::WriteAllText($file, $text)
    $file
}

function Get-Unit { param([string]$Name) for ($i = 0; $i -lt $units.Count; $i++) { if ($units[$i].Name -eq $Name) { return Get-TestUniqueId $i } } }

$bus = New-HolderBus 'bus.json'
$hosts = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5)
$a, $b, $c, $m = $hosts
Enter-TestRehearsal $hosts $bus a, b, c, m
$three = @($a, $b, $c)

# What is to be said of each unit by a, b and c.
$expected = @(
    , @('held by a', 'HeldBy', 'a', 0)
    , @('free', 'NotReserved', $null, $null)
    , @('held by a stranger', 'HeldByUnlistedHost', $null, $null)
    , @('persistent', 'Persistent', $null, $null)
    , @('twin 1', 'HeldBy', 'b', 7)
    , @('twin 2', 'NotReserved', $null, $null)
    , @('strict, held by b', 'HeldBy', 'b', 9)
    , @('for the second path', 'HeldByUnlistedHost', $null, $null)
)
$found = Invoke-Capture { Find-StorageReservationHolder -Session $three }

Test-That 'one object for each disk, whatever its number and serial number are on each host' {
    Assert-Equal $found.Errors.Count 0 ([string]$found.Errors)
    Assert-Equal $found.Output.Count $units.Count
    foreach ($one in $found.Output) { Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Holder' }
}

foreach ($row in $expected) {
    Test-That "what three hosts say of the disk '$($row[0])'" {
        $one = @($found.Output | Where-Object UniqueId -EQ (Get-Unit $row[0]))
        Assert-Equal $one.Count 1
        Assert-Equal $one[0].State $row[1] $one[0].Message
        Assert-Equal $one[0].Holder $row[2]
        Assert-Equal $one[0].HolderNumber $row[3]
        Assert-Equal $one[0].NotAsked ''
        if ($row[1] -eq 'HeldBy') {
            Assert-True ($one[0].ProofSession -ne $one[0].HolderSession)
            Assert-Equal ([string]$one[0].HeldAt.Kind) 'Utc'
            Assert-True ($one[0].WindowMs -lt 15000)
        }
    }
}

Complete-Tests
