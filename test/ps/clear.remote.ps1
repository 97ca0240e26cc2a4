# Clear-StorageReservation -Session: one host sends, what was shown there is what is cleared there, and the result is as its
# own computer made it.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/remoting.ps1"
. "$PSScriptRoot/askhost.ps1"
Import-Module "$Root/StorageRelease.psd1"

$sessions = @(New-TestSession 127.0.0.6, 127.0.0.7)
$main, $second = $sessions

function New-ShelfBus {
    # Units that both hosts see, under other numbers at the second. The dead host has left its key on unit 1, the second
    # host a SCSI-2 reservation on unit 2.
    $units = @(
        '{ "name": "free", "serial": "SHELF0", "naa": "600A0B8000000000000000000000D000", "target": "tgt" }'
        '{ "name": "keys", "serial": "SHELF1", "naa": "600A0B8000000000000000000000D001", "target": "tgt", "generation": 1, "registrations": [{ "initiator": "dead", "key": "0xDEAD" }], "persistentReservation": { "holder": "dead", "type": 5 } }'
        '{ "name": "scsi2", "serial": "SHELF2", "naa": "600A0B8000000000000000000000D002", "target": "tgt", "reservedBy": "second" }'
    )
    $hosts = @(foreach ($name in 'main', 'second', 'dead') {
            $shift = @{ main = 0; second = 10; dead = 20 }[$name]
            $rows = @(foreach ($unit in 'free', 'keys', 'scsi2') { '{{ "number": {0}, "unit": "{1}" }}' -f $shift, $unit; $shift += 1 })
            '"{0}": {{ "disks": [{1}] }}' -f $name, ($rows -join ', ')
        })
    $file = [System.IO.Path]::Combine($Temp, "shelf-$([guid]::NewGuid().ToString('N')).json")
    [System.IO.File]::WriteAllText($file, '{ "version": 1, "thisHost": "main", "logicalUnits": [' + ($units -join ",`n") + '], "hosts": {' + ($hosts -join ",`n") + '} }')
    $file
}

function Use-Shelf {
    # Both sessions on a fresh bus.
    param([scriptblock]$Body)
    $file = New-ShelfBus
    Enter-TestRehearsal $sessions $file main, second
    try { & $Body $file }
    finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
}

Test-That 'by its UniqueId on one host: cleared there, with the properties, the type and the view of many computers' {
    Use-Shelf {
        $got = Invoke-Capture { Clear-StorageReservation -UniqueId 600A0B8000000000000000000000D001 -Method Clear -Session $second -Force }
        Assert-Equal $got.Errors.Count 0
        $row = $got.Output[0]
        Assert-Equal ('{0} {1} {2} {3} {4}' -f $row.ComputerName, $row.Number, $row.Outcome, $row.Method, $row.Removed) 'second 11 Cleared Clear 0x000000000000DEAD (1)'
        Assert-Equal ($row.PSObject.TypeNames[0..1] -join ' ') 'StorageRelease.ClearResult#Session StorageRelease.ClearResult'
        Assert-True (($row | Out-String -Width 120) -match '(?m)^second\s+11\s+Clear\s+Cleared\s+') 'the view'
    }
}

Test-That 'its other parameters go with it: Preempt with its key, Release with an own key' {
    Use-Shelf {
        $got = Invoke-Capture { Clear-StorageReservation -SerialNumber SHELF1 -Method Preempt -HolderKey 0xDEAD -Session $main -Force }
        Assert-Equal ('{0} {1} {2}' -f $got.Output[0].Outcome, $got.Output[0].HolderKey, $got.Output[0].ComputerName) 'Preempted 0x000000000000DEAD main'
    }
    Use-Shelf {
        $got = Invoke-Capture { Clear-StorageReservation -SerialNumber SHELF1 -Method Release -OwnKey 0x5352000000000001 -Session $main -Force }
        Assert-Match $got.Output[0].Message '^0x5352000000000001 is not registered on the device'
    }
}

