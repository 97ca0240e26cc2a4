function script:Write-CheckReport {
    # One UTF-8 file: versions, hashes and the rows. Without -IncludeSerialNumber, names of this computer, its user and its
    # sessions are replaced, and disks appear only as in the rows.
    param([hashtable]$Place, [object[]]$Rows, [string]$Path, [switch]$IncludeSerialNumber)

    $file = Resolve-ReportPath $Place $Path
    if ([System.IO.Directory]::Exists($file)) {
        return New-Check Report Failed ($script:CheckMessages.ReportFolder -f $file) $script:CheckMessages.ReportNext
    }
    $lines = [System.Collections.ArrayList]::new()
    $null = $lines.Add('StorageRelease self-check')
    foreach ($fact in @(Get-ReportFact $Place)) { $null = $lines.Add(('{0,-14} {1}' -f $fact[0], $fact[1])) }
    foreach ($row in $Rows) {
        $null = $lines.Add('')
        $null = $lines.Add(('{0,-8} {1}: {2}' -f $row.Status, $row.Check, $row.Seen))
        if ($row.NextStep) { $null = $lines.Add('         Next: ' + $row.NextStep) }
    }
    if ($IncludeSerialNumber -and $null -ne $Place.List) {
        $null = $lines.Add('')
        $null = $lines.Add('Number, path, name, serial number, unique id, bus, roles:')
        foreach ($disk in $Place.List.Rows) { $null = $lines.Add((Format-CheckText ($disk -join ' | '))) }
    }
    $text = ($lines.ToArray() -join "`r`n") + "`r`n"
    if (-not $IncludeSerialNumber) { $text = Hide-Name $text (Get-OwnName $Place) }
    try { [System.IO.File]::WriteAllText($file, $text, [System.Text.UTF8Encoding]::new($false)) }
    catch { return New-Check Report Failed ($script:CheckMessages.Unchecked -f $_.Exception.GetBaseException().Message) $script:CheckMessages.ReportNext }
    return New-Check Report Passed ($script:CheckMessages.Report -f $file)
}

function script:Resolve-ReportPath {
    # Like Resolve-FilePath. Where that is in a file that cannot be read, a path on a drive of PowerShell is found only if the
    # drive is the session's.
    param([hashtable]$Place, [string]$Path)

    if (-not $Place.Unread) { return Resolve-FilePath $Place.Cmdlet $Path }
    if ([System.IO.Path]::IsPathRooted($Path) -and $Path -notmatch '^[^\\/:]{2,}:') { return $Path }
    $provider = $null
    $drive = $null
    $file = $Place.Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref]$provider, [ref]$drive)
    if ($provider.Name -cne 'FileSystem') { throw "It is a path of the provider $($provider.Name), not of a file." }
    return $file
}

function script:Get-ReportFact {
    # Name and value. The files of the module by their hashes.
    param([hashtable]$Place)

    , @('module', [string]$ExecutionContext.SessionState.Module.Version)
    , @('written', [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture))
    , @('system', [string][System.Environment]::OSVersion.VersionString)
    , @('processors', [string][System.Environment]::ProcessorCount)
    , @('host', [string]$Host.Name)
    , @('culture', [string][System.Globalization.CultureInfo]::CurrentCulture.Name)
    , @('rehearsal', [string]($null -ne $script:Rehearsal))
    foreach ($folder in $script:ModuleFolder, $Place.Folder) {
        if (-not [System.IO.Directory]::Exists($folder)) { continue }
        $files = [System.IO.Directory]::GetFiles($folder)
        [System.Array]::Sort($files, [System.StringComparer]::Ordinal)
        foreach ($file in $files) { , @('sha256', ('{0} {1}' -f (Get-FileHashText $file), [System.IO.Path]::GetFileName($file))) }
    }
}

function script:Get-OwnName {
    # Names that identify the computer, with their replacements in the report. The longest first: a folder may contain a name.
    param([hashtable]$Place)

    $names = [ordered]@{}
    $add = { param($Text, $Word) if ($Text -and $Text.Length -gt 1 -and -not $names.Contains($Text)) { $names[$Text] = $Word } }
    & $add ([System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::UserProfile)) '<profile>'
    $properties = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    if ($properties.DomainName) { & $add ($properties.HostName + '.' + $properties.DomainName) '<computer>' }
    foreach ($one in $Place.Session) {
        & $add $one.ComputerName '<session>'
        if ($script:SessionSelf.ContainsKey($one.InstanceId)) { foreach ($name in $script:SessionSelf[$one.InstanceId]) { & $add ([string]$name) '<session>' } }
    }
    & $add $properties.HostName '<computer>'
    & $add ([System.Environment]::MachineName) '<computer>'
    if ($null -ne $script:Rehearsal) { & $add ([string]$script:Rehearsal.Computer) '<computer>' }
    & $add $properties.DomainName '<domain>'
    & $add ([System.Environment]::UserDomainName) '<domain>'
    # SYSTEM identifies nobody, and is an ordinary word.
    if ([System.Environment]::UserName -ne 'SYSTEM') { & $add ([System.Environment]::UserName) '<user>' }
    return $names
}

function script:Hide-Name {
    # Replaces each name where it is a word of its own, in any case.
    param([string]$Text, [System.Collections.IDictionary]$Names)

    $options = [System.Text.RegularExpressions.RegexOptions]'IgnoreCase, CultureInvariant'
    foreach ($name in $Names.Keys) {
        $Text = [regex]::Replace($Text, '(?<![A-Za-z0-9])' + [regex]::Escape($name) + '(?![A-Za-z0-9])', $Names[$name], $options)
    }
    return $Text
}
