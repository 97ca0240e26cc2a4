function script:Resolve-WantedDisk {
    # A target with the UniqueId or the serial number of a disk that is searched for on other computers: only these are the same
    # there.
    param([object]$InputObject, [string]$Set)

    if ($Set -cne 'InputObject') { return Resolve-NamedClaim $InputObject $Set }
    if ($null -ne $InputObject -and (Get-DiskClass $InputObject) -ceq 'StorageRelease.Holder') {
        $target = New-DiskClaim $InputObject
        $target.UniqueId = Read-Statement (Get-PropertyValue $InputObject 'UniqueId') 'UniqueId' 'UniqueId' $target
        $target.Serial = Read-Statement (Get-PropertyValue $InputObject 'SerialNumber') 'SerialNumber' 'SerialNumber' $target
        if ($target.Unreadable) { return New-UnreadableRefusal $target }
    }
    else { $target = Resolve-DiskClaim $InputObject -Anywhere }
    if ($target.Refused) { return $target }
    if (-not (Test-Identified $target)) { return New-Refusal $InputObject 'NoUniqueId' 'NoUniqueIdNext' }
    # A UniqueId that Windows made up is different on each computer.
    if (-not (Test-UniqueId $target.UniqueId)) { $target.UniqueId = $null }
    return $target
}
