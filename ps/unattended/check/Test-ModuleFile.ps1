# Checks of the module's files, its executable and who may change them. Each takes the place (Get-CheckPlace) and gives a row.

function script:Test-ModuleFolder {
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check ModuleFolder Skipped $script:CheckMessages.NotHere }
    $found = & $Place.Writer $Place.Executable
    if ($null -ne $found.Path) {
        return New-Check ModuleFolder Failed ($script:CheckMessages.FolderOpen -f $found.Path, $found.Who) (Get-InstallStep)
    }
    if ($found.Own) { return New-Check ModuleFolder Warning ($script:CheckMessages.FolderOwn -f $Place.Root) $script:CheckMessages.FolderOwnNext }
    return New-Check ModuleFolder Passed $script:CheckMessages.FolderTrusted
}

function script:Test-ModuleFile {
    # Compares the published module's parts with the hashes that the build wrote into its psm1. Works without the part Private.
    param([hashtable]$Place)

    if ($Place.Unread) { return New-Check ModuleFiles Failed ($script:CheckMessages.Unread -f $Place.Unread) $script:PartMessages.Next }
    $build = Get-ModuleBuild
    if (-not $build) {
        $file = [System.IO.Path]::Combine($script:ModuleFolder, 'build.txt')
        return New-Check ModuleFiles Failed ($script:CheckMessages.FilesNoBuild -f $file) $script:CheckMessages.Install
    }
    if ($script:PartHash.Count -eq 0) { return New-Check ModuleFiles Passed ($script:CheckMessages.FilesRepository -f $build) }
    $wrong = @(foreach ($part in $script:PartHash.Keys) {
            $file = [System.IO.Path]::Combine($script:ModuleFolder, "StorageRelease.$part.ps1")
            if ((Get-FileHashText $file) -ne $script:PartHash[$part]) { $file }
        })
    if ($wrong.Length -gt 0) { return New-Check ModuleFiles Failed ($script:CheckMessages.FilesChanged -f ($wrong -join ', ')) $script:PartMessages.Next }
    return New-Check ModuleFiles Passed ($script:CheckMessages.Files -f $build)
}

function script:Get-FileHashText {
    # SHA-256 of a file, hexadecimal; empty where the file does not exist.
    param([string]$Path)

    if (-not [System.IO.File]::Exists($Path)) { return '' }
    $algorithm = New-Sha256
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read, 1048576)
    try { return [System.BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '').ToLowerInvariant() }
    finally {
        $stream.Dispose()
        $algorithm.Dispose()
    }
}

function script:Test-Executable {
    param([hashtable]$Place)

    if ([System.IO.File]::Exists($Place.Executable)) { return New-Check Executable Passed ($script:CheckMessages.ExecutableThere -f $Place.Executable) }
    $next = $(if (Test-OtherPackage $Place) { $script:Messages.ExecutableOtherNext } else { $script:CheckMessages.Install })
    return New-Check Executable Failed ($script:CheckMessages.ExecutableMissing -f $Place.Executable) $next
}

function script:Test-OtherPackage {
    # Whether the installed package was built without an executable for this system.
    param([hashtable]$Place)

    if ($Place.Unread -or $script:ExecutableHash.Count -eq 0) { return $false }
    return -not (Get-ExecutableHash $Place.Executable)
}

function script:Test-Quarantine {
    # Where one file is missing and others exist, it was probably removed (by an antivirus program, for example).
    param([hashtable]$Place)

    if (Test-OtherPackage $Place) { return New-Check Quarantine Skipped ($script:CheckMessages.QuarantineOther -f $Place.Target) }
    $missing = @(foreach ($name in $Place.Beside) {
            $file = [System.IO.Path]::Combine($Place.Folder, $name)
            if (-not [System.IO.File]::Exists($file)) { $file }
        })
    if ($missing.Length -eq 0) { return New-Check Quarantine Passed $script:CheckMessages.QuarantineNone }
    # The published module always has its executable; the repository has none until it is built.
    $installed = [System.IO.File]::Exists([System.IO.Path]::Combine($script:ModuleFolder, 'build.txt'))
    if (-not $installed -and -not [System.IO.Directory]::Exists($Place.Folder)) {
        return New-Check Quarantine Warning ($script:CheckMessages.QuarantineNothing -f $Place.Folder) $script:CheckMessages.Install
    }
    return New-Check Quarantine Failed ($script:CheckMessages.QuarantineGone -f ($missing -join ', ')) $script:CheckMessages.QuarantineNext
}

function script:Test-Mark {
    # Files that a browser has downloaded: RemoteSigned does not run such scripts, and SmartScreen asks.
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check MarkOfTheWeb Skipped $script:CheckMessages.NotHere }
    $files = @(foreach ($folder in $Place.Root, $script:ModuleFolder, $Place.Folder) {
            if ([System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::GetFiles($folder) }
        })
    $marked = @(foreach ($file in $files) { if (& $Place.Marked $file) { $file } })
    if ($marked.Length -eq 0) { return New-Check MarkOfTheWeb Passed $script:CheckMessages.MarkNone }
    $root = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Place.Root)
    return New-Check MarkOfTheWeb Failed ($script:CheckMessages.Marked -f $marked.Length, $marked[0]) ($script:CheckMessages.MarkedNext -f $root)
}

function script:Test-ExecutableHash {
    param([hashtable]$Place)

    try { $problem = Get-ExecutableProblem $Place.Executable } finally { Unprotect-Executable }
    if ($null -ne $problem) { return New-Check Hash Failed $problem $script:Messages.ExecutableChangedNext }
    return New-Check Hash Passed ($script:CheckMessages.Hash -f (Get-ExecutableHash $Place.Executable))
}

function script:Test-Signature {
    # A build may be unsigned; a signature has to be valid.
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check Signature Skipped $script:CheckMessages.NotHere }
    $signature = & $Place.Signature $Place.Executable
    $status = [string]$signature.Status
    if ($status -ceq 'Valid') { return New-Check Signature Passed ($script:CheckMessages.Signed -f $signature.SignerCertificate.Subject) }
    if ($status -ceq 'NotSigned') { return New-Check Signature Passed $script:CheckMessages.NotSigned }
    return New-Check Signature Failed ($script:CheckMessages.SignatureBad -f $status, $signature.StatusMessage) $script:Messages.ExecutableChangedNext
}
