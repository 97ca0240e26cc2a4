# The staged module as one compressed file, and the list of the files in it.

# Bytes that are read and written in one step; Ctrl+C takes effect between two steps.
$script:PackageStep = 1048576

function script:Get-StagedModule {
    # The folder of the published form of this module: the one that it was imported from, or the one that the build
    # made in the repository. Null when this build has none; with -Expected the folder where it should be.
    param([switch]$Expected)

    $root = [System.IO.Path]::GetDirectoryName($script:ModuleFolder)
    if ([System.IO.File]::Exists([System.IO.Path]::Combine($script:ModuleFolder, 'build.txt'))) { return $root }
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $staged = [System.IO.Path]::Combine($root, 'dist', 'module', 'StorageRelease', $version)
    if ($Expected) { return $staged }
    $build = [System.IO.Path]::Combine($staged, 'ps', 'build.txt')
    if (-not [System.IO.File]::Exists($build)) { return $null }
    if ([System.IO.File]::ReadAllText($build) -cne (Get-ModuleBuild)) { return $null }
    return $staged
}

function script:New-ModulePackage {
    # All files to publish: Root, Files (relative paths with /), Lengths, Hashes (SHA-256).
    param([string]$Root)

    $paths = [System.IO.Directory]::GetFiles($Root, '*', [System.IO.SearchOption]::AllDirectories)
    [array]::Sort($paths, [System.StringComparer]::Ordinal)
    $package = @{ Root = $Root; Files = @(); Lengths = @(); Hashes = @() }
    foreach ($path in $paths) {
        $name = $path.Substring($Root.Length + 1).Replace('\', '/')
        # This list was written when this copy was published; each target gets a new one.
        if ($name -ceq 'published.txt') { continue }
        $package.Files += $name
        $package.Lengths += [System.IO.FileInfo]::new($path).Length
        $package.Hashes += Get-FileSha256 $path
    }
    return $package
}

function script:Select-ModulePackage {
    # The files for one kind of system: only its own executable. Null where there is none for it. The Id is the same for the
    # same files, compressed by the same runtime; Path is null until Compress-ModulePackage has run.
    param([hashtable]$Whole, [string]$System)

    $program = 'dist/{0}/storage-release{1}' -f $System, $(if ($System -cne 'linux-x64') { '.exe' })
    if ($Whole.Files -cnotcontains $program) {
        # Windows on Arm runs the x64 executable by emulation, where a build has no other.
        if ($System -ceq 'win-arm64') { return Select-ModulePackage $Whole 'win-x64' }
        return $null
    }
    $package = @{ Root = $Whole.Root; Files = @(); Lengths = @(); Hashes = @(); Id = ''; Path = $null; Length = [long]0; Size = [long]0 }
    $text = [System.Text.StringBuilder]::new([string][System.Environment]::Version)
    for ($i = 0; $i -lt $Whole.Files.Length; $i++) {
        $name = $Whole.Files[$i]
        if ($name -cmatch '\Adist/((?:win|linux)-[^/]+)/' -and $Matches[1] -cne $System) { continue }
        $package.Files += $name
        $package.Lengths += $Whole.Lengths[$i]
        $package.Hashes += $Whole.Hashes[$i]
        $package.Size += $Whole.Lengths[$i]
        $null = $text.Append($name).Append(' ').Append($Whole.Lengths[$i]).Append(' ').Append($Whole.Hashes[$i]).Append("`n")
    }
    $sha = New-Sha256
    $digest = $sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($text.ToString()))
    $sha.Dispose()
    $package.Id = [System.BitConverter]::ToString($digest, 0, 8).Replace('-', '').ToLowerInvariant()
    return $package
}

function script:Get-SystemPackage {
    # The package for one kind of system, made once for all such computers; null where it cannot be made.
    param([hashtable]$Flow, [string]$System)

    if (-not $Flow.Parts.ContainsKey($System)) {
        $package = Select-ModulePackage $Flow.Package $System
        if ($null -eq $package) { return $null }
        $Flow.Parts[$System] = $package
    }
    return $Flow.Parts[$System]
}

function script:Get-FileSha256 {
    param([string]$Path)

    $sha = New-Sha256
    $stream = [System.IO.File]::OpenRead($Path)
    try { return [System.BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '') }
    finally {
        $stream.Dispose()
        $sha.Dispose()
    }
}

function script:Compress-ModulePackage {
    # Writes all files, one after the other, into one GZip stream in a folder of its own. It is not secret, and
    # the other computer verifies the files one by one.
    param([hashtable]$Package)

    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'storage-release-' + [System.Guid]::NewGuid().ToString('N'))
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $Package.Path = [System.IO.Path]::Combine($folder, 'package.gz')
    $target = [System.IO.File]::Open($Package.Path, [System.IO.FileMode]::CreateNew)
    $zip = [System.IO.Compression.GZipStream]::new($target, [System.IO.Compression.CompressionLevel]::Optimal)
    try {
        $buffer = [byte[]]::new($script:PackageStep)
        foreach ($name in $Package.Files) {
            $source = [System.IO.File]::OpenRead([System.IO.Path]::Combine($Package.Root, $name))
            try {
                while (($count = $source.Read($buffer, 0, $buffer.Length)) -gt 0) { $zip.Write($buffer, 0, $count) }
            }
            finally { $source.Dispose() }
        }
    }
    finally {
        $zip.Dispose()
        $target.Dispose()
    }
    $Package.Length = [System.IO.FileInfo]::new($Package.Path).Length
}

function script:Read-ModulePackage {
    # At most so many bytes, from an offset.
    param([hashtable]$Package, [long]$Offset, [int]$Count)

    $stream = [System.IO.File]::OpenRead($Package.Path)
    try {
        $null = $stream.Seek($Offset, [System.IO.SeekOrigin]::Begin)
        $buffer = [byte[]]::new([System.Math]::Min($Count, $Package.Length - $Offset))
        $filled = 0
        while ($filled -lt $buffer.Length) {
            $got = $stream.Read($buffer, $filled, $buffer.Length - $filled)
            if ($got -le 0) { break }
            $filled += $got
        }
        return , $buffer
    }
    finally { $stream.Dispose() }
}

function script:Remove-ModulePackage {
    param([hashtable]$Package)

    if ($null -eq $Package.Path) { return }
    try { [System.IO.Directory]::Delete([System.IO.Path]::GetDirectoryName($Package.Path), $true) } catch { $null = $_ }
    $Package.Path = $null
}
