function Clear-StorageReservation {
    <#
    .SYNOPSIS
    Clears reservations that dead hosts left on disks, by the method that is named; erases no data.

    .DESCRIPTION
    No data is erased. Reads how each disk is reserved, and sends what -Method names if that can free it. A method that
    cannot free the disk is refused, with the method that can and what that costs; the command never goes on to another
    method by itself. The outcome is what a reading afterwards shows, never a status alone.

    Release  RELEASE, as Invoke-StorageRelease -Verify. With -OwnKey: takes back a key that this command left behind.
    Clear    Removes the persistent reservation and all keys. Hosts that still run lose the access that they had by them,
             and may register again.
    Preempt  Removes the key of -HolderKey and no other: the holder's or, where nobody holds a reservation, any that is
             registered.
    Reset    Asks the adapter to reset the LUN, which ends a SCSI-2 reservation. The outstanding commands of all hosts on
             the disk are aborted; Windows may go on by itself from the LUN to its target and its bus. Persistent
             reservations survive it.

    Clear and Preempt register a key of their own for the time of the request (it begins with 0x5352), only where this
    host has none, and take it back. Where that fails, OwnKeyLeft says so, and NextStep has the line that takes it back.
    Where another host registers meanwhile, they stop: Changed.

    Boot and system disks, disks with a page file, and disks of Storage Spaces are always refused. Clustered disks and disks
    with more than one path are refused unless -Allow names them, and never reset. MPIO registers down all paths, clears
    down one, and may register its own key again on a path that comes back.

    NVMe disks have keys only where their driver translates them (AWS NVMe driver 1.5.0 and later); Microsoft's does not:
    NotSupported, and nothing is sent. Tape drives and changers take Release and Reset alone: docs/tapes.md.

    Results, errors, deadlines and questions are those of Invoke-StorageRelease.

    .PARAMETER InputObject
    The disk: what Get-Disk, Get-PhysicalDisk, Get-DiskImage or Get-CimInstance Win32_DiskDrive give; a result of these
    commands; a record with a UniqueId; or a text that is a device path. What Find-StorageReservationHolder gives
    is sent from a host that sees the disk and may, and proved by another (ProvedBy). Before it is sent, and before -WhatIf
    says what would be, the hosts that see the disk are asked again, reading only: it is refused while its holder is a
    host that answers, which takes the disk back, and where the disk is not held any more as it was found.

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

    .PARAMETER Method
    Release, Clear, Preempt or Reset. There is no default.

    .PARAMETER HolderKey
    With Preempt: the key whose registrations are removed, as Get-StorageReservation shows it: 0x and up to 16 hexadecimal
    digits. All hosts and paths that have this key lose it.

    .PARAMETER Abort
    With Preempt: PREEMPT AND ABORT, which ends the outstanding commands of that host, too. Few devices support it.

    .PARAMETER OwnKey
    With Release: a key that this command left behind on this host, to be taken back.

    .PARAMETER Session
    Sessions with other computers (New-PSSession), as with Invoke-StorageRelease. Clear, Preempt and Reset are sent from one
    host: a disk that would go to several computers is refused. Release goes to all of them.

    .PARAMETER DeviceType
    Kinds of devices among which a UniqueId or serial number is looked up: Disk, Tape, Changer, CdRom. Without it, disks
    alone: opening a tape drive can reserve it for a moment and make the backup of another host fail, so a tape drive is
    opened only where its path, its object or this parameter asks for it.

    .PARAMETER TimeoutSec
    Seconds for everything that is done to one disk, its opening included. With -Session, a computer that does not
    respond for this time and 15 seconds more is given up.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time. Those that Find-StorageReservationHolder found are cleared one after
    the other.

    .PARAMETER Allow
    Kinds of disk that are not refused: Clustered, Multipath.

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
    StorageRelease.ClearResult

    The properties of StorageRelease.Result (Invoke-StorageRelease), and:

    Outcome [string]           Accepted, Cleared, Preempted, Reset, Refused, NotSupported, NotFound, NotReady, InUse,
                               StillHeld, Changed, Conflict, AccessDenied, IdentityChanged, TimedOut or Failed.
    Method [string]            As it was asked for.
    HolderKey [string]         Key of the holder, read first; empty where there was none, or every registrant held.
    Type [string]              SPC's name of the type of the persistent reservation, read first.
    KeyCount [uint32]          Registrations, read first.
    Registrants [string]       Key and initiator, one a line, where the device tells.
    Removed [string]           Keys that are gone, each with the number of its registrations.
    KeysLeft [uint32]          Registrations that are left, read last.
    GenerationBefore [uint32]  PRgeneration, read first.
    GenerationAfter [uint32]   PRgeneration, read last.
    OwnKey [string]            The key that this command registered or took back.
    OwnKeyLeft [bool]          Whether that key is still registered; empty: not known.
    Undone [bool]              Whether what had been begun was taken back; empty where nothing had to be.

    .EXAMPLE
    Clear-StorageReservation -Number 3 -Method Clear -WhatIf

    Says what would be removed from disk 3, and what that would cost other hosts.

    .EXAMPLE
    Get-StorageReservation -Number 3 | Clear-StorageReservation -Method Clear

    Asks for confirmation, and removes the persistent reservation and all keys of disk 3.

    .EXAMPLE
    Clear-StorageReservation -Number 3 -Method Preempt -HolderKey 0x6D61696E00000001 -Force

    Removes the holder's key alone; other hosts keep theirs.

    .EXAMPLE
    Clear-StorageReservation -Number 2 -Method Reset

    Asks for confirmation, and resets the LUN that a dead host had reserved.

    .EXAMPLE
    # From another host
    $server2 = New-PSSession -ComputerName server2
    Clear-StorageReservation -UniqueId '600A0B80001122330000000000000001' -Method Clear -Session $server2 -Force

    Has server2 remove the reservation and all keys of the disk.

    .LINK
    Get-StorageReservation

    .LINK
    Find-StorageReservationHolder

    .LINK
    Invoke-StorageRelease
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'InputObject',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_persistent_reserve_out')]
    [OutputType('StorageRelease.ClearResult', 'StorageRelease.ClearResult#Properties')]
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

        [Parameter(Mandatory)]
        [ValidateSet('Release', 'Clear', 'Preempt', 'Reset')]
        [string]
        $Method,

        # Not by ValidatePattern, which shows the pattern to whoever gives something else.
        [ValidateScript({
                if ($_ -match '\A0[xX](?!0*\z)[0-9A-Fa-f]{1,16}\z') { return $true }
                throw 'A key is 0x and up to 16 hexadecimal digits, not all of them zero, as Get-StorageReservation shows it.'
            })]
        [string]
        $HolderKey,

        [switch]
        $Abort,

        [ValidateScript({
                if ($_ -match '\A0[xX](?!0*\z)[0-9A-Fa-f]{1,16}\z') { return $true }
                throw 'A key is 0x and up to 16 hexadecimal digits, not all of them zero, as Get-StorageReservation shows it.'
            })]
        [string]
        $OwnKey,

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

        [ValidateSet('Clustered', 'Multipath')]
        [string[]]
        $Allow,

        [ValidateNotNullOrEmpty()]
        [string]
        $LogPath,

        [switch]
        $Force,

        # What -Session sends with -WhatIf, and before it asks: what would happen, as objects. Nothing is changed.
        [Parameter(DontShow)]
        [switch]
        $AsPlan,

        # What -Session has shown of each disk, as -AsPlan told it, in their order: no other device gets the request, nor
        # one with other keys.
        [Parameter(DontShow)]
        [ValidatePattern('\A(?:[0-9a-f]{64}){1,2}\z')]
        [string[]]
        $Shown
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start:(-not $Session)
        $command = @{
            Verb          = 'clear'
            Fields        = "&method=$Method&abort=$([int][bool]$Abort)"
            Changes       = $true
            # The question shows the plan, and the request is bound to what was shown.
            Tells         = $true
            # If several hosts did it at once, each would find that another host changes the keys.
            OneHost       = $Method -ne 'Release'
            CodeName      = $script:MethodNames[$Method]
            # For objects of Find-StorageReservationHolder: see HolderClear.ps1.
            HolderKey     = $HolderKey
            Abort         = [bool]$Abort
            Caption       = $script:Messages['AskClear']
            Type          = 'StorageRelease.ClearResult'
            Local         = ${function:New-LocalClear}
            Tries         = 1
            RetrySec      = 0
            Activity      = $script:Messages['ProgressClear']
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
        if ($HolderKey) { $command['Fields'] += "&holderKey=$HolderKey" }
        if ($OwnKey) { $command['Fields'] += "&ownKey=$OwnKey" }
        if ($Allow) { $command['Fields'] += '&allow=' + (ConvertTo-Field ($Allow -join ',')) }
        if ($LogPath) {
            Import-ModulePart Unattended $PSCmdlet
            $command['Fields'] += Get-LogField $PSCmdlet $LogPath $Session
        }
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
        # Parameters that contradict each other are refused before anything is asked or opened.
        if ($Method -eq 'Preempt' -and -not $HolderKey) {
            $failure = New-ModuleError 'HolderKeyMissing' InvalidArgument -Message $script:Messages['HolderKeyMissing'] -NextStep $script:Messages['HolderKeyMissingNext']
            $PSCmdlet.ThrowTerminatingError($failure)
        }
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
