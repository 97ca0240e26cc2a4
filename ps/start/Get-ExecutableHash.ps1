function script:Get-ExecutableHash {
    # SHA-256, hexadecimal, that an executable must have; empty where the build recorded none. In the published module
    # the build wrote it into the module's own file, so that a signature covers it; in the repository it is in
    # dist/.
    param([string]$Path)

    $folder = [System.IO.Path]::GetDirectoryName($Path)
    $name = [System.IO.Path]::GetFileName($folder) + '/' + [System.IO.Path]::GetFileName($Path)
    if ($script:ExecutableHash.Count -gt 0) { return [string]$script:ExecutableHash[$name] }
    $list = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($folder), 'hashes.txt')
    if (-not [System.IO.File]::Exists($list)) { return '' }
    foreach ($line in [System.IO.File]::ReadAllLines($list)) {
        if ($line.EndsWith('  ' + $name, [System.StringComparison]::Ordinal)) { return $line.Substring(0, 64) }
    }
    return ''
}
