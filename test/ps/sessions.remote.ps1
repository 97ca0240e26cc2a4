# -Session on Get-StorageReservation, Invoke-StorageRelease and Invoke-StorageReserve: the same command on other
# computers.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/remoting.ps1"
. "$PSScriptRoot/askhost.ps1"
Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote }

function New-SharedBus {
    # Disks that hosts a, b and c share, with another number on each; d sees them through a restricted endpoint.
    # Unit 0 is reserved by a.
    $units = foreach ($i in 0..3) {
        '{{ "name": "unit {0}", "vendor": "FAKE", "product": "Virtual Disk", "serial": "{1}", "naa": "{2}", "target": "tgt"{3} }}' -f
            $i, (Get-TestSerial $i), (Get-TestUniqueId $i), $(if ($i -eq 0) { ', "reservedBy": "host-a"' })
    }
    $units += '{ "name": "tape", "type": "tape", "vendor": "FAKE", "product": "tape", "serial": "FAKE-tape", "target": "tgt", "removable": true }'
    $hosts = foreach ($name in 'a', 'b', 'c', 'd') {
        $shift = 'abcd'.IndexOf($name)
        $rows = foreach ($i in 0..3) {
            '{{ "number": {0}, "unit": "unit {1}"{2} }}' -f ($i + $shift), $i, $(if ($i -eq 3) { ', "faults": { "delayMs": 700 }' })
        }
        $rows += '{ "number": 0, "unit": "tape" }'
        '"host-{0}": {{ "disks": [{1}] }}' -f $name, ($rows -join ', ')
    }
    $text = '{ "version": 1, "thisHost": "host-a", "logicalUnits": [' + ($units -join ",`n") + '], "hosts": {' + ($hosts -join ",`n") + '} }'
    $file = [System.IO.Path]::Combine($Temp, 'shared.json')
    [System.IO.File]::WriteAllText($file, $text)
    $file
}

$bus = New-SharedBus
Set-TestEndpoint 127.0.0.25 $bus host-d
$all = @(New-TestSession 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.21, 127.0.0.22, 127.0.0.25)
$a, $b, $c, $bare, $other, $jea = $all
$three = @($a, $b, $c)
Enter-TestRehearsal $three $bus host-a, host-b, host-c
$servers = @($three | ForEach-Object { Get-TestServer $_ })

function Join-Row { param($Rows, [string]$Name) $texts = @(foreach ($row in $Rows) { [string]$row.$Name }); [array]::Sort($texts); $texts -join ',' }

