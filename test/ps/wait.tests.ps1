# Wait-StorageReservation: what it waits for, what it says it has proved, and one result for each disk.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
$module = Get-Module StorageRelease
& $module { Import-ModulePart Private; Import-ModulePart Unattended }
$real = & $module { ${function:Wait-NextReading} }
$executable = & $module { Get-ExecutablePath }

function Use-Twin {
    # The body as bench-2, which sees the disks that bench-1 has reserved. Between two readings the block runs instead of
    # the time.
    param([scriptblock]$Between, [scriptblock]$Body, [string]$Change = '', [string]$To = '')
    $file = New-TestBus 4
    $text = [System.IO.File]::ReadAllText($file)
    $disks = [regex]::Match($text, '"bench-1": (\{ "disks": \[[^\]]*\] \})').Groups[1].Value
    $text = $text.Replace('"bench-2": { "disks": [] }', '"bench-2": ' + $disks)
    if ($Change) { $text = $text.Replace($Change, $To) }
    [System.IO.File]::WriteAllText($file, $text)
    Enter-StorageRehearsal -Path $file -Initiator bench-2 -WarningAction SilentlyContinue
    $script:Readings = 0
    try {
        & $module {
            param($Between, $File)
            $script:BetweenReadings = $Between
            $script:WaitedFile = $File
            function script:Wait-NextReading { & $script:BetweenReadings $script:WaitedFile $args[2] $args[4] }
        } $Between $file
        & $Body $file
    }
    finally {
        & $module { param($Real) Set-Item function:script:Wait-NextReading $Real } $real
        Exit-StorageRehearsal
    }
}

# By the other host: a process of its own.
$releaseOne = { param($File) $null = & $executable release 1 --yes --initiator bench-1 --rehearsal $File --output json 2> $null }.GetNewClosure()

Test-That 'a disk that another host holds: waits until it is released, and says Free because it was locked out' {
    Use-Twin $releaseOne {
        $got = Invoke-Capture { Wait-StorageReservation -Number 1 -State Free }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal ('{0} {1} {2} {3}' -f $got.Output[0].State, $got.Output[0].Reached, $got.Output[0].Readings, $got.Output[0].WaitedFor) 'Free True 2 Free'
        Assert-Equal ($got.Output[0].PSObject.TypeNames[0..1] -join ' ') 'StorageRelease.WaitResult StorageRelease.Reservation'
        Assert-True (($got.Output | Out-String -Width 100) -match '(?m)^\s+1 FAKE Virtual.?\S*\s+Free\s+True\s+Free: this host was locked out') 'the view'
    }
}

