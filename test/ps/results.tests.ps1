# One honest result for each disk, whatever breaks: shapes, errors, order, stopped pipelines, dead workers.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/shells.ps1"

Import-Module "$Root/StorageRelease.psd1"

$shape = @(
    @('Number', [uint32]), @('DevicePath', [string]), @('FriendlyName', [string]), @('SerialNumber', [string])
    @('UniqueId', [string]), @('BusType', [string]), @('IdentifiedBy', [string]), @('Outcome', [string]), @('NtStatus', [uint32])
    @('NtStatusName', [string]), @('Win32Error', [int]), @('Information', [uint64]), @('ReservationBefore',
        [string])
    @('ReservationAfter', [string]), @('Attempts', [uint32]), @('DurationMs', [double]), @('StartedAt', [datetime]), @('ComputerName',
        [string])
    @('Bus', [string]), @('ProvedBy', [string]), @('Message', [string]), @('NextStep', [string])
)
$shapeNames = foreach ($row in $shape) { $row[0] }

function Assert-Shape {
    param($Result, [string]$TypeName = 'StorageRelease.Result')
    Assert-Equal $Result.PSObject.TypeNames[0] $TypeName
    $names = foreach ($property in $Result.PSObject.Properties) { $property.Name }
    Assert-Equal ($names -join ' ') ($shapeNames -join ' ')
    foreach ($row in $shape) {
        $value = $Result.PSObject.Properties[$row[0]].Value
        if ($null -ne $value -and $value.GetType() -ne $row[1]) {
            throw "$($row[0]) is a $($value.GetType().FullName), not a $($row[1].FullName)."
        }
    }
    foreach ($name in 'Outcome', 'DurationMs', 'StartedAt', 'ComputerName', 'Bus', 'Message') {
        Assert-True ($null -ne $Result.$name) "$name is always said"
    }
    Assert-Equal "$($Result.StartedAt.Kind)" 'Utc'
}

function Assert-Same {
    # Two results that have to say the same, type by type.
    param($Actual, $Expected)
    foreach ($row in $shape) {
        $left = $Actual.PSObject.Properties[$row[0]].Value
        $right = $Expected.PSObject.Properties[$row[0]].Value
        if ($null -eq $right) { Assert-Equal $left $null $row[0]; continue }
        Assert-Equal $left $right $row[0] -Exactly
    }
}

# --- one of each outcome -----------------------------------------------------------------------------------------

$shop = Copy-Bus 'small-shop.json'
Enter-StorageRehearsal $shop -WarningAction SilentlyContinue
$allErrors = $null
$all = @(Get-StorageRehearsalDisk |
        Invoke-StorageRelease -Force -TimeoutSec 4 -ErrorAction SilentlyContinue -ErrorVariable allErrors)
Exit-StorageRehearsal

$outcomes = @(
    , @(0, 'Refused', 'InvalidOperation')
    , @(1, 'Accepted', $null)
    , @(2, 'Accepted', $null)
    , @(3, 'Accepted', $null)
    , @(4, 'NotSupported', 'NotImplemented')
    , @(5, 'Conflict', 'ResourceBusy')
    , @(6, 'AccessDenied', 'PermissionDenied')
    , @(7, 'NotFound', 'ObjectNotFound')
    , @(8, 'NotReady', 'ResourceUnavailable')
    , @(9, 'InUse', 'ResourceBusy')
    , @(10, 'IdentityChanged', 'InvalidResult')
    , @(11, 'TimedOut', 'OperationTimeout')
    , @(12, 'Failed', 'DeviceError')
    , @(13, 'Refused', 'InvalidOperation')
    , @(14, 'Refused', 'InvalidOperation')
    , @(15, 'Accepted', $null)
)
foreach ($row in $outcomes) {
    Test-That "disk $($row[0]) of the small shop: $($row[1]) $($row[2])".TrimEnd() {
        $mine = @($all | Where-Object { $_.Number -eq $row[0] })
        Assert-Equal $mine.Count 1 'results'
        $result = $mine[0]
        Assert-Shape $result
        Assert-Equal $result.Outcome $row[1]
        Assert-Equal $result.Bus 'Rehearsal'
        Assert-Equal $result.ComputerName 'shop-1'
        Assert-Equal $result.DevicePath "\\.\PhysicalDrive$($row[0])"
        $errors = @($allErrors | Where-Object { [object]::ReferenceEquals($_.TargetObject, $result) })
        if (-not $row[2]) {
            Assert-Equal $errors.Count 0
            Assert-Equal $result.NtStatus ([uint32]0) -Exactly
            Assert-Equal $result.NtStatusName 'STATUS_SUCCESS'
            Assert-Equal $result.Win32Error 0 -Exactly
            Assert-Equal $result.Information ([uint64]0) -Exactly
            return
        }
        Assert-Equal $errors.Count 1
        $record = $errors[0]
        Assert-Equal $record.FullyQualifiedErrorId "$($row[1]),Invoke-StorageRelease"
        Assert-Equal "$($record.CategoryInfo.Category)" $row[2]
        Assert-Equal $record.CategoryInfo.Activity 'Invoke-StorageRelease'
        Assert-Equal $record.ErrorDetails.RecommendedAction $result.NextStep
        Assert-True $result.NextStep 'a failure says what to do'
        Assert-Match $record.Exception.Message "^Disk $($row[0]): "
        Assert-True $record.Exception.Message.EndsWith($result.Message)
        Assert-True $record.ErrorDetails.Message.StartsWith($record.Exception.Message)
        if ($result.Win32Error) {
            Assert-True ($record.Exception -is [System.ComponentModel.Win32Exception])
            Assert-Equal $record.Exception.NativeErrorCode $result.Win32Error
        }
    }
}

