function script:New-DiskClaim {
    # A claim: what is stated about one disk; null where nothing is stated. For input that is not a disk: Refused, with
    # the message and the next step.
    param([object]$InputObject)

    return @{
        Object       = $InputObject
        Number       = $null
        Path         = $null
        UniqueId     = $null
        Serial       = $null
        FriendlyName = $null
        # What a live object says besides: compared where it states no identity (src/disk/identity.ts).
        Interface    = $null
        BusType      = $null
        Boot         = $null
        System       = $null
        Clustered    = $null
        Multipath    = $null
        # Of the image of a disk.
        Attached     = $null
        # An object that was piped, not a name that was typed.
        Piped        = $false
        # The path of a record, which is not sent: only its computer's own command may look at what kind it is.
        SaidPath     = $null
        # Kind of device that it is searched for among (-DeviceType); null: disks.
        Devices      = $null
        # Names of other computers that the object bears, whether a record bears this one's, and the bus that it says it is of.
        From         = $null
        Here         = $false
        Bus          = $null
        # A statement that cannot be read, in words; and whether a spreadsheet has rounded it.
        Unreadable   = $null
        Rounded      = $false
        # Which of the disks that were given together.
        Place        = $null
        # What Find-StorageReservationHolder gave, the sessions that it named, the step that the disk is at, and what the
        # request came to: see HolderRelease.ps1.
        Holder       = $null
        HolderName   = $null
        HolderAt     = $null
        ProofAt      = $null
        Proofs       = $null
        Step         = $null
        Result       = $null
        Refused      = $false
        Message      = $null
        NextStep     = $null
        Category     = $null
        # With -Session: what the far side gets for it, and who gets it. See SessionDisk.ps1.
        Sent         = $null
        To           = $null
    }
}
