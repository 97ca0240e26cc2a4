# Register-StorageReleaseTask: begin, process and end.

# What Task Scheduler, its files and our wildcards make of a name.
$script:TaskNameForm = [regex]::new('\A[^\s\\/:*?"<>|\[\]%\p{Cc}\p{Cf}.](?:[^\\/:*?"<>|\[\]%\p{Cc}\p{Cf}]{0,198}[^\s\\/:*?"<>|\[\]%\p{Cc}\p{Cf}.])?\z')

function script:New-TaskFlow {
    # `begin`: what can be said before the first disk. -Asked: what the parameters say.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Asked)

    $texts = $script:TaskMessages
    $set = $Cmdlet.ParameterSetName
    if ($set -ceq 'Number' -or $set -ceq 'Path') {
        $word = $(if ($set -ceq 'Number') { 'number' } else { 'path' })
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskByNumber' InvalidArgument ($texts.ByNumber -f $word) $texts.ByNumberNext $null))
    }
    if (-not $script:TaskNameForm.IsMatch($Asked.Name)) {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskName' InvalidArgument ($texts.Name -f (Format-SafeText $Asked.Name)) $texts.NameNext $Asked.Name))
    }
    if ($Asked.Daily -and $null -eq $Asked.At) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTrigger' InvalidArgument $texts.NoTime $texts.NoTimeNext $null)) }
    if (-not $Asked.Daily -and $null -ne $Asked.At) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTrigger' InvalidArgument $texts.NoDaily $texts.NoDailyNext $null)) }
    if ($Asked.From -ceq '-') {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskText' InvalidArgument $texts.StandardInput $texts.StandardInputNext $Asked.From))
    }
    $task = $Asked
    $task.Cmdlet = $Cmdlet
    $task.Starts = Get-TaskTrigger $Cmdlet $task
    $task.Executable = Get-TaskExecutable
    $task.Disks = [System.Collections.ArrayList]::new()
    $task.Refusals = 0
    $task.WhatIf = [bool]$WhatIfPreference
    $task.Ask = -not $task.WhatIf -and -not $task.AsXml -and $ConfirmPreference -ne 'None'
    foreach ($name in 'LogPath', 'From') { if ($task[$name]) { $task[$name] = Resolve-TaskPath $Cmdlet $task[$name] } }
    $files = @(@('executable', $task.Executable), @('log', $task.LogPath), @('list', $task.From))
    if ($null -ne $script:Rehearsal) { $files += , @('rehearsal', $script:Rehearsal.Path) }
    foreach ($one in $files) {
        $unsafe = Get-TaskUnsafe $one[1]
        if ($unsafe) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskText' InvalidArgument ($texts.Text -f $one[0], (Format-SafeText $one[1]), $unsafe) $texts.TextNext $one[1])) }
    }
    if ($task.Executable.Length -gt $script:LongestCommand) {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTooLong' LimitsExceeded ($texts.PathTooLong -f $task.Executable) $texts.PathTooLongNext $null))
    }
    if ($task.AsXml) { return $task }

    if ($null -ne $script:Rehearsal) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskRehearsal' InvalidOperation $texts.Rehearsal $texts.RehearsalNext $null)) }
    $null = Get-TaskCommand $Cmdlet 'Register-ScheduledTask' $task.Name
    if (-not $task.WhatIf -and -not (Test-Elevated)) {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskElevation' PermissionDenied $texts.Elevation $texts.ElevationNext $null))
    }
    if ($task.Ask -and -not (Test-Interactive)) {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages.NobodyToAsk $script:Messages.NobodyToAskNext $null))
    }
    $failure = Get-TaskTrustProblem $task
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    return $task
}

function script:Step-TaskFlow {
    # `process`: the disks, one after the other. One that is refused is an error of its own, and no task is registered.
    param([hashtable]$Task)

    $set = $Task.Cmdlet.ParameterSetName
    if ($set -ceq 'From') { return }
    $given = $Task.Cmdlet.MyInvocation.BoundParameters[$set]
    if ($null -eq $given) { $given = @($null) }
    foreach ($one in $given) {
        $disk = Resolve-TaskDisk $one $set
        if ($disk.Refused) {
            $Task.Refusals += 1
            $Task.Cmdlet.WriteError((New-ModuleError 'Refused' InvalidArgument $disk.Message $disk.NextStep $one -TargetName $script:Messages.NoDiskName))
            continue
        }
        # Named twice, it would be sent to twice.
        $known = $false
        foreach ($other in $Task.Disks) { if ([string]::Equals($other.Word, $disk.Word, [System.StringComparison]::OrdinalIgnoreCase)) { $known = $true } }
        if (-not $known) { $null = $Task.Disks.Add($disk) }
    }
}