Test-That 'one that never locked this host out is reached at once, and not called Free' {
    Use-Twin { throw 'it waits' } {
        $got = Invoke-Capture { Wait-StorageReservation -Number 2 -State Free }
        Assert-Equal ('{0} {1} {2}' -f $got.Output[0].State, $got.Output[0].Reached, $got.Output[0].Readings) 'Unknown True 1'
        Assert-Match $got.Output[0].Message '^This host has access, and no key is registered\.'
        Assert-Equal $got.Errors.Count 0
    } -Change '"serial": "FAKE0002", "naa": "600A0B80001122330000000000000002", "busType": "iScsi", "target": "tgt", "reservedBy": "bench-1"' `
        -To '"serial": "FAKE0002", "naa": "600A0B80001122330000000000000002", "busType": "iScsi", "target": "tgt"'
}

Test-That 'keys that cannot be read may be there: not free, whatever the reason; a device that knows no keys has none' {
    foreach ($row in @('0xC0000185', $false), @('0xC0000022', $false), @('0xC000009C', $false), @('0xC0000010', $true), @('0xC00000BB', $true)) {
        foreach ($between in $releaseOne, { }) {
            # In the first turn it is held at first.
            $held = $(if ($between -eq $releaseOne) { ', "reservedBy": "bench-1"' } else { '' })
            $text = '"serial": "FAKE0001", "naa": "600A0B80001122330000000000000001", "busType": "iScsi", "target": "tgt"'
            Use-Twin $between {
                param($File)
                $json = [System.IO.File]::ReadAllText($File).Replace('{ "number": 1, "unit": "unit 1" }', '{ "number": 1, "unit": "unit 1", "faults": { "prInFails": "' + $row[0] + '" } }')
                [System.IO.File]::WriteAllText($File, $json)
                Exit-StorageRehearsal
                Enter-StorageRehearsal -Path $File -Initiator bench-2 -WarningAction SilentlyContinue
                $got = Invoke-Capture { Wait-StorageReservation -Number 1 -State Free -TimeoutSec 1 }
                Assert-Equal $got.Output[0].Reached $row[1] "$($row[0]) $($got.Output[0].Evidence)"
                if (-not $row[1]) { Assert-True ($got.Output[0].State -cne 'Free' -and $got.Output[0].Message -cnotmatch 'no key is registered') $got.Output[0].Message }
            } -Change ($text + ', "reservedBy": "bench-1"') -To ($text + $held)
        }
    }
}

Test-That 'several disks: each result as soon as it is there, the rest waited for; what is no disk has its result at once' {
    Use-Twin $releaseOne {
        $disks = @(Get-StorageRehearsalDisk 1) + 'no disk' + @(Get-StorageRehearsalDisk 3)
        $got = Invoke-Capture { $disks | Wait-StorageReservation -State Free -TimeoutSec 3 }
        Assert-Equal (@($got.Output | ForEach-Object { '{0}:{1}:{2}' -f $_.Number, $_.Outcome, $_.Reached }) -join ' ') ':Refused:False 1:Read:True 3:Read:False'
        Assert-Equal (@($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ') 'Refused,Wait-StorageReservation NotReached,Wait-StorageReservation'
        Assert-Match "$($got.Errors[1])" '^Disk 3 is not Free after 3 s, but HeldByAnotherHost: '
        Assert-True ([object]::ReferenceEquals($got.Errors[1].TargetObject, $got.Output[2])) 'its target'
    }
}

Test-That 'its own errors are all that a variable for errors gets, however often it has read' {
    Use-Twin { } {
        $ours = $null
        $error.Clear()
        $null = Wait-StorageReservation -Number 1, 99 -State Free -TimeoutSec 2 -IntervalSec 1 -ErrorAction SilentlyContinue -ErrorVariable ours
        Assert-Equal (@($ours | ForEach-Object { $_.FullyQualifiedErrorId } | Sort-Object) -join ' ') 'NotFound,Wait-StorageReservation NotReached,Wait-StorageReservation'
        Assert-Equal (@($error | ForEach-Object { $_.FullyQualifiedErrorId } | Sort-Object -Unique) -join ' ') 'NotFound,Wait-StorageReservation NotReached,Wait-StorageReservation'
        # The commands themselves still write theirs.
        $got = Invoke-Capture { Get-StorageReservation -Number 99 }
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Get-StorageReservation'
    }
}

Test-That 'the state as it is spelt in State, however it was given; a next step always, and one that names this command' {
    Use-Twin { throw 'it waits' } {
        $got = Wait-StorageReservation 1 -State heldbyanotherhost
        Assert-Equal "$($got.Reached) $($got.WaitedFor)" 'True HeldByAnotherHost'
    }
    Use-Twin { } {
        $got = Invoke-Capture { Wait-StorageReservation 1 -State Persistent -TimeoutSec 1 }
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotReached,Wait-StorageReservation'
        Assert-Equal $got.Output[0].NextStep 'No host can reserve it: wait for Free, or name another disk.'
        Assert-Equal $got.Errors[0].ErrorDetails.RecommendedAction $got.Output[0].NextStep
        $other = Get-StorageReservation 1
        $other.ComputerName = 'elsewhere'
        $got = Invoke-Capture { $other | Wait-StorageReservation -State Free }
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Match $got.Output[0].NextStep 'Wait-StorageReservation -State Free -UniqueId'
    } -Change '"busType": "iScsi", "target": "tgt", "reservedBy": "bench-1"' `
        -To '"busType": "Sata", "reserveCommands": "none", "persistentReservations": false'
}

