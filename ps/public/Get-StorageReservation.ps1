function Get-StorageReservation {
    <#
    .SYNOPSIS
    Gets the reservation state of disks, read-only.

    .DESCRIPTION
    Asks each disk four things, all of them read-only: whether it is ready (CHECK_VERIFY), whether it lets this host
    read (its first 4,096 bytes, which are discarded at once), which persistent-reservation keys are registered (READ
    KEYS), and whether there is a persistent reservation (READ RESERVATION). Nothing is written, and only requests of a
    fixed list can reach a device from this command. The read is needed because some arrays complete CHECK_VERIFY for
    every host, whichever host holds the disk. Nothing is read from tape drives, medium changers and CD-ROM drives,
    where it would move the medium, nor from disks of a bus without reservations (SATA, NVMe), nor without elevation.

    No command of SCSI names the holder of a SCSI-2 reservation, and none tells a free disk from one that this host
    itself holds. Where the evidence does not prove the answer, State is Unknown and Message says why.

    Without elevation, Windows allows only the first question; the result then says what could not be read.

    Results come in the order in which disks answer, not in the order of the disks: pipe them to Sort-Object Number
    where the order matters. A warning names disks that share a UniqueId or a serial number.

    On a screen of fewer than 80 columns the first of a result's PSTypeNames ends with #Narrow, as with all results of this
    module: a script tests $_.PSTypeNames -contains 'StorageRelease.Reservation'.

    .PARAMETER InputObject
    The disk to ask: what Get-Disk, Get-PhysicalDisk, Get-DiskImage or Get-CimInstance Win32_DiskDrive give; a
    result of these commands; a record with a UniqueId; or a text that is a device path. Without any, all disks of this
    computer.

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

    .PARAMETER Detailed
    Asks for the capabilities of the disk (in Evidence) and for each registrant (in Registrants), too. The class driver
    refuses these two requests, so they go by SCSI pass-through, which Windows gives only to a handle with write access;
    still nothing but PERSISTENT RESERVE IN is sent.

    .PARAMETER Registrants
    Asks as -Detailed does, and gives one StorageRelease.Registrant for each registered key, and no reservations. A
    warning names a disk that has keys and does not report whose they are.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), whose disks are asked instead of those of this computer: on all of
    them at the same time, and each result comes as soon as its computer has it. -Number, -UniqueId and -Path mean the
    same on every computer. A piped object of another computer goes to the session with that computer; an object of this
    computer goes to all of them, by its UniqueId.

    A computer that is down, hangs, or lacks this version of the module gives one result, or one for each object that was
    piped for it, with an error, and delays no other computer. No second hop is made from there, so no CredSSP is needed.

    .PARAMETER DeviceType
    Kinds of devices among which a UniqueId or serial number is looked up, and that are read where none is named: Disk,
    Tape, Changer, CdRom. Without it, disks alone: opening a tape drive can reserve it for a moment and make the backup
    of another host fail, so a tape drive is opened only where its path, its object or this parameter asks for it.

    .PARAMETER TimeoutSec
    Seconds for everything that is asked of one disk, its opening included. With -Session, a computer that does not
    respond for this time and 15 seconds more is given up.

    .PARAMETER ThrottleLimit
    How many disks are asked at the same time; with -Session, how many on each computer, and how many computers.

    .INPUTS
    Disk objects of the Storage module, Win32_DiskDrive, results of these commands, records with a UniqueId, device paths.

    .OUTPUTS
    StorageRelease.Reservation

    Number [uint32]         Disk number; empty for tapes, and where none is known.
    DevicePath [string]     The path that was opened.
    FriendlyName [string]   Vendor and product.
    SerialNumber [string]   As the device reports it.
    UniqueId [string]       Identifier of page 83h, as Get-Disk shows it.
    BusType [string]        Name of STORAGE_BUS_TYPE: Fibre, iScsi, Sas, Sata, Nvme, ...
    IdentifiedBy [string]   Statements that the opened device confirms: UniqueId, SerialNumber, Number, Path, with
                            commas. Empty where nothing was opened.
    State [string]          HeldByThisHost (where the disk says so by what it refuses, or this session reserved the disk
                            and has not been idle since for a minute, after which its executable ends and that is
                            forgotten), HeldByAnotherHost, Persistent, NotSupported or Unknown. Never Free: that is
                            proved only after Invoke-StorageRelease -Verify or a reset, of a disk that
                            Find-StorageReservationHolder found and whose holder released it, or by
                            Wait-StorageReservation.
    Blocked [bool]          True: the disk locks this host out (CHECK_VERIFY or the read ends in a conflict). False: it
                            lets this host read, as a free disk does and one that this host holds; of a tape drive or a
                            medium changer, CHECK_VERIFY was good. Empty: it could not be determined.
    Evidence [string]       Each question with its answer.
    Keys [string]           Registered keys, 0x and 16 hex digits each, with blanks between; empty where they were not read.
    KeyCount [uint32]       How many.
    HolderKey [string]      Key of the holder of the persistent reservation.
    Type [string]           Its type, as Write Exclusive - Registrants Only.
    Scope [string]          Its scope: LU_SCOPE.
    Generation [uint32]     PRgeneration: counts registrations, clears and preemptions.
    Registrants [string]    With -Detailed, each registrant on a line: key, initiator, and in brackets whether it holds the
                            reservation, with type and scope, and its target port. Else, and where the disk does not tell
                            them, empty.
    PathCount [uint32]      Paths of this host; empty where MPIO has the disk, and where it is not known.
    MpioPolicy [string]     Empty: Windows does not report it for an open disk. See mpclaim -s -d.
    Outcome [string]        Read; or why the disk could not be asked: AccessDenied, NotFound, TimedOut, ...
    NtStatus [uint32]       Where it could not be asked: what the driver answered.
    NtStatusName [string]   Its name.
    Win32Error [int]        The Windows error code of it.
    DurationMs [double]     Time for all that was done about the disk, its search included, in milliseconds.
    StartedAt [datetime]    When work on the disk began, UTC.
    ComputerName [string]   The computer that the command worked on: whose disk it is, unless the input was refused.
    Bus [string]            Windows, or Rehearsal.
    Message [string]        What it means, in a sentence.
    NextStep [string]       Who could release it, with which tool, and at what cost.

    StorageRelease.Registrant, with -Registrants: Number, UniqueId, Key, Holder, Type, Scope, AllTargetPorts, TargetPort,
    Initiator, ComputerName, Bus.

    .EXAMPLE
    Get-StorageReservation -Number 3

    Shows how disk 3 is reserved.

    .EXAMPLE
    Get-StorageReservation | Where-Object State -eq 'HeldByAnotherHost'

    Finds the disks of this computer that another host holds.

    .EXAMPLE
    Get-StorageReservation | Where-Object State -in HeldByThisHost, HeldByAnotherHost, Persistent | Sort-Object Number

    Finds the disks that are reserved, in the order of their numbers.

    .EXAMPLE
    Get-Disk 5 | Get-StorageReservation -Registrants

    Shows who has registered keys on disk 5.

    .EXAMPLE
    Get-Disk 3 | Get-StorageReservation | Where-Object State -eq 'Unknown' | Invoke-StorageRelease -Verify -Force

    Gives up the reservation of this host on disk 3, if it holds one, and reads whether the disk is free.

    .EXAMPLE
    # One disk of three servers
    $hosts = New-PSSession -ComputerName server1, server2, server3
    Get-StorageReservation -Session $hosts -UniqueId '600A0B80001122330000000000000001'

    Asks three servers about one disk, whatever its number is on each.

    .LINK
    Invoke-StorageRelease

    .LINK
    Invoke-StorageReserve
    #>
    [CmdletBinding(DefaultParameterSetName = 'All',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_persistent_reserve_in')]
    [OutputType('StorageRelease.Reservation', 'StorageRelease.Registrant', 'StorageRelease.Reservation#Properties',
        'StorageRelease.Registrant#Properties')]
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

        [switch]
        $Detailed,

        [ValidateSet('Disk', 'Tape', 'Changer', 'CdRom')]
        [string[]]
        $DeviceType,

        [switch]
        $Registrants,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 30,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 32,

        # Used by Find-StorageReservationHolder: gives the names of this computer's initiator ports, to match registrants.
        [Parameter(Mandatory, ParameterSetName = 'HostPort', DontShow)]
        [switch]
        $HostPort
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start:(-not $Session -and -not $HostPort)
        if ($HostPort) {
            Import-ModulePart Remote $PSCmdlet
            $flow = @{ HostPort = $PSCmdlet }
            return
        }
        $command = @{
            Verb          = 'status'
            Fields        = '&detailed=' + [int][bool]($Detailed -or $Registrants)
            Changes       = $false
            CodeName      = ''
            Caption       = ''
            Type          = 'StorageRelease.Reservation'
            Local         = ${function:New-LocalReservation}
            # A user who may not open the disk with more access reads less, in another attempt.
            Tries         = 2 + [int][bool]$Detailed
            RetrySec      = 0
            Activity      = $script:Messages['ProgressRead']
            Registrants   = [bool]$Registrants
            AsPlan        = $false
            Shown         = $null
            Session       = $Session
            DeviceType    = $DeviceType
            TimeoutSec    = $TimeoutSec
            ThrottleLimit = $ThrottleLimit
            Allow         = $null
        }
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
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