Test-That 'the same command on three computers: one result for each, of the same type, as its own computer made it' {
    $got = Invoke-Capture { Get-StorageReservation -Session $three -UniqueId (Get-TestUniqueId 0) }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
    Assert-Equal (Join-Row $got.Output Number) '0,1,2' 'another number on each'
    foreach ($one in $got.Output) {
        Assert-Equal (($one.PSObject.TypeNames)[0..1] -join ' ') 'StorageRelease.Reservation#Session StorageRelease.Reservation'
        Assert-Equal $one.Number.GetType() ([uint32])
        Assert-Equal $one.StartedAt.Kind ([System.DateTimeKind]::Utc)
    }
    $names = $got.Output[0].PSObject.Properties | ForEach-Object { $_.Name }
    Use-Bus (New-TestBus) { $script:Here = Get-StorageReservation -Number 1 }
    Assert-Equal ($names -join ' ') (@($script:Here.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ')
}

Test-That 'without a disk, all disks of every computer are read' {
    $got = Invoke-Capture { Get-StorageReservation -Session $a, $b }
    Assert-Equal $got.Output.Count 8
}

Test-That 'results come as each computer has them, not at the end' {
    $seen = @(Get-StorageReservation -Session $a -Number 0, 3 | ForEach-Object { [System.Diagnostics.Stopwatch]::GetTimestamp() })
    Assert-True (($seen[1] - $seen[0]) / [System.Diagnostics.Stopwatch]::Frequency -gt 0.5) 'disk 3 is slow'
}

Test-That 'a computer without the module, or with another version, costs one row with its next step' {
    $got = Invoke-Capture { Get-StorageReservation -Session $all -UniqueId (Get-TestUniqueId 1) }
    Assert-Equal $got.Output.Count 6
    Assert-Equal $got.Errors.Count 2
    $one = @($got.Output | Where-Object ComputerName -EQ 127.0.0.21)
    Assert-Equal $one.Count 1
    Assert-Equal $one[0].Outcome Failed
    Assert-Equal $one[0].UniqueId (Get-TestUniqueId 1)
    Assert-Match $one[0].NextStep 'Publish-StorageRelease'
    Assert-Equal $one[0].PSObject.TypeNames[1] 'StorageRelease.Reservation'
    $one = @($got.Output | Where-Object ComputerName -EQ 127.0.0.22)
    Assert-Match $one[0].Message 'version 0\.0\.9'
    Assert-Equal (Join-Row @($got.Errors) FullyQualifiedErrorId) 'Failed,Get-StorageReservation,Failed,Get-StorageReservation'
    Assert-Equal (Join-Row @($got.Errors | ForEach-Object { $_.CategoryInfo }) Category) 'InvalidOperation,NotInstalled'
}

Test-That 'an error there is the same error here, with the computer named, after its result' {
    $got = Invoke-Capture { Invoke-StorageRelease -Session $jea, $b -Number 99 -Force }
    Assert-Equal $got.Output.Count 2
    Assert-Equal $got.Errors.Count 2
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Invoke-StorageRelease'
    Assert-Equal $got.Errors[0].TargetObject.PSObject.TypeNames[0] 'StorageRelease.Result'
    Assert-Match $got.Errors[0].Exception.Message '^host-[bd]: Disk 99: '
    $stopped = Invoke-Capture { Invoke-StorageRelease -Session $b -Number 99 -Force -ErrorAction Stop }
    Assert-Equal $stopped.Output.Count 1 'the result comes first'
    Assert-Equal $stopped.Thrown.FullyQualifiedErrorId 'NotFound,Invoke-StorageRelease'
}

Test-That 'verbose text and warnings of the far side bear its name' {
    $got = Invoke-Capture { Get-StorageReservation -Session $a, $b -Number 1 -Verbose }
    Assert-Equal @($got.Verbose | Where-Object { $_.Message -cmatch '^host-a: disk 1: opening' }).Count 1
    Assert-Equal @($got.Verbose | Where-Object { $_.Message -cmatch '^host-b: disk 1: opening' }).Count 1
}

Test-That 'a computer has one name, its own, in rows, errors, verbose text and plans, from the first command of a session on' {
    foreach ($line in "Get-StorageReservation -Session `$a -Number 1, 99 -Verbose", "Invoke-StorageRelease -Session `$a -Number 1, 99 -Force -Verbose") {
        & (Get-Module StorageRelease) { $script:SessionSelf.Clear(); $script:SessionVersion.Clear() }
        $got = Invoke-Capture ([scriptblock]::Create($line))
        Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-a'
        foreach ($text in @($got.Verbose) + @($got.Errors | ForEach-Object { $_.Exception })) { Assert-Match $text.Message '^host-a: ' }
        Assert-True ($got.Verbose.Count -gt 0)
        Assert-Equal $got.Errors.Count 1
    }
    & (Get-Module StorageRelease) { $script:SessionSelf.Clear(); $script:SessionVersion.Clear() }
    $said = Invoke-Capture -Runspace { param($sessions) Invoke-StorageRelease -Session $sessions -Number 1, 99 -WhatIf -Verbose } -ArgumentList (, @($a))
    foreach ($text in @($said.Verbose)) { Assert-Match $text.Message '^host-a: ' }
}

Test-That '-WhatIf changes nothing on any computer; what they plan comes as rows' {
    $got = Invoke-Capture -Runspace { param($sessions, $id) Invoke-StorageRelease -Session $sessions -UniqueId $id -WhatIf } `
        -ArgumentList $three, (Get-TestUniqueId 0)
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 0 "$($got.Errors)"
    Assert-Equal (Get-Released $bus) ''
    $plan = Invoke-Command -Session $a { param($id) Invoke-StorageRelease -UniqueId $id -AsPlan } -ArgumentList (Get-TestUniqueId 0)
    Assert-Equal $plan.Outcome Accepted
    Assert-Equal $plan.ComputerName host-a
    Assert-Equal (Get-Released $bus) ''
}

Test-That 'nothing is sent where nobody can be asked' {
    $got = Invoke-Capture { Invoke-StorageRelease -Session $three -UniqueId (Get-TestUniqueId 0) }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Thrown.FullyQualifiedErrorId 'NobodyToAsk,Invoke-StorageRelease'
    Assert-Equal (Get-Released $bus) ''
}

Test-That 'the release is sent, and only the computer that holds the disk frees it' {
    $got = Invoke-Capture { Invoke-StorageRelease -Session $b, $c -UniqueId (Get-TestUniqueId 0) -Verify -Force }
    Assert-Equal (Join-Row $got.Output Outcome) 'StillHeld,StillHeld'
    Assert-Equal (Get-Released $bus) '' 'a holds it'
    $got = Invoke-Capture { Invoke-StorageRelease -Session $a, $b -UniqueId (Get-TestUniqueId 0) -Force }
    Assert-Equal (Get-Released $bus) 'unit 0'
    $got = Invoke-Capture { Invoke-StorageReserve -Session $jea -UniqueId (Get-TestUniqueId 0) -Force }
    Assert-Equal $got.Output[0].Outcome Reserved
    $null = Invoke-StorageRelease -Session $jea -UniqueId (Get-TestUniqueId 0) -Force
}

Test-That 'an object goes to the session with the computer that it comes from, and to no other' {
    $read = @(Get-StorageReservation -Session $three -UniqueId (Get-TestUniqueId 1))
    $got = Invoke-Capture { $read | Where-Object ComputerName -EQ host-b | Get-StorageReservation -Session $three }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (Join-Row $got.Output ComputerName) host-b
    Assert-Equal $got.Output[0].Number 2
    $got = Invoke-Capture { $read | Invoke-StorageRelease -Session $three -Force }
    Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
    # What Invoke-Command brings.
    $brought = @(Invoke-Command -Session $three { Get-StorageRehearsalDisk } | Where-Object SerialNumber -EQ (Get-TestSerial 2))
    Assert-Equal $brought.Count 3
    $got = Invoke-Capture { $brought | Get-StorageReservation -Session $three }
    Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
    Assert-Equal (Join-Row $got.Output Number) '2,3,4'
}

Test-That 'a list that was saved finds its computers by the names they give themselves' {
    $script:Row = [pscustomobject]@{ Number = '1'; UniqueId = (Get-TestUniqueId 1); ComputerName = 'HOST-C' }
    & (Get-Module StorageRelease) { $script:SessionSelf.Clear() }
    $got = Invoke-Capture { $script:Row | Get-StorageReservation -Session $three }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (Join-Row $got.Output ComputerName) host-c
    Assert-Equal $got.Output[0].Number 3
}

Test-That 'an object of a computer that no session is with is refused with the line to type' {
    $script:Disk = New-FakeDisk -ComputerName SRV9 -Number 3 -UniqueId (Get-TestUniqueId 3)
    $line = "Invoke-StorageRelease -UniqueId '$(Get-TestUniqueId 3)' -Force -Session \(New-PSSession -ComputerName SRV9\)"
    foreach ($body in { Use-Bus $bus { $script:Disk | Invoke-StorageRelease -Force } }, { $script:Disk | Invoke-StorageRelease -Session $three -Force }) {
        $got = Invoke-Capture $body
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome Refused
        Assert-Match $got.Output[0].NextStep $line
    }
}

Test-That 'an object of this computer goes to all by its UniqueId, and not without one' {
    $script:Disk = New-FakeDisk -Number 3 -UniqueId (Get-TestUniqueId 2) -SerialNumber (Get-TestSerial 2)
    $got = Invoke-Capture { $script:Disk | Get-StorageReservation -Session $three }
    Assert-Equal (Join-Row $got.Output Number) '2,3,4' 'the disk, not the number'
    # A serial number is the same on every computer, too.
    $script:Disk = New-FakeDisk -Number 3 -UniqueId $null -SerialNumber (Get-TestSerial 2)
    $got = Invoke-Capture { $script:Disk | Get-StorageReservation -Session $three }
    Assert-Equal (Join-Row $got.Output Number) '2,3,4'
    Assert-Equal (Join-Row $got.Output IdentifiedBy) 'SerialNumber,SerialNumber,SerialNumber'
    foreach ($nothing in $null, '0', 'N/A') {
        $script:Disk = New-FakeDisk -Number 3 -UniqueId $null -SerialNumber $nothing
        $got = Invoke-Capture { $script:Disk | Get-StorageReservation -Session $three }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome Refused
        Assert-Match $got.Output[0].Message 'states no UniqueId and no serial number'
    }
}

Test-That 'rows of many computers go home, this computer''s own to the session with it; where there is none, to all' {
    $id = Get-TestUniqueId 2
    Use-Bus $bus {
        # Here it is host-a, as in that session.
        $rows = @(Get-StorageReservation -Session $three -UniqueId $id)
        $mine = @($rows | Where-Object ComputerName -EQ host-a)
        Assert-Equal $mine.Count 1
        $file = [System.IO.Path]::Combine($Temp, 'rows.csv')
        $rows | Export-Csv -Path $file
        $saved = @(Import-Csv $file)
        foreach ($given in $mine, @($saved | Where-Object ComputerName -EQ host-a)) {
            $script:Given = $given
            foreach ($line in 'Invoke-StorageRelease -Force', 'Invoke-StorageReserve -Force', 'Invoke-StorageRelease -Force', 'Get-StorageReservation', 'Wait-StorageReservation -State HeldByThisHost -TimeoutSec 1') {
                $got = Invoke-Capture ([scriptblock]::Create("`$script:Given | $line -Session `$three"))
                Assert-Equal (Join-Row $got.Output ComputerName) 'host-a' "$line $($got.Thrown) $($got.Thrown.ScriptStackTrace)"
            }
            $got = Invoke-Capture { $script:Given | Get-StorageReservation -Session $b, $c }
            Assert-Equal (Join-Row $got.Output ComputerName) 'host-b,host-c'
        }
        foreach ($given in $rows, $saved) {
            $script:Given = $given
            $got = Invoke-Capture { $script:Given | Get-StorageReservation -Session $three }
            Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
            $got = Invoke-Capture { $script:Given | Wait-StorageReservation -State Persistent -TimeoutSec 1 -Session $three }
            Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
        }
        $got = Invoke-Capture { Wait-StorageReservation -UniqueId $id, (Get-TestUniqueId 1) -State Persistent -TimeoutSec 1 -Session $three }
        Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-a,host-b,host-b,host-c,host-c'
        # On a narrow screen a row has one more type name; and a row that states nothing has a line to type.
        $narrow = $mine[0]
        $narrow.PSObject.TypeNames.Insert(0, $narrow.PSObject.TypeNames[0] + '#Narrow')
        $script:Given = $narrow
        $got = Invoke-Capture { $script:Given | Get-StorageReservation -Session $three }
        Assert-Equal (Join-Row $got.Output ComputerName) 'host-a'
        $narrow.UniqueId = $null
        $narrow.SerialNumber = $null
        $got = Invoke-Capture { $script:Given | Get-StorageReservation -Session $three }
        Assert-Equal "$($got.Thrown) $($got.Output.Count) $($got.Output[0].Outcome)" ' 1 Refused'
        Assert-Match $got.Output[0].Message '^This object of host-a states no UniqueId'
        # Of this computer, and not over a session.
        $got = Invoke-Capture { Get-StorageRehearsalDisk 2 | Get-StorageReservation -Session $three }
        Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-b,host-c'
    }
}

Test-That 'what changes a disk does not look for an object of this computer by its serial number on others' {
    $script:Disk = New-FakeDisk -Number 3 -UniqueId $null -SerialNumber (Get-TestSerial 2)
    foreach ($id in $null, 'SCSI\DISK&VEN_FAKE\5&1:HERE') {
        $script:Disk = New-FakeDisk -Number 3 -UniqueId $id -SerialNumber (Get-TestSerial 2)
        $got = Invoke-Capture { $script:Disk | Invoke-StorageRelease -Session $three -Force; $script:Disk | Invoke-StorageReserve -Session $three -Force }
        Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Refused Refused'
        Assert-Match $got.Output[0].Message 'its serial number may be another disk''s on another computer\.$'
        Assert-Match $got.Output[0].NextStep "Invoke-StorageRelease -SerialNumber '$(Get-TestSerial 2)' -Force -Session"
    }
}

Test-That 'an object that came over a session is of that computer, whatever the session is called' {
    $null = Get-StorageReservation -Session $three -UniqueId (Get-TestUniqueId 2)
    $live = New-FakeDisk -Number 2 -UniqueId (Get-TestUniqueId 2) -SerialNumber (Get-TestSerial 2)
    $record = [pscustomobject]@{ Number = 3; UniqueId = (Get-TestUniqueId 2) }
    foreach ($one in $live, $record) {
        $one | Add-Member -Force NoteProperty PSComputerName localhost
        $one | Add-Member -Force NoteProperty RunspaceId $b.InstanceId
        $script:Disk = $one
        Use-Bus $bus { $script:Got = Invoke-Capture { $script:Disk | Get-StorageReservation } }
        Assert-Equal $script:Got.Output[0].Outcome Refused
        Assert-Match $script:Got.Output[0].Message '^This object comes from host-b,'
        # The line to type names the session that is there; by another transport the computer may not be reached.
        Assert-Match $script:Got.Output[0].NextStep "Get-StorageReservation -UniqueId '$(Get-TestUniqueId 2)' -Session \(Get-PSSession -Id $($b.Id)\)\.$"
        $got = Invoke-Capture { $script:Disk | Get-StorageReservation -Session $three }
        Assert-Equal (Join-Row $got.Output ComputerName) host-b
        $got = Invoke-Capture { $script:Disk | Get-StorageReservation -Session $a, $c }
        Assert-Equal $got.Output[0].Outcome Refused
        # A job's, or of a session that is gone.
        $one.RunspaceId = [guid]::NewGuid()
        Use-Bus $bus { $script:Got = Invoke-Capture { $script:Disk | Get-StorageReservation } }
        Assert-Equal $script:Got.Output[0].Outcome Read
    }
    # A computer's own name counts before what another session was opened by.
    & (Get-Module StorageRelease) { param($Id) $script:SessionSelf[$Id] = '127.0.0.3' } $a.InstanceId
    $script:Row = [pscustomobject]@{ UniqueId = (Get-TestUniqueId 2); ComputerName = '127.0.0.3' }
    $got = Invoke-Capture { $script:Row | Get-StorageReservation -Session $b, $a }
    Assert-Equal (Join-Row $got.Output ComputerName) host-a
}

Test-That 'a session that rehearses changes nothing on a computer that does not' {
    # Stands for Windows: here, a computer without a rehearsal has no bus at all (tried below).
    Invoke-Command -Session $c {
        & (Get-Module StorageRelease) {
            $script:RealLocal = ${function:New-LocalReservation}
            function script:New-LocalReservation { $row = & $script:RealLocal @args; $row.Bus = 'Windows'; $row }
        }
    }
    try {
        $script:Free = Get-TestUniqueId 2
        Use-Bus $bus {
            $script:Got = Invoke-Capture { Invoke-StorageRelease -UniqueId $script:Free -Session $three -Force }
            $script:Planned = Invoke-Capture { Invoke-StorageRelease -UniqueId $script:Free -Session $c -WhatIf }
            $script:Read = Invoke-Capture { Get-StorageRehearsalDisk 2 | Invoke-StorageReserve -Session $c -Force }
        }
        Assert-Equal (@($script:Got.Output | Sort-Object ComputerName | ForEach-Object { '{0} {1}' -f $_.ComputerName, $_.Outcome }) -join ', ') 'host-a Accepted, host-b Accepted, host-c Refused'
        $refused = @($script:Got.Output | Where-Object Outcome -EQ Refused)[0]
        Assert-Equal $refused.Message 'This session rehearses, and host-c does not. Nothing was sent there.'
        Assert-Match $refused.NextStep 'Exit-StorageRehearsal'
        Assert-Equal $script:Got.Errors.Count 1
        Assert-Equal $script:Planned.Output.Count 0
        Assert-Match "$($script:Planned.Warnings)" 'host-c does not'
        Assert-Equal $script:Read.Output[0].Outcome Refused
        Invoke-Command -Session $c { Exit-StorageRehearsal }
        Use-Bus $bus { $script:Got = Invoke-Capture { Invoke-StorageRelease -UniqueId $script:Free -Session $a, $c -Force } }
        Assert-Equal (@($script:Got.Output | Sort-Object ComputerName | ForEach-Object { '{0} {1}' -f $_.ComputerName, $_.Outcome }) -join ', ') 'host-a Accepted, host-c Failed'
    }
    finally {
        Invoke-Command -Session $c { & (Get-Module StorageRelease) { Set-Item function:script:New-LocalReservation $script:RealLocal } }
        Enter-TestRehearsal @($c) $bus host-c
    }
}

Test-That '-SerialNumber names the same disk on every computer' {
    $got = Invoke-Capture { Get-StorageReservation -Session $three -SerialNumber (Get-TestSerial 2) }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (Join-Row $got.Output Number) '2,3,4'
    $got = Invoke-Capture { Get-StorageReservation -Session $three -SerialNumber '0' }
    Assert-Equal $got.Output.Count 1 'refused once, here'
    $got = Invoke-Capture { Get-StorageReservation -Session $three -SerialNumber 'FAKE-tape' -DeviceType Tape }
    Assert-Equal (Join-Row $got.Output DevicePath) '\\.\Tape0,\\.\Tape0,\\.\Tape0'
    $got = Invoke-Capture { Get-StorageReservation -Session $three -DeviceType Tape }
    Assert-Equal (Join-Row $got.Output DevicePath) '\\.\Tape0,\\.\Tape0,\\.\Tape0'
}

Test-That 'a disk object in the place of a number goes where a piped one goes' {
    $script:Disk = New-FakeDisk -Number 3 -UniqueId (Get-TestUniqueId 2) -SerialNumber (Get-TestSerial 2)
    $got = Invoke-Capture { Get-StorageReservation $script:Disk -Session $three }
    Assert-Equal (Join-Row $got.Output Number) '2,3,4'
    $got = Invoke-Capture { Get-StorageReservation 1, $script:Disk -Session $a }
    Assert-Equal (Join-Row $got.Output Number) '1,2'
    $home1 = @(Get-StorageReservation -Session $b -UniqueId (Get-TestUniqueId 1))
    $got = Invoke-Capture { Invoke-StorageRelease $home1[0] -Session $three -Force }
    Assert-Equal (Join-Row $got.Output ComputerName) host-b
    $got = Invoke-Capture { Invoke-StorageRelease (New-FakePartition) -Session $three -Force }
    Assert-Equal $got.Output.Count 1
    Assert-Equal $got.Output[0].Outcome Refused
}

Test-That 'an object goes to its computer with its identity, never with its number; one without an identity is refused with the line to type' {
    $read = @(Get-StorageReservation -Session $b -UniqueId (Get-TestUniqueId 1))[0]
    $read.Number = [uint32]4
    $read.DevicePath = '\\.\PhysicalDrive4'
    $got = Invoke-Capture { $read | Get-StorageReservation -Session $three }
    Assert-Equal $got.Output[0].Number 2
    Assert-Equal $got.Output[0].IdentifiedBy 'UniqueId, SerialNumber'
    $read.UniqueId = $null
    $got = Invoke-Capture { $read | Get-StorageReservation -Session $three }
    Assert-Equal $got.Output[0].IdentifiedBy SerialNumber
    foreach ($nothing in $null, '0000') {
        $read.SerialNumber = $nothing
        $record = [pscustomobject]@{ Number = 4; ComputerName = 'host-b'; SerialNumber = $nothing }
        foreach ($one in $read, $record) {
            $got = Invoke-Capture { $one | Invoke-StorageRelease -Session $three -Force }
            Assert-Equal $got.Output.Count 1
            Assert-Equal $got.Output[0].Outcome Refused
            Assert-Match $got.Output[0].NextStep 'Invoke-StorageRelease -Number 4 -Force -Session \(New-PSSession -ComputerName host-b\)'
        }
    }
}

Test-That 'a guard that an object states holds at home as well' {
    $read = @(Invoke-Command -Session $b { Get-StorageRehearsalDisk 2 })[0]
    $read.IsClustered = $true
    $got = Invoke-Capture { $read | Invoke-StorageRelease -Session $three -Force }
    Assert-Equal $got.Output[0].Outcome Refused
    Assert-Match $got.Output[0].NextStep '-Allow Clustered'
    $got = Invoke-Capture { $read | Invoke-StorageRelease -Session $three -Force -Allow Clustered }
    Assert-Equal $got.Output[0].Outcome Accepted 'it is said there, too'
}

Test-That 'a tape drive goes home among tape drives' {
    $brought = @(Invoke-Command -Session $b { Get-StorageRehearsalDisk } | Where-Object SerialNumber -EQ 'FAKE-tape')
    $got = Invoke-Capture { $brought | Get-StorageReservation -Session $three }
    Assert-Equal $got.Errors.Count 0 "$($got.Errors)"
    Assert-Equal $got.Output[0].DevicePath '\\.\Tape0'
    Assert-Equal $got.Output[0].ComputerName host-b
}

Test-That 'what the parameters say is said to every computer' {
    $got = Invoke-Capture { Invoke-StorageRelease -Session $a, $b -UniqueId (Get-TestUniqueId 1) -Verify -Force }
    foreach ($one in $got.Output) { Assert-True $one.ReservationAfter 'it was read afterwards' }
    $got = Invoke-Capture { Invoke-StorageRelease -Session $a, $b -UniqueId (Get-TestUniqueId 1) -Force }
    foreach ($one in $got.Output) { Assert-Equal $one.ReservationAfter $null }
}

Test-That 'input that is no disk is refused once, here' {
    $got = Invoke-Capture { 'C:\', $null | Invoke-StorageRelease -Session $three -Force }
    Assert-Equal $got.Output.Count 2
    Assert-Equal (Join-Row $got.Output Outcome) 'Refused,Refused'
    $got = Invoke-Capture { Invoke-StorageRelease -Number 'x' -Session $three -Force }
    Assert-Equal $got.Output.Count 1
    $got = Invoke-Capture { @() | Get-StorageReservation -Session $three }
    Assert-Equal $got.Output.Count 0 'an empty pipeline is not all disks'
}

Test-That 'no session is no other way to say this computer' {
    $null = Assert-Throws { Get-StorageReservation -Number 1 -Session @() } -ErrorId 'ParameterArgumentValidationError,Get-StorageReservation'
    $null = Assert-Throws { Get-StorageReservation -Number 1 -Session $null } -ErrorId 'ParameterArgumentValidationError,Get-StorageReservation'
}

Test-That 'a break downstream leaves the caller''s own loop, and the sessions can still be used' {
    $rounds = 0
    foreach ($round in 1, 2) {
        $rounds++
        Get-StorageReservation -Session $three | ForEach-Object { break }
    }
    Assert-Equal $rounds 1
    $rounds = 0
    foreach ($round in 1, 2) { Get-StorageReservation -Session $three | ForEach-Object { continue }; $rounds++ }
    Assert-Equal $rounds 0
    Assert-Equal @(Get-StorageReservation -Session $three -Number 2).Count 3
}

Test-That 'the next command tells the result of a release that was still running' {
    $free = Get-TestUniqueId 1
    foreach ($once in 1) { Invoke-StorageRelease -Session $a, $b, $c -UniqueId $free, (Get-TestUniqueId 3) -Force | ForEach-Object { break } }
    $first = Invoke-Capture { Get-StorageReservation -Session $a, $b, $c -UniqueId $free }
    Assert-Equal $first.Output.Count 3
    $told = @($first.Warnings | ForEach-Object { $_.Message })
    # Three computers with two disks each, of which one answer was read.
    foreach ($name in 'host-a', 'host-b', 'host-c') { Assert-True (($told -join "`n") -cmatch "\b$name\b") ($told -join "`n") }
    # What a computer was still at work on, it may tell only now; but nothing is told twice.
    $second = Invoke-Capture { Get-StorageReservation -Session $a, $b, $c -UniqueId $free }
    foreach ($one in $second.Warnings) { Assert-True ($told -cnotcontains $one.Message) $one.Message }
}

Test-That 'a computer that hangs is given up after its deadline, and delays no other' {
    $process = $servers[1]
    & (Get-Module StorageRelease) { $script:SessionMargin = 3 }
    Send-TestSignal STOP $process
    try {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $times = @{}
        $got = @(Get-StorageReservation -Session $three -UniqueId (Get-TestUniqueId 1) -TimeoutSec 1 -ErrorAction SilentlyContinue |
                ForEach-Object { $times[$_.ComputerName] = $watch.ElapsedMilliseconds; $_ })
    }
    finally {
        Send-TestSignal CONT $process
        & (Get-Module StorageRelease) { $script:SessionMargin = 15 }
    }
    Assert-Equal $got.Count 3
    $late = @($got | Where-Object ComputerName -EQ host-b)
    Assert-Equal $late[0].Outcome TimedOut
    Assert-True ($times['host-a'] -lt $times['host-b'] -and $times['host-c'] -lt $times['host-b'])
}

Test-That 'each object of a computer that cannot be asked has its own row, and each that it had not answered when it died' {
    $objects = @(Invoke-Command -Session $c { 1..3 | ForEach-Object { $id = ('600A0B80001122330000000000{0:d6}' -f $_); Get-StorageReservation -UniqueId $id } })
    $ids = @($objects | ForEach-Object { $_.UniqueId })
    Assert-Equal @($ids | Where-Object { $_ }).Count 3
    $bareOnes = @(Invoke-Command -Session $bare -ArgumentList (, $ids) { param($ids) foreach ($id in $ids) { [pscustomobject]@{ UniqueId = $id } } })
    $got = Invoke-Capture { $bareOnes | Get-StorageReservation -Session $bare, $a }
    Assert-Equal (@($got.Output | ForEach-Object { '{0} {1}' -f $_.Outcome, $_.UniqueId }) -join ', ') (@($ids | ForEach-Object { "Failed $_" }) -join ', ')
    Assert-Equal $got.Errors.Count 3
    foreach ($index in 0..2) { Assert-True ([object]::ReferenceEquals($got.Errors[$index].TargetObject, $got.Output[$index])) 'its target' }
    # What nobody can be asked about has its row as well, and is not asked about.
    $asking = New-AskHost { 0 }
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($asking.Host, [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $space.Open()
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $space
    $null = $shell.AddScript('param($Root, $Sessions, $Objects) Import-Module "$Root/StorageRelease.psd1"; $Objects | Invoke-StorageRelease -Session $Sessions -Confirm')
    $null = $shell.AddArgument($Root).AddArgument(@($bare, $c)).AddArgument(@($bareOnes + $bareOnes[0] + $objects[2]))
    $rows = @($shell.Invoke())
    Assert-Equal (@($rows | ForEach-Object { '{0} {1}' -f $_.Outcome, $_.ComputerName }) -join ', ') ('Failed 127.0.0.21, ' * 4 + 'Accepted host-c')
    Assert-Equal $asking.Asked.Count 1
    Assert-Match $asking.Asked[0] 'host-c'
    $shell.Dispose()
    $space.Dispose()
    # A row of which it cannot be told whose it is: so many fewer are lost, and none of these is called by a name.
    $lost = & (Get-Module StorageRelease) {
        param($Objects)
        $targets = [System.Collections.ArrayList]@(foreach ($one in $Objects) { Resolve-DiskClaim $one -Anywhere })
        $call = @{ Targets = $targets; Answered = @{}; Unplaced = 0; Places = $null; Computer = 0 }
        Add-SessionRow $call ([pscustomobject]@{ Outcome = 'Read'; UniqueId = 'a T10 name'; SerialNumber = '' })
        Add-SessionRow $call ([pscustomobject]@{ Outcome = 'Read'; UniqueId = $targets[1].UniqueId.ToLowerInvariant(); SerialNumber = '' })
        foreach ($target in Get-LostTarget @{ Disks = $targets } $call) { "lost: $($target.UniqueId)" }
    } $objects
    Assert-Equal ($lost -join ', ') 'lost: '

    $process = $servers[2]
    $got = Invoke-Capture {
        $objects + $objects[0] | Get-StorageReservation -Session $c -ThrottleLimit 1 | ForEach-Object {
            if ($_.Outcome -ceq 'Read') { Send-TestSignal KILL $process }
            $_
        }
    }
    Assert-Equal (Join-Row $got.Output UniqueId) (@(@($ids) + $ids[0] | Sort-Object) -join ',') "$($got.Output | Format-Table Outcome, UniqueId | Out-String)"
    Assert-True @($got.Output | Where-Object { $_.Outcome -ceq 'Read' }).Count
    Assert-Equal @($got.Output | Where-Object { $_.Outcome -ceq 'Failed' }).Count $got.Errors.Count
    Assert-True $got.Errors.Count
    foreach ($one in $got.Output) { Assert-Equal $one.ComputerName 'host-c' }
    Remove-PSSession $c
    $script:c = New-TestSession 127.0.0.4
    Enter-TestRehearsal @($script:c) $bus host-c
    $script:servers[2] = Get-TestServer $script:c
}

Test-That 'a computer that dies in the middle, or was dead before, costs its own row' {
    $process = $servers[2]
    $got = Invoke-Capture {
        Get-StorageReservation -Session $a, $c -Number 2, 5 | ForEach-Object {
            if ($_.ComputerName -ceq 'host-c' -and $_.Number -eq 2) { Send-TestSignal KILL $process }
            $_
        }
    }
    $dead = @($got.Output | Where-Object { $_.ComputerName -EQ 'host-c' -and $_.Outcome -ceq 'Failed' })
    Assert-Equal $dead.Count 1
    Assert-Match $dead[0].Message 'host-c broke'
    Assert-Equal @($got.Output | Where-Object ComputerName -EQ host-a).Count 2
    $got = Invoke-Capture { Get-StorageReservation -Session $a, $c -UniqueId (Get-TestUniqueId 1) }
    Assert-Equal (Join-Row $got.Output ComputerName) 'host-a,host-c'
    Assert-Equal ([string]$got.Errors[0].CategoryInfo.Category) ConnectionError
}

Remove-PSSession $all
Complete-Tests
