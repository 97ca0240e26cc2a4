function Resolve-Target {
    # What one given object says of a disk (see New-Target). Never throws, and never makes a number out of nothing.
    param([object]$InputObject)

    try {
        return Resolve-DiskObject $InputObject
    }
    catch {
        return New-Refusal $InputObject 'Unreadable' 'PipeADisk' (Format-Text $_.Exception.GetBaseException().Message)
    }
}
