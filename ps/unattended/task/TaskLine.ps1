# What a task runs, and for how long.

# The folder of all tasks, and the mark in their Source by which they are known again.
$script:TaskFolder = '\StorageRelease\'
$script:TaskMark = 'StorageRelease'
# Disks side by side, where --throttle is not given (src/cli/options.ts), and the most that a list may have: how many
# it has when the task reads it, nobody knows.
$script:TaskThrottle = 32
$script:TaskListLength = 10000
# What a process can be given, the executable and the blank behind it included.
$script:LongestLine = 32000
$script:LongestCommand = 260

function script:Get-TaskExecutable {
    # The executable that the task runs. Where there is no Windows, the document is for another computer, and names
    # the place where the module is installed for all users; in a rehearsal, the line is one to try here.
    $onWindows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
    if ($onWindows -or $null -ne $script:Rehearsal) { return Get-ExecutablePath }
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $modules = 'C:\Program Files\WindowsPowerShell\Modules\StorageRelease'
    return '{0}\{1}\dist\win-x64\storage-release.exe' -f $modules, $version
}

function script:Get-TaskWord {
    # The arguments, one by one.
    param([hashtable]$Task)

    $words = @('release')
    foreach ($disk in $Task.Disks) { $words += $disk.Word }
    $words += '--yes'
    if ($Task.Allow) { $words += '--allow', ($Task.Allow -join ',') }
    # The same number stands in the executable, today.
    $words += '--timeout', [string]$Task.TimeoutSec
    if ($Task.RetrySec -gt 0) { $words += '--retry', [string]$Task.RetrySec }
    if ($Task.Verify) { $words += '--verify' }
    if ($Task.LogPath) { $words += '--log', $Task.LogPath }
    if ($Task.From) { $words += '--from', $Task.From }
    if ($null -ne $script:Rehearsal) {
        $words += '--rehearsal', $script:Rehearsal.Path
        if ($script:Rehearsal.Initiator) { $words += '--initiator', $script:Rehearsal.Initiator }
    }
    return , $words
}

function script:Get-TaskLimit {
    # When Windows ends the task. So many disks as the throttle allows are at work side by side, and each takes at
    # most its deadline (its search, its open, the request, and the readings of --verify, which have no time of their
    # own) beyond the time in which it is tried again. Five minutes more, for which a driver may hold a process that has
    # ended (docs/command-line.md), and one for its start and its log.
    param([hashtable]$Task)

    $disks = $Task.Disks.Count
    if ($Task.From) { $disks = $script:TaskListLength }
    $rounds = [System.Math]::Max(1, [System.Math]::Ceiling($disks / $script:TaskThrottle))
    return [System.TimeSpan]::FromSeconds($rounds * ($Task.TimeoutSec + $Task.RetrySec) + 360)
}

function script:Get-TaskUnsafe {
    # What of a text Task Scheduler would not pass on as it is: environment variables are replaced in Command and
    # Arguments, and $(Arg0) and the like by what starts the task. Empty where there is nothing of the kind.
    # https://learn.microsoft.com/windows/win32/taskschd/execaction
    param([string]$Text)

    if ($Text.Contains('%')) { return 'a %' }
    if ($Text.Contains('$(')) { return 'a $(' }
    return ''
}