Test-That 'the tape gets its result too, without a number' {
    $tape = @($all | Where-Object { $_.DevicePath -eq '\\.\Tape0' })
    Assert-Equal $tape.Count 1
    Assert-Shape $tape[0]
    Assert-Equal $tape[0].Number $null
    Assert-Equal $tape[0].Outcome 'Accepted'
}

Test-That 'as many results as disks, and an error for each that is not Accepted' {
    Assert-Equal $all.Count 17
    Assert-Equal $allErrors.Count @($all | Where-Object { $_.Outcome -ne 'Accepted' }).Count
}

Test-That 'numbers of the driver come through exactly' {
    $table = @(
        , @(4, 'STATUS_INVALID_DEVICE_REQUEST', 0xC0000010L, 1)
        , @(5, 'STATUS_DEVICE_BUSY', 0x80000011L, 170)
        , @(6, 'STATUS_ACCESS_DENIED', 0xC0000022L, 5)
        , @(9, 'STATUS_SHARING_VIOLATION', 0xC0000043L, 32)
        , @(12, 'STATUS_DEVICE_HARDWARE_ERROR', 0xC0000483L, 483)
    )
    foreach ($row in $table) {
        $result = @($all | Where-Object { $_.Number -eq $row[0] })[0]
        Assert-Equal $result.NtStatusName $row[1]
        Assert-Equal $result.NtStatus ([uint32]$row[2]) -Exactly
        Assert-Equal $result.Win32Error $row[3] -Exactly
    }
}

