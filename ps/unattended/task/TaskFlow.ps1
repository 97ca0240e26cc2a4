# Register-StorageReleaseTask: begin, process and end.

# Characters that are special in names for Task Scheduler, for its files, or as wildcards.
$script:TaskNameEnd = '[^\s\\/:*?"<>|\[\]%\p{Cc}\p{Cf}.]'
$script:TaskNameInside = '[^\\/:*?"<>|\[\]%\p{Cc}\p{Cf}]'
$script:TaskNameForm = [regex]::new(('\A{0}(?:{1}{{0,198}}{0})?\z' -f $script:TaskNameEnd, $script:TaskNameInside))

# A full path of Windows: a drive letter, or a network share.
$script:WindowsPath = [regex]'\A(?:[A-Za-z]:[\\/]|\\\\)'

function script:New-TaskFlow {
    # `begin`: checks everything that does not depend on the disks. -Asked: the parameters.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Asked)

    $task = @{
        Cmdlet      = $Cmdlet
        WhatIf      = [bool]$WhatIfPreference
        Ask         = $false
        # The elements of its triggers, and the same in words: see Get-TaskTrigger.
        Starts      = $null
        # The disks (see Resolve-TaskDisk), and how many were refused.
        Disks       = [System.Collections.ArrayList]::new()
        Refusals    = 0
        Executable  = Get-TaskExecutable
        # The arguments as a list, and as one text.
        Words       = $null
        Arguments   = $null
        Description = $null
    } + $Asked
    Confirm-TaskName $Cmdlet $task
    $task.Starts = Get-TaskTrigger $Cmdlet $task
    Resolve-TaskFile $Cmdlet $task
    if ($task.AsXml) { return $task }

    if ($null -ne $script:Rehearsal) {
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskRehearsal' InvalidOperation 'Rehearsal'))
    }
    $null = Get-TaskCommand $Cmdlet 'Register-ScheduledTask' $task.Name
    if (-not $task.WhatIf -and -not (Test-Elevated)) {
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskElevation' PermissionDenied 'Elevation'))
    }
    $task.Ask = -not $task.WhatIf -and $ConfirmPreference -ne 'None'
    if ($task.Ask -and -not (Test-Interactive)) {
        $said = $script:Messages
        $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $said.NobodyToAsk $said.NobodyToAskNext $null
        $Cmdlet.ThrowTerminatingError($failure)
    }
    $failure = Get-TaskTrustProblem $task
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    return $task
}

function script:Confirm-TaskName {
    # Checks the names of disks and task; ends the command where one cannot be used.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    $set = $Cmdlet.ParameterSetName
    if ($set -ceq 'Number' -or $set -ceq 'Path') {
        $failure = New-TaskError 'TaskByNumber' InvalidArgument 'ByNumber' $set.ToLowerInvariant()
        $Cmdlet.ThrowTerminatingError($failure)
    }
    if (-not $script:TaskNameForm.IsMatch($Task.Name)) {
        $failure = New-TaskError 'TaskName' InvalidArgument 'Name' (Format-SafeText $Task.Name) $Task.Name
        $Cmdlet.ThrowTerminatingError($failure)
    }
}

