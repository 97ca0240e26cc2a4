function Get-StorageReleaseLog {
    <#
    .SYNOPSIS
    Gets the results in a log that -LogPath or --log wrote.

    .DESCRIPTION
    Reads a log of Invoke-StorageRelease, Invoke-StorageReserve, Clear-StorageReservation or storage-release, and the
    older file before it (FILE.1) where there is one, and gives each result again, with when it was logged, by whom and
    from where.

    A last line that is incomplete, because the program was ended while it wrote, gives a warning and has no other
    effect; so does any other line that is not a record. No disk is opened.

    A run of Clear-StorageReservation that was killed, or is still at work, has no result in the log, but the line that
    was written before its key was sent: it gives a result with the outcome Failed, the key (OwnKey) and the line that
    takes it back.

    The output can be piped into the other commands, which find the disk by its UniqueId or serial number; its number,
    which may be another disk's by now, is not used for that.

    .PARAMETER Path
    The log file that is read.

    .PARAMETER Number
    Only results of disks that had these numbers.

    .PARAMETER UniqueId
    Only results of disks with these unique ids; with -Number or -SerialNumber, of either.

    .PARAMETER SerialNumber
    Only results of disks with these serial numbers.

    .PARAMETER Outcome
    Only results with these outcomes.

    .PARAMETER After
    Only what was logged at that time or later. A time without a zone is of this computer.

    .PARAMETER Before
    Only what was logged before that time.

    .PARAMETER Last
    Only so many of these results, counted from the last. They are read from the end of the file.

    .OUTPUTS
    StorageRelease.LogRecord

    The properties of StorageRelease.Result (Invoke-StorageRelease), or StorageRelease.ClearResult, and:

    LoggedAt [datetime]         When the line was written, UTC.
    Command [string]            release, reserve or clear.
    User [string]               Who ran it, as the system says.
    RunOn [string]              The computer that it ran on.
    ProcessId [uint32]          Of storage-release there.
    CommandLine [string]        Its arguments, or PowerShell.
    Rehearsal [string]          File of the rehearsal; empty: real disks.
    ExecutableVersion [string]  Version of storage-release.

    .EXAMPLE
    Get-StorageReleaseLog release.log -Last 20

    Shows the last 20 results.

    .EXAMPLE
    Get-StorageReleaseLog release.log -Outcome TimedOut, Failed -After 2026-11-22

    Shows what failed since that day.

    .EXAMPLE
    Get-StorageReleaseLog release.log -SerialNumber 4a1d7c03-51e3 | Format-List

    Shows all that was ever done to one disk.

    .LINK
    Invoke-StorageRelease

    .LINK
    Clear-StorageReservation
    #>
    [CmdletBinding(HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.LogRecord', 'StorageRelease.LogRecord#Properties')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'LogPath')]
        [string[]]
        $Path,

        [Alias('DiskNumber')]
        [uint32[]]
        $Number,

        [string[]]
        $UniqueId,

        [string[]]
        $SerialNumber,

        [ValidateSet('Accepted', 'Reserved', 'Cleared', 'Preempted', 'Reset', 'Refused', 'NotSupported', 'NotFound', 'NotReady', 'InUse',
            'StillHeld', 'Changed', 'Conflict', 'AccessDenied', 'IdentityChanged', 'TimedOut', 'Failed')]
        [string[]]
        $Outcome,

        [datetime]
        $After,

        [datetime]
        $Before,

        [ValidateRange(1, 100000)]
        [int]
        $Last
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bus = $script:Bus
        $failure = Connect-Worker $PSCmdlet -AnyBus
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
        $bound = $PSBoundParameters
        $fields = Get-LogFilter $Number $UniqueId $SerialNumber $Outcome $bound['After'] $bound['Before'] $bound['Last']
    }

    process {
        if ($bus -ne $script:Bus) { $PSCmdlet.ThrowTerminatingError((New-BusError)) }
        $run = New-PipelineRun $PSCmdlet $bus $script:LogPageMs
        $whole = $false
        try {
            foreach ($one in $Path) {
                if ($run['Left']) { break }
                $file = $null
                try { $file = Resolve-FilePath $PSCmdlet $one }
                catch {
                    $why = $_.Exception.GetBaseException().Message
                    $PSCmdlet.WriteError((New-ModuleError 'LogRead' InvalidArgument -Message $why -NextStep $script:Messages['FilePathNext'] -Target $one))
                }
                if ($null -ne $file) { Read-LogFile $PSCmdlet $run $file $fields }
            }
            Resume-CallerLoop $run
            $whole = $true
        }
        finally {
            if ($whole) { $script:Runs.Remove($run['Number']) } else { Stop-PipelineRun $run }
        }
    }
}
