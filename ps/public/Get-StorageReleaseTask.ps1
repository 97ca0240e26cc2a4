function Get-StorageReleaseTask {
    <#
    .SYNOPSIS
    Gets the scheduled tasks that Register-StorageReleaseTask has registered, with the result of their last run.

    .DESCRIPTION
    Reads the tasks in the folder \StorageRelease\ whose source says that this module made them; other tasks there
    are left out. The last result is in words: the outcome that the exit code stands for (docs/exit-codes.md),
    Running, NeverRun or Stopped; any other code in hexadecimal, as 0x80070002 where the executable is gone. With
    several disks, the exit code is that of the worst outcome; the log has each of them.

    An elevated session sees all tasks of this computer, another one those that it may read.

    The commands of Windows do the rest: Enable-, Disable-, Start-, Stop- and Unregister-ScheduledTask; see the
    examples.

    .PARAMETER TaskName
    Names of tasks; wildcards are allowed. Without it, all of them.

    .OUTPUTS
    StorageRelease.Task

    TaskName [string]           Name of the task.
    TaskPath [string]           Its folder: \StorageRelease\.
    State [string]              Ready, Running, Queued, Disabled or Unknown.
    Disks [string]              The disks that the task names, as on its command line: id:UNIQUEID or
                                serial:SERIAL, one after the other. Empty where it reads a list.
    From [string]               The list that it reads. Else empty.
    NextRunTime [datetime]      When it runs next, local time; empty where no time is known.
    LastRunTime [datetime]      When it ran last, local time; empty before the first run.
    LastResult [string]         Accepted (for code 0), another outcome, Usage, Running, NeverRun, Stopped, or the
                                code in hexadecimal.
    LastResultCode [uint32]     The code itself.
    LogPath [string]            Its log. Empty where it keeps none.
    LastRecord [object]         The last record of the log, as Get-StorageReleaseLog gives it. Empty where there is
                                none, or none that this session may read.
    CommandLine [string]        What it runs.
    Description [string]        What the task says of itself.

    .EXAMPLE
    Get-StorageReleaseTask

    Shows the tasks, when each runs next, and what came of its last run.

    .EXAMPLE
    Get-StorageReleaseTask | Where-Object LastResult -ne 'Accepted' | Format-List

    Shows all that is known of those whose last run did not end well.

    .EXAMPLE
    Get-StorageReleaseTask 'Release LUN' | Get-ScheduledTask | Start-ScheduledTask

    Runs a task now. Likewise Disable-, Enable- and Stop-ScheduledTask, which take Windows' own object of the task.

    .EXAMPLE
    Get-StorageReleaseTask 'Release LUN' | Unregister-ScheduledTask

    Removes a task, after a question.

    .LINK
    Register-StorageReleaseTask

    .LINK
    Invoke-StorageRelease
    #>
    [CmdletBinding(HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Task', 'StorageRelease.Task#Properties')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [ValidateNotNullOrEmpty()]
        [SupportsWildcards()]
        [string[]]
        $TaskName = '*'
    )

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
    }

    process { Get-ReleaseTask $PSCmdlet $TaskName }
}