function script:Resolve-TaskFile {
    # Makes the paths of the task's files full paths; ends the command where the task cannot use one.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    if ($Task.From -ceq '-') { $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskText' InvalidArgument 'Stdin')) }
    # Of a document for another computer, which has neither this one's folders nor its current one: see Get-TaskExecutable.
    $elsewhere = $Task.AsXml -and $null -eq $script:Rehearsal -and [System.Environment]::OSVersion.Platform -ne [System.PlatformID]::Win32NT
    foreach ($name in 'LogPath', 'From') {
        $given = $Task[$name]
        if (-not $given -or $given.StartsWith('\\', [System.StringComparison]::Ordinal)) { continue }
        try { $Task[$name] = Resolve-FilePath $Cmdlet $given }
        catch {
            # The letter may be a drive there.
            if ($script:WindowsPath.IsMatch($given)) { continue }
            $why = $_.Exception.GetBaseException().Message
            $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskText' InvalidArgument -Message $why -NextStep $script:Messages.FilePathNext -Target $given))
        }
        if ($elsewhere -and -not $script:WindowsPath.IsMatch($Task[$name])) {
            $about = @((Format-SafeText $Task[$name]), $name) + $(if ($name -ceq 'From') { 'list', 'disks.csv' } else { 'log', 'release.log' })
            $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskText' InvalidArgument 'NotWindows' $about $given))
        }
    }
    $files = [ordered]@{ executable = $Task.Executable; log = $Task.LogPath; list = $Task.From }
    if ($null -ne $script:Rehearsal) { $files['rehearsal'] = $script:Rehearsal.Path }
    foreach ($what in $files.Keys) {
        $unsafe = Get-TaskUnsafe $files[$what]
        if (-not $unsafe) { continue }
        $about = $what, (Format-SafeText $files[$what]), $unsafe
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskText' InvalidArgument 'Text' $about $files[$what]))
    }
    if ($Task.Executable.Length -gt $script:LongestCommand) {
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskTooLong' LimitsExceeded 'PathTooLong' $Task.Executable))
    }
}

function script:Step-TaskFlow {
    # `process`: takes the disks one after the other. A refused disk is an error of its own; then no task is registered.
    param([hashtable]$Task)

    $set = $Task.Cmdlet.ParameterSetName
    if ($set -ceq 'From') { return }
    $given = $Task.Cmdlet.MyInvocation.BoundParameters[$set]
    if ($null -eq $given) { $given = @($null) }
    foreach ($one in $given) {
        $disk = Resolve-TaskDisk $one $set
        if ($disk.Refused) {
            $Task.Refusals += 1
            $name = $script:Messages.NoDiskName
            $said = $disk.Message, $disk.NextStep
            $Task.Cmdlet.WriteError((New-ModuleError 'Refused' InvalidArgument @said $one -TargetName $name))
            continue
        }
        # A disk that is named twice would get two requests.
        $known = $false
        foreach ($other in $Task.Disks) {
            if ([string]::Equals($other.Same, $disk.Same, [System.StringComparison]::Ordinal)) { $known = $true }
        }
        if (-not $known) { $null = $Task.Disks.Add($disk) }
    }
}

function script:Complete-TaskFlow {
    # `end`: makes the document; unless only that was wanted, then checks everything, asks, and registers the task.
    param([hashtable]$Task)

    $cmdlet = $Task.Cmdlet
    if ($Task.Refusals -gt 0) { return }
    if ($Task.Disks.Count -eq 0 -and -not $Task.From) {
        $cmdlet.WriteError((New-TaskError 'Refused' InvalidArgument 'NoDisk'))
        return
    }
    $xml = Get-TaskDocument $Task
    if ($Task.AsXml) { return $xml }

    $present = Find-WindowsTask $cmdlet $Task.Name
    if ($null -ne $present) {
        $name = $script:TaskFolder + $Task.Name
        if (-not (Test-OwnTask $present)) {
            $cmdlet.ThrowTerminatingError((New-TaskError 'TaskForeign' ResourceExists 'Foreign' $name $Task.Name))
        }
        if (-not $Task.Force) {
            $cmdlet.ThrowTerminatingError((New-TaskError 'TaskExists' ResourceExists 'Exists' $name $Task.Name))
        }
    }
    if (-not (Test-TaskPlan $Task)) { return }
    if (-not (Confirm-Task $Task ($null -ne $present))) { return }

    $register = Get-TaskCommand $cmdlet 'Register-ScheduledTask' $Task.Name
    $how = @{ Xml = $xml; TaskName = $Task.Name; TaskPath = $script:TaskFolder; ErrorAction = 'Stop' }
    # Only the task that was checked is replaced: where another one was registered meanwhile, Windows gives an error.
    if ($null -ne $present) { $how.Force = $true }
    try { $null = & $register @how }
    catch {
        $why = $_.Exception.GetBaseException().Message
        $cmdlet.ThrowTerminatingError((New-TaskError 'TaskRegister' NotSpecified 'Register' $why $Task.Name))
    }
    $made = Find-WindowsTask $cmdlet $Task.Name
    if ($null -eq $made) {
        $cmdlet.ThrowTerminatingError((New-TaskError 'TaskRegister' NotSpecified 'Vanished' $Task.Name $Task.Name))
    }
    New-TaskObject $cmdlet $made
}

