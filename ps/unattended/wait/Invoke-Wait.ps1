# Wait-StorageReservation: Get-StorageReservation again and again, for the disks that have not reached their state yet.

# What may pass: a disk with one of these outcomes is read again.
$script:WaitsOn = 'Read', 'NotReady', 'InUse', 'TimedOut', 'NotFound'

# A disk that was read may go: nothing has its number then, or another disk has.
$script:WaitsOnGone = 'NotFound', 'IdentityChanged'

function script:Invoke-Wait {
    # -Wait: Set and Given (the parameter set and its values), State, Common (parameters of each reading), TimeoutSec,
    # IntervalSec, Progress.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait)

    # Count: results so far. Left: see Send-Downstream.
    $run = @{ Clock = [System.Diagnostics.Stopwatch]::StartNew(); Shown = 0; Count = 0; Round = 0; Left = $null; Narrow = Test-NarrowScreen }
    $limit = 1000.0 * $Wait.TimeoutSec
    $parameters = @{ $Wait.Set = $Wait.Given }
    # By the name of a disk: how often it was read, and whether this host was locked out of it.
    $seen = @{}
    try {
        while ($true) {
            $run.Round += 1
            $left = $limit - $run.Clock.ElapsedMilliseconds
            $pending = [System.Collections.ArrayList]::new()
            foreach ($read in @(Read-WaitedDisk $Cmdlet $Wait $parameters $left)) {
                $key = Get-WaitKey $read.Row
                if (-not $seen.ContainsKey($key)) { $seen[$key] = @{ Round = 0; Readings = 0; LockedOut = $false; WasRead = $false } }
                $read.Disk = $seen[$key]
                # One that was given twice has two rows.
                if ($read.Disk.Round -lt $run.Round) { $read.Disk.Readings += 1 }
                $read.Disk.Round = $run.Round
                Set-WaitState $read $Wait.State
                if (-not $read.Reached -and (Test-Pending $read)) { $null = $pending.Add($read) }
                elseif (-not $run.Left) { Send-Downstream $run ${function:Write-WaitResult} $Cmdlet, $Wait, $read, $run }
            }
            $left = $limit - $run.Clock.ElapsedMilliseconds
            # Where there is no second left for another reading, this one was the last.
            if ($left -lt 1000) {
                foreach ($read in $pending) { if (-not $run.Left) { Send-Downstream $run ${function:Write-WaitResult} $Cmdlet, $Wait, $read, $run } }
                $pending.Clear()
            }
            if ($pending.Count -eq 0 -or $run.Left) { break }
            Wait-NextReading $Cmdlet $Wait $run $pending ([System.Math]::Min(1000.0 * $Wait.IntervalSec, $left - 1000))
            $parameters = @{ InputObject = @(foreach ($read in $pending) { Get-WaitTarget $Wait $read }) }
        }
    }
    finally { Complete-FlowProgress $Cmdlet $script:Messages.ProgressWait $run }
    Resume-CallerLoop $run
}

function script:Read-WaitedDisk {
    # One reading of these disks: each row with the error that belongs to it, or null.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait, [hashtable]$Parameters, [double]$Left)

    $common = $Wait.Common
    $seconds = [int][System.Math]::Min(30, [System.Math]::Max(1, [System.Math]::Floor($Left / 1000)))
    $problems = $null
    # This command has its own.
    $ProgressPreference = 'SilentlyContinue'
    try {
        $rows = @(Get-StorageReservation @Parameters @common -TimeoutSec $seconds -ErrorAction SilentlyContinue -ErrorVariable problems -WarningAction SilentlyContinue)
    }
    catch {
        $next = $(if ($null -ne $_.ErrorDetails) { $_.ErrorDetails.RecommendedAction } else { '' })
        $id = $_.FullyQualifiedErrorId.Split(',')[0]
        $failure = New-ModuleError $id $_.CategoryInfo.Category -Message $_.Exception.Message -NextStep $next
        $Cmdlet.ThrowTerminatingError($failure)
    }
    foreach ($row in $rows) {
        $own = $null
        foreach ($problem in $problems) { if ([object]::ReferenceEquals($problem.TargetObject, $row)) { $own = $problem } }
        @{ Row = $row; Problem = $own; Disk = $null; Reached = $false }
    }
}

function script:Test-Pending {
    # Whether a disk that is not in its state is read again.
    param([hashtable]$Read)

    $outcome = $Read.Row.Outcome
    if ($outcome -ceq 'Read') { $Read.Disk.WasRead = $true }
    return $script:WaitsOn -ccontains $outcome -or ($Read.Disk.WasRead -and $script:WaitsOnGone -ccontains $outcome)
}

