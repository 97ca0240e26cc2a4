function Invoke-StorageReserve {
    <#
    .SYNOPSIS
    Reserves disks for this host alone: the counterpart of Invoke-StorageRelease.

    .DESCRIPTION
    Sends IOCTL_STORAGE_RESERVE to each disk that is piped or named. The class driver turns it into the SCSI command
    RESERVE(6), or RESERVE(10) where the device supports only that.

    What it does to others: every other host that shares the disk gets "reservation conflict" for reads and writes from
    that moment on. Applications there fail, and a failover cluster treats its disk as failed. Use it for rehearsals and
    on disks that nothing else uses.

    With more than one path, each path of this host is an initiator of its own: the reservation holds for the path that
    the request used, and the other paths are locked out, too. Such disks are refused unless -Allow Multipath is given.

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
    Serial numbers, as labels and Get-Disk show them. The disk is looked up by its serial number, whatever its disk
    number is today. A placeholder (0, N/A), or a serial number that several disks have, identifies no disk. Like a
    UniqueId, at most 1,024 characters.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, or a device-interface path.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), whose disks are reserved instead of those of this computer: on all of
    them at the same time, and each result comes as soon as its computer has it. -Number, -UniqueId and -Path mean the
    same on every computer. A piped object of another computer goes to the session with that computer; an object of this
    computer goes to all of them, by its UniqueId.

    A computer that is down, hangs, or lacks this version of the module gives one result, or one for each object that was
    piped for it, with an error, and delays no other computer. -WhatIf and -Confirm apply here, once, and never there.

    .PARAMETER DeviceType
    Kinds of devices among which a UniqueId or serial number is looked up: Disk, Tape, Changer, CdRom. Without it, disks
    alone: opening a tape drive can reserve it for a moment and make the backup of another host fail, so a tape drive is
    opened only where its path, its object or this parameter asks for it.

    .PARAMETER TimeoutSec
    Seconds for everything that is done to one disk, its opening included. With -Session, a computer that does not
    respond for this time, -RetrySec and 15 seconds more is given up.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time; with -Session, how many on each computer, and how many computers.

    .PARAMETER Allow
    Kinds of disk that are not refused: Boot, System, Clustered, Multipath.

    .PARAMETER Verify
    Reads the disk's reservation before and after, read-only, and puts what it says into ReservationBefore and
    ReservationAfter.

    .PARAMETER RetrySec
    Tries a disk that is InUse, NotReady or busy again, until it has another outcome or these seconds are over; each
    attempt has the full -TimeoutSec. Attempts shows how often. Conflict, Refused, TimedOut and all other outcomes are
    never tried again.

    .PARAMETER LogPath
    A file to which each result is appended as a line of JSON, written to the disk before the result comes out. In an
    elevated session, the folder of the file must be one that only administrators can change;
    C:\ProgramData\StorageRelease is created that way. Where the log cannot be written, each disk gives an error and
    nothing is sent. -WhatIf logs nothing, and input that the module itself refuses is not logged. Get-StorageReleaseLog
    reads the file.

    .PARAMETER Force
    Asks no question. Guards still apply.

    .PARAMETER AsPlan
    Sent by -Session to other computers, and not allowed beside it: gives what would happen as objects, changes nothing.

    .INPUTS
    Disk objects of the Storage module, Win32_DiskDrive, results of these commands, records with a UniqueId, device paths.

    .OUTPUTS
    StorageRelease.Result

    Number [uint32]             Disk number; empty for tapes, and where none is known.
    DevicePath [string]         The path that was opened.
    FriendlyName [string]       Vendor and product.
    SerialNumber [string]       As the device reports it.
    UniqueId [string]           Identifier of page 83h, as Get-Disk shows it.
    BusType [string]            Name of STORAGE_BUS_TYPE: Fibre, iScsi, Sas, Sata, Nvme, ...
    IdentifiedBy [string]       Statements that the opened device confirms: UniqueId, SerialNumber, Number, Path, with
                                commas. Empty where nothing was opened.
    Outcome [string]            Reserved, NotSupported, Conflict, AccessDenied, NotFound, NotReady, InUse,
                                IdentityChanged, Refused, TimedOut or Failed.
    NtStatus [uint32]           What the driver answered.
    NtStatusName [string]       Its name, such as STATUS_DEVICE_BUSY.
    Win32Error [int]            The Windows error code of it.
    Information [uint64]        Bytes that the driver reported; 0 for this request.
    ReservationBefore [string]  With -Verify: as State of Get-StorageReservation. Empty without it.
    ReservationAfter [string]   With -Verify: as ReservationBefore. Else empty.
    Attempts [uint32]           How often it was tried: more than once with -RetrySec, 0 where the disk was never reached.
    DurationMs [double]         Time for all that was done about the disk, its search included, in milliseconds; with
                                -RetrySec, of all attempts.
    StartedAt [datetime]        When work on the disk began, UTC.
    ComputerName [string]       The computer that the command worked on: whose disk it is, unless the input was refused.
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

    Reserves disk 3, releases it again, and reads whether it is free.

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
            Caption       = $script:Messages['AskReserve']
            Type          = 'StorageRelease.Result'
            Local         = ${function:New-LocalResult}
            Tries         = 1
            RetrySec      = $RetrySec
            Activity      = $script:Messages['ProgressReserve']
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
        if ($RetrySec -gt 0) { $command['Fields'] += '&retry=' + $RetrySec }
        if ($Allow) { $command['Fields'] += '&allow=' + (ConvertTo-Field ($Allow -join ',')) }
        if ($LogPath) {
            Import-ModulePart Unattended $PSCmdlet
            $command['Fields'] += Get-LogField $PSCmdlet $LogPath $Session
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