Test-That 'a result that the module itself makes has the same shape' {
    $file = New-TestBus 1
    Use-Bus $file {
        $got = Invoke-Capture { $null, 'C:', (New-FakeVolume) | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 3
        foreach ($result in $got.Output) {
            Assert-Shape $result
            Assert-Equal $result.ComputerName 'bench-1'
            Assert-Equal $result.Bus 'Rehearsal'
        }
    }
}

Test-That 'nothing but results comes out of a mixed pipeline, one for each object' {
    $file = New-TestBus 6 -Faults @{ 2 = '"hangs": true'; 3 = '"vanishesAfter": 0' }
    Use-Bus $file {
        $list = [System.Collections.Generic.List[object]]::new()
        $mixed = (New-TestDisk 1), $null, 5, 'x', (New-TestDisk 2), (New-FakePartition), @{ a = 1 },
            (New-TestDisk 3),
            '\\.\Tape0', (New-TestDisk 99), [System.Diagnostics.Process]::GetCurrentProcess(), (New-TestDisk 4)
        $mixed | Invoke-StorageRelease -Force -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failed `
            -Verbose 4>$null |
            ForEach-Object { $list.Add($_) }
        Assert-Equal $list.Count 12
        foreach ($one in $list) { Assert-Equal $one.PSObject.TypeNames[0] 'StorageRelease.Result' }
        Assert-Equal @($list | Where-Object { $_.Outcome -eq 'Accepted' }).Count 3
        Assert-Equal $failed.Count 9
        Assert-Equal (Get-Released $file) 'unit 1, unit 4, tape'
    }
}

# --- errors ------------------------------------------------------------------------------------------------------

$bus = New-TestBus 40 -Faults @{ 3 = '"openFails": { "status": "0xC0000022", "win32": 5 }' }
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
$bad = New-TestDisk 3

Test-That '-ErrorAction Stop ends the pipeline with that error, after the result' {
    $seen = [System.Collections.Generic.List[object]]::new()
    $caught = Assert-Throws { $bad | Invoke-StorageRelease -Force -ErrorAction Stop |
        ForEach-Object { $seen.Add($_) } } `
        -ErrorId 'AccessDenied,Invoke-StorageRelease'
    Assert-Equal $seen.Count 1
    Assert-True ([object]::ReferenceEquals($caught.TargetObject, $seen[0]))
}

Test-That '-ErrorAction SilentlyContinue says nothing and keeps the error' {
    $Error.Clear()
    $got = Invoke-Capture { $bad | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output.Count 1
    Assert-Equal $Error.Count 1
    Assert-Equal $Error[0].FullyQualifiedErrorId 'AccessDenied,Invoke-StorageRelease'
}

Test-That '-ErrorAction Ignore says nothing and keeps nothing' {
    $Error.Clear()
    $got = Invoke-Capture { $bad | Invoke-StorageRelease -Force -ErrorAction Ignore }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output.Count 1
    Assert-Equal $Error.Count 0
}

Test-That '-ErrorVariable gets the errors, one each' {
    $got = Invoke-Capture {
        $bad, $null, 'x' | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue -ErrorVariable mine
        , $mine
    }
    $mine = $got.Output[3]
    Assert-Equal $mine.Count 3
    $ids = @(foreach ($one in $mine) { $one.FullyQualifiedErrorId })
    [array]::Sort($ids)
    Assert-Equal ($ids -join ' ') ('AccessDenied,Invoke-StorageRelease' + ' Refused,Invoke-StorageRelease' * 2)
}

Test-That '-OutVariable gets the results' {
    $null = $bad, 'x' | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue -OutVariable mine
    Assert-Equal $mine.Count 2
}

Test-That '$? is false after a failure and true after none' {
    $null = $bad | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue
    $after = $?
    Assert-Equal $after $false
    $null = New-TestDisk 4 | Invoke-StorageRelease -Force
    $after = $?
    Assert-Equal $after $true
}

Test-That 'a trap sees the error, and continue goes on after the line' {
    $script:Trapped = $null
    $went = & {
        trap { $script:Trapped = $_; continue }
        $bad | Invoke-StorageRelease -Force -ErrorAction Stop | ForEach-Object { 'result' }
        'on'
    }
    Assert-Equal $script:Trapped.FullyQualifiedErrorId 'AccessDenied,Invoke-StorageRelease'
    Assert-Equal ($went -join ' ') 'result on'
}

Test-That 'an error names the disk, says what happened and what to do' {
    $got = Invoke-Capture { $bad | Invoke-StorageRelease -Force }
    $record = $got.Errors[0]
    Assert-Match "$record" '^Disk 3: '
    $shown = $record.ErrorDetails.Message
    $native = $PSVersionTable.PSVersion -ge [version]'7.5'
    Assert-Equal $shown.EndsWith($record.ErrorDetails.RecommendedAction) (-not $native) `
        'said once, by us or by PowerShell'
}

# --- order and streaming -----------------------------------------------------------------------------------------

Test-That 'the first results are out before the last disk is read' {
    $seen = [System.Collections.Generic.List[object]]::new()
    $script:AtLast = -1
    & {
        foreach ($i in 5..14) {
            if ($i -eq 14) { $script:AtLast = $seen.Count }
            New-TestDisk $i
        }
    } | Invoke-StorageRelease -Force -ThrottleLimit 1 | ForEach-Object { $seen.Add($_) }
    Assert-Equal $seen.Count 10
    # With one disk at a time, requests run at most two ahead of their answers.
    Assert-True ($script:AtLast -ge 7) "only $script:AtLast were out"
}

Test-That 'a disk that comes twice in one pipeline gets two results' {
    $got = Invoke-Capture { (New-TestDisk 15), (New-TestDisk 15) | Invoke-StorageRelease -Force }
    Assert-Equal $got.Output.Count 2
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output[0].Number $got.Output[1].Number
}

Test-That 'ours downstream of ours, in a ForEach-Object' {
    $got = Invoke-Capture {
        16, 17, 18 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force | ForEach-Object {
            New-TestDisk ($_.Number + 4) | Invoke-StorageRelease -Force
        }
    }
    Assert-Equal $got.Warnings.Count 0
    Assert-Equal $got.Errors.Count 0
    $numbers = foreach ($one in $got.Output) { $one.Number }
    Assert-Equal ($numbers -join ' ') '20 21 22'
    Assert-Match (Get-Released $bus) 'unit 16, .*unit 22'
}

Test-That 'ours upstream of ours' {
    $got = Invoke-Capture {
        23, 24 | ForEach-Object { New-TestDisk $_ | Invoke-StorageRelease -Force } | Invoke-StorageRelease -Force
    }
    Assert-Equal $got.Warnings.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output.Count 2
}

Test-That 'break downstream of the list of disks leaves the caller''s loop' {
    foreach ($turn in 1, 2) {
        if ($turn -eq 2) { throw 'the loop went on' }
        Get-StorageRehearsalDisk | ForEach-Object { break }
        throw 'the turn went on'
    }
    $got = Invoke-Capture { Get-StorageRehearsalDisk 1 }
    Assert-Equal $got.Output.Count 1
}

Test-That 'the list of disks streams into the release of them' {
    $got = Invoke-Capture { Get-StorageRehearsalDisk 25, 26, 27 | Invoke-StorageRelease -Force }
    Assert-Equal $got.Warnings.Count 0
    Assert-Equal $got.Output.Count 3
}
Exit-StorageRehearsal

Test-That 'results come as soon as they are known; a slow disk does not delay a fast one' {
    $file = New-TestBus 6 -Faults @{ 1 = '"delayMs": 1500'; 2 = '"delayMs": 800'; 3 = '"hangs": true' }
    Use-Bus $file {
        $got = Invoke-Capture {
            1, 2, 3, 4, 5 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -TimeoutSec 2
        }
        $numbers = foreach ($one in $got.Output) { $one.Number }
        Assert-Equal ($numbers -join ' ') '4 5 2 1 3'
        Assert-Equal $got.Output[4].Outcome 'TimedOut'
    }
}

foreach ($culture in 'de-DE', 'tr-TR', 'ar-SA', 'fa-IR', 'sv-SE') {
    Test-That "the same results under $culture" {
        $thread = [System.Threading.Thread]::CurrentThread
        $before = $thread.CurrentCulture
        $file = New-TestBus 3 -Faults @{ 2 = '"status": "0xC0000483"' }
        try {
            $thread.CurrentCulture = [cultureinfo]::new($culture)
            Use-Bus $file {
                $got = Invoke-Capture {
                    (New-TestDisk 1), '-1', '3,0', [pscustomobject]@{ Serial = Get-TestSerial 2 } | Invoke-StorageRelease -Force
                }
                Assert-Equal $got.Output.Count 4
                foreach ($one in $got.Output) { Assert-Shape $one }
                $said = [string[]]@($got.Output | Where-Object { $_.Outcome -ne 'Refused' } |
                    ForEach-Object { "$($_.Outcome) $($_.Number)" })
                [array]::Sort($said, [System.StringComparer]::Ordinal)
                Assert-Equal ($said -join ', ') 'Accepted 1, Failed 2'
            }
        }
        finally { $thread.CurrentCulture = $before }
    }
}

# --- stopped pipelines -------------------------------------------------------------------------------------------

function Read-Rest {
    # What the next commands tell of an earlier pipeline, until they have told of so many disks.
    param([int]$Count)
    $told = @()
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($told.Count -lt $Count -and $watch.ElapsedMilliseconds -lt 20000) {
        $got = Invoke-Capture { @() | Invoke-StorageRelease -Force }
        foreach ($warning in $got.Warnings) { $told += "$warning" }
        [System.Threading.Thread]::Sleep(20)
    }
    , $told
}

function Assert-Accounted {
    # Each disk was answered or is told of by the next commands, and the file agrees with what was said.
    param([string]$File, [int[]]$Sent, [object[]]$Seen)
    $known = @{}
    foreach ($result in $Seen) { if ($null -ne $result.Number) { $known[[int]$result.Number] = $result.Outcome } }
    $told = Read-Rest ($Sent.Count - $known.Count)
    foreach ($line in $told) {
        Assert-Match $line '^An earlier pipeline was stopped before it had read this answer: Disk \d+: \w+\. '
        $null = $line -match 'Disk (\d+): (\w+)\.'
        Assert-True (-not $known.ContainsKey([int]$Matches[1])) "told twice: $line"
        $known[[int]$Matches[1]] = $Matches[2]
    }
    $released = (Get-Released $File) -split ', '
    foreach ($number in $Sent) {
        Assert-True $known.ContainsKey($number) "nothing is said of disk $number"
        Assert-Equal ($released -ccontains "unit $number") ($known[$number] -eq 'Accepted') "disk $number"
    }
    $known
}

$stops = @(
    , @('break in a loop', {
            param($Disks, $Seen)
            do {
                $Disks | Invoke-StorageRelease -Force -ThrottleLimit 1 | ForEach-Object { $Seen.Add($_); break }
                throw 'the loop went on'
            } while ($false)
        })
    , @('break out of a loop from within a function', {
            param($Disks, $Seen)
            function Stop-Loop { process { $Seen.Add($_); break } }
            foreach ($turn in 1, 2) {
                if ($turn -eq 2) { throw 'the loop went on' }
                $Disks | Invoke-StorageRelease -Force -ThrottleLimit 1 | Stop-Loop
                throw 'the turn went on'
            }
        })
    , @('break to a label', {
            param($Disks, $Seen)
            :outer foreach ($turn in 1, 2) {
                foreach ($inner in 1, 2) {
                    $Disks | Invoke-StorageRelease -Force -ThrottleLimit 1 |
                        ForEach-Object { $Seen.Add($_); break outer }
                }
                throw 'the outer loop went on'
            }
        })
    , @('continue in a loop', {
            param($Disks, $Seen)
            $turns = 0
            foreach ($turn in 1, 2) {
                $turns++
                if ($turn -eq 2) { continue }
                $Disks | Invoke-StorageRelease -Force -ThrottleLimit 1 | ForEach-Object { $Seen.Add($_); continue }
                throw 'the turn went on'
            }
            Assert-Equal $turns 2
        })
    , @('a downstream command that throws', {
            param($Disks, $Seen)
            try {
                $Disks | Invoke-StorageRelease -Force -ThrottleLimit 1 |
                    ForEach-Object { $Seen.Add($_); throw [System.IO.InvalidDataException]::new('enough') }
            }
            catch [System.IO.InvalidDataException] { Assert-Equal "$_" 'enough' }
        })
    , @('an upstream command that throws', {
            param($Disks, $Seen)
            try { & { $Disks; throw 'no more' } | Invoke-StorageRelease -Force -ThrottleLimit 4 |
                ForEach-Object { $Seen.Add($_) } }
            catch { Assert-Match "$_" 'no more' }
        })
)
foreach ($row in $stops) {
    Test-That "nothing is lost by $($row[0]): the next command tells of the disks that were sent" {
        $slow = @{}
        foreach ($i in 1..6) { $slow[$i] = '"delayMs": 60' }
        $file = New-TestBus 8 -Faults $slow
        Use-Bus $file {
            $seen = [System.Collections.Generic.List[object]]::new()
            $disks = foreach ($i in 1..6) { New-TestDisk $i }
            $Error.Clear()
            & $row[1] $disks $seen
            # As many as were sent: one was answered, and at most two were ahead.
            $sent = 1..6
            if ($row[0] -notlike 'an upstream*') {
                Assert-Equal $seen.Count 1
                Assert-Equal $Error.Count $(if ($row[0] -like '*throws') { 1 } else { 0 })
                $sent = 1..2
            }
            $known = Assert-Accounted $file $sent $seen.ToArray()
            if ($row[0] -notlike 'an upstream*') { Assert-True ($known.Count -le 3) 'the others were never sent' }
            $got = Invoke-Capture { New-TestDisk 7 | Invoke-StorageRelease -Force }
            Assert-Equal $got.Output[0].Outcome 'Accepted'
            Assert-Equal $got.Warnings.Count 0
            $left = & (Get-Module StorageRelease) { $script:Runs.Count }
            Assert-Equal $left 0 'no run is left behind'
        }
    }
}

Test-That '-ErrorAction Stop half-way: what was sent is told, what was not sent stays' {
    $file = New-TestBus 8 -Faults @{ 1 = '"status": "0xC0000483"'; 2 = '"delayMs": 100'; 3 = '"delayMs": 100';
        4 = '"delayMs": 100' }
    Use-Bus $file {
        $seen = [System.Collections.Generic.List[object]]::new()
        $caught = Assert-Throws {
            1..6 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -ThrottleLimit 1 `
                -ErrorAction Stop |
                ForEach-Object { $seen.Add($_) }
        } -ErrorId 'Failed,Invoke-StorageRelease'
        Assert-Equal $caught.TargetObject.Number ([uint32]1)
        $null = Assert-Accounted $file @(1, 2) $seen.ToArray()
        Assert-True ((Get-Released $file) -cnotmatch 'unit [456]') 'the last disks were not sent'
    }
}

Test-That 'Select-Object -First takes its results without an error, and the rest is told of' {
    $file = New-TestBus 8 -Faults @{ 2 = '"delayMs": 100'; 3 = '"delayMs": 100' }
    Use-Bus $file {
        $Error.Clear()
        $first = 1..6 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -ThrottleLimit 1 |
            Select-Object -First 1
        Assert-Equal $Error.Count 0
        $null = Assert-Accounted $file @(1, 2) @($first)
    }
}

Test-That 'a stopped pipeline comes back, what was queued is not sent, and the session goes on' {
    $file = New-TestBus 8 -Faults @{ 2 = '"hangs": true'; 3 = '"hangs": true' }
    $space = Open-Shell $file
    try {
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript({
                param($Paths) $Paths | Invoke-StorageRelease -Force -ThrottleLimit 2 -TimeoutSec 3
            }.ToString())
        $null = $shell.AddArgument([string[]]@(1..6 | ForEach-Object { "\\.\PhysicalDrive$_" }))
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $nothing.Complete()
        $running = $shell.BeginInvoke($nothing, $output)
        Wait-Until { $output.Count -ge 1 } 'the first result'
        $stopping = $shell.BeginStop($null, $null)
        Assert-True $stopping.AsyncWaitHandle.WaitOne(10000) 'the pipeline came back'
        $shell.EndStop($stopping)
        Assert-Equal "$($shell.InvocationStateInfo.State)" 'Stopped'
        $null = $running
        $shell.Dispose()

        $told = @()
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (@($told | Where-Object { $_ -match 'TimedOut' }).Count -lt 2 -and
            $watch.ElapsedMilliseconds -lt 20000) {
            $next = Invoke-In $space { '\\.\PhysicalDrive7' | Invoke-StorageRelease -Force }
            Assert-Equal $next.Output[0].Outcome 'Accepted' 'the next command works at once'
            Assert-Equal $next.Errors.Count 0
            foreach ($warning in $next.Warnings) { $told += "$warning" }
        }
        foreach ($i in 2, 3) {
            Assert-Equal @($told | Where-Object { $_ -match "Disk ${i}: TimedOut" }).Count 1 "disk $i is told of"
        }
        Assert-Equal (Get-Released $file) 'unit 1, unit 7' 'nothing that was queued was sent'
    }
    finally { Close-Shell $space }
}

Test-That 'no answer that had arrived is lost by a stop, not even the one that is being written' {
    $file = New-TestBus 40
    $space = Open-Shell $file
    try {
        foreach ($turn in 1..10) {
            $verb = @('Invoke-StorageReserve', 'Invoke-StorageRelease')[$turn % 2]
            $shell = [System.Management.Automation.PowerShell]::Create()
            $shell.Runspace = $space
            $null = $shell.AddScript('param($Verb) 1..38 | ForEach-Object { "\\.\PhysicalDrive$_" } | & $Verb -Force')
            $null = $shell.AddArgument($verb)
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $nothing.Complete()
            $running = $shell.BeginInvoke($nothing, $output)
            while ($output.Count -lt $turn -and -not $running.IsCompleted) { $null = [System.Threading.Thread]::Yield() }
            $shell.Stop()
            $shell.Dispose()
            $told = @{ Done = $output.Count }
            Wait-Until {
                $next = Invoke-In $space { param($Verb) & $Verb -Number 39 -Force } $verb
                $told.Done += @($next.Warnings | Where-Object { "$_" -cmatch ': (Accepted|Reserved)\. ' }).Count
                (Invoke-In $space { & (Get-Module StorageRelease) { $script:Runs.Count } }).Output[0] -eq 0
            } 'the other answers'
            $released = @((Get-Released $file) -split ', ' | Where-Object { $_ -and $_ -ne 'unit 39' }).Count
            Assert-Equal $told.Done @((38 - $released), $released)[$turn % 2] "turn $turn"
            $null = Invoke-In $space { param($Verb) & $Verb -Number (1..38) -Force } $verb
        }
    }
    finally { Close-Shell $space }
}

# --- the worker dies ---------------------------------------------------------------------------------------------

Test-That 'a worker that is killed costs each open request one Failed result, and the next request a new worker' {
    $file = New-TestBus 6 -Faults @{ 2 = '"hangs": true'; 3 = '"hangs": true'; 4 = '"hangs": true' }
    Use-Bus $file {
        $first = Get-WorkerId
        $got = Invoke-Capture {
            # Disk 1 last, so that the others are with their drivers when its answer comes.
            2, 3, 4, 1 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -TimeoutSec 60 |
                ForEach-Object {
                if ($_.Number -eq 1) { [System.Diagnostics.Process]::GetProcessById($first).Kill() }
                $_
            }
        }
        Assert-Equal $got.Output.Count 4
        Assert-Equal $got.Errors.Count 3
        Assert-Equal $got.Output[0].Outcome 'Accepted'
        $numbers = @(foreach ($one in $got.Output) { $one.Number })
        [array]::Sort($numbers)
        Assert-Equal ($numbers -join ' ') '1 2 3 4'
        foreach ($one in @($got.Output | Where-Object { $_.Number -ne 1 })) {
            Assert-Shape $one
            Assert-Equal $one.Outcome 'Failed'
            Assert-Match $one.Message 'unknown'
            Assert-Equal $one.ComputerName 'bench-1'
            Assert-Equal $one.UniqueId (Get-TestUniqueId $one.Number)
        }
        foreach ($record in $got.Errors) { Assert-Equal $record.FullyQualifiedErrorId `
            'Failed,Invoke-StorageRelease' }
        $again = Invoke-Capture { New-TestDisk 5 | Invoke-StorageRelease -Force }
        Assert-Equal $again.Output[0].Outcome 'Accepted'
        Assert-Equal $again.Output[0].Bus 'Rehearsal'
        Assert-Equal $again.Warnings.Count 0
        Assert-True ((Get-WorkerId) -ne $first) 'a new worker'
        Assert-Equal (Get-Released $file) 'unit 1, unit 5'
    }
}

Test-That 'a worker that died between two commands is not noticed' {
    $file = New-TestBus 3
    Use-Bus $file {
        $first = Get-WorkerId
        $process = [System.Diagnostics.Process]::GetProcessById($first)
        $process.Kill()
        Assert-True $process.WaitForExit(10000)
        $got = Invoke-Capture { New-TestDisk 1 | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Accepted'
        Assert-Equal $got.Errors.Count 0
        Assert-True ((Get-WorkerId) -ne $first)
    }
}

Test-That 'a worker that dies while the list is read costs one error' {
    $file = New-TestBus 3
    Use-Bus $file {
        $process = [System.Diagnostics.Process]::GetProcessById((Get-WorkerId))
        $got = Invoke-Capture { Get-StorageRehearsalDisk | ForEach-Object { if (-not $process.HasExited) {
            $process.Kill() } } }
        Assert-Equal $got.Thrown $null
        Assert-True ($got.Errors.Count -le 1)
        Assert-True $process.WaitForExit(10000)
        $got = Invoke-Capture { Get-StorageRehearsalDisk }
        Assert-Equal $got.Output.Count 6
    }
}

# --- sessions ----------------------------------------------------------------------------------------------------

Test-That 'two runspaces at once, each with its worker, on one file' {
    $file = New-TestBus 30
    $left = Open-Shell $file
    $right = Open-Shell $file
    try {
        $runs = @()
        foreach ($pair in @(, @($left, (1..14)) ; , @($right, (15..28)))) {
            $shell = [System.Management.Automation.PowerShell]::Create()
            $shell.Runspace = $pair[0]
            $null = $shell.AddScript({ param($Numbers) Invoke-StorageRelease -Number $Numbers -Force }.ToString())
            $null = $shell.AddArgument([object[]]$pair[1])
            $runs += , @($shell, $shell.BeginInvoke())
        }
        foreach ($run in $runs) {
            $results = @($run[0].EndInvoke($run[1]))
            Assert-Equal $results.Count 14
            Assert-Equal @($results | Where-Object { $_.Outcome -ne 'Accepted' }).Count 0
            Assert-Equal $run[0].Streams.Error.Count 0
            $run[0].Dispose()
        }
        Assert-Equal ((Get-Released $file) -split ', ').Count 28
    }
    finally {
        Close-Shell $left
        Close-Shell $right
    }
}

Test-That 'Remove-Module lets the worker go' {
    $space = Open-Shell (New-TestBus 1)
    $id = (Invoke-In $space { & (Get-Module StorageRelease) { $script:Worker.Process.Id } }).Output[0]
    $process = [System.Diagnostics.Process]::GetProcessById($id)
    $null = $process.Handle
    Close-Shell $space
    Assert-True $process.WaitForExit(10000) 'the worker ended'
}

Test-That 'the module works under a prefix' {
    $file = New-TestBus 2 -Faults @{ 1 = '"status": "0xC0000483"' }
    $got = Invoke-Capture -Runspace -Module @() -ArgumentList "$Root/StorageRelease.psd1", $file -Body {
        param($Module, $Bus)
        Import-Module $Module -Prefix Lab
        Enter-LabStorageRehearsal $Bus
        Get-LabStorageRehearsalDisk 0, 1 | Invoke-LabStorageRelease -Force
        Remove-Module StorageRelease
    }
    Assert-Equal $got.Output.Count 2
    Assert-Match $got.Errors[0].FullyQualifiedErrorId '^Failed,Invoke-'
}

# --- round trips -------------------------------------------------------------------------------------------------

Test-That 'a result loses nothing by Export-Clixml and Import-Clixml' {
    foreach ($result in $all) {
        $text = [System.Management.Automation.PSSerializer]::Serialize($result)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)
        Assert-Shape $back 'Deserialized.StorageRelease.Result'
        Assert-Same $back $result
    }
}

Test-That 'a result that was stored and read binds again, by its UniqueId' {
    $file = New-TestBus 4
    Use-Bus $file {
        $result = New-TestDisk 2 | Invoke-StorageRelease -Force
        $text = [System.Management.Automation.PSSerializer]::Serialize($result)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)
        $got = Invoke-Capture { $back | Invoke-StorageRelease -Force }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output[0].Number ([uint32]2)
        # Its number is of then; what it states is not.
        $back.Number = [uint32]1
        $back.DevicePath = '\\.\PhysicalDrive1'
        $got = Invoke-Capture { $back | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Number ([uint32]2)
        $back.SerialNumber = Get-TestSerial 3
        $got = Invoke-Capture { $back | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
        Assert-Equal (Get-Released $file) 'unit 2'
    }
}

Test-That 'a result loses nothing by a job, and binds again' {
    $file = New-TestBus 4
    $job = Start-Job -ArgumentList "$Root/StorageRelease.psd1", $file -ScriptBlock {
        param($Module, $Bus)
        Import-Module $Module
        Enter-StorageRehearsal $Bus -WarningAction SilentlyContinue
        Invoke-StorageRelease -Number 1, 9 -Force
    }
    $got = Invoke-Capture { Receive-Job $job -Wait -AutoRemoveJob }
    Assert-Equal $got.Output.Count 2
    Assert-Equal $got.Errors.Count 1
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Invoke-StorageRelease'
    $result = $got.Output[0]
    Assert-Equal $result.PSObject.TypeNames[0] 'Deserialized.StorageRelease.Result'
    foreach ($row in $shape) {
        $value = $result.PSObject.Properties[$row[0]].Value
        if ($null -ne $value) { Assert-Equal $value.GetType() $row[1] $row[0] }
    }
    Use-Bus $file {
        $again = Invoke-Capture { $result | Invoke-StorageRelease -Force }
        Assert-Equal $again.Errors.Count 0
        Assert-Equal $again.Output[0].Number ([uint32]1)
    }
}

$texts = @(
    , @('ConvertTo-Json', { param($Result) $Result | ConvertTo-Json | ConvertFrom-Json })
    , @('Export-Csv', { param($Result) $Result | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv })
)
foreach ($row in $texts) {
    Test-That "a result loses nothing by $($row[0]), and binds again" {
        foreach ($result in $all) {
            $back = & $row[1] $result
            foreach ($column in $shape) {
                if ($column[1] -eq [datetime] -or $column[1] -eq [double]) { continue }
                Assert-Equal "$($back.($column[0]))" "$($result.($column[0]))" $column[0]
            }
        }
        $file = New-TestBus 3
        Use-Bus $file {
            $back = & $row[1] (New-TestDisk 2 | Invoke-StorageRelease -Force)
            $again = Invoke-Capture { $back | Invoke-StorageRelease -Force }
            Assert-Equal $again.Errors.Count 0
            Assert-Equal $again.Output[0].Number ([uint32]2)
        }
    }
}

Complete-Tests