Test-That '-AsPlan, which is for sessions to send, changes nothing beside -Session either' {
    Use-Shelf {
        param($File)
        $before = [System.IO.File]::ReadAllText($File)
        foreach ($line in 'Clear-StorageReservation -Method Clear', 'Invoke-StorageRelease', 'Invoke-StorageReserve') {
            $got = Invoke-Capture { & ([scriptblock]::Create("$line -SerialNumber SHELF1 -Session `$args[0] -AsPlan -Force")) $main }
            Assert-Equal $got.Output.Count 0
            Assert-Match $got.Thrown.FullyQualifiedErrorId '^PlanWithSession,'
        }
        Assert-Equal ([System.IO.File]::ReadAllText($File)) $before
    }
}

Test-That 'a next step of another computer names its disk by what it is everywhere, and the computer' {
    Use-Shelf {
        $row = Get-StorageReservation -Session $second -SerialNumber SHELF1
        Assert-Equal $row.Number 11
        $line = "Clear-StorageReservation -UniqueId '600A0B8000000000000000000000D001' -Session (New-PSSession -HostName '$($second.ComputerName)') -Method Clear"
        Assert-True $row.NextStep.Contains($line) $row.NextStep
        Assert-True ($row.NextStep -notmatch '-Number') $row.NextStep
        # Here it does there what it says.
        function New-PSSession { param($HostName) Assert-Equal $HostName $second.ComputerName; $second }
        $got = Invoke-Capture { & ([scriptblock]::Create("$line -Force")) }
        Assert-Equal ('{0} {1} {2}' -f $got.Output[0].ComputerName, $got.Output[0].Number, $got.Output[0].Outcome) 'second 11 Cleared'
        # A text that would end its quotes is in no line: PowerShell takes a typographic quote for one.
        $sly = & (Get-Module StorageRelease) { param($session)
            $row = [pscustomobject]@{ Number = 3; IdentifiedBy = 'UniqueId'; UniqueId = "X$([char]0x2019)1"; SerialNumber = "it's 1" }
            ConvertTo-SessionStep 'Get-StorageReservation -Number 3' $row $session } $second
        Assert-Equal $sly "Get-StorageReservation -SerialNumber 'it''s 1' -Session (New-PSSession -HostName '$($second.ComputerName)')"
        # The error of a refusal has the same line.
        $got = Invoke-Capture { Clear-StorageReservation -SerialNumber SHELF2 -Method Clear -Session $main -Force }
        Assert-Equal $got.Errors[0].ErrorDetails.RecommendedAction $got.Output[0].NextStep
        Assert-Match $got.Output[0].NextStep 'StorageReservation -UniqueId ''600A0B8000000000000000000000D002'' -Session'
    }
}

Test-That 'an object of another computer goes home' {
    Use-Shelf {
        $got = Invoke-Capture { Get-StorageReservation -Session $second -UniqueId 600A0B8000000000000000000000D001 |
                Clear-StorageReservation -Method Clear -Session $sessions -Force }
        Assert-Equal ('{0} {1}' -f $got.Output[0].ComputerName, $got.Output[0].Outcome) 'second Cleared'
        Assert-Equal $got.Errors.Count 0
    }
}

Test-That 'a disk that would go to several hosts is refused once, and nothing is sent; Release goes to all' {
    Use-Shelf {
        param($File)
        $before = [System.IO.File]::ReadAllText($File)
        foreach ($method in 'Clear', 'Reset') {
            $got = Invoke-Capture { Clear-StorageReservation -SerialNumber SHELF1 -Method $method -Session $sessions -Force }
            Assert-Equal (@($got.Output | ForEach-Object { '{0} {1} {2}' -f $_.Outcome, $_.Method, $_.Message }) -join ';') "Refused $method $method is sent from one host only, but 2 computers were named. Nothing was sent."
            Assert-Equal $got.Errors.Count 1
        }
        Assert-Equal ([System.IO.File]::ReadAllText($File)) $before
        $got = Invoke-Capture { Clear-StorageReservation -SerialNumber SHELF2 -Method Release -Session $sessions -Force }
        Assert-Equal (@($got.Output | ForEach-Object { $_.ComputerName } | Sort-Object) -join ' ') 'main second'
    }
}

