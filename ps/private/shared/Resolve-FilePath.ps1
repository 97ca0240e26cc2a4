function script:Resolve-FilePath {
    # Full path of a file that a user names; throws where it names none. Rooted paths are taken as they are, relative ones
    # from the current folder of the file system; only a PowerShell drive (Temp:\bus.json, Q:\bus.json) is asked for what it
    # stands for.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if ($Path -match '(?s)^(?:Microsoft\.PowerShell\.Core\\)?FileSystem::(.+)$') { return $Matches[1] }
    if ($Path -match '^([\w.\\]+)::') { throw ($script:Messages['NotAFilePath'] -f (Format-SafeText $Path), (Format-SafeText $Matches[1])) }
    $state = $Cmdlet.SessionState
    # What New-PSDrive takes for a name: one letter, too. On Windows that is a drive of PowerShell and one of the system, mostly of
    # the same root; Windows itself says it of a letter that neither knows.
    if ($Path -match '(?s)^([^\\/:;~.]+):(.*)$') {
        $rest = $Matches[2]
        $letter = $Matches[1].Length -eq 1 -and [System.IO.Path]::DirectorySeparatorChar -eq '\'
        # Throws where there is no such drive. SessionState.Path does not find one that a function has made for itself.
        try { $drive = $state.Drive.Get($Matches[1]) }
        catch {
            if ($letter) { return $Path }
            throw
        }
        if ($drive.Provider.Name -cne 'FileSystem') { throw ($script:Messages['NotAFilePath'] -f (Format-SafeText $Path), $drive.Provider.Name) }
        if ($rest -notmatch '^[\\/]') { $rest = [System.IO.Path]::Combine([string]$drive.CurrentLocation, $rest) }
        elseif ($letter -and $drive.Root -eq $drive.Name + ':\') { return $Path }
        $rest = $rest.Replace('\', [string][System.IO.Path]::DirectorySeparatorChar)
        return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($drive.Root, $rest.TrimStart('\', '/')))
    }
    if ($Path -match '(?s)^~(?:[\\/]+(.*))?$') {
        $own = $state.Provider.GetOne('FileSystem').Home
        return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($own, [string]$Matches[1]))
    }
    if ([System.IO.Path]::IsPathRooted($Path)) { return $Path }
    return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($state.Path.CurrentFileSystemLocation.ProviderPath, $Path))
}
