function Resolve-Target {
    # What one given object says of a disk: a hashtable of claims, or one with Refused, Message, NextStep and Category
    # when it is no disk. Never throws, and never makes a number out of nothing.
    param([object]$InputObject)

    try {
        return Resolve-DiskObject $InputObject
    }
    catch {
        return @{
            Refused = $true; Object = $InputObject; Category = 'InvalidData'
            Message = $script:Messages.Unreadable -f $_.Exception.GetBaseException().Message; NextStep = $script:Messages.PipeADisk
        }
    }
}
