# Wait-StorageReservation: repeats Get-StorageReservation for the disks that have not reached their state yet.

# Outcomes that may change: a disk with one of them is read again.
$script:WaitsOn = 'Read', 'NotReady', 'InUse', 'TimedOut', 'NotFound'

# A disk that was read before may disappear: then no disk has its number, or another one does.
$script:WaitsOnGone = 'NotFound', 'IdentityChanged'

function script:Invoke-Wait {
    # -Wait: Set and Given (the parameter set and its values), State, Common (parameters of each reading), TimeoutSec,
    # IntervalSec, Progress.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait)

    # Count: results so far. Left: see Send-Downstream.
    $run = @{ Clock = [System.Diagnostics.Stopwatch]::StartNew(); Shown = 0; Count = 0; Round = 0; Left = $null; Narrow = Test-NarrowScreen }
    $limit = 1000.0 * $Wait.TimeoutSec
    $parameters = @{ $Wait.Set = $Wait.Given }
    # By the name of a disk: how often it was read, and whether this host was locked out.
    $seen = @{}
    # The disks that were pending after the last reading.
    $earlier = @()
    try {
        while ($true) {
            $run.Round += 1
            $left = $limit - $run.Clock.ElapsedMilliseconds
            $pending = [System.Collections.ArrayList]::new()
            $reads = @(Read-WaitedDisk $Wait $parameters $left)
            if ($reads.Count -eq 1 -and $null -ne $reads[0].Failure) {
                if ($earlier.Count -eq 0) { $Cmdlet.ThrowTerminatingError($reads[0].Failure) }
                # The result is then what was read last, and the error says why it is not read again.
                foreach ($read in $earlier) {
                    Set-WaitFailure $read $reads[0].Failure
                    if (-not $run.Left) { Send-Downstream $run ${function:Write-WaitResult} $Cmdlet, $Wait, $read, $run }
                }
                break
            }
            foreach ($read in $reads) { $read.Key = Get-WaitKey $read.Row }
            foreach ($read in $reads) {
                Restore-WaitName $read $reads $earlier
                $key = $read.Key
                if (-not $seen.ContainsKey($key)) { $seen[$key] = @{ Round = 0; Done = 0; Readings = 0; LockedOut = $false; WasRead = $false } }
                $read.Disk = $seen[$key]
                # The disk was read again together with others, but has its result already.
                if ($read.Disk.Done -gt 0 -and $read.Disk.Done -lt $run.Round) { continue }
                # A disk that was given twice has two rows.
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
            # The last reading is made when the time is over.
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
    # Reads these disks once: returns each row with its error, or null; or, where none can be read, Failure alone.
    param([hashtable]$Wait, [hashtable]$Parameters, [double]$Left)

    $common = $Wait.Common
    $seconds = [int][System.Math]::Min(30, [System.Math]::Max(1, [System.Math]::Floor($Left / 1000)))
    $problems = [System.Collections.ArrayList]::new()
    # This command shows its own progress.
    $ProgressPreference = 'SilentlyContinue'
    try {
        $script:Problems = $problems
        $rows = @(Get-StorageReservation @Parameters @common -TimeoutSec $seconds -ErrorAction SilentlyContinue -WarningAction SilentlyContinue)
    }
    catch {
        $next = $(if ($null -ne $_.ErrorDetails) { Get-WaitStep $Wait $_.ErrorDetails.RecommendedAction } else { '' })
        $id = $_.FullyQualifiedErrorId.Split(',')[0]
        return @{ Failure = New-ModuleError $id $_.CategoryInfo.Category -Message $_.Exception.Message -NextStep $next }
    }
    finally { $script:Problems = $null }
    foreach ($row in $rows) {
        $own = $null
        foreach ($problem in $problems) { if (Test-WaitProblem $problem $row) { $own = $problem } }
        @{ Row = $row; Problem = $own; Disk = $null; Reached = $false; Key = ''; Failure = $null }
    }
}

function script:Test-WaitProblem {
    # Whether an error belongs to this result. An error of another computer has an equal object, not the same one.
    param([System.Management.Automation.ErrorRecord]$Problem, [object]$Row)

    $target = $Problem.TargetObject
    if ([object]::ReferenceEquals($target, $Row)) { return $true }
    if ($Row.Outcome -ceq 'Read' -or $target -isnot [psobject] -or -not $Row.PSObject.TypeNames[0].Contains('#Session')) { return $false }
    foreach ($name in 'Outcome', 'ComputerName', 'Number', 'UniqueId', 'SerialNumber', 'DevicePath') {
        if ([string](Get-PropertyValue $target $name) -cne [string](Get-PropertyValue $Row $name)) { return $false }
    }
    return $true
}

function script:Set-WaitFailure {
    # Of a disk that cannot be read again.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'It changes an object, and nothing of the system.')]
    param([hashtable]$Read, [System.Management.Automation.ErrorRecord]$Failure)

    $Read.Failure = $Failure
    $Read.Problem = $Failure
    $Read.Row.Message = $script:Messages.WaitUnread -f $Failure.Exception.Message, $Read.Row.Message
    $Read.Row.NextStep = $(if ($null -ne $Failure.ErrorDetails) { $Failure.ErrorDetails.RecommendedAction } else { '' })
}

function script:Restore-WaitName {
    # When a computer cannot be asked any more, its row has no number, and may have the session's name for the computer. Takes
    # both from the earlier reading of the only disk with this identity that has no result now.
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
    # Replaces Get-StorageReservation in a next step by this command.
    param([hashtable]$Wait, [string]$NextStep)

    return [regex]::Replace($NextStep, '\bGet-StorageReservation\b', "Wait-StorageReservation -State $($Wait.State)")
}

function script:Test-Pending {
    # Whether a disk that has not reached its state is read again.
    param([hashtable]$Read)

    $outcome = $Read.Row.Outcome
    if ($outcome -ceq 'Read') { $Read.Disk.WasRead = $true }
    return $script:WaitsOn -ccontains $outcome -or ($Read.Disk.WasRead -and $script:WaitsOnGone -ccontains $outcome)
}

function script:Get-WaitParameter {
    # The parameters of the next reading. On other computers a number without an identity is read as it was given.
    param([hashtable]$Wait, [System.Collections.ArrayList]$Pending)

    if ($Wait.Common.ContainsKey('Session') -and $Wait.Set -cne 'InputObject') {
        foreach ($read in $Pending) { if (-not $read.Row.UniqueId -and -not $read.Row.SerialNumber) { return @{ $Wait.Set = $Wait.Given } } }
    }
    return @{ InputObject = @(foreach ($read in $Pending) { Get-WaitTarget $Wait $read }) }
}

function script:Get-WaitTarget {
    # The input for the next reading: the disk by its identity, because it may come back under another number. On other computers
    # only its own result tells where it was.
    param([hashtable]$Wait, [hashtable]$Read)

    $row = $Read.Row
    $gone = $Read.Disk.WasRead -and $script:WaitsOnGone -ccontains $row.Outcome
    $isDisk = -not $row.DevicePath -or $row.DevicePath -match '\\PhysicalDrive\d+$'
    if (-not $gone -or -not $isDisk -or -not $row.UniqueId -or $Wait.Common.ContainsKey('Session')) { return $row }
    return [pscustomobject]@{ UniqueId = $row.UniqueId; SerialNumber = $row.SerialNumber }
}

function script:Get-WaitKey {
    # A text that is the same for each reading of one disk on one computer.
    param([object]$Row)

    $identity = [string]$Row.UniqueId + "`n" + [string]$Row.SerialNumber
    if ($identity -eq "`n") { $identity = [string]$Row.Number + "`n" + [string]$Row.DevicePath }
    return [string]$Row.ComputerName + "`n" + $identity
}

function script:Set-WaitState {
    # Whether the disk has reached that state, and what earlier readings prove.
    param([hashtable]$Read, [string]$State)

    $row = $Read.Row
    if ($row.Outcome -cne 'Read') { return }
    $Read.Reached = $row.State -ceq $State
    if ($State -ceq 'Free') {
        if ($row.State -ceq 'NotSupported') { $Read.Reached = $true }
        elseif ($row.State -ceq 'Unknown' -and $row.Blocked -eq $false -and (Test-WithoutKey $row)) {
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
    # Writes the result of a disk, and an error if it has not reached its state. Must not contain a loop: see Send-Downstream.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Wait, [hashtable]$Read, [hashtable]$Run)

    $Run.Count += 1
    $row = $Read.Row
    $row.PSObject.Properties.Add([psnoteproperty]::new('WaitedFor', $Wait.State))
    $row.PSObject.Properties.Add([psnoteproperty]::new('Reached', [bool]$Read.Reached))
    $row.PSObject.Properties.Add([psnoteproperty]::new('WaitedMs', [double]$Run.Clock.ElapsedMilliseconds))
    $row.PSObject.Properties.Add([psnoteproperty]::new('Readings', [uint32]$Read.Disk.Readings))
    # Where it cannot be read again, the next step is about that.
    if ($row.Outcome -ceq 'Refused') { $row.NextStep = Get-WaitStep $Wait $row.NextStep }
    elseif ($null -eq $Read.Failure -and -not $Read.Reached -and ($row.Outcome -ceq 'Read' -or -not $row.NextStep)) {
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
    # In short steps, between which Ctrl+C takes effect.
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