function script:Get-WaitTarget {
    # What is given to the next reading: the disk by what it said of itself. One that is gone may come back under another
    # number; on other computers only its own result says where it was.
    param([hashtable]$Wait, [hashtable]$Read)

    $row = $Read.Row
    $gone = $Read.Disk.WasRead -and $script:WaitsOnGone -ccontains $row.Outcome
    $isDisk = -not $row.DevicePath -or $row.DevicePath -match '\\PhysicalDrive\d+$'
    if (-not $gone -or -not $isDisk -or -not $row.UniqueId -or $Wait.Common.ContainsKey('Session')) { return $row }
    return [pscustomobject]@{ UniqueId = $row.UniqueId; SerialNumber = $row.SerialNumber }
}

function script:Get-WaitKey {
    # The same text for each reading of one disk of one computer.
    param([object]$Row)

    $identity = [string]$Row.UniqueId + "`n" + [string]$Row.SerialNumber
    if ($identity -eq "`n") { $identity = [string]$Row.Number + "`n" + [string]$Row.DevicePath }
    return [string]$Row.ComputerName + "`n" + $identity
}

function script:Set-WaitState {
    # Whether the disk is in that state, and what is proved by what was read before.
    param([hashtable]$Read, [string]$State)

    $row = $Read.Row
    if ($row.Outcome -cne 'Read') { return }
    $Read.Reached = $row.State -ceq $State
    if ($State -ceq 'Free') {
        if ($row.State -ceq 'NotSupported') { $Read.Reached = $true }
        elseif ($row.State -ceq 'Unknown' -and $row.Blocked -eq $false -and -not $row.KeyCount) {
            $Read.Reached = $true
            if ($Read.Disk.LockedOut) {
                $row.State = 'Free'
                $row.Message = $script:Messages.WaitFreed
                $row.NextStep = ''
            }
            else { $row.Message = $script:Messages.WaitLetIn + ' ' + $row.Message }
        }
    }
    if ($row.State -ceq 'HeldByAnotherHost') { $Read.Disk.LockedOut = $true }
}

function script:Write-WaitResult {
    # The one result of a disk, and the error of one that is not in its state. No loop: see Send-Downstream.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait, [hashtable]$Read, [hashtable]$Run)

    $Run.Count += 1
    $row = $Read.Row
    $row.PSObject.Properties.Add([psnoteproperty]::new('WaitedFor', $Wait.State))
    $row.PSObject.Properties.Add([psnoteproperty]::new('Reached', [bool]$Read.Reached))
    $row.PSObject.Properties.Add([psnoteproperty]::new('WaitedMs', [double]$Run.Clock.ElapsedMilliseconds))
    $row.PSObject.Properties.Add([psnoteproperty]::new('Readings', [uint32]$Read.Disk.Readings))
    $session = $row.PSObject.TypeNames[0].Contains('#Session')
    $row.PSObject.TypeNames.Insert(0, 'StorageRelease.WaitResult')
    if ($session) { $row.PSObject.TypeNames.Insert(0, 'StorageRelease.WaitResult#Session') }
    if ($Run.Narrow) { Add-NarrowView $row }
    $row
    if ($Read.Reached) { return }
    $name = Get-DiskName $row -Short
    if (-not $name) { $name = $script:Messages.NoDiskName }
    elseif ($session) { $name = $script:Messages.SessionDisk -f $name, $row.ComputerName }
    if ($null -ne $Read.Problem) {
        $id = $Read.Problem.FullyQualifiedErrorId.Split(',')[0]
        $category = $Read.Problem.CategoryInfo.Category
        $failure = New-ModuleError $id $category -Message $Read.Problem.Exception.Message -NextStep $row.NextStep -Target $row -Win32Error $row.Win32Error -TargetName $name
    }
    else {
        $message = $script:Messages.WaitOver -f $name, $Wait.State, $Wait.TimeoutSec, $row.State, $row.Message
        $failure = New-ModuleError 'NotReached' OperationTimeout -Message $message -NextStep $row.NextStep -Target $row -TargetName $name
    }
    $Cmdlet.WriteError($failure)
}

function script:Wait-NextReading {
    # In short pieces, between which Ctrl+C takes effect.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait, [hashtable]$Run, [object[]]$Pending, [double]$Milliseconds)

    $end = $Run.Clock.ElapsedMilliseconds + [System.Math]::Max(0, $Milliseconds)
    while ($Run.Clock.ElapsedMilliseconds -lt $end) {
        if ($Wait.Progress -and (Test-ProgressDue $Run)) {
            $status = $script:Messages.ProgressWaiting -f $Run.Count, ($Run.Count + $Pending.Count), (Get-DiskName $Pending[0].Row -Short)
            Write-FlowProgress $Cmdlet $script:Messages.ProgressWait $status ($Run.Clock.ElapsedMilliseconds / (1000.0 * $Wait.TimeoutSec))
        }
        [System.Threading.Thread]::Sleep([int][System.Math]::Min(100, [System.Math]::Max(1, $end - $Run.Clock.ElapsedMilliseconds)))
    }
}
