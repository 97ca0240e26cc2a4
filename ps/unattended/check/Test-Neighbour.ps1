# Checks of what works together with the module: services, event log, tasks, other computers. Each takes the result of
# Get-CheckPlace and gives a row.

function script:Test-StorageService {
    # Get-Disk needs the storage management provider (smphost), over WMI. Get-Disk itself is not called: it may take a minute.
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check StorageService Skipped $script:CheckMessages.NotHere }
    $names = 'smphost', 'Winmgmt'
    # 4 means disabled.
    $off = @(foreach ($name in $names) {
            $start = & $Place.ServiceStart $name
            if ($null -eq $start -or $start -eq 4) { $name }
        })
    if ($off.Length -eq 0) { return New-Check StorageService Passed ($script:CheckMessages.Service -f ($names -join ', ')) }
    return New-Check StorageService Warning ($script:CheckMessages.ServiceDisabled -f ($off -join ', ')) ($script:CheckMessages.ServiceNext -f $off[0])
}

function script:Test-EventSource {
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check EventSource Skipped $script:CheckMessages.NotHere }
    $file = [string](& $Place.MessageFile)
    if (-not $file) { return New-Check EventSource Passed $script:CheckMessages.EventSourceNone $script:CheckMessages.EventSourceNext }
    if (-not [System.IO.File]::Exists($file)) {
        return New-Check EventSource Warning ($script:CheckMessages.EventSourceNoFile -f $file) $script:CheckMessages.EventSourceAgain
    }
    return New-Check EventSource Passed $script:CheckMessages.EventSource
}

function script:Test-TaskExecutable {
    # A task has the path of an executable: that version may have been removed since.
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check Tasks Skipped $script:CheckMessages.NotHere }
    $tasks = @(& $Place.Tasks | Microsoft.PowerShell.Core\ForEach-Object { $_ })
    if ($tasks.Length -eq 0) { return New-Check Tasks Passed $script:CheckMessages.TasksNone }
    $gone = @(foreach ($task in $tasks) {
            $match = [regex]::Match([string]$task.CommandLine, '^\s*(?:"([^"]+)"|(\S+))')
            $file = $match.Groups[1].Value + $match.Groups[2].Value
            if (-not [System.IO.File]::Exists($file)) { '{0} ({1})' -f $task.TaskName, $file }
        })
    if ($gone.Length -gt 0) { return New-Check Tasks Failed ($script:CheckMessages.TasksGone -f ($gone -join '; ')) $script:CheckMessages.TasksGoneNext }
    $names = @(foreach ($task in $tasks) { $task.TaskName }) -join ', '
    return New-Check Tasks Passed ($script:CheckMessages.Tasks -f $tasks.Length, $names)
}

function script:Test-SessionVersion {
    # A row for each session. The other computer is asked for a command that a restricted endpoint allows, too, and for no longer
    # than a disk command waits for its first message.
    param([hashtable]$Place)

    if (-not $Place.Session) { return }
    Import-ModulePart Remote $Place.Cmdlet
    $calls = @(foreach ($one in $Place.Session) { @{ Session = $one; Parameters = @{ Name = 'Invoke-StorageRelease' } } })
    # This command is itself the check of the version, so none is needed before it.
    $unasked = @(foreach ($one in $Place.Session) { if (-not $script:SessionVersion.ContainsKey($one.InstanceId)) { $one.InstanceId } })
    foreach ($id in $unasked) { $script:SessionVersion[$id] = $true }
    $fanOut = New-SessionRun -Cmdlet $Place.Cmdlet -Command 'Get-Command' -Calls $calls -TimeoutSec $script:SessionMargin
    $answers = @{}
    try {
        while ($fanOut.Open -gt 0) {
            foreach ($answer in @(Receive-SessionRun $fanOut 100)) {
                $name = Get-SessionName $answer.Session
                if ($answer.Kind -ceq 'object') { $answers[$answer.Call] = [string]$answer.Payload.Version }
                elseif ($answer.Kind -ceq 'failed') { New-Check Session Failed $answer.Message $answer.NextStep }
                elseif ($answer.Kind -ceq 'done') { Get-SessionRow $name $answers[$answer.Call] }
            }
        }
    }
    finally {
        Stop-SessionRun $fanOut
        foreach ($id in $unasked) { $script:SessionVersion.Remove($id) }
    }
}

function script:Get-SessionRow {
    param([string]$Name, [string]$Version)

    $here = [string]$ExecutionContext.SessionState.Module.Version
    if (-not $Version) {
        return New-Check Session Failed ($script:Messages.SessionNoModule -f $Name, 'Invoke-StorageRelease') $script:Messages.SessionNoModuleNext
    }
    if ($Version -cne $here) {
        return New-Check Session Failed ($script:Messages.SessionVersion -f $Name, $Version, $here) $script:Messages.SessionVersionNext
    }
    return New-Check Session Passed ($script:CheckMessages.Session -f $Name, $Version)
}
