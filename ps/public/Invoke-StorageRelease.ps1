function Invoke-StorageRelease {
    <#
    .SYNOPSIS
    Releases disks that this host has reserved, and reports what happened to each.

    .DESCRIPTION
    Sends IOCTL_STORAGE_RELEASE to each disk that is piped or named. The class driver turns it into the SCSI command
    RELEASE(6), or RELEASE(10) where the device supports only that.

    A reservation can be released only by the initiator that made it, over the path it was made on. A device also
    answers "good" to a host that held nothing. Therefore the best outcome is called Accepted: the device completed the
    request. It does not prove that anything had been reserved.

    This command does not free a disk that another host has reserved, and does not end persistent reservations, which
    failover clusters use. The result names the tool that does.

    Each disk gives exactly one result, as soon as it is known; a disk that could not be released also writes one
    non-terminating error whose TargetObject is that result. Nothing else is written to the pipeline. Results come in
    the order in which disks answer, not in the order of the input: pipe them to Sort-Object Number where the
    order matters, and take a disk from the result (UniqueId, Number), not from -PipelineVariable.

    Ctrl+C ends the command within a second. A request that a disk has not answered by then is still pending in its
    driver: what became of it is unknown until the next command for disks reports it in a warning.

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
    Unique ids, as Get-Disk shows them. The disk is looked up among the disks of this computer. A UniqueId is safer than
    a number, which may belong to another disk after the next restart.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them. The disk is looked up by its serial number, whatever its disk
    number is today. A placeholder (0, N/A), or a serial number that several disks have, identifies no disk. Like a
    UniqueId, at most 1,024 characters.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0, or a device-interface path such as the Path of
    Get-Disk. Nothing else below \\.\ and \\?\ is opened.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), whose disks are released instead of those of this computer: on all of
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
    Seconds for everything that is done to one disk, its opening included. After that its outcome is TimedOut: the
    request is still pending in the driver, which may take minutes to give up, and whether anything is released is
    unknown. A disk that hangs delays no other. With -Session, a computer that does not respond for this time,
    -RetrySec and 15 seconds more is given up.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time; with -Session, how many on each computer, and how many computers.

    .PARAMETER Allow
    Kinds of disk that are not refused: Boot, System, Clustered, Multipath.

    .PARAMETER Verify
    Reads the disk's reservation before and after, as Get-StorageReservation does (it reads the first 4,096 bytes, and
    writes nothing), and puts what it says into ReservationBefore and ReservationAfter. Free is proved only by an
    accepted request, a disk that can be read, no keys and a single path. A disk that is still held afterwards, by any
    host, gives the outcome StillHeld and an error.

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
    Disk objects of the Storage module, Win32_DiskDrive, results of this command, records with a UniqueId, device paths.

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
    Outcome [string]            Accepted, StillHeld (with -Verify), NotSupported, Conflict, AccessDenied, NotFound,
                                NotReady, InUse, IdentityChanged, Refused, TimedOut or Failed.
    NtStatus [uint32]           What the driver answered.
    NtStatusName [string]       Its name, such as STATUS_DEVICE_BUSY.
    Win32Error [int]            The Windows error code of it.
    Information [uint64]        Bytes that the driver reported; 0 for this request.
    ReservationBefore [string]  With -Verify: as State of Get-StorageReservation. Empty without it.
    ReservationAfter [string]   With -Verify: Free, when that is proved; else what the disk reports. Empty without it.
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
    Invoke-StorageRelease -Number 3 -WhatIf

    Says what would happen to disk 3, guards included, and sends nothing.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease

    Asks for confirmation, and releases disk 3.

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
    $results | Where-Object Outcome -eq 'TimedOut' | Invoke-StorageRelease -Force -RetrySec 300

    Tries the disks that did not answer in time again. As long as the first request is pending in the driver such a disk is
    InUse, and is tried again for up to five minutes.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease -RetrySec 120 -Force

    Releases disk 3; while it is starting up or another program holds it, it is tried again for two minutes.

    .EXAMPLE
    Import-Csv disks.csv | Invoke-StorageRelease -Force

    Releases the disks that a list names by their UniqueId, whatever their numbers are today.

    .EXAMPLE
    Invoke-StorageRelease -Path \\.\Tape0 -Force

    Releases a tape drive. The request is one for all storage devices, not for disks alone.

    .EXAMPLE
    Get-Disk 5 | Invoke-StorageRelease -Allow Clustered -Force

    Sends the request to a disk of a failover cluster. The cluster's persistent reservation stays.

    .EXAMPLE
    # All disks of three servers
    $hosts = New-PSSession -ComputerName server1, server2, server3
    Get-StorageReservation -Session $hosts | Where-Object State -ne 'HeldByAnotherHost' |
        Invoke-StorageRelease -Session $hosts -Verify -Force

    Releases, on three servers, every disk that its server is not locked out of: each object goes to the server that it
    comes from.

    .EXAMPLE
    # A script for a task or a scheduler: pwsh -File Release-Disks.ps1. Its exit code is 0 when every disk was released
    $ErrorActionPreference = 'Stop'
    $results = @(Import-Csv disks.csv | Invoke-StorageRelease -Force -ErrorAction Continue)
    $results | Export-Csv released.csv -NoTypeInformation
    $failed = @($results | Where-Object Outcome -ne 'Accepted')
    exit [int]($results.Count -eq 0 -or $failed.Count -gt 0)

    Without its last line, pwsh -File ends with exit code 0 whatever became of the disks: a disk that could not be
    released writes a non-terminating error, which does not change the exit code. With the last line, the exit code is
    0, or 1 where a disk was not released, the list is empty or cannot be read, or the module is not installed. The
    executable has one exit code for each outcome (storage-release release, docs/exit-codes.md);
    Register-StorageReleaseTask makes a task of it.

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
            Caption       = $script:Messages['AskRelease']
            Type          = 'StorageRelease.Result'
            Local         = ${function:New-LocalResult}
            Tries         = 1
            RetrySec      = $RetrySec
            Activity      = $script:Messages['ProgressRelease']
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
