# The command line of a task, and its time limit.

# The folder of all our tasks, and the text in their Source by which they are recognized.
$script:TaskFolder = '\StorageRelease\'
$script:TaskMark = 'StorageRelease'
# The default of --throttle (src/cli/options.ts), and the most disks in a list: how many the list will have when the task reads
# it is not known.
$script:TaskThrottle = 32
$script:TaskListLength = 10000
# The longest command line of a process, including the executable and the blank after it.
$script:LongestLine = 32000
$script:LongestCommand = 260

function script:Get-TaskExecutable {
    # The executable that the task runs. Outside Windows, the document is for another computer, and has the path where the module
    # is installed for all users; in a rehearsal, the line can be tried here.
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
    # Always given, although it equals the executable's default of today.
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
    # The time after which Windows ends the task. As many disks as the throttle allows run at the same time, and each takes at
    # most its deadline (which includes search, open, request and the readings of --verify) after the time in which it is tried
    # again. Five minutes are added, because a driver may hold a process that has ended (docs/command-line.md), and one minute
    # for start and log.
    param([hashtable]$Task)

    $disks = $Task.Disks.Count
    if ($Task.From) { $disks = $script:TaskListLength }
    $rounds = [System.Math]::Max(1, [System.Math]::Ceiling($disks / $script:TaskThrottle))
    return [System.TimeSpan]::FromSeconds($rounds * ($Task.TimeoutSec + $Task.RetrySec) + 360)
}

function script:Get-TaskUnsafe {
    # The part of a text that Task Scheduler would replace: environment variables in Command and Arguments, and $(Arg0) and the
    # like by the values of the trigger. Empty where there is none.
    # https://learn.microsoft.com/windows/win32/taskschd/execaction
    param([string]$Text)

    if ($Text.Contains('%')) { return 'a %' }
    if ($Text.Contains('$(')) { return 'a $(' }
    return ''
}
