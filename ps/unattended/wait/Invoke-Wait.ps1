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
    # What was pending after the reading before.
    $earlier = @()
    try {
        while ($true) {
            $run.Round += 1
            $left = $limit - $run.Clock.ElapsedMilliseconds
            $pending = [System.Collections.ArrayList]::new()
            $reads = @(Read-WaitedDisk $Cmdlet $Wait $parameters $left)
            foreach ($read in $reads) { $read.Key = Get-WaitKey $read.Row }
            foreach ($read in $reads) {
                Restore-WaitName $read $reads $earlier
                $key = $read.Key
                if (-not $seen.ContainsKey($key)) { $seen[$key] = @{ Round = 0; Done = 0; Readings = 0; LockedOut = $false; WasRead = $false } }
                $read.Disk = $seen[$key]
                # It was asked for again beside others, and has its result.
                if ($read.Disk.Done -gt 0 -and $read.Disk.Done -lt $run.Round) { continue }
                # One that was given twice has two rows.
                if ($read.Disk.Round -lt $run.Round) { $read.Disk.Readings += 1 }
                $read.Disk.Round = $run.Round
                Set-WaitState $read $Wait.State
                if (-not $read.Reached -and (Test-Pending $read)) { $null = $pending.Add($read) }
                else {
                    $read.Disk.Done = $run.Round
                    if (-not $run.Left) { Send-Downstream $run ${function:Write-WaitResult} $Cmdlet, $Wait, $read, $run }
                }
            }
            $left = $limit - $run.Clock.ElapsedMilliseconds
            # The last reading is the one at the end of the time.
            if ($left -le 0) {
                foreach ($read in $pending) { if (-not $run.Left) { Send-Downstream $run ${function:Write-WaitResult} $Cmdlet, $Wait, $read, $run } }
                $pending.Clear()
            }
            if ($pending.Count -eq 0 -or $run.Left) { break }
            Wait-NextReading $Cmdlet $Wait $run $pending ([System.Math]::Min(1000.0 * $Wait.IntervalSec, $left))
            $earlier = $pending.ToArray()
            $parameters = Get-WaitParameter $Wait $pending
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
        $next = $(if ($null -ne $_.ErrorDetails) { Get-WaitStep $Wait $_.ErrorDetails.RecommendedAction } else { '' })
        $id = $_.FullyQualifiedErrorId.Split(',')[0]
        $failure = New-ModuleError $id $_.CategoryInfo.Category -Message $_.Exception.Message -NextStep $next
        $Cmdlet.ThrowTerminatingError($failure)
    }
    foreach ($row in $rows) {
        $own = $null
        foreach ($problem in $problems) { if (Test-WaitProblem $problem $row) { $own = $problem } }
        @{ Row = $row; Problem = $own; Disk = $null; Reached = $false; Key = '' }
    }
}

function script:Test-WaitProblem {
    # Whether an error is of this result. Of another computer's its object is another one, which says the same.
    param([System.Management.Automation.ErrorRecord]$Problem, [object]$Row)

    $target = $Problem.TargetObject
    if ([object]::ReferenceEquals($target, $Row)) { return $true }
    if ($Row.Outcome -ceq 'Read' -or $target -isnot [psobject] -or -not $Row.PSObject.TypeNames[0].Contains('#Session')) { return $false }
    foreach ($name in 'Outcome', 'ComputerName', 'Number', 'UniqueId', 'SerialNumber', 'DevicePath') {
        if ([string](Get-PropertyValue $target $name) -cne [string](Get-PropertyValue $Row $name)) { return $false }
    }
    return $true
}

function script:Restore-WaitName {
    # The disk of a computer that was read before and cannot be asked any more has no number, and the computer may be called
    # by its session: they are those of the one disk of this identity that has no result now.
    param([hashtable]$Read, [hashtable[]]$Reads, [hashtable[]]$Earlier)

    $row = $Read.Row
    if ($row.Outcome -ceq 'Read' -or -not ($row.UniqueId -or $row.SerialNumber)) { return }
    $missing = @(foreach ($one in $Earlier) {
            if ($one.Key -ceq $Read.Key) {
                if ($null -eq $row.Number) { $row.Number = $one.Row.Number }
                return
            }
            if ($one.Row.UniqueId -cne $row.UniqueId -or $one.Row.SerialNumber -cne $row.SerialNumber) { continue }
            if (@($Reads | & { process { if ($_.Key -ceq $one.Key) { $_ } } }).Count -eq 0) { $one }
        })
    if ($missing.Count -ne 1) { return }
    $row.Number = $missing[0].Row.Number
    $row.ComputerName = $missing[0].Row.ComputerName
    $Read.Key = $missing[0].Key
}

function script:Get-WaitStep {
    # A next step that names this command, where it names the one by which this command reads.
    param([hashtable]$Wait, [string]$NextStep)

    return [regex]::Replace($NextStep, '\bGet-StorageReservation\b', "Wait-StorageReservation -State $($Wait.State)")
}

function script:Test-Pending {
    # Whether a disk that is not in its state is read again.
    param([hashtable]$Read)

    $outcome = $Read.Row.Outcome
    if ($outcome -ceq 'Read') { $Read.Disk.WasRead = $true }
    return $script:WaitsOn -ccontains $outcome -or ($Read.Disk.WasRead -and $script:WaitsOnGone -ccontains $outcome)
}

function script:Get-WaitParameter {
    # What the next reading is asked for. On other computers a number without an identity is asked for as it was given.
    param([hashtable]$Wait, [System.Collections.ArrayList]$Pending)

    if ($Wait.Common.ContainsKey('Session') -and $Wait.Set -cne 'InputObject') {
        foreach ($read in $Pending) { if (-not $read.Row.UniqueId -and -not $read.Row.SerialNumber) { return @{ $Wait.Set = $Wait.Given } } }
    }
    return @{ InputObject = @(foreach ($read in $Pending) { Get-WaitTarget $Wait $read }) }
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
    if ($row.Outcome -ceq 'Refused') { $row.NextStep = Get-WaitStep $Wait $row.NextStep }
    elseif (-not $Read.Reached -and ($row.Outcome -ceq 'Read' -or -not $row.NextStep)) {
        # What the reading recommends changes the disk: meant only by who waits for the disk to be free.
        if ($row.State -ceq 'NotSupported') { $row.NextStep = $script:Messages.WaitNeverNext }
        elseif ($Wait.State -cne 'Free' -or -not $row.NextStep) { $row.NextStep = $script:Messages.WaitOverNext }
    }
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
