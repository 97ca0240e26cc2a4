function script:Resolve-FilePath {
    # Full path of a file that a user names; throws where it names none. Rooted paths are taken as they are, relative ones
    # from the current folder of the file system; only a PowerShell drive (Temp:\bus.json) is asked for what it stands for.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if ($Path -match '^(Microsoft\.PowerShell\.Core\\FileSystem::|FileSystem::)(.+)$') { return $Matches[2] }
    $state = $Cmdlet.SessionState
    if ($Path -match '(?s)^(\w{2,}):(.*)$') {
        $rest = $Matches[2]
        # Throws where there is no such drive. SessionState.Path does not find one that a function has made for itself.
        $drive = $state.Drive.Get($Matches[1])
        if ($drive.Provider.Name -cne 'FileSystem') { throw ($script:Messages['NotAFilePath'] -f (Format-SafeText $Path), $drive.Provider.Name) }
        if ($rest -notmatch '^[\\/]') { $rest = [System.IO.Path]::Combine([string]$drive.CurrentLocation, $rest) }
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
