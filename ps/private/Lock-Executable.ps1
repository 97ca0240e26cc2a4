function Lock-Executable {
    # Before an elevated start: returns nothing when the executable is the one of the build and nobody else can
    # change that, or the error record that says what is wrong. Until Unlock-Executable the file can be neither
    # written nor renamed. docs/decisions/0009-what-is-checked-before-an-elevated-start.md
    param([string]$Path)

    if (-not (Test-Elevated)) { return }
    try {
        $foreign = Get-ForeignWriter $Path
    }
    catch {
        return New-ModuleError 'ModuleWritable' SecurityError ($script:Messages.ModuleUnknown -f $Path, $_.Exception.GetBaseException().Message) $script:Messages.ModuleWritableNext $Path
    }
    if ($null -ne $foreign) {
        return New-ModuleError 'ModuleWritable' SecurityError ($script:Messages.ModuleWritable -f $foreign[0], $foreign[1]) $script:Messages.ModuleWritableNext $foreign[0]
    }
    $problem = Get-ExecutableProblem $Path
    if ($null -ne $problem) {
        Unlock-Executable
        return New-ModuleError 'ExecutableChanged' SecurityError $problem $script:Messages.ExecutableChangedNext $Path
    }
    $profileFolder = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::UserProfile)
    if ($profileFolder -and -not $script:ToldOfProfile -and $Path.StartsWith($profileFolder, [System.StringComparison]::OrdinalIgnoreCase)) {
        $script:ToldOfProfile = $true
        $script:LateWarnings.Enqueue(($script:Messages.ModuleInProfile -f $script:ModuleFolder))
    }
}

function Get-ExecutableProblem {
    # Why the executable is not to be started, or null. Leaves it open: see Lock-Executable.
    param([string]$Path)

    $folder = [System.IO.Path]::GetDirectoryName($Path)
    foreach ($entry in [System.IO.Directory]::GetFileSystemEntries($folder)) {
        # The system's loader looks for libraries beside the executable first.
        if ($script:BesideExecutable -notcontains [System.IO.Path]::GetFileName($entry)) {
            return $script:Messages.ExecutableStray -f $entry
        }
    }
    $expected = Get-ExecutableHash $Path
    if (-not $expected) { return $script:Messages.ExecutableUnchecked -f $Path, $script:Messages.ExecutableNoHash }
    # Not SHA256.Create(): on .NET Framework that one is slow, and refuses to work where FIPS is asked for.
    $algorithm = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
    try {
        $script:LockedExecutable = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read, 1048576)
        $hash = [System.BitConverter]::ToString($algorithm.ComputeHash($script:LockedExecutable)).Replace('-', '')
    }
    catch { return $script:Messages.ExecutableUnchecked -f $Path, $_.Exception.GetBaseException().Message }
    finally { $algorithm.Dispose() }
    if ($hash -ne $expected) { return $script:Messages.ExecutableChanged -f $Path, $hash.ToLowerInvariant() }
}

function Unlock-Executable {
    if ($null -ne $script:LockedExecutable) { $script:LockedExecutable.Dispose() }
    $script:LockedExecutable = $null
}

$script:LockedExecutable = $null
$script:ToldOfProfile = $false
$script:BesideExecutable = 'storage-release', 'storage-release.exe', 'koffi.node'
