function Wait-StorageReservation {
    <#
    .SYNOPSIS
    Waits until disks are reserved in the way that is named, or free; reads only.

    .DESCRIPTION
    Reads each disk as Get-StorageReservation does, again and again, until it is in the state that -State names or
    -TimeoutSec is over, and gives one result for each disk: what was read last, and in Reached whether that is the state
    that was waited for. It changes nothing. A script needs it between the release on one host and the next step on
    another, such as bringing the disk online there.

    -State Free is reached where this host has access, no key is registered, and it is not known that this host itself
    holds the disk. State says Free where this command has seen the disk change: this host was locked out before, and
    has access now. Where it was never locked out, State is what the disk says (most targets do not tell a free disk
    from one that this host holds), and Message says so. A disk whose bus knows no reservations is free at once.

    A disk that cannot be read for a while (NotReady, InUse, TimedOut, NotFound) is read again. One that was read and is
    gone is looked for by its UniqueId, because its number may be another disk's by then. Input that is no disk, and a
    disk that may not be read, have their result at once. A disk that did not reach its state writes one non-terminating
    error. Ctrl+C ends the command within a second.

    .PARAMETER InputObject
    The disk: what Get-Disk gives; a result of these commands; a record with a UniqueId or serial number; a device path.

    .PARAMETER Number
    Disk numbers, as Get-Disk shows them.

    .PARAMETER UniqueId
    Unique ids, as Get-Disk shows them.

    .PARAMETER SerialNumber
    Serial numbers, as labels and Get-Disk show them.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, or a device-interface path.

    .PARAMETER State
    What is waited for: Free, HeldByThisHost, HeldByAnotherHost or Persistent, as in State of Get-StorageReservation.

    .PARAMETER Session
    Sessions with other computers, as with Get-StorageReservation: one result for each computer and disk.

    .PARAMETER TimeoutSec
    Seconds for all of it; the last reading is when they are over.

    .PARAMETER IntervalSec
    Seconds from the end of one reading to the next.

    .PARAMETER ThrottleLimit
    How many disks are read at the same time; with -Session, how many on each computer, and how many computers.

    .INPUTS
    Disk objects of the Storage module, results of these commands, records with a UniqueId, device paths.

    .OUTPUTS
    StorageRelease.WaitResult

    The properties of StorageRelease.Reservation (Get-StorageReservation), as they were read last, and:

    WaitedFor [string]   The state of -State.
    Reached [bool]       Whether the disk is in that state.
    WaitedMs [double]    From the beginning to the reading that this result is, in milliseconds.
    Readings [uint32]    How often the disk was read.

    .EXAMPLE
    Wait-StorageReservation -Number 3 -State Free -TimeoutSec 120

    Waits two minutes at most until disk 3 is free.

    .EXAMPLE
    # The next step when the other host has let go
    $freed = Get-Disk 3 | Wait-StorageReservation -State Free -ErrorAction Stop
    $freed | Format-List

    Ends the script where the disk did not become free; else goes on, as with Set-Disk -Number 3 -IsOffline $false.

    .EXAMPLE
    Get-Disk 3, 4, 5 | Wait-StorageReservation -State Free -ErrorAction SilentlyContinue | Where-Object Reached -eq $false

    Shows the disks that were not free within five minutes.

    .LINK
    Get-StorageReservation

    .LINK
    Invoke-StorageRelease
    #>
    [CmdletBinding(DefaultParameterSetName = 'InputObject',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_persistent_reserve_in')]
    [OutputType('StorageRelease.WaitResult', 'StorageRelease.WaitResult#Properties')]
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
        [ValidateSet('Free', 'HeldByThisHost', 'HeldByAnotherHost', 'Persistent')]
        [string]
        $State,

        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.Runspaces.PSSession[]]
        $Session,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 300,

        [ValidateRange(1, 3600)]
        [int]
        $IntervalSec = 5,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 32
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start:(-not $Session)
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $given = [System.Collections.ArrayList]::new()
    }

    process {
        # The parameter sets are named after their parameter.
        $these = $PSBoundParameters[$PSCmdlet.ParameterSetName]
        if ($null -eq $these) { $null = $given.Add($null) }
        foreach ($one in $these) { $null = $given.Add($one) }
    }

    end {
        if ($given.Count -eq 0) { return }
        # As it is spelt in State, however it was given.
        foreach ($name in 'Free', 'HeldByThisHost', 'HeldByAnotherHost', 'Persistent') { if ($name -eq $State) { $State = $name } }
        $common = @{ ThrottleLimit = $ThrottleLimit }
        if ($Session) { $common.Session = $Session }
        Invoke-Wait $PSCmdlet @{
            Set         = $PSCmdlet.ParameterSetName
            Given       = $given.ToArray()
            State       = $State
            Common      = $common
            TimeoutSec  = $TimeoutSec
            IntervalSec = $IntervalSec
            Progress    = Test-ProgressShown
        }
    }
}
