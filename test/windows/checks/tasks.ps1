# Scheduled tasks: those of the module, and the executable in one of somebody's own.

function Copy-Executable {
    # The executable in a folder that only administrators may write to.
    return Get-Kept 'executable' {
        $folder = [System.IO.Path]::Combine($script:Machine.Programs, 'StorageReleaseTask')
        Invoke-Preparation 'the executable cannot be copied' {
            Copy-Item ([System.IO.Path]::Combine((Get-StagedFolder), 'dist', 'win-x64')) $folder -Recurse
            Add-Undo -With $folder { param([string]$Folder) Remove-Item $Folder -Recurse -Force }
        }
        [System.IO.Path]::Combine($folder, 'storage-release.exe')
    }
}

function Invoke-Task {
    # Registers a task, runs it to its end, removes it: its last result.
    param([string]$Name, [string]$Command, [string]$Arguments, [int]$TimeoutSec)
    $at = @{ TaskName = $Name; TaskPath = '\StorageReleaseTest\' }
    Invoke-Preparation 'the task cannot be registered' {
        $null = Register-ScheduledTask @at -Action (New-ScheduledTaskAction -Execute $Command -Argument $Arguments) `
            -Trigger (New-ScheduledTaskTrigger -Daily -At 02:00) `
            -Principal (New-ScheduledTaskPrincipal -UserId SYSTEM -LogonType ServiceAccount -RunLevel Highest) `
            -Settings (New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Minutes 10))
    }
    try {
        $null = Start-ScheduledTask @at
        # 267009 while it runs, 267011 before its first run.
        $ended = Wait-Until $TimeoutSec { @(267009, 267011) -notcontains (Get-ScheduledTaskInfo @at).LastTaskResult }
        Assert-That $ended "the task did not end within $TimeoutSec seconds"
        return (Get-ScheduledTaskInfo @at).LastTaskResult
    }
    finally { $null = Unregister-ScheduledTask @at -Confirm:$false }
}

Add-Check 'scheduled-task' {
    $disk = Get-TestDisk
    if (-not $disk.UniqueId) { Stop-Check 'the virtual disk has no UniqueId' }
    $name = 'Storage release test'
    $at = @{ TaskName = $name; TaskPath = '\StorageRelease\' }
    $task = Register-TestTask @{ TaskName = $name; UniqueId = $disk.UniqueId; Daily = $true; At = '02:00' }
    Assert-That ($task.LastResult -eq 'NeverRun') "before its first run the result is $($task.LastResult)"
    Assert-That ($null -ne $task.NextRunTime) 'it has no next run'
    $null = Start-ScheduledTask @at
    $ended = Wait-Until 120 { @('Running', 'NeverRun') -notcontains (Get-StorageReleaseTask $name).LastResult }
    Assert-That $ended 'the task did not end within 120 seconds'
    $task = Get-StorageReleaseTask $name
    $words = 'release id:{0} --yes --timeout 30' -f $disk.UniqueId
    $direct = Invoke-Program (Get-Exe) ($words + $script:Machine.Words)
    Add-Seen "the task ended with $($task.LastResultCode), $($task.LastResult); the same line by hand with $($direct.Code)"
    Assert-That ($task.LastResultCode -eq $direct.Code) 'the task and the line by hand ended differently'
    Assert-That ($task.LastResult -notmatch '^0x') "the code $($task.LastResultCode) has no word"
    Assert-That ($null -ne $task.LastRunTime) 'it has no last run'
    $null = Get-StorageReleaseTask $name | Get-ScheduledTask | Disable-ScheduledTask
    Assert-That ((Get-StorageReleaseTask $name).State -eq 'Disabled') 'Disable-ScheduledTask did not take it'
    Get-StorageReleaseTask $name | Unregister-ScheduledTask -Confirm:$false
    Assert-That (@(Get-StorageReleaseTask "$name*").Count -eq 0) 'Unregister-ScheduledTask did not take it'
}

Add-Check 'task-triggers' {
    $space = 'Root/Microsoft/Windows/TaskScheduler'
    $soon = [datetime]::Now.AddDays(30)
    $repeat = @{ RepetitionInterval = [timespan]'01:00'; RepetitionDuration = [timespan]'08:00' }
    $triggers = [ordered]@{
        once    = New-ScheduledTaskTrigger -Once -At $soon @repeat
        daily   = New-ScheduledTaskTrigger -Daily -At $soon -DaysInterval 2
        weekly  = New-ScheduledTaskTrigger -Weekly -DaysOfWeek Monday, Saturday -At $soon
        startup = New-ScheduledTaskTrigger -AtStartup
        logon   = New-ScheduledTaskTrigger -AtLogOn
        unlock  = New-CimInstance -ClientOnly -Namespace $space -ClassName MSFT_TaskSessionStateChangeTrigger `
            -Property @{ Enabled = $true; StateChange = [uint32]8 }
        event   = New-CimInstance -ClientOnly -Namespace $space -ClassName MSFT_TaskEventTrigger -Property @{
            Enabled = $true
            Subscription = '<QueryList><Query Id="0" Path="System"><Select Path="System">*[System[EventID=1]]</Select></Query></QueryList>'
        }
    }
    foreach ($kind in $triggers.Keys) {
        $name = "Storage release test $kind"
        $task = Register-TestTask @{ TaskName = $name; UniqueId = (Get-TestDisk).UniqueId; Trigger = $triggers[$kind] }
        Assert-That ($task.TaskName -eq $name) "Windows did not take the trigger $kind"
        $kept = @((Get-ScheduledTask -TaskPath '\StorageRelease\' -TaskName $name).Triggers)
        Assert-That ($kept.Count -eq 1) "the task has $($kept.Count) triggers"
        $class = $kept[0].CimClass.CimClassName
        Assert-That ($class -eq $triggers[$kind].CimClass.CimClassName) "the trigger $kind became $class"
        Add-Seen $kind
    }
}

Add-Check 'task-without-redirect' {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Task 'Ask nobody' (Copy-Executable) ('release {0}' -f (Get-TestDisk).Number) 180
    Add-Seen ('exit code {0} after {1:0} seconds' -f $code, $watch.Elapsed.TotalSeconds)
    Assert-That ($code -eq 3) "the task ended with $code"
}
