function Invoke-StorageReserve {
    <#
    .SYNOPSIS
    Reserves disks for this host alone: the counterpart of Invoke-StorageRelease.

    .DESCRIPTION
    Sends IOCTL_STORAGE_RESERVE to each disk that is piped or named. The class driver makes of it the SCSI command
    RESERVE(6), or RESERVE(10) where the device knows only that.

    What it does to others: every other host that shares the disk gets "reservation conflict" for reads and writes from
    that moment on. Applications there fail, and a failover cluster takes its disk for lost. Use it for rehearsals and on
    disks that nothing else uses.

    With more than one path, each path of this very host is an initiator of its own: the reservation holds for the path
    that the request took, and the others are locked out, too. Such disks are refused unless -Allow Multipath is there.

    The reservation lasts until this host releases it over the same path (Invoke-StorageRelease), or until the disk or its
    target is reset or this host logs out of it. Closing PowerShell does not end it; a restart of the host does.

    Results, errors, guards, deadlines and questions are those of Invoke-StorageRelease.

    .PARAMETER InputObject
    The disk to reserve: what Get-Disk, Get-PhysicalDisk, Get-DiskImage or Get-CimInstance Win32_DiskDrive
    give; a result of these commands; a record with a UniqueId; or a text that is a device path.

    .PARAMETER Number
    Disk numbers, as Get-Disk shows them.

    .PARAMETER UniqueId
    Unique ids, as Get-Disk shows them. Quote them.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them. The disk is searched by it, whatever its number is today.
    One that says nothing (0, N/A) or that several disks have identifies none. Like a UniqueId, at most 1,024
    characters.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, or a device-interface path.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), whose disks are reserved instead of this one's: at all of them at the
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
    Seconds for all that is done to one disk, its open included. With -Session, a computer that says nothing
    for so long, and 15 seconds more, is given up.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time; with -Session, how many on each computer, and how many computers.

    .PARAMETER Allow
    Kinds of disk that are not refused: Boot, System, Clustered, Multipath.

    .PARAMETER Verify
    Reads the disk's reservation before and after, read-only, and puts what it says into ReservationBefore and
    ReservationAfter.

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
    Disk objects of the Storage module, Win32_DiskDrive, results of these commands, records with a UniqueId, device paths.

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
    Outcome [string]            Reserved, NotSupported, Conflict, AccessDenied, NotFound, NotReady, InUse,
                                IdentityChanged, Refused, TimedOut or Failed.
    NtStatus [uint32]           What the driver answered.
    NtStatusName [string]       Its name, as STATUS_DEVICE_BUSY.
    Win32Error [int]            The Windows error code of it.
    Information [uint64]        Bytes that the driver reported; 0 for this request.
    ReservationBefore [string]  With -Verify: as State of Get-StorageReservation. Else empty.
    ReservationAfter [string]   With -Verify: as ReservationBefore. Else empty.
    Attempts [uint32]           How often it was tried: more than once with -RetrySec, 0 where its turn never came.
    DurationMs [double]         From the open to the answer, in milliseconds; with -RetrySec, of all attempts.
    StartedAt [datetime]        When the disk's turn came, UTC.
    ComputerName [string]       The computer whose disk it is.
    Bus [string]                Windows, or Rehearsal.
    ProvedBy [string]           The computer whose reading proves that ReservationAfter is Free. Else empty.
    Message [string]            What happened, in a sentence.
    NextStep [string]           What to do about it.

    .EXAMPLE
    Invoke-StorageReserve -Number 3 -WhatIf

    Says what would happen to disk 3, guards included, and sends nothing.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageReserve -Verify -Force

    Reserves disk 3 and shows what the disk says before and after.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageReserve -Force | Invoke-StorageRelease -Verify -Force

    Reserves disk 3, releases it again, and makes sure that it is free.

    .LINK
    Invoke-StorageRelease

    .LINK
    Get-StorageReservation
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'InputObject',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_reserve')]
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
            Verb          = 'reserve'
            Fields        = '&verify=' + [int][bool]$Verify
            Changes       = $true
            CodeName      = 'IOCTL_STORAGE_RESERVE'
            Caption       = $script:Messages.AskReserve
            Type          = 'StorageRelease.Result'
            Local         = ${function:New-LocalResult}
            Tries         = 1
            RetrySec      = $RetrySec
            Activity      = $script:Messages.ProgressReserve
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
