function New-Target {
    # What is said of one disk; null where nothing is said. Refused, with the sentences to say, for input that is
    # none.
    param([object]$InputObject)

    return @{
        Object       = $InputObject
        Number       = $null
        Path         = $null
        UniqueId     = $null
        Serial       = $null
        FriendlyName = $null
        Boot         = $null
        System       = $null
        Clustered    = $null
        Multipath    = $null
        # What Find-StorageReservationHolder gave: see HolderRelease.ps1.
        Holder       = $null
        Refused      = $false
        Message      = $null
        NextStep     = $null
        Category     = $null
    }
}
