function script:New-Refusal {
    # The refusal of input that is not a disk of this computer: the keys of its message and next step, and their values.
    param([object]$InputObject, [string]$Key, [string]$NextKey, [object[]]$About)

    $target = New-DiskClaim $InputObject
    $target['Refused'] = $true
    $target['Message'] = $script:Messages[$Key] -f $About
    $target['NextStep'] = $script:Messages[$NextKey] -f $About
    $target['Category'] = 'InvalidArgument'
    return $target
}

function script:New-HeldRefusal {
    # The refusal of a disk that Find-StorageReservationHolder found, with what tells which one it is.
    param([hashtable]$Target, [string]$Key, [string]$NextKey)

    $refused = New-Refusal $Target['Object'] $Key $NextKey
    foreach ($name in 'UniqueId', 'Serial', 'FriendlyName') { $refused[$name] = $Target[$name] }
    return $refused
}

function script:New-UnreadableRefusal {
    # The refusal of a target with a statement that could not be read. Statements that were read are left out, too: they may
    # be those of another disk.
    param([hashtable]$Target, [string]$Key = 'Unreadable')

    $next = $(if ($Target['Rounded']) { 'RoundedNext' } else { 'UnreadableNext' })
    return New-Refusal $Target['Object'] $Key $next $Target['Unreadable'], (Get-TypedName $Target)
}

function script:Get-PlaceRefusal {
    # Of a target that comes from another computer, or from another bus than the command works on; else null.
    param([hashtable]$Target)

    if ($Target['Bus'] -eq 'Rehearsal' -and $null -eq $script:Rehearsal) { return New-Refusal $Target['Object'] 'OtherBus' 'OtherBusNext' }
    if ($Target['Bus'] -eq 'Windows' -and $null -ne $script:Rehearsal) { return New-Refusal $Target['Object'] 'RealObject' 'RealObjectNext' }
    if ($null -ne $Target['From']) {
        return New-Refusal $Target['Object'] 'OtherComputer' 'OtherComputerNext' (Get-OtherComputerLine $Target['From'][0] $Target)
    }
    return $null
}

function script:Get-OtherComputerLine {
    # What the refusal of another computer's object is about: that computer, this one, and how its disk and the computer are
    # named in the line to type.
    param([string]$Name, [hashtable]$Target)

    return $Name, [System.Environment]::MachineName, (Get-TypedName $Target -ByIdentity), (Get-SessionArgument $Target['Object'] $Name)
}

function script:Get-SessionArgument {
    # A session with the computer of an object, as it is typed: the one that the object came over, where that is still there.
    param([object]$InputObject, [string]$Name)

    try { $session = Get-KnownSession ([string](Get-PropertyValue $InputObject 'RunspaceId')) } catch { $session = $null }
    if ($null -ne $session) { return '(Get-PSSession -Id {0})' -f $session.Id }
    return '(New-PSSession -ComputerName {0})' -f (ConvertTo-Literal $Name -Plain)
}
