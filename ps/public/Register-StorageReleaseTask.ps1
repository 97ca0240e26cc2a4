function Register-StorageReleaseTask {
    <#
    .SYNOPSIS
    Registers a scheduled task that releases disks, at night or at startup, unattended.

    .DESCRIPTION
    Makes a task of Windows' Task Scheduler in the folder \StorageRelease\. The task runs the executable of this
    module itself, as SYSTEM: no PowerShell, profile, execution policy or prompt can interfere, and the last result
    of the task is the exit code of the executable, one small number for each outcome. Get-StorageReleaseTask shows
    it in words.

    A task names its disks by UniqueId or serial number, because numbers and paths may be another disk's after a
    restart; of a piped disk the UniqueId is taken, or the serial number where no UniqueId identifies it. -Number and
    -Path are refused.

    Before it registers anything, the command asks each disk, by the name that the task will use, what -WhatIf of
    Invoke-StorageRelease asks: the disk has to be there, and the guards have to let it pass. It then shows what
    would be registered, and asks. Nothing is sent to a disk.

    Registering needs an elevated session, and the module in a folder that only administrators can write to: SYSTEM
    runs what lies there. The task keeps the path of this version of the module: after an update register it
    again with -Force, before the old version is removed.

    Tasks are enabled, disabled, started and removed by the commands of Windows; see the examples of
    Get-StorageReleaseTask. In a rehearsal no task is registered, because a task works on the real disks; -AsXml
    shows it.

    .PARAMETER TaskName
    Name of the task, in the folder \StorageRelease\: at most 200 characters, without \ / : * ? " < > | [ ] and %.

    .PARAMETER InputObject
    The disks, as Invoke-StorageRelease takes them from the pipeline: what Get-Disk gives, results, or records with
    a UniqueId or serial number. One task for all of them.

    .PARAMETER UniqueId
    Unique ids, as Get-Disk shows them.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them.

    .PARAMETER From
    A list of disks (CSV or JSON) that the task reads each time it runs. Only administrators may be able to write to it.

    .PARAMETER Number
    Refused: a number may be another disk's after the next restart.

    .PARAMETER Path
    Refused, as -Number.

    .PARAMETER Daily
    Runs the task every day, at the time of -At.

    .PARAMETER At
    The time of -Daily, in the computer's local time, summer time included.

    .PARAMETER AtStartup
    Runs the task whenever the computer starts.

    .PARAMETER Trigger
    Triggers that New-ScheduledTaskTrigger makes, or objects of the classes MSFT_TaskEventTrigger,
    MSFT_TaskSessionStateChangeTrigger, MSFT_TaskRegistrationTrigger and MSFT_TaskIdleTrigger. Can be combined with
    -Daily and -AtStartup.

    .PARAMETER Allow
    Kinds of disk that the task does not refuse: Boot, System, Clustered, Multipath.

    .PARAMETER TimeoutSec
    Seconds for all that is done to one disk. Windows ends the task six minutes after all disks could have taken
    all of their time.

    .PARAMETER RetrySec
    The task tries a disk again that is InUse, NotReady or busy, until these seconds are over: at startup, disks come late.

    .PARAMETER LogPath
    The task appends one line for each result to this file; Get-StorageReleaseTask shows the last one.

    .PARAMETER Verify
    Reads how each disk is reserved before and after. A disk that is held afterwards all the same is StillHeld.

    .PARAMETER Force
    Asks no question, registers the task although a disk is not there or would be refused now, with a warning, and
    replaces a task of that name that this command has registered before. A task that this command has not registered is
    never replaced.

    .PARAMETER AsXml
    Gives the task as XML, on any system, and does nothing else: no disk is asked for, nothing is registered. On another
    system than Windows, -From and -LogPath have to be full paths of Windows (C:\... or \\server\share\...).

    .INPUTS
    Disk objects of the Storage module, Win32_DiskDrive, results of this module, records with a UniqueId.

    .OUTPUTS
    StorageRelease.Task

    What Get-StorageReleaseTask gives for the new task; with -AsXml, a string.

    .EXAMPLE
    Get-Disk 3 | Register-StorageReleaseTask 'Release LUN' -Daily -At 02:00

    Shows what would be registered, asks, and registers it: this disk, whatever its number is by then, is released
    every night.

    .EXAMPLE
    Register-StorageReleaseTask 'Release LUN' -UniqueId 60050768028306A7F000000000000011 -AtStartup -WhatIf

    Says what would be registered, after it has looked at the disk, and registers nothing.

    .EXAMPLE
    # With a log, and a reading before and after
    $log = 'C:\ProgramData\StorageRelease\release.log'
    Get-Disk 3 | Register-StorageReleaseTask 'Release LUN' -Daily -At 02:00 -Verify -LogPath $log

    A disk that is held after its release all the same ends the task as StillHeld.

    .EXAMPLE
    # Every Sunday, a list of disks that is read each time
    $sundays = New-ScheduledTaskTrigger -Weekly -DaysOfWeek Sunday -At 03:00
    Register-StorageReleaseTask 'Release the list' -From C:\ProgramData\StorageRelease\disks.csv -Trigger $sundays

    Releases what the list names when the task runs.

    .EXAMPLE
    Register-StorageReleaseTask 'Release LUN' -UniqueId 60050768028306A7F000000000000011 -Daily -At 02:00 -AsXml

    Shows the task as XML. On another computer: Register-ScheduledTask -Xml $xml -TaskName 'Release LUN' -TaskPath
    \StorageRelease\

    .LINK
    Get-StorageReleaseTask

    .LINK
    Invoke-StorageRelease
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'InputObject',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Task', 'StorageRelease.Task#Properties', [string])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string]
        $TaskName,

        [Parameter(Mandatory, ParameterSetName = 'InputObject', ValueFromPipeline)]
        [AllowNull()]
        [AllowEmptyString()]
        [object[]]
        $InputObject,

        [Parameter(Mandatory, ParameterSetName = 'UniqueId')]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $UniqueId,

        [Parameter(Mandatory, ParameterSetName = 'SerialNumber')]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $SerialNumber,

        [Parameter(Mandatory, ParameterSetName = 'From')]
        [ValidateNotNullOrEmpty()]
        [string]
        $From,

        # These two exist only to be refused with a reason.
        [Parameter(Mandatory, ParameterSetName = 'Number', DontShow)]
        [Alias('DiskNumber')]
        [AllowNull()]
        [object[]]
        $Number,

        [Parameter(Mandatory, ParameterSetName = 'Path', DontShow)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $Path,

        [switch]
        $Daily,

        [datetime]
        $At,

        [switch]
        $AtStartup,

        [ValidateNotNullOrEmpty()]
        [object[]]
        $Trigger,

        [ValidateSet('Boot', 'System', 'Clustered', 'Multipath')]
        [string[]]
        $Allow,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 30,

        [ValidateRange(1, 86400)]
        [int]
        $RetrySec,

        [ValidateNotNullOrEmpty()]
        [string]
        $LogPath,

        [switch]
        $Verify,

        [switch]
        $Force,

        [switch]
        $AsXml
    )

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
        $task = New-TaskFlow $PSCmdlet @{
            Name       = $TaskName
            Daily      = [bool]$Daily
            At         = $(if ($PSBoundParameters.ContainsKey('At')) { $At } else { $null })
            AtStartup  = [bool]$AtStartup
            Triggers   = $Trigger
            Allow      = $Allow
            TimeoutSec = $TimeoutSec
            RetrySec   = $RetrySec
            LogPath    = $LogPath
            From       = $From
            Verify     = [bool]$Verify
            Force      = [bool]$Force
            AsXml      = [bool]$AsXml
        }
    }

    process { Step-TaskFlow $task }

    end { Complete-TaskFlow $task }
}