function script:Get-TaskDocument {
    # Makes the document; ends the command where that is not possible.
    param([hashtable]$Task)

    $cmdlet = $Task.Cmdlet
    $Task.Words = Get-TaskWord $Task
    $Task.Arguments = ConvertTo-CommandLine $Task.Words
    $length = (Get-TaskCommandLine $Task).Length
    if ($length -gt $script:LongestLine) {
        $about = $length, $script:LongestLine
        $cmdlet.ThrowTerminatingError((New-TaskError 'TaskTooLong' LimitsExceeded 'TooLong' $about))
    }
    $version = [string]$ExecutionContext.SessionState.Module.Version
    # The name of a disk may have characters that XML does not allow.
    $Task.Description = [regex]::Replace(($script:TaskMessages.Description -f (Get-TaskDiskText $Task), $Task.Starts.Words, $version), '[^\t -\uD7FF\uE000-\uFFFD]', '?')
    try { return New-TaskXml $Task }
    catch {
        $why = Format-SafeText $_.Exception.GetBaseException().Message
        $cmdlet.ThrowTerminatingError((New-TaskError 'TaskDocument' InvalidData 'Document' $why))
    }
}

function script:Get-TaskCommandLine {
    # Executable and arguments as one line.
    param([hashtable]$Task)

    return (ConvertTo-CommandLine @($Task.Executable)) + ' ' + $Task.Arguments
}

function script:Find-WindowsTask {
    # The task with this name in our folder, even if another program made it; or null.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Name)

    foreach ($one in Get-WindowsTask $Cmdlet) { if ((Get-PropertyText $one 'TaskName') -eq $Name) { return $one } }
    return $null
}

function script:Test-TaskPlan {
    # Whether the disks exist and pass the guards, or -Force was given; reports each disk that does not.
    param([hashtable]$Task)

    $texts = $script:TaskMessages
    $cmdlet = $Task.Cmdlet
    $rows = @()
    try { $rows = @(Get-TaskPlan $cmdlet $Task) }
    # An error of the other command is written under the name of this one.
    catch { $cmdlet.ThrowTerminatingError($_) }
    foreach ($row in $rows) {
        $name = $Task.Name
        $what = $row.Message
        if ($null -ne $row.PSObject.Properties['UniqueId']) {
            $name = Get-DiskName $row -Short:($null -eq $row.Number)
            $what = '{0}: {1}' -f $name, $what
        }
        if ($Task.Force) {
            $cmdlet.WriteWarning(($texts.WouldFailForced -f $what))
            continue
        }
        $category = $(if ($row.Category) { $row.Category } else { 'InvalidOperation' })
        $next = ($texts.WouldFailNext -f $row.NextStep).Trim()
        $failure = New-ModuleError $row.Outcome $category ($texts.WouldFail -f $what) $next $row -TargetName $name
        $cmdlet.WriteError($failure)
    }
    return $Task.Force -or $rows.Count -eq 0
}

function script:Confirm-Task {
    # Asks whether the task is to be registered, or shows what would be done. -Replaces: it replaces a task with that name.
    param([hashtable]$Task, [bool]$Replaces)

    $texts = $script:TaskMessages
    $name = $script:TaskFolder + $Task.Name
    $place = $(if ($Replaces) { $texts.Replaces } else { '' })
    $about = $name, $Task.Starts.Words, (Get-TaskDiskText $Task), (Get-TaskCommandLine $Task), $place
    $sending = $(if ($Task.WhatIf) { $texts.WouldSend } else { $texts.Sending })
    $said = ($sending -f $about), ($texts.Ask -f $about), $texts.Caption
    return Request-Confirmation $Task.Cmdlet @said
}
