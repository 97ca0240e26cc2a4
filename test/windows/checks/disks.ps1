# Real disks: virtual ones that are made here, and those that the machine has, which are planned and read only.

function Get-Plan {
    # What would be sent, guards included; nothing is.
    param([object]$Disk)
    return @($Disk | Invoke-StorageRelease -AsPlan -ErrorAction SilentlyContinue -WarningAction SilentlyContinue)
}

Add-Check 'release-virtual-disk' {
    $disk = Get-TestDisk
    $result = $disk | Invoke-StorageRelease -Verify -Force -ErrorAction SilentlyContinue
    Add-Seen ('{0}, {1}, Win32 {2}, by {3}, {4} ms: {5}' -f $result.Outcome, $result.NtStatusName, $result.Win32Error,
        $result.IdentifiedBy, [int]$result.DurationMs, $result.Message)
    Assert-That (@('Accepted', 'NotSupported') -ccontains $result.Outcome) "the outcome was $($result.Outcome)"
    Assert-That ($null -ne $result.NtStatus -and $result.NtStatusName) 'the result has no NTSTATUS of the driver'
    Assert-That ($result.IdentifiedBy -cmatch 'UniqueId|SerialNumber') 'the disk was identified by its number alone'
    Assert-That ($result.ComputerName -eq $script:Machine.Computer -and $result.Bus -ceq $script:Machine.Bus) 'the result is not of this computer'
}

Add-Check 'filters' {
    $class = 'HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}'
    $names = @()
    foreach ($kind in 'UpperFilters', 'LowerFilters') {
        $found = @((Get-ItemProperty $class -Name $kind -ErrorAction SilentlyContinue).$kind)
        Add-Seen ('{0}: {1}' -f $kind, ($found -join ' '))
        $names += $found
    }
    Assert-That ($names -contains 'partmgr') 'partmgr is not a filter of disks'
    $more = @(Get-Service -Name mpio, clusdisk, msdsm -ErrorAction SilentlyContinue | Where-Object { $_.Status -eq 'Running' } |
            ForEach-Object { $_.Name })
    if ($more.Count -eq 0) { Stop-Check 'neither MPIO nor clusdisk is loaded here; partmgr is' }
    Add-Seen ('loaded: ' + ($more -join ' '))
    $result = Get-TestDisk | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue
    Assert-That (@('Accepted', 'NotSupported') -ccontains $result.Outcome) "the outcome was $($result.Outcome)"
}

Add-Check 'ntstatus-to-win32' {
    $rows = @([System.IO.File]::ReadAllText($script:Machine.Statuses) | ConvertFrom-Json | ForEach-Object { $_ })
    Assert-That ($rows.Count -gt 50) "the table has $($rows.Count) rows"
    $wrong = @(foreach ($one in $rows) {
            $code = Get-Win32Code ([uint32]$one.status)
            if ($code -ne [int]$one.win32) { '{0}: {1}, not {2}' -f $one.name, $code, $one.win32 }
        })
    Add-Seen "$($rows.Count) codes"
    Assert-That ($wrong.Count -eq 0) ($wrong -join '; ')
}

Add-Check 'read-virtual-disk' {
    $read = Get-TestDisk | Get-StorageReservation
    Add-Seen "raw: $($read.State), $($read.Evidence)"
    Assert-That ($read.Outcome -ceq 'Read' -and $read.Blocked -eq $false) "a raw disk: $($read.Outcome), blocked: $($read.Blocked)"

    $disk = New-VirtualDisk 'formatted'
    Invoke-Preparation 'a volume cannot be made' {
        $null = Initialize-Disk -Number $disk.Number -PartitionStyle GPT
        $partition = New-Partition -DiskNumber $disk.Number -UseMaximumSize -AssignDriveLetter
        $null = $partition | Format-Volume -FileSystem NTFS -Confirm:$false
        $volume = '\\.\{0}:' -f $partition.DriveLetter
        $script:Volume = Open-LockedVolume $volume
    }
    try {
        $read = Get-StorageReservation -Number $disk.Number
        Add-Seen "locked volume: $($read.State), $($read.Evidence)"
        Assert-That ($read.Outcome -ceq 'Read' -and $read.Blocked -eq $false) "with a locked volume: $($read.Outcome), blocked: $($read.Blocked)"
    }
    finally { $script:Volume.Dispose() }

    $large = New-VirtualDisk 'large-sectors' -SectorSize 4096
    $read = $large | Get-StorageReservation
    Add-Seen "4,096-byte sectors: $($read.State), $($read.Evidence)"
    Assert-That ($read.Outcome -ceq 'Read' -and $read.Blocked -eq $false) "4,096-byte sectors: $($read.Outcome), blocked: $($read.Blocked)"
}

