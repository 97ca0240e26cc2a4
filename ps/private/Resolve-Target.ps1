function Resolve-Target {
    # What one given object says of a disk (see New-Target). Never throws, and never makes a number out of nothing.
    # -Anywhere: also of another computer's disk.
    param([object]$InputObject, [switch]$Anywhere)

    try {
        return Resolve-DiskObject $InputObject -Anywhere:$Anywhere
    }
    catch {
        return New-Refusal $InputObject 'Unreadable' 'PipeADisk' (Format-Text $_.Exception.GetBaseException().Message)
    }
}
