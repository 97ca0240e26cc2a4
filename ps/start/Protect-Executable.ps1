function script:Protect-Executable {
    # Before an elevated start: returns nothing when nobody else can change the module and, where somebody could have,
    # the executable is the one of the build; or the error record that says what is wrong. Until Unprotect-Executable
    # the file can then be neither written nor renamed. A rehearsal reaches no disk: there, who else can change the module is
    # told and not refused.
    # docs/decisions/0009-what-is-checked-before-an-elevated-start.md
    param([string]$Path)

    if (-not (Test-Elevated)) { return }
    $writable = $null
    $foreign = $null
    try {
        $foreign = Get-UntrustedWriter $Path
        if ($null -ne $foreign['Path']) { $writable = $script:Messages['ModuleWritable'] -f $foreign['Path'], $foreign['Who'] }
    }
    catch { $writable = $script:Messages['ModuleUnknown'] -f $Path, $_.Exception.GetBaseException().Message }
    if ($null -ne $writable) {
        if ($null -eq $script:Rehearsal) {
            $target = $Path
            if ($null -ne $foreign) { $target = $foreign['Path'] }
            return New-ModuleError 'ModuleWritable' SecurityError $writable (Get-InstallStep) $target
        }
        if (-not $script:ToldOfWriter) {
            $script:ToldOfWriter = $true
            $script:LateWarnings.Enqueue($writable + ' ' + $script:Messages['ModuleRehearsed'])
        }
    }
    # Where only administrators can write, nobody else has, and the start need not wait for a hash.
    $problem = Get-StrayFile $Path
    if ($null -eq $problem -and ($null -ne $writable -or $foreign['Own'])) { $problem = Get-ExecutableProblem $Path }
    if ($null -ne $problem) {
        Unprotect-Executable
        return New-ModuleError 'ExecutableChanged' SecurityError $problem $script:Messages['ExecutableChangedNext'] $Path
    }
    $profileFolder = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::UserProfile)
    if ($profileFolder -and -not $script:ToldOfProfile -and $Path.StartsWith($profileFolder, [System.StringComparison]::OrdinalIgnoreCase)) {
        $script:ToldOfProfile = $true
        $script:LateWarnings.Enqueue(($script:Messages['ModuleInProfile'] -f $script:ModuleFolder))
    }
}

function script:Get-InstallStep {
    # The one line that puts the module where only administrators write, and where both PowerShells look for modules.
    $version = [string]$ExecutionContext.SessionState.Module.Version
    $root = [System.IO.Path]::GetDirectoryName($script:ModuleFolder)
    $source = $root
    # In the repository the build has put together what is published.
    if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($script:ModuleFolder, 'build.txt'))) {
        $source = [System.IO.Path]::Combine($root, 'dist', 'module', 'StorageRelease', $version)
    }
    $programs = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::ProgramFiles)
    $target = [System.IO.Path]::Combine($programs, 'WindowsPowerShell', 'Modules', 'StorageRelease', $version)
    $source = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($source)
    $target = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($target)
    return $script:Messages['ModuleWritableNext'] -f $source, $target
}

function script:Get-StrayFile {
    # A sentence about the first thing beside the executable that the build did not put there, or null: the
    # system's loader looks for libraries there first.
    param([string]$Path)

    foreach ($entry in [System.IO.Directory]::GetFileSystemEntries([System.IO.Path]::GetDirectoryName($Path))) {
        if ($script:BesideExecutable -notcontains [System.IO.Path]::GetFileName($entry)) {
            return $script:Messages['ExecutableStray'] -f $entry
        }
    }
}

function script:Get-ExecutableProblem {
    # Why the executable is not the one of the build, or null. Leaves it open: see Protect-Executable.
    param([string]$Path)

    $expected = Get-ExecutableHash $Path
    if (-not $expected) { return $script:Messages['ExecutableUnchecked'] -f $Path, $script:Messages['ExecutableNoHash'] }
    $algorithm = New-Sha256
    try {
        $script:LockedExecutable = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read, 1048576)
        $hash = [System.BitConverter]::ToString($algorithm.ComputeHash($script:LockedExecutable)).Replace('-', '')
    }
    catch { return $script:Messages['ExecutableUnchecked'] -f $Path, $_.Exception.GetBaseException().Message }
    finally { $algorithm.Dispose() }
    if ($hash -ne $expected) { return $script:Messages['ExecutableChanged'] -f $Path, $hash.ToLowerInvariant() }
}

function script:Unprotect-Executable {
    if ($null -ne $script:LockedExecutable) { $script:LockedExecutable.Dispose() }
    $script:LockedExecutable = $null
}

$script:BesideExecutable = 'storage-release', 'storage-release.exe', 'koffi.node'
