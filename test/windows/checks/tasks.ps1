# The executable in scheduled tasks, as the README has them.

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
    $exe = Copy-Executable
    $disk = Get-TestDisk
    if (-not $disk.UniqueId) { Stop-Check 'the virtual disk has no UniqueId' }
    $log = [System.IO.Path]::Combine((New-Folder 'task'), 'release.log')
    $words = 'release id:{0} --yes --output json' -f $disk.UniqueId
    $direct = Invoke-Program $exe $words
    $line = '/d /c ""{0}" {1} >> "{2}" 2>&1"' -f $exe, $words, $log
    $code = Invoke-Task 'Release LUN' ([System.IO.Path]::Combine($script:System32, 'cmd.exe')) $line 120
    Add-Seen "the task ended with $code, the same line by hand with $($direct.Code)"
    Assert-That ($code -eq $direct.Code) "the task ended with $code, the same line by hand with $($direct.Code)"
    # stderr goes into the log, too: remarks may stand above the document.
    $line = @([System.IO.File]::ReadAllLines($log) | Where-Object { $_.StartsWith('{') })
    Assert-That ($line.Count -eq 1) "the log has $($line.Count) JSON documents"
    $document = $line[0] | ConvertFrom-Json
    Assert-That ($document.exitCode -eq $code -and @($document.results).Count -eq 1) 'the document has another exit code, or not one result'
    Add-Seen ('{0}, {1}' -f $document.results[0].Outcome, $document.results[0].NtStatusName)
}

Add-Check 'task-without-redirect' {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $code = Invoke-Task 'Ask nobody' (Copy-Executable) ('release {0}' -f (Get-TestDisk).Number) 180
    Add-Seen ('exit code {0} after {1:0} seconds' -f $code, $watch.Elapsed.TotalSeconds)
    Assert-That ($code -eq 3) "the task ended with $code"
}