Test-That 'the next step of a wait that has ended is about waiting; only -State Free says how the disk becomes free' {
    $changes = '(?:Invoke|Clear|Suspend)-\w+|-Method|reset'
    Use-Bus (Copy-Bus 'stale-reservations.json') {
        foreach ($state in 'HeldByThisHost', 'HeldByAnotherHost', 'Persistent', 'Free') {
            $rows = @(Get-StorageRehearsalDisk | Wait-StorageReservation -State $state -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable problems |
                    Where-Object { -not $_.Reached -and $_.Outcome -ceq 'Read' })
            Assert-True $rows.Count $state
            Assert-Equal ((@($problems | Where-Object { $_.FullyQualifiedErrorId -clike 'NotReached,*' } | ForEach-Object { $_.ErrorDetails.RecommendedAction }) | Sort-Object) -join "`n") ((@($rows | ForEach-Object { $_.NextStep }) | Sort-Object) -join "`n")
            $changing = @($rows | Where-Object { $_.NextStep -cmatch $changes })
            if ($state -ceq 'Free') { Assert-True $changing.Count }
            else { Assert-Equal (@($changing | ForEach-Object { $_.NextStep }) -join ' ') '' $state }
        }
    }
}

Test-That 'no reading is left out: the last one is when the time is over' {
    $ends = [System.Collections.ArrayList]::new()
    Use-Twin {
        param($File, $Run, $Milliseconds)
        $null = $ends.Add($Run.Clock.ElapsedMilliseconds + $Milliseconds)
        & $releaseOne $File
    }.GetNewClosure() {
        $got = Wait-StorageReservation 1 -State Free -TimeoutSec 600 -IntervalSec 3600
        Assert-Equal "$($got.Reached) $($got.Readings)" 'True 2'
        Assert-True ($ends[0] -ge 600000) "it waits up to $($ends[0]) ms"
    }
}

Test-That 'the other states: held by another host, and keys' {
    Use-Twin { throw 'it waits' } {
        Assert-Equal (Wait-StorageReservation 1 -State HeldByAnotherHost).Reached $true
    }
    Use-Twin { throw 'it waits' } {
        Assert-Equal (Wait-StorageReservation 1 -State Persistent).Reached $true
    } -Change '"serial": "FAKE0001",' -To '"serial": "FAKE0001", "generation": 1, "registrations": [{ "initiator": "bench-1", "key": "0xA1" }],'
}