function script:Complete-TaskFlow {
    # `end`: the document; and unless that is all that was wanted, everything that has to hold, the question, and the task.
    param([hashtable]$Task)

    $texts = $script:TaskMessages
    $cmdlet = $Task.Cmdlet
    if ($Task.Refusals -gt 0) { return }
    if ($Task.Disks.Count -eq 0 -and -not $Task.From) {
        $cmdlet.WriteError((New-ModuleError 'Refused' InvalidArgument $texts.NoDisk $texts.NoDiskNext $null))
        return
    }
    $Task.Words = Get-TaskWord $Task
    $Task.Arguments = ConvertTo-CommandLine $Task.Words
    $line = (ConvertTo-CommandLine @($Task.Executable)) + ' ' + $Task.Arguments
    if ($line.Length -gt $script:LongestLine) {
        $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTooLong' LimitsExceeded ($texts.TooLong -f $line.Length, $script:LongestLine) $texts.TooLongNext $null))
    }
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $Task.Description = $texts.Description -f (Get-TaskDiskText $Task), $Task.Starts.Words, $version
    $xml = $null
    try { $xml = New-TaskXml $Task }
    catch {
        $message = $texts.Document -f (Format-SafeText $_.Exception.GetBaseException().Message)
        $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskDocument' InvalidData $message $texts.DocumentNext $null))
    }
    if ($Task.AsXml) { return $xml }

    $name = $script:TaskFolder + $Task.Name
    $present = $null
    foreach ($one in Get-WindowsTask $cmdlet) { if ((Get-PropertyText $one 'TaskName') -eq $Task.Name) { $present = $one } }
    if ($null -ne $present) {
        if (-not (Test-OwnTask $present)) {
            $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskForeign' ResourceExists ($texts.Foreign -f $name) $texts.ForeignNext $Task.Name))
        }
        if (-not $Task.Force) {
            $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskExists' ResourceExists ($texts.Exists -f $name) $texts.ExistsNext $Task.Name))
        }
    }
    if (-not (Test-TaskPlan $Task)) { return }
    $about = $name, $Task.Starts.Words, (Get-TaskDiskText $Task), $line
    $replaces = $(if ($null -ne $present) { $texts.Replaces } else { '' })
    $sending = $(if ($Task.WhatIf) { $texts.WouldSend } else { $texts.Sending })
    if (-not (Request-Confirmation $cmdlet (($sending -f $about) + $replaces) (($texts.Ask -f $about) + $replaces) $texts.Caption)) { return }

    $register = Get-TaskCommand $cmdlet 'Register-ScheduledTask' $Task.Name
    $parameters = @{ Xml = $xml; TaskName = $Task.Name; TaskPath = $script:TaskFolder; ErrorAction = 'Stop' }
    # Only what was looked at is replaced: a task that has come meanwhile is an error of Windows.
    if ($null -ne $present) { $parameters.Force = $true }
    try { $null = & $register @parameters }
    catch {
        $message = $texts.NotRegistered -f $_.Exception.GetBaseException().Message
        $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskRegister' NotSpecified $message $texts.NotRegisteredNext $Task.Name))
    }
    $made = $null
    foreach ($one in Get-WindowsTask $cmdlet) { if ((Get-PropertyText $one 'TaskName') -eq $Task.Name) { $made = $one } }
    if ($null -eq $made) {
        $cmdlet.ThrowTerminatingError((New-ModuleError 'TaskRegister' NotSpecified ($texts.Vanished -f $name) $texts.NotRegisteredNext $Task.Name))
    }
    New-TaskObject $cmdlet $made
}

function script:Test-TaskPlan {
    # Whether the disks are there and pass the guards, or -Force was said; tells of each that does not.
    param([hashtable]$Task)

    $texts = $script:TaskMessages
    $cmdlet = $Task.Cmdlet
    $rows = @()
    try { $rows = @(Get-TaskPlan $cmdlet $Task) }
    # Where it is of the other command: under the name of this one.
    catch { $cmdlet.ThrowTerminatingError($_) }
    foreach ($row in $rows) {
        $who = ''
        if ($null -ne $row.PSObject.Properties['UniqueId']) { $who = Get-DiskName $row -Short:($null -eq $row.Number) }
        $about = $(if ($who) { $who + ':' } else { '' }), $row.Message
        if ($Task.Force) {
            $cmdlet.WriteWarning(($texts.WouldFailForced -f $about).Trim())
            continue
        }
        $category = $(if ($row.Category) { $row.Category } else { 'InvalidOperation' })
        $next = ($texts.WouldFailNext -f $row.NextStep).Trim()
        $cmdlet.WriteError((New-ModuleError $row.Outcome $category ($texts.WouldFail -f $about).Trim() $next $row -TargetName $(if ($who) { $who } else { $Task.Name })))
    }
    return $Task.Force -or $rows.Count -eq 0
}

function script:Resolve-TaskPath {
    # A path as the task takes it: full, also where the document is made on another system than Windows.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if ($Path -match '\A(?:[A-Za-z]:[\\/]|\\\\)') { return $Path }
    return Resolve-FilePath $Cmdlet $Path
}
