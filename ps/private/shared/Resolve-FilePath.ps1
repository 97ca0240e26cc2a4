function script:Resolve-FilePath {
    # Full path of a file that a user names. Rooted paths are taken as they are, relative ones from the current
    # folder of the file system; only a PowerShell drive (Temp:\bus.json) is asked for what it stands for.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path)

    if ($Path -match '^(Microsoft\.PowerShell\.Core\\FileSystem::|FileSystem::)(.+)$') { return $Matches[2] }
    if ($Path -match '^\w{2,}:') {
        $provider = $null
        $drive = $null
        # Throws where there is no such drive.
        $file = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref]$provider, [ref]$drive)
        if ($provider.Name -cne 'FileSystem') { throw ($script:Messages.NotAFilePath -f (Format-SafeText $Path), $provider.Name) }
        return $file
    }
    if ([System.IO.Path]::IsPathRooted($Path)) { return $Path }
    $folder = $Cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($folder, $Path))
}
