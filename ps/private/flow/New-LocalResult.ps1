function script:New-LocalResult {
    # A result for a disk that the executable gave none for: input that is no disk, an answer of no at the prompt,
    # a worker that ended. Same properties, same order as src/result/result.ts.
    # -Rehearsal: of the pipeline that it is about.
    param([hashtable]$Target, [string]$Outcome, [string]$Message, [string]$NextStep, [hashtable]$Rehearsal = $script:Rehearsal)

    $bus = 'Windows'
    $computer = [System.Environment]::MachineName
    if ($null -ne $Rehearsal) {
        $bus = 'Rehearsal'
        $computer = $Rehearsal['Computer']
    }
    $path = $Target['Path']
    if (-not $path -and $null -ne $Target['Number']) { $path = '\\.\PhysicalDrive{0}' -f $Target['Number'] }
    # What the caller's object says of itself, made safe to show as the executable does it with a device's words.
    $claims = @{ Serial = $Target['Serial']; UniqueId = $Target['UniqueId'] }
    foreach ($claim in 'Serial', 'UniqueId') {
        if ($null -ne $claims[$claim]) { $claims[$claim] = Format-SafeText $claims[$claim] }
    }
    $result = [pscustomobject]@{
        Number            = $Target['Number']
        DevicePath        = $path
        FriendlyName      = $Target['FriendlyName']
        SerialNumber      = $claims['Serial']
        UniqueId          = $claims['UniqueId']
        BusType           = $null
        IdentifiedBy      = $null
        Outcome           = $Outcome
        NtStatus          = $null
        NtStatusName      = $null
        Win32Error        = $null
        Information       = $null
        ReservationBefore = $null
        ReservationAfter  = $null
        Attempts          = [uint32]0
        DurationMs        = [double]0
        StartedAt         = [System.DateTime]::UtcNow
        ComputerName      = $computer
        Bus               = $bus
        ProvedBy          = $null
        Message           = $Message
        NextStep          = $NextStep
    }
    $result.PSObject.TypeNames.Insert(0, 'StorageRelease.Result')
    return $result
}
