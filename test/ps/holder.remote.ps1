# Find-StorageReservationHolder, and what its objects do in Invoke-StorageRelease: several hosts on one rehearsal
# bus, each an initiator of its own, reached by real remoting.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/remoting.ps1"
Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote }

# Units in this order; numbers differ on every host, and two units have one serial number. All hosts but m have one
# path.
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
    # Every host sees every unit; numbers are shifted by the host's place.
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

$bus = New-HolderBus 'bus.json' @{ x = '"delayMs": 300' }
Set-TestEndpoint 127.0.0.23 $bus c
$all = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5, 127.0.0.6, 127.0.0.7, 127.0.0.8, 127.0.0.21, 127.0.0.22, 127.0.0.23)
$a, $b, $c, $m, $again, $frozen, $dying, $bare, $other, $jea = $all
# $again is a once more, $frozen c.
Enter-TestRehearsal @($all[0..6]) $bus a, b, c, m, a, c, x
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

function Find-Held { param([string]$Unit, $Sessions = $three) Find-StorageReservationHolder -Session $Sessions -UniqueId (Get-Unit $Unit) }
function Read-State { (Get-StorageReservation -Session $a, $b, $c -UniqueId $args[0] | Sort-Computer | ForEach-Object { $_.State }) -join ' ' }
function Sort-Computer { $all = @($input); foreach ($name in 'a', 'b', 'c') { $all | Where-Object ComputerName -EQ $name } }

Test-That 'disks by their UniqueId, named or piped, and no others' {
    $named = @(Find-StorageReservationHolder -Session $three -UniqueId (Get-Unit 'free'), (Get-Unit 'twin 1'))
    Assert-Equal $named.Count 2
    $piped = @([pscustomobject]@{ UniqueId = (Get-Unit 'free') }, $named[0] | Find-StorageReservationHolder -Session $three)
    Assert-Equal (@($piped | ForEach-Object { $_.State }) -join ' ') $(if ($named[0].State -eq 'HeldBy') { 'NotReserved HeldBy' } else { 'NotReserved' })
    Assert-Equal @(@() | Find-StorageReservationHolder -Session $three).Count 0
}

Test-That 'disks by their serial numbers, named or piped, alone or beside others' {
    $named = @(Find-StorageReservationHolder -Session $three -SerialNumber 'S1')
    Assert-Equal $named.Count 1
    Assert-Equal $named[0].State NotReserved
    Assert-Equal $named[0].UniqueId (Get-Unit 'free')
    $named = @(Find-StorageReservationHolder -Session $three -SerialNumber 's0', ' S6 ')
    Assert-Equal (@($named | ForEach-Object { "$($_.State) $($_.Holder)" } | Sort-Object) -join ', ') 'HeldBy a, HeldBy b'
    $piped = @([pscustomobject]@{ serial = 'S1'; Number = 3 }, [pscustomobject]@{ 'Unique Id' = (Get-Unit 'held by a') },
        [pscustomobject]@{ UniqueId = '{256a2559-ce63-5434-1bee-3ff629daa3a8}'; SerialNumber = 'S6' } | Find-StorageReservationHolder -Session $three)
    Assert-Equal (@($piped | ForEach-Object { $_.SerialNumber } | Sort-Object) -join ' ') 'S0 S1 S6'
    # One that two disks have names neither, and one that none has is no silence.
    foreach ($serial in 'TWIN', 'nobody') {
        $got = Invoke-Capture { Find-StorageReservationHolder -Session $three -SerialNumber $serial, 'S1' }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Errors.Count 1
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Find-StorageReservationHolder'
        Assert-Equal $got.Errors[0].CategoryInfo.TargetName "Disk with serial number $serial"
        Assert-Match "$($got.Errors[0])" $serial
    }
    foreach ($nothing in '0', '', "S`t1") {
        $got = Invoke-Capture { Find-StorageReservationHolder -Session $three -SerialNumber $nothing }
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Refused,Find-StorageReservationHolder'
        Assert-True $got.Errors[0].ErrorDetails.RecommendedAction
    }
}

