function Invoke-StorageRelease {
    <#
    .SYNOPSIS
    Releases disks that this host had reserved, and says honestly what happened to each.

    .DESCRIPTION
    Sends IOCTL_STORAGE_RELEASE to each disk that is piped or named. The class driver makes of it the SCSI command
    RELEASE(6), or RELEASE(10) where the device knows only that.

    A reservation can be released only by the initiator that made it, over the path it was made on. A device answers
    "good" also to a host that held nothing. So the best outcome is called Accepted: the device completed the request.
    It is no proof that anything had been reserved.

    Nothing here frees a disk that another host has reserved, and nothing frees persistent reservations, which failover
    clusters use. The result says which tool does.

    Every disk that goes in comes out as exactly one result, as soon as it is known; one that could not be released also
    writes one non-terminating error whose TargetObject is that result. Nothing else is written to the pipeline. So
    results come in the order in which disks answer, not in that of the input: pipe them to Sort-Object Number where the
    order matters, and take a disk from the result (UniqueId, Number), not from -PipelineVariable.

    Ctrl+C ends the command within a second. A request that a disk has not answered by then is still in its driver: the
    next command of this module writes a warning that says what became of it, and until then nobody knows.

    Before anything is sent, the opened device must be the one that was named: its number, its UniqueId and its serial
    number are compared. Boot, system and clustered disks and disks with more than one path are refused unless their
    kind is named with -Allow; -Force does not pass that guard.

    Releasing needs an elevated session. -WhatIf does not.

    .PARAMETER InputObject
    The disk to release: what Get-Disk, Get-PhysicalDisk, Get-DiskImage or Get-CimInstance Win32_DiskDrive
    give; a result of this command, to try again; a record with a UniqueId, as Import-Csv and ConvertFrom-Json give; or
    a text that is a device path.

    Partitions and volumes are refused, and so are objects from another computer: their numbers mean other disks here.

    .PARAMETER Number
    Disk numbers, as Get-Disk shows them.

    .PARAMETER UniqueId
    Unique ids, as Get-Disk shows them. The disk is searched among those of this computer. Better than a number, which may
    be another disk's after the next restart.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them. The disk is searched by it, whatever its number is today.
    One that says nothing (0, N/A) or that several disks have identifies none. Like a UniqueId, at most 1,024
    characters.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0, or a device-interface path such as the Path of
    Get-Disk. Nothing else below \\.\ and \\?\ is opened.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), whose disks are released instead of this one's: at all of them at the
    same time, and each result as soon as its computer has it. -Number, -UniqueId and -Path mean the same on every
    computer. A piped object of another computer goes home, to the session with that computer; one of this computer goes
    to all, by its UniqueId.

    A computer that is down, hangs, or lacks this version of the module costs one result, with an error, and delays no
    other. -WhatIf and -Confirm are asked here, once, and never there.

    .PARAMETER DeviceType
    Kinds of devices among which a UniqueId or serial number is searched: Disk, Tape, Changer, CdRom. Without
    it, disks alone: opening a tape drive can reserve it for a moment and fail the backup of another host, so
    nothing opens one that was not asked for by its path, by its object or by this.

    .PARAMETER TimeoutSec
    Seconds for all that is done to one disk, its open included. After that its outcome is TimedOut: the request is
    still pending in the driver, which may take minutes to give up, and whether anything is released is unknown. A disk that
    hangs delays no other. With -Session, a computer that says nothing for so long, and 15 seconds more, is given up.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time; with -Session, how many on each computer, and how many computers.

    .PARAMETER Allow
    Kinds of disk that are not refused: Boot, System, Clustered, Multipath.

    .PARAMETER Verify
    Reads the disk's reservation before and after, as Get-StorageReservation does (it reads the first 4,096 bytes, and
    writes nothing), and puts what it says into ReservationBefore and ReservationAfter. Only an accepted request, a disk
    that can be read, no keys and a single path prove Free. A disk that is held afterwards all the same, by whomever, has
    the outcome StillHeld and an error.

    .PARAMETER RetrySec
    Tries a disk again that is InUse, NotReady or busy, until its outcome is another one or these seconds are over; each
    attempt has all of -TimeoutSec. Attempts says how often. Conflict, Refused, TimedOut and all other outcomes are
    never tried again.

    .PARAMETER LogPath
    A file that each result is appended to as a line of JSON, on the disk before the result comes out. Where the session
    is elevated, its folder must be one that only administrators can change; C:\ProgramData\StorageRelease is made so.
    A log that cannot be written is an error of each disk, and nothing is sent. -WhatIf logs nothing, and neither does
    input that the module refuses by itself. Get-StorageReleaseLog reads the file.

    .PARAMETER Force
    Asks no question. Guards hold all the same.

    .PARAMETER AsPlan
    What -Session sends with -WhatIf: gives what would happen as objects, and changes nothing.

    .INPUTS
    Disk objects of the Storage module, Win32_DiskDrive, results of this command, records with a UniqueId, device paths.

    .OUTPUTS
    StorageRelease.Result

    Number [uint32]             Disk number; empty for tapes, and where none is known.
    DevicePath [string]         The path that was opened.
    FriendlyName [string]       Vendor and product.
    SerialNumber [string]       As the device says it.
    UniqueId [string]           Identifier of page 83h, as Get-Disk shows it.
    BusType [string]            Name of STORAGE_BUS_TYPE: Fibre, iScsi, Sas, Sata, Nvme, ...
    IdentifiedBy [string]       Statements that the opened device bears out: UniqueId, SerialNumber, Number, Path, with
                                commas. Empty where nothing was opened.
    Outcome [string]            Accepted, StillHeld (with -Verify), NotSupported, Conflict, AccessDenied, NotFound,
                                NotReady, InUse, IdentityChanged, Refused, TimedOut or Failed.
    NtStatus [uint32]           What the driver answered.
    NtStatusName [string]       Its name, as STATUS_DEVICE_BUSY.
    Win32Error [int]            The Windows error code of it.
    Information [uint64]        Bytes that the driver reported; 0 for this request.
    ReservationBefore [string]  With -Verify: as State of Get-StorageReservation. Else empty.
    ReservationAfter [string]   With -Verify: Free, when that is proved; else what the disk says. Else empty.
    Attempts [uint32]           How often it was tried: more than once with -RetrySec, 0 where its turn never came.
    DurationMs [double]         From the open to the answer, in milliseconds; with -RetrySec, of all attempts.
    StartedAt [datetime]        When the disk's turn came, UTC.
    ComputerName [string]       The computer whose disk it is.
    Bus [string]                Windows, or Rehearsal.
    ProvedBy [string]           The computer whose reading proves that ReservationAfter is Free. Else empty.
    Message [string]            What happened, in a sentence.
    NextStep [string]           What to do about it.

    .EXAMPLE
    Invoke-StorageRelease -Number 3 -WhatIf

    Says what would happen to disk 3, guards included, and sends nothing.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease

    Asks, and releases disk 3.

    .EXAMPLE
    Get-Disk | Where-Object BusType -eq 'Fibre Channel' | Invoke-StorageRelease -Force

    Releases all disks of the Fibre Channel bus without a question. Boot, system, clustered and multipath disks among
    them are refused.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease -Force | Format-List

    Shows everything that is known of the outcome.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease -Verify -Force

    Releases disk 3, and reads whether it is free then.

    .EXAMPLE
    # Once more, with more time
    $results = Get-Disk | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue
    $results | Where-Object Outcome -eq 'TimedOut' | Invoke-StorageRelease -Force -TimeoutSec 300

    Gives those that did not answer in time five minutes more.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease -RetrySec 120 -Force

    Releases disk 3; while it is starting up or another program holds it, it is tried again for two minutes.

    .EXAMPLE
    Import-Csv disks.csv | Invoke-StorageRelease -Force

    Releases the disks that a list names by their UniqueId, whatever their numbers are today.

    .EXAMPLE
    Invoke-StorageRelease -Path \\.\Tape0 -Force

    Releases a tape drive. The request is the storage class's, not the disk's alone.

    .EXAMPLE
    Get-Disk 5 | Invoke-StorageRelease -Allow Clustered -Force

    Sends the request to a disk of a failover cluster. The cluster's persistent reservation stays.

    .EXAMPLE
    # All disks of three servers
    $hosts = New-PSSession -ComputerName server1, server2, server3
    Get-StorageReservation -Session $hosts | Where-Object State -ne 'HeldByAnotherHost' |
        Invoke-StorageRelease -Session $hosts -Verify -Force

    Releases every disk of three servers that its server is not locked out of: each object goes to the server that it
    comes from.

    .EXAMPLE
    # A script for a task or a scheduler: pwsh -File Release-Disks.ps1. Its exit code is 0 when every disk was released
    $ErrorActionPreference = 'Stop'
    $results = @(Import-Csv disks.csv | Invoke-StorageRelease -Force -ErrorAction Continue)
    $results | Export-Csv released.csv -NoTypeInformation
    $failed = @($results | Where-Object Outcome -ne 'Accepted')
    exit [int]($results.Count -eq 0 -or $failed.Count -gt 0)

    Without its last line, pwsh -File ends with 0 whatever became of the disks: a disk that could not be released is an
    error that does not end the script, and those do not change the exit code. With it: 0, or 1 where a disk was not released,
    the list is empty or cannot be read, or the module is not there. One code for each outcome has the executable
    (storage-release release, docs/exit-codes.md); Register-StorageReleaseTask makes a task of it.

    .LINK
    Register-StorageReleaseTask

    .LINK
    Get-StorageReservation

    .LINK
    Invoke-StorageReserve

    .LINK
    Get-StorageRehearsalDisk

    .LINK
    Enter-StorageRehearsal
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'InputObject',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Result', 'StorageRelease.Result#Properties')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'InputObject', ValueFromPipeline)]
        [AllowNull()]
        [AllowEmptyString()]
        [object[]]
        $InputObject,

        # Not [uint32[]]: that would make disk 0 of $null.
        [Parameter(Mandatory, ParameterSetName = 'Number', Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('DiskNumber')]
        [AllowNull()]
        [object[]]
        $Number,

        [Parameter(Mandatory, ParameterSetName = 'UniqueId', ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $UniqueId,

        [Parameter(Mandatory, ParameterSetName = 'SerialNumber', ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $SerialNumber,

        [Parameter(Mandatory, ParameterSetName = 'Path', ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $Path,

        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.Runspaces.PSSession[]]
        $Session,

        [ValidateSet('Disk', 'Tape', 'Changer', 'CdRom')]
        [string[]]
        $DeviceType,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 30,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 32,

        [ValidateSet('Boot', 'System', 'Clustered', 'Multipath')]
        [string[]]
        $Allow,

        [switch]
        $Verify,

        [ValidateRange(1, 86400)]
        [int]
        $RetrySec,

        [ValidateNotNullOrEmpty()]
        [string]
        $LogPath,

        [switch]
        $Force,

        # What -Session sends with -WhatIf, and before it asks: what would happen, as objects. Nothing is changed.
        [Parameter(DontShow)]
        [switch]
        $AsPlan,

        # What -Session has shown of each disk, as -AsPlan told it, in their order: no other device gets the request.
        [Parameter(DontShow)]
        [ValidatePattern('\A[0-9a-f]{64}\z')]
        [string[]]
        $Shown
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start:(-not $Session)
        $command = @{
            Verb          = 'release'
            Fields        = '&verify=' + [int][bool]$Verify
            Changes       = $true
            CodeName      = 'IOCTL_STORAGE_RELEASE'
            Caption       = $script:Messages.AskRelease
            Type          = 'StorageRelease.Result'
            Local         = ${function:New-LocalResult}
            Tries         = 1
            RetrySec      = $RetrySec
            Activity      = $script:Messages.ProgressRelease
            Registrants   = $false
            AsPlan        = [bool]$AsPlan
            Shown         = $Shown
            Session       = $Session
            DeviceType    = $DeviceType
            TimeoutSec    = $TimeoutSec
            ThrottleLimit = $ThrottleLimit
            Allow         = $Allow
            LogPath       = $LogPath
        }
        if ($RetrySec -gt 0) { $command.Fields += '&retry=' + $RetrySec }
        if ($Allow) { $command.Fields += '&allow=' + (ConvertTo-Field ($Allow -join ',')) }
        if ($LogPath) {
            Import-ModulePart Unattended $PSCmdlet
            $command.Fields += Get-LogField $PSCmdlet $LogPath $Session
        }
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
        if ($Session) {
            Import-ModulePart Remote $PSCmdlet
            $flow = New-SessionFlow $PSCmdlet $command
        }
        else { $flow = New-DiskFlow $PSCmdlet $command }
    }

    process {
        if ($Session) { Step-SessionFlow $flow } else { Step-DiskFlow $flow }
    }

    end {
        if ($Session) { Complete-SessionFlow $flow } else { Complete-DiskFlow $flow }
    }
}
