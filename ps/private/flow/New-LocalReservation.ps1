function script:New-LocalReservation {
    # A reservation for a disk that the executable gave none for: see New-LocalResult. Same properties, same order
    # as src/result/reservation-result.ts.
    param([hashtable]$Target, [string]$Outcome, [string]$Message, [string]$NextStep, [hashtable]$Rehearsal = $script:Rehearsal)

    $like = New-LocalResult $Target $Outcome $Message $NextStep $Rehearsal
    $result = [pscustomobject]@{
        Number       = $like.Number
        DevicePath   = $like.DevicePath
        FriendlyName = $like.FriendlyName
        SerialNumber = $like.SerialNumber
        UniqueId     = $like.UniqueId
        BusType      = $null
        IdentifiedBy = $null
        State        = 'Unknown'
        Blocked      = $null
        Evidence     = ''
        Keys         = $null
        KeyCount     = $null
        HolderKey    = $null
        Type         = $null
        Scope        = $null
        Generation   = $null
        Registrants  = $null
        PathCount    = $null
        MpioPolicy   = $null
        Outcome      = $Outcome
        NtStatus     = $null
        NtStatusName = $null
        Win32Error   = $null
        DurationMs   = $like.DurationMs
        StartedAt    = $like.StartedAt
        ComputerName = $like.ComputerName
        Bus          = $like.Bus
        Message      = $Message
        NextStep     = $NextStep
    }
    $result.PSObject.TypeNames.Insert(0, 'StorageRelease.Reservation')
    return $result
}