Add-Check 'identity-forms' {
    $null = Get-TestDisk
    $bad = @()
    foreach ($disk in Get-Disk) {
        $plan = (Get-Plan $disk)[0]
        Add-Seen ('disk {0}: {1} {2} "{3}", by {4}, {5}' -f $disk.Number, $disk.BusType, $disk.UniqueIdFormat, $disk.UniqueId,
            $plan.IdentifiedBy, $plan.Outcome)
        if (@('IdentityChanged', 'NotFound', 'Failed') -ccontains $plan.Outcome) { $bad += "disk $($disk.Number): $($plan.Message)" }
    }
    foreach ($disk in Get-PhysicalDisk) {
        $plan = (Get-Plan $disk)[0]
        if (@('IdentityChanged', 'Failed') -ccontains $plan.Outcome) { $bad += "physical disk $($disk.DeviceId): $($plan.Message)" }
    }
    Assert-That ($bad.Count -eq 0) ($bad -join '; ')
}

Add-Check 'wrong-number' {
    $first = Get-TestDisk
    $second = Get-Kept 'second' { New-VirtualDisk 'second' }
    if ($first.UniqueId -ceq $second.UniqueId) { Stop-Check 'both virtual disks have one UniqueId' }
    $record = [pscustomobject]@{ Number = $second.Number; UniqueId = $first.UniqueId; SerialNumber = $first.SerialNumber }
    $plan = (Get-Plan $record)[0]
    Add-Seen ('{0}: {1}' -f $plan.Outcome, $plan.Message)
    Assert-That ($plan.Number -ne $second.Number -or $plan.Outcome -ceq 'IdentityChanged') 'the other disk would get the request'
}

Add-Check 'boot-and-system' {
    $disks = @(Get-Disk | Where-Object { $_.IsBoot -or $_.IsSystem })
    Assert-That ($disks.Count -ge 1) 'Windows calls no disk boot or system'
    foreach ($disk in $disks) {
        # By its number alone: what the object says of itself must not be needed.
        $plan = @(Invoke-StorageRelease -Number $disk.Number -AsPlan -ErrorAction SilentlyContinue)[0]
        Add-Seen ('disk {0} (boot: {1}, system: {2}): {3}: {4}' -f $disk.Number, $disk.IsBoot, $disk.IsSystem, $plan.Outcome, $plan.Message)
        Assert-That ($plan.Outcome -ceq 'Refused') "disk $($disk.Number) is not refused"
    }
    $system = @(Get-Partition | Where-Object { $_.IsSystem -and -not $_.IsBoot })
    if ($system.Count -eq 0) { Stop-Check 'boot and system partition are one here; both were refused' }
}

Add-Check 'clustered' {
    $disks = @(Get-Disk | Where-Object { $_.IsClustered })
    if ($disks.Count -eq 0) { Stop-Check 'this machine has no disk of a failover cluster' }
    foreach ($disk in $disks) {
        $plan = @(Invoke-StorageRelease -Number $disk.Number -AsPlan -ErrorAction SilentlyContinue)[0]
        Assert-That ($plan.Outcome -ceq 'Refused') "disk $($disk.Number) is not refused: $($plan.Outcome)"
    }
    Add-Seen "$($disks.Count) disks"
}