Test-That 'where the executable is gone between two readings, each disk that is waited for has its last reading as a result' {
    try {
        Use-Twin {
            & $module {
                Close-Worker $script:Worker 'it ended'
                function script:Get-ExecutablePath { '/nowhere/storage-release' }
            }
        }.GetNewClosure() {
            $got = Invoke-Capture { Wait-StorageReservation -Number 1, 3, 3, 99 -State Free -IntervalSec 1 }
            Assert-Equal "$($got.Thrown)" ''
            Assert-Equal (@($got.Output | ForEach-Object { '{0}:{1}:{2}:{3}:{4}' -f $_.Number, $_.Outcome, $_.State, $_.Reached, $_.Readings }) -join ' ') '1:Read:HeldByAnotherHost:False:1 99:NotFound:Unknown:False:1 3:Read:HeldByAnotherHost:False:1 3:Read:HeldByAnotherHost:False:1'
            Assert-Match $got.Output[0].Message '^It could not be read again: The executable /nowhere/storage-release is missing\. Last reading: \S'
            Assert-Equal (@($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ') ((, 'ExecutableMissing,Wait-StorageReservation' * 4) -join ' ')
            foreach ($index in 0..3) {
                Assert-True ([object]::ReferenceEquals($got.Errors[$index].TargetObject, $got.Output[$index])) 'its target'
                Assert-Equal $got.Errors[$index].ErrorDetails.RecommendedAction $got.Output[$index].NextStep
                Assert-True $got.Output[$index].NextStep
            }
            # Nothing is known of any disk yet.
            $got = Invoke-Capture { Wait-StorageReservation -Number 1 -State Free }
            Assert-Equal "$($got.Thrown.FullyQualifiedErrorId) $($got.Output.Count)" 'ExecutableMissing,Wait-StorageReservation 0'
        }
    }
    finally { & $module { param($Path) $script:TestPath = $Path; function script:Get-ExecutablePath { $script:TestPath } } $executable }
}

Test-That 'a disk that goes is waited for, by its identity and no longer by its number' {
    Use-Twin { } {
        $row = Get-StorageReservation 1
        # What the readings gave, in turn.
        $readings = @(
            @{ Outcome = 'Read'; State = 'HeldByAnotherHost'; Blocked = $true; Number = 1 }
            @{ Outcome = 'NotFound'; State = 'Unknown'; Blocked = $null; Number = 1 }
            @{ Outcome = 'IdentityChanged'; State = 'Unknown'; Blocked = $null; Number = 1 }
            @{ Outcome = 'Read'; State = 'Unknown'; Blocked = $false; Number = 7 }
        )
        $asked = [System.Collections.ArrayList]::new()
        $real = & $module { ${function:Read-WaitedDisk} }
        $fake = {
            param($Wait, $Parameters, $Left)
            $next = $row.PSObject.Copy()
            foreach ($name in @($readings[$asked.Count].Keys)) { $next.$name = $readings[$asked.Count].$name }
            $null = $asked.Add($Parameters)
            @{ Row = $next; Problem = $null; Disk = $null; Reached = $false; Key = ''; Failure = $null }
        }.GetNewClosure()
        try {
            & $module { param($Fake) Set-Item function:script:Read-WaitedDisk $Fake } $fake
            $got = @(Wait-StorageReservation -Number 1 -State Free)
        }
        finally { & $module { param($Real) Set-Item function:script:Read-WaitedDisk $Real } $real }
        Assert-Equal $got.Count 1
        Assert-Equal $asked[1].InputObject[0].Number 1
        foreach ($after in 2, 3) {
            Assert-Equal "$($asked[$after].InputObject[0].PSObject.Properties.Name)" 'UniqueId SerialNumber' "after reading $after"
            Assert-Equal $asked[$after].InputObject[0].UniqueId $row.UniqueId
        }
        Assert-Equal ('{0} {1} {2} {3}' -f $got[0].State, $got[0].Reached, $got[0].Number, $got[0].Readings) 'Free True 7 4'
    }
}

Test-That 'nothing is changed, the time is kept, and the last reading is told: the real wait' {
    $file = New-TestBus 2
    $text = [System.IO.File]::ReadAllText($file).Replace('"bench-2": { "disks": [] }', '"bench-2": { "disks": [{ "number": 1, "unit": "unit 1" }] }')
    [System.IO.File]::WriteAllText($file, $text)
    Enter-StorageRehearsal -Path $file -Initiator bench-2 -WarningAction SilentlyContinue
    try {
        $got = Invoke-Capture { Wait-StorageReservation -Number 1 -State Free -TimeoutSec 3 -IntervalSec 1 }
        Assert-Equal ('{0} {1}' -f $got.Output[0].State, $got.Output[0].Reached) 'HeldByAnotherHost False'
        Assert-True ($got.Output[0].Readings -ge 2) "$($got.Output[0].Readings) readings"
        Assert-True ($got.Output[0].WaitedMs -lt 60000) "$($got.Output[0].WaitedMs) ms"
        Assert-Equal ([System.IO.File]::ReadAllText($file)) $text
    }
    finally { Exit-StorageRehearsal }
}

Test-That 'break downstream leaves the caller''s loop, and an empty pipeline is nothing' {
    Use-Twin { throw 'it waits' } {
        $count = 0
        foreach ($i in 1..3) {
            $count++
            Wait-StorageReservation 1, 3 -State HeldByAnotherHost | ForEach-Object { break }
        }
        Assert-Equal $count 1
        Assert-Equal @(@() | Wait-StorageReservation -State Free).Count 0
    }
}

Complete-Tests
