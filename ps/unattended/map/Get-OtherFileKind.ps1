# The names that PowerShell 7 uses on other systems than Windows.
$script:OtherFileKinds = @{ NamedPipe = 'a FIFO'; Socket = 'a socket'; CharacterDevice = 'a device'; BlockDevice = 'a device' }

function script:Get-OtherFileKind {
    # What a path leads to that is neither a regular file nor a folder: opening a FIFO may wait for ever, and opening a
    # device may already do something. '' for a file, a folder, and a path at which nothing exists. On Windows always ''.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if (-not [System.IO.File]::Exists($Path)) { return '' }
    # No more links than the system itself follows.
    foreach ($hop in 1..40) {
        try { $item = $Cmdlet.InvokeProvider.Item.Get(@($Path), $true, $true)[0] }
        catch { return '' }
        $stat = Get-PropertyValue $item 'UnixStat'
        if ($null -eq $stat) { return '' }
        $kind = [string](Get-PropertyValue $stat 'ItemType')
        if ($kind -cne 'SymbolicLink') { return [string]$script:OtherFileKinds[$kind] }
        $Path = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($Path), [string](Get-PropertyValue $item 'LinkTarget'))
    }
    return ''
}