Add-Check 'multipath' {
    if (-not (Get-Command Get-MPIOSetting -ErrorAction SilentlyContinue)) { Stop-Check 'MPIO is not installed, and installing it takes a restart' }
    $disks = @(Get-Disk | Where-Object { $_.Path -match '\\\?\\mpio#' })
    if ($disks.Count -eq 0) { Stop-Check 'MPIO has no disk of this machine' }
    foreach ($disk in $disks) {
        $plan = @(Invoke-StorageRelease -Number $disk.Number -AsPlan -ErrorAction SilentlyContinue)[0]
        Assert-That ($plan.Outcome -ceq 'Refused') "disk $($disk.Number) is not refused: $($plan.Outcome)"
    }
    Add-Seen "$($disks.Count) disks"
}

Add-Check 'cim-objects' {
    $number = (Get-TestDisk).Number
    $kinds = [ordered]@{
        'Get-Disk'         = { Get-Disk -Number $number }
        'Get-PhysicalDisk' = { Get-PhysicalDisk | Where-Object { $_.DeviceId -eq [string]$number } }
        'Win32_DiskDrive'  = { Get-CimInstance Win32_DiskDrive -Filter "Index = $number" }
        'Get-DiskImage'    = { Get-DiskImage -DevicePath ('\\.\PhysicalDrive{0}' -f $number) }
    }
    foreach ($name in $kinds.Keys) {
        $object = & $kinds[$name]
        if ($null -eq $object) {
            Add-Seen "$name gives nothing for a virtual disk"
            continue
        }
        $plan = (Get-Plan $object)[0]
        Add-Seen ('{0}: {1}, by {2}' -f $name, $plan.Outcome, $plan.IdentifiedBy)
        Assert-That ($plan.Number -eq $number) "$name became disk $($plan.Number): $($plan.Message)"
        Assert-That (@('IdentityChanged', 'NotFound', 'Failed', 'Refused') -cnotcontains $plan.Outcome) "$name`: $($plan.Message)"
    }
}

Add-Check 'two-initiators' {
    $pair = Get-ReservablePair
    $held = Invoke-StorageReserve -Number $pair[0].Number -Allow Multipath -Force
    try {
        $other = Get-StorageReservation -Number $pair[1].Number
        Add-Seen "reserved: $($held.Outcome); over the other session: $($other.State), $($other.Evidence)"
        # Two sessions of one host look like two paths: who holds it cannot be told, that it is held can.
        Assert-That ($other.Blocked -eq $true) "the other session is let in: $($other.Message)"
    }
    finally {
        $freed = Invoke-StorageRelease -Number $pair[0].Number -Allow Multipath -Force -ErrorAction SilentlyContinue
    }
    Assert-That ($freed.Outcome -ceq 'Accepted') "RELEASE came to $($freed.Outcome)"
    $after = Get-StorageReservation -Number $pair[1].Number
    Add-Seen "released; over the other session: $($after.State), blocked: $($after.Blocked)"
    Assert-That ($after.Blocked -eq $false) 'the other session is locked out after the release'
}

function Use-DeadPath {
    # Runs a body while nothing answers for the iSCSI disks, and lets the target answer again.
    param([scriptblock]$Body)
    Invoke-Preparation 'the iSCSI target cannot be stopped' { Stop-Service WinTarget -Force }
    try { & $Body }
    finally { Start-Service WinTarget }
}