Test-That 'a disk that no host has is one object and one error; what names no disk is an error' {
    $got = Invoke-Capture { Find-StorageReservationHolder -Session $three -UniqueId '600A0B80001122330000FFFFFFFFFFFF' }
    Assert-Equal $got.Output[0].State 'Undecided'
    Assert-Equal $got.Errors.Count 1
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Find-StorageReservationHolder'
    $got = Invoke-Capture { '\\.\PhysicalDrive3', $null, [pscustomobject]@{ Number = 3 } | Find-StorageReservationHolder -Session $three }
    Assert-Equal $got.Output.Count 0
    Assert-Equal (@($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ') (@('Refused,Find-StorageReservationHolder') * 3 -join ' ')
}

Test-That 'a host with two paths may hold over the other one: undecided where all are locked out' {
    $held, $stranger = Find-StorageReservationHolder -Session $a, $b, $m -UniqueId (Get-Unit 'for the second path'), (Get-Unit 'held by a stranger')
    foreach ($one in $held, $stranger) {
        Assert-Equal $one.State 'Undecided'
        Assert-Match $one.Message 'm may have several paths'
    }
    Assert-Equal (Find-Held 'held by a' ($a, $m)).Holder 'a' 'which needs no single path of who is locked out'
}

Test-That 'a restricted endpoint is a host like others' {
    $one = Find-Held 'held by a' ($a, $jea)
    Assert-Equal $one.Holder 'a'
    Assert-Equal $one.BlockedOn 'c'
}

Test-That 'a search that is left early leaves nothing behind' {
    $one = @(foreach ($turn in 1, 2) { Find-StorageReservationHolder -Session $three | ForEach-Object { $_; break } })
    Assert-Equal $one.Count 1 'the loop was the caller''s'
    $got = Invoke-Capture { Find-StorageReservationHolder -Session $three }
    Assert-Equal $got.Output.Count $units.Count
    # Each host says of its own disks which of them share an identity.
    Assert-Equal @($got.Warnings | Where-Object { "$_" -cnotmatch 'have the same (UniqueId|serial number)' }).Count 0
}

Test-That 'one host alone: undecided where it is let in, unlisted where it is not, itself where the disk says so' {
    $states = foreach ($unit in 'held by a', 'free', 'held by a stranger') { (Find-Held $unit $a).State }
    Assert-Equal ($states -join ' ') 'Undecided Undecided HeldByUnlistedHost'
    $strict = Find-Held 'strict, held by b' $b
    Assert-Equal $strict.Holder 'b'
    Assert-Equal $strict.ProofSession $null
}

Test-That 'the same computer by two sessions is asked as one' {
    $got = Invoke-Capture { Find-StorageReservationHolder -Session $a, $b, $again -UniqueId (Get-Unit 'held by a'), (Get-Unit 'held by a stranger') }
    $held, $stranger = @($got.Output | Where-Object State -EQ 'HeldBy') + @($got.Output | Where-Object State -NE 'HeldBy')
    Assert-Equal $held.Holder 'a'
    Assert-Equal $stranger.State 'HeldByUnlistedHost' 'for it has answered'
    Assert-Match $stranger.NotAsked 'same computer'
}

# --- where it is held ------------------------------------------------------------------------------------------

Test-That '-WhatIf names the host and sends nothing' {
    $found = Find-Held 'held by a'
    $got = Invoke-Capture { $found | Invoke-StorageRelease -WhatIf }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Thrown $null
    Assert-Equal (Read-State (Get-Unit 'held by a')) 'Unknown HeldByAnotherHost HeldByAnotherHost'
}

Test-That 'what is not held by a host of the list is refused, with its next step, and nothing is sent' {
    foreach ($unit in 'free', 'held by a stranger', 'persistent') {
        $found = Find-Held $unit
        $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Equal $got.Output[0].NextStep $found.NextStep
        Assert-Equal $got.Errors.Count 1
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Refused,Invoke-StorageRelease'
    }
    $found = Find-Held 'held by a'
    foreach ($script in { $found | Invoke-StorageReserve -Force }, { $found | Get-StorageReservation }, { $found | Invoke-StorageRelease -Force -Session $b }) {
        Assert-Equal @(Invoke-Capture $script)[0].Output[0].Outcome 'Refused' "$script"
    }
    Assert-Equal (Read-State (Get-Unit 'held by a')) 'Unknown HeldByAnotherHost HeldByAnotherHost'
}

Test-That 'a host that takes the disk between release and proof is named, and nothing is called free' {
    $id = Get-Unit 'strict, held by b'
    $script:Taken = @(Find-StorageReservationHolder -Session $a, $b -UniqueId $id)
    Assert-Equal $script:Taken[0].Holder 'b'
    $real = & (Get-Module StorageRelease) { ${function:Add-HolderStep} }
    try {
        & (Get-Module StorageRelease) {
            param($Real, $Session, $Id)
            $script:RealStep = $Real
            $script:TakingSession = $Session
            $script:TakenId = $Id
            function script:Add-HolderStep {
                param($Work, $Target, $Step, $Session)
                if ($Step -ceq 'after') { $null = Invoke-Command -Session $script:TakingSession -ArgumentList $script:TakenId { param($Id) Invoke-StorageReserve -UniqueId $Id -Force } }
                & $script:RealStep $Work $Target $Step $Session
            }
        } $real $a $id
        $got = Invoke-Capture { $script:Taken | Invoke-StorageRelease -Force }
    }
    finally {
        & (Get-Module StorageRelease) { param($Real) Set-Item function:script:Add-HolderStep $Real } $real
        $null = Invoke-Command -Session $a -ArgumentList $id { param($Id) Invoke-StorageRelease -UniqueId $Id -Force }
        $null = Invoke-Command -Session $b -ArgumentList $id { param($Id) Invoke-StorageReserve -UniqueId $Id -Force }
    }
    $row = $got.Output[0]
    Assert-Equal "$($row.ComputerName) $($row.Outcome) $($row.ReservationAfter) $($row.ProvedBy)" 'b StillHeld HeldByAnotherHost '
    Assert-Match $row.Message '^a, which was locked out before, holds it now: '
    Assert-True ($row.Message -cnotmatch 'Free') $row.Message
    Assert-Equal $got.Errors.Count 1
}

Test-That 'found, released at its holder, and proved by a host that was locked out' {
    $got = Invoke-Capture { Find-StorageReservationHolder -Session $three -UniqueId (Get-Unit 'held by a'), (Get-Unit 'strict, held by b') | Invoke-StorageRelease -Force }
    Assert-Equal $got.Errors.Count 0 ([string]$got.Errors)
    Assert-Equal $got.Output.Count 2
    foreach ($one in $got.Output) {
        Assert-Equal $one.Outcome 'Accepted'
        Assert-Equal $one.ReservationAfter 'Free' $one.Message
        Assert-True ($one.ProvedBy -and $one.ProvedBy -ne $one.ComputerName)
        Assert-Match $one.Message '^Free: \w+ was locked out before, and has access now\.$'
    }
    Assert-Equal (@($got.Output | Sort-Computer | ForEach-Object { '{0} {1}' -f $_.ComputerName, $_.Number }) -join ', ') 'a 0, b 9'
    foreach ($unit in 'held by a', 'strict, held by b') { Assert-Equal (Read-State (Get-Unit $unit)) 'Unknown Unknown Unknown' }
}

Test-That 'the holder changed in between: nothing is sent' {
    $found = Find-Held 'twin 1'
    $null = Invoke-StorageRelease -Session $b -UniqueId (Get-Unit 'twin 1') -Force
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message 'holder changed .* has access now'
    $null = Invoke-StorageReserve -Session $c -UniqueId (Get-Unit 'twin 1') -Force
    $found.ProofSession = [string]$a.InstanceId
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output.Count 1
    Assert-Match $got.Output[0].Message 'b is locked out now'
    Assert-Equal $got.Errors.Count 1
    Assert-Equal (Find-Held 'twin 1').Holder 'c' 'who still has it'
}

Test-That 'a LUN reset in between: nothing is sent' {
    $found = Find-Held 'twin 1'
    # What a reset leaves behind.
    $text = [System.IO.File]::ReadAllText($bus)
    $after = [regex]::Replace($text, '(?s)("twin 1": \{\s*"reservedBy": )"c"', '$1null')
    Assert-True ($after -ne $text)
    [System.IO.File]::WriteAllText($bus, $after)
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Equal (Find-Held 'twin 1').State 'NotReserved'
}

Test-That 'a session that is closed meanwhile: nothing is sent' {
    $null = Invoke-StorageReserve -Session $again -UniqueId (Get-Unit 'twin 2') -Force
    $found = Find-Held 'twin 2' ($b, $again)
    Assert-Equal $found.Holder 'a'
    Remove-PSSession $again
    $got = Invoke-Capture { $found | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message 'no longer exists'
}

# --- the worker here ends ----------------------------------------------------------------------------------------

Test-That 'a worker that ends while late answers are read gives way to another, which decides' {
    $module = Get-Module StorageRelease
    $usual = & $module { ${function:Write-LateAnswer} }
    # As it does where the last that a worker said is an error of its own.
    & $module { function script:Write-LateAnswer { param($Cmdlet) Close-Worker $script:Worker 'it ended' } }
    try { $got = Invoke-Capture { Find-StorageReservationHolder -Session $a, $b, $c -UniqueId (Get-Unit 'free') } }
    finally { & $module { param($Usual) Set-Item function:script:Write-LateAnswer $Usual } $usual }
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal ('{0} {1}' -f $got.Errors.Count, $got.Output[0].State) '0 NotReserved'
}

# --- hosts that do not answer ------------------------------------------------------------------------------------

& (Get-Module StorageRelease) { $script:SessionMargin = 2 }
$frozenServer = Get-TestServer $frozen
$dyingServer = Get-TestServer $dying

Test-That 'a host that is down, hangs, has no module or another version, or dies: one reason and one error each' {
    Send-TestSignal STOP $frozenServer
    $script:killed = $false
    $got = Invoke-Capture {
        Find-StorageReservationHolder -Session $a, $b, $bare, $other, $again, $frozen, $dying -TimeoutSec 3 | ForEach-Object {
            if (-not $script:killed) { Send-TestSignal KILL $dyingServer }
            $script:killed = $true
            $_
        }
    }
    Send-TestSignal CONT $frozenServer
    Assert-Equal $got.Output.Count $units.Count
    Assert-Equal $got.Errors.Count 5 ($got.Errors -join "`n")
    $by = @{}
    foreach ($one in $got.Output) { $by[$one.UniqueId] = $one }
    # Whoever answers is enough where somebody is let in.
    Assert-Equal $by[(Get-Unit 'held by a')].State 'NotReserved' 'it was released above'
    Assert-Equal $by[(Get-Unit 'twin 2')].Holder 'a'
    $stranger = $by[(Get-Unit 'held by a stranger')]
    Assert-Equal $stranger.State 'Undecided'
    foreach ($name in '127\.0\.0\.21', '127\.0\.0\.22', 'a \(Runspace\d+\)', '127\.0\.0\.7') { Assert-Match $stranger.NotAsked ($name + ': ') }
}

Complete-Tests
