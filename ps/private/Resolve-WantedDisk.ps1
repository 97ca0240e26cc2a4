function Resolve-WantedDisk {
    # A target with the UniqueId of a disk that is looked for among other computers: nothing else is the same
    # there.
    param([object]$InputObject, [string]$Set)

    if ($Set -ceq 'UniqueId') { return Resolve-NamedDisk $InputObject 'UniqueId' }
    if ($null -ne $InputObject -and (Get-DiskClass $InputObject) -ceq 'StorageRelease.Holder') {
        $target = New-Target $InputObject
        $target.UniqueId = Read-Text $InputObject 'UniqueId'
    }
    else { $target = Resolve-Target $InputObject -Anywhere }
    if (-not $target.Refused -and -not $target.UniqueId) { return New-Refusal $InputObject 'NoUniqueId' 'NoUniqueIdNext' }
    return $target
}