Test-That '-WhatIf changes nothing; what a computer plans comes as a row that says what it has shown of the disk and of its keys' {
    Use-Shelf {
        param($File)
        $before = [System.IO.File]::ReadAllText($File)
        Assert-Equal @(Clear-StorageReservation -SerialNumber SHELF1 -Method Clear -Session $main -WhatIf).Count 0
        $plan = Invoke-Command -Session $main { Clear-StorageReservation -SerialNumber SHELF1 -Method Clear -AsPlan }
        Assert-Equal ('{0} {1} {2}' -f $plan.Outcome, $plan.Shown.Length, $plan.Place) 'Accepted 128 0'
        Assert-Match $plan.Message '0x000000000000DEAD'
        Assert-Equal ([System.IO.File]::ReadAllText($File)) $before
    }
}

Test-That 'Wait-StorageReservation -Session: one result for each computer, in the view of many' {
    Use-Shelf {
        $got = Invoke-Capture { Wait-StorageReservation -SerialNumber SHELF1 -State Persistent -Session $sessions -TimeoutSec 60 }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal (@($got.Output | ForEach-Object { '{0} {1}' -f $_.ComputerName, $_.Reached } | Sort-Object) -join ', ') 'main True, second True'
        Assert-Equal $got.Output[0].PSObject.TypeNames[0] 'StorageRelease.WaitResult#Session'
    }
}

Test-That 'Wait-StorageReservation -Session: the error of a disk has the id that it has locally, and a session that ends keeps its names' {
    Use-Shelf {
        $got = Invoke-Capture { Wait-StorageReservation 999, 0 -State Free -Session $main -TimeoutSec 3 -IntervalSec 1 }
        Assert-Equal (@($got.Output | ForEach-Object { '{0}:{1}' -f $_.Number, $_.Reached }) -join ' ') '0:True 999:False'
        Assert-True ($got.Output[1].Readings -gt 1) 'it is read once'
        Assert-Equal "$($got.Errors[0].FullyQualifiedErrorId) $($got.Errors[0].CategoryInfo.Category)" 'NotFound,Wait-StorageReservation ObjectNotFound'
        Assert-True ([object]::ReferenceEquals($got.Errors[0].TargetObject, $got.Output[1]))
        $module = Get-Module StorageRelease
        & $module { Import-ModulePart Private; Import-ModulePart Unattended }
        $real = & $module { ${function:Wait-NextReading} }
        $third = New-TestSession 127.0.0.7
        try {
            Enter-TestRehearsal @($third) $File second
            & $module { param($Session) $script:EndingSession = $Session; function script:Wait-NextReading { Remove-PSSession $script:EndingSession } } $third
            $got = Invoke-Capture { Wait-StorageReservation 11 -State Free -Session $third -TimeoutSec 60 }
        }
        finally { & $module { param($Real) Set-Item function:script:Wait-NextReading $Real } $real }
        Assert-Equal ('{0} {1} {2} {3}' -f $got.Output[0].ComputerName, $got.Output[0].Number, $got.Output[0].Outcome, $got.Output[0].Readings) 'second 11 Failed 2'
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Failed,Wait-StorageReservation'
        # The map of such results: the host's column, and no LUN of its own.
        $map = [System.IO.Path]::Combine($Temp, 'dead.html')
        Get-StorageReservation -Session $main, $third -ErrorAction SilentlyContinue | Export-StorageReservationMap $map
        $data = [regex]::Match([System.IO.File]::ReadAllText($map), '(?s)id="data">(.*?)</script>').Groups[1].Value | ConvertFrom-Json
        Assert-Equal ($data.hosts -join ' ') 'main second'
        Assert-Equal (@($data.luns | Where-Object { -not $_.cells.EndsWith('s') }).Count) 0
        Assert-Equal (@($data.luns | Where-Object name -CEQ Unnamed).Count) 0
        Find-StorageReservationHolder -Session $main, $second | Export-Clixml "$Temp/holders.xml"
        Find-StorageReservationHolder -Session $second, $main | Export-StorageReservationMap $map -Before "$Temp/holders.xml"
        $data = [regex]::Match([System.IO.File]::ReadAllText($map), '(?s)id="data">(.*?)</script>').Groups[1].Value | ConvertFrom-Json
        Assert-Equal (@($data.luns | Where-Object { $_.cells.Contains('.') -or $_.change }).Count) 0
    }
}

Complete-Tests
