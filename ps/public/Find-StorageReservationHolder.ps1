function Find-StorageReservationHolder {
    <#
    .SYNOPSIS
    Finds which of several hosts holds the reservation of a disk, read-only.

    .DESCRIPTION
    A SCSI-2 reservation can be released only by the initiator that made it, and no command of SCSI names that
    initiator. But the hosts can be asked: while one host is locked out, the host that is not locked out holds the disk.
    This command reads the disks on every host of -Session, as Get-StorageReservation does, puts together what they say
    of the same disk (by its identifier of page 83h, never by its number or serial number), reads again where one
    reading does not prove it, and gives one object for each disk as soon as it is decided.

    It assumes that no host reserves a disk and releases it again between two readings on one host; WindowMs says how
    long that time was, and -WindowSec limits it. Where the readings do not prove an answer, State is
    Undecided, and Message says why.

    Of a disk with persistent-reservation keys, a host is asked for its registrants, for which it opens the disk for writing
    (READ FULL STATUS), and every host for the names of its own initiator ports (Get-InitiatorPort): so Registrants says of
    each key whose it is, and Holder which host of -Session has the reservation, where it is one of these. Hosts with one
    iSCSI name are told apart by their sessions, where they tell them; otherwise all of them may be the holder ("a or c").
    Such a disk waits until each host has told its ports, or does not answer any more.

    A host that is down, hangs, or lacks this version of the module is named in NotAsked, with the reason, gives one
    error, and delays no disk that can be decided without it: objects of disks that were decided before do not name it.

    .PARAMETER Session
    Sessions with the hosts (New-PSSession), each host once. No second hop is made from there, so no CredSSP is needed.

    .PARAMETER UniqueId
    Unique ids of the disks to look for, as Get-Disk shows them. Quote them.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them. The disk is looked up by its serial number, whatever its disk
    number is today. A placeholder (0, N/A), or a serial number that several disks have, identifies no disk. Like a
    UniqueId, at most 1,024 characters.

    .PARAMETER InputObject
    The disk to look for: what Get-Disk or Get-StorageReservation gives, on whichever host; a record with a UniqueId.
    Without any, all disks that the hosts see.

    .PARAMETER DeviceType
    Kinds of devices among which a UniqueId or serial number is looked up: Disk, Tape, Changer, CdRom. Without it, disks
    alone: opening a tape drive can reserve it for a moment and make the backup of another host fail, so a tape drive is
    opened only where its path, its object or this parameter asks for it.

    .PARAMETER TimeoutSec
    Seconds for all that is asked of one disk on one host. A host that does not respond for this time and 15 seconds
    more is given up.

    .PARAMETER ThrottleLimit
    How many hosts are asked at the same time, and how many disks on each.

    .PARAMETER WindowSec
    How many seconds the readings that decide a disk may be apart, at most.

    .INPUTS
    Disk objects with a UniqueId, of any computer.

    .OUTPUTS
    StorageRelease.Holder

    UniqueId [string]       Identifier of page 83h.
    FriendlyName [string]   Vendor and product.
    SerialNumber [string]   As the device reports it.
    State [string]          NotReserved, HeldBy, HeldByUnlistedHost, Persistent or Undecided.
    Holder [string]         The host that holds it, as it calls itself; of several that do, all.
    HolderNumber [uint32]   Number of the disk on that host.
    SeenBy [string]         Hosts that had reported the disk when it was decided.
    BlockedOn [string]      Those that were locked out.
    NotAsked [string]       Hosts that were known not to answer when it was decided, each with the reason.
    Evidence [string]       The readings that decide, each with its time (UTC); the first is the one that HeldAt is of.
    HeldAt [datetime]       The moment for which State is true, UTC.
    WindowMs [double]       State is true if no host reserved and released the disk within so many milliseconds.
    HolderSession [string]  InstanceId of the session with the holder; of several, joined by commas.
    ProofSession [string]   InstanceId of the session with a host that was locked out, and can see when that ends.
    SeenBySession [string]  InstanceIds of the sessions with the hosts that see it, joined by commas.
    NotAskedSession [string]  InstanceIds of the sessions with the hosts of NotAsked, joined by commas.
    HolderKey [string]      Of a persistent reservation: key of its holder; empty where every registrant holds it.
    Type [string]           SPC's name of its type.
    Generation [uint32]     PRgeneration.
    Registrants [string]    Key, initiator and host of each registration, one a line.
    Message [string]        What it means, in a sentence.
    NextStep [string]       What to do about it.
    Bus [string]            Windows, or Rehearsal.

    .EXAMPLE
    # One disk of three servers
    $hosts = New-PSSession -ComputerName server1, server2, server3
    Find-StorageReservationHolder -Session $hosts -UniqueId '600A0B80001122330000000000000001'

    Says which of the hosts holds the disk.

    .EXAMPLE
    Find-StorageReservationHolder -Session $hosts | Where-Object State -eq 'HeldBy'

    Finds all disks that one of the hosts holds.

    .EXAMPLE
    Get-Disk 3 | Find-StorageReservationHolder -Session $hosts

    Finds the holder of a disk of this computer.

    .EXAMPLE
    Find-StorageReservationHolder -Session $hosts | Where-Object State -eq 'HeldBy' | Invoke-StorageRelease -Force

    Releases each of them on the host that holds it, and only there, and proves it free from a host that was locked out.

    .EXAMPLE
    Find-StorageReservationHolder -Session $hosts | Where-Object State -eq 'Persistent' | Clear-StorageReservation -Method Clear

    Asks for each disk whose holder is no host that answers; has one of the hosts remove its keys, and another one prove it.

    .LINK
    Invoke-StorageRelease

    .LINK
    Clear-StorageReservation

    .LINK
    Get-StorageReservation
    #>
    [CmdletBinding(DefaultParameterSetName = 'All',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_persistent_reserve_in')]
    [OutputType('StorageRelease.Holder', 'StorageRelease.Holder#Properties')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.Runspaces.PSSession[]]
        $Session,

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

        [Parameter(Mandatory, ParameterSetName = 'InputObject', ValueFromPipeline)]
        [AllowNull()]
        [AllowEmptyString()]
        [object[]]
        $InputObject,

        [ValidateSet('Disk', 'Tape', 'Changer', 'CdRom')]
        [string[]]
        $DeviceType,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 30,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 32,

        [ValidateRange(1, 3600)]
        [int]
        $WindowSec = 15
    )

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Remote $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        # The disks to search for: by UniqueId, and those without one by serial number.
        $wanted = [System.Collections.ArrayList]::new()
        $serials = [System.Collections.ArrayList]::new()
        # The kinds of devices to search among.
        $kinds = [System.Collections.ArrayList]::new()
        if ($DeviceType) { $kinds.AddRange($DeviceType) }
        $begun = $false
    }

    process {
        $begun = $true
        $set = $PSCmdlet.ParameterSetName
        if ($set -ceq 'All') { return }
        # The parameter sets are named after their parameter.
        $given = $PSBoundParameters[$set]
        if ($null -eq $given) { $given = @($null) }
        foreach ($one in $given) {
            $target = Resolve-WantedDisk $one $set
            if ($target['Refused']) {
                $next = $target['NextStep'].Replace('<command>', $PSCmdlet.MyInvocation.MyCommand.Name).Replace('<-Force>', '')
                $PSCmdlet.WriteError((New-ModuleError 'Refused' $target['Category'] -Message $target['Message'] -NextStep $next -Target $one -TargetName $script:Messages['NoDiskName']))
                continue
            }
            if ($target['UniqueId']) { if ($wanted -notcontains $target['UniqueId']) { $null = $wanted.Add($target['UniqueId']) } }
            elseif ($serials -notcontains $target['Serial']) { $null = $serials.Add($target['Serial']) }
            if (-not $DeviceType) {
                $kind = $(if ($target['Devices']) { $target['Devices'] } elseif ($target['Path']) { Get-DeviceKind $target['Path'] } else { 'Disk' })
                if ($kinds -notcontains $kind) { $null = $kinds.Add($kind) }
            }
        }
    }

    end {
        # An empty pipeline does not mean all disks.
        if (-not $begun -or ($PSCmdlet.ParameterSetName -cne 'All' -and $wanted.Count + $serials.Count -eq 0)) { return }
        Invoke-HolderSearch $PSCmdlet @{
            Wanted        = $wanted
            Serials       = $serials
            Kinds         = $kinds
            Session       = $Session
            TimeoutSec    = $TimeoutSec
            ThrottleLimit = $ThrottleLimit
            WindowSec     = $WindowSec
        }
    }
}
