# Get-StorageReleaseTask: tasks of Windows as objects.

# https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-error-and-success-constants
$script:TaskResults = @{ [long]0x41301 = 'Running'; [long]0x41303 = 'NeverRun'; [long]0x41306 = 'Stopped' }
$script:TaskWildcards = [System.Management.Automation.WildcardOptions]'IgnoreCase, CultureInvariant'
# https://learn.microsoft.com/windows/win32/api/taskschd/ne-taskschd-task_state
$script:TaskStates = 'Unknown', 'Disabled', 'Queued', 'Ready', 'Running'

function script:Get-ReleaseTask {
    # Our tasks with these names; a name without wildcards and without a task is an error.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string[]]$Names)

    $own = @(foreach ($task in Get-WindowsTask $Cmdlet) { if (Test-OwnTask $task) { $task } })
    $seen = @{}
    foreach ($name in $Names) {
        $pattern = [System.Management.Automation.WildcardPattern]::new($name, $script:TaskWildcards)
        $found = $false
        foreach ($task in $own) {
            $called = Get-PropertyText $task 'TaskName'
            if (-not $pattern.IsMatch($called)) { continue }
            $found = $true
            if ($seen.ContainsKey($called)) { continue }
            $seen[$called] = $true
            New-TaskObject $Cmdlet $task
        }
        if ($found) { continue }
        if ([System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($name)) { continue }
        $Cmdlet.WriteError((New-TaskError 'TaskNotFound' ObjectNotFound 'NotFound' (Format-SafeText $name) $name))
    }
}

function script:Test-OwnTask {
    # Whether the task has our mark. Anybody who may create tasks can write the mark, too: it tells where a task comes from, and
    # gives it no rights.
    param([object]$Task)

    return (Get-PropertyText $Task 'Source') -ceq $script:TaskMark
}

function script:New-TaskObject {
    # One task as an object. Reads from Windows now when it ran and how.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [object]$Task)

    $name = Get-PropertyText $Task 'TaskName'
    $folder = Get-PropertyText $Task 'TaskPath'
    $command = ''
    $arguments = ''
    $actions = Get-PropertyValue $Task 'Actions'
    foreach ($action in $actions) {
        if ($null -eq $action) { continue }
        $command = [string](Get-PropertyText $action 'Execute')
        $arguments = [string](Get-PropertyText $action 'Arguments')
        break
    }
    $said = Read-TaskLine (ConvertFrom-CommandLine $arguments)
    $last = $null
    $next = $null
    $code = $null
    try {
        $get = Get-TaskCommand $Cmdlet 'Get-ScheduledTaskInfo'
        $info = & $get -TaskName $name -TaskPath $folder -ErrorAction Stop
        $code = Get-PropertyValue $info 'LastTaskResult'
        # Null must not become 0.
        if ($null -ne $code) { $code = [uint32]$code }
        $next = Get-PropertyValue $info 'NextRunTime'
        # Before the first run Windows gives a time in 1999.
        if ($code -ne 0x41303) { $last = Get-PropertyValue $info 'LastRunTime' }
    }
    catch { if ($null -ne $Cmdlet) { $Cmdlet.WriteVerbose($_.Exception.GetBaseException().Message) } }
    $object = [pscustomobject]@{
        TaskName       = $name
        TaskPath       = $folder
        State          = Get-TaskState (Get-PropertyText $Task 'State')
        Disks          = $said.Disks
        From           = $said.From
        NextRunTime    = $next
        LastRunTime    = $last
        LastResult     = $(if ($null -ne $code) { ConvertFrom-TaskResult $code } else { '' })
        LastResultCode = $code
        LogPath        = $said.LogPath
        LastRecord     = Get-LastRecord $Cmdlet $said.LogPath
        CommandLine    = ((ConvertTo-CommandLine @($command.Trim('"'))) + ' ' + $arguments).Trim()
        Description    = Get-PropertyText $Task 'Description'
    }
    $object.PSObject.TypeNames.Insert(0, 'StorageRelease.Task')
    if ($command -and -not [System.IO.File]::Exists($command.Trim('"'))) {
        $texts = $script:TaskMessages
        $gone = $texts.NoExecutable -f $name, (Format-SafeText $command)
        $Cmdlet.WriteWarning($gone + ' ' + $texts.NoExecutableNext)
    }
    $object
}

function script:ConvertFrom-TaskResult {
    # The last result of a task as a word. A code is that of the executable only after it has ended; until then Windows uses codes
    # of its own.
    param([long]$Code)

    $word = $script:TaskResults[$Code]
    if (-not $word -and $Code -le 255) { $word = ConvertFrom-ExitCode $Code }
    if (-not $word) { $word = '0x{0:X8}' -f $Code }
    return $word
}

function script:Get-TaskState {
    # The state as a word; from another PowerShell it arrives as a number.
    param([string]$State)

    if ($State -match '\A[0-4]\z') { return $script:TaskStates[[int]$State] }
    if ($script:TaskStates -contains $State) { return $State }
    return 'Unknown'
}

function script:Read-TaskLine {
    # Reads the arguments of a task.
    param([string[]]$Words)

    $said = @{ Disks = ''; From = ''; LogPath = '' }
    $disks = @()
    for ($i = 0; $i -lt $Words.Count; $i++) {
        $word = $Words[$i]
        if ($word -match '\A(?:id|serial):') { $disks += $word }
        elseif ($word -ceq '--log' -and $i + 1 -lt $Words.Count) { $i += 1; $said.LogPath = $Words[$i] }
        elseif ($word -ceq '--from' -and $i + 1 -lt $Words.Count) { $i += 1; $said.From = $Words[$i] }
        elseif ($script:TaskValues -ccontains $word) { $i += 1 }
    }
    if ($disks.Count -gt 0) { $said.Disks = ConvertTo-CommandLine $disks }
    return $said
}

# Options whose value is not a disk.
$script:TaskValues = @(
    '--allow', '--timeout', '--retry', '--throttle', '--log-max-size', '--rehearsal', '--initiator', '--output'
)

function script:Get-LastRecord {
    # The last record of a log; null without a log, without a record, or where this session may not read it.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if (-not $Path) { return $null }
    $record = $null
    try { foreach ($one in Get-StorageReleaseLog -Path $Path -Last 1 -ErrorAction Stop -WarningAction SilentlyContinue) { $record = $one } }
    catch { if ($null -ne $Cmdlet) { $Cmdlet.WriteVerbose($_.Exception.GetBaseException().Message) } }
    return $record
}