Add-Check 'dead-path' {
    $pair = Get-IscsiPair
    $other = Get-TestDisk
    Use-DeadPath {
        $results = @(@($pair[0].Number, $other.Number) | ForEach-Object { [pscustomobject]@{ Number = $_ } } |
                ForEach-Object { Get-Disk -Number $_.Number } |
                Invoke-StorageRelease -TimeoutSec 5 -Allow Multipath -Force -ErrorAction SilentlyContinue)
        foreach ($one in $results) { Add-Seen ('disk {0}: {1} after {2} ms' -f $one.Number, $one.Outcome, [int]$one.DurationMs) }
        $dead = $results | Where-Object { $_.Number -eq $pair[0].Number }
        $alive = $results | Where-Object { $_.Number -eq $other.Number }
        if (@('TimedOut', 'Accepted') -cnotcontains $dead.Outcome) { Stop-Check "the adapter gave up at once: $($dead.Outcome), $($dead.NtStatusName)" }
        Assert-That ($dead.Outcome -ceq 'TimedOut') "the dead disk came to $($dead.Outcome)"
        Assert-That ($dead.DurationMs -ge 5000 -and $dead.DurationMs -lt 7000) "its deadline of 5 seconds took $([int]$dead.DurationMs) ms"
        Assert-That ($alive.DurationMs -lt 2000) "the other disk took $([int]$alive.DurationMs) ms"
    }
    # The late completion must not end the worker; its answer is a warning of the next command.
    $null = Wait-Until 60 { (Get-StorageReservation -Number $pair[0].Number -WarningVariable late -WarningAction SilentlyContinue).Outcome -ceq 'Read' }
    $id = & (Get-Module StorageRelease) { $script:Worker.Process.Id }
    Assert-That ($null -ne (Get-Process -Id $id -ErrorAction SilentlyContinue)) 'the worker is gone'
}

Add-Check 'worker-end' {
    $pair = Get-IscsiPair
    Use-DeadPath {
        $result = Invoke-StorageRelease -Number $pair[0].Number -TimeoutSec 2 -Allow Multipath -Force -ErrorAction SilentlyContinue
        if ($result.Outcome -cne 'TimedOut') { Stop-Check "no request hangs: $($result.Outcome)" }
        $id = & (Get-Module StorageRelease) { $script:Worker.Process.Id }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Remove-Module StorageRelease
        try {
            Add-Seen ('Remove-Module took {0} ms' -f $watch.ElapsedMilliseconds)
            Assert-That ($watch.Elapsed.TotalSeconds -lt 10) 'removing the module waited for the driver'
            $gone = Wait-Until 300 { $null -eq (Get-Process -Id $id -ErrorAction SilentlyContinue) }
            Add-Seen ('the process {0} after {1:0.0} seconds' -f $(if ($gone) { 'was gone' } else { 'was still there' }), $watch.Elapsed.TotalSeconds)
        }
        finally { Import-Module $script:Machine.Manifest }
    }
}

Add-Check 'clock-set' {
    $bus = New-Bus
    Use-Rehearsal $bus {
        # Disk 11 of the example never answers.
        $null = Invoke-StorageRelease -Number 1 -Force
        $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace()
        $space.Open()
        $setter = [System.Management.Automation.PowerShell]::Create()
        $setter.Runspace = $space
        $set = ${function:Set-ClockBy}.ToString()
        $null = $setter.AddScript("function Set-ClockBy { $set }; Start-Sleep 2; Set-ClockBy '02:00:00'; Start-Sleep 2; Set-ClockBy '-02:00:00'")
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $running = $setter.BeginInvoke()
        try {
            $result = Invoke-StorageRelease -Number 11 -TimeoutSec 8 -Force -ErrorAction SilentlyContinue
            $seconds = $watch.Elapsed.TotalSeconds
        }
        finally {
            $null = $setter.EndInvoke($running)
            $failed = @($setter.Streams.Error | ForEach-Object { "$_" })
            $setter.Dispose()
            $space.Dispose()
        }
        if ($failed.Count) { Stop-Check "the clock cannot be set: $($failed[0])" }
        Add-Seen ('{0} after {1:0.0} seconds of 8' -f $result.Outcome, $seconds)
        Assert-That ($result.Outcome -ceq 'TimedOut' -and $seconds -ge 8 -and $seconds -lt 11) 'the deadline followed the clock'
    }
}
