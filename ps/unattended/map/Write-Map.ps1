# The beginning of each map, to the byte as in src/map/html.ts.
$script:MapHead = "<!DOCTYPE html>`n<html lang=`"en`">`n<head>`n<meta charset=`"utf-8`">`n<meta name=`"generator`" content=`"StorageRelease map`">`n"

function script:Resolve-MapPath {
    # The full paths File and Before ('' where there is none); null, and an error, where one of them does not name a file.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path, [string]$Before)

    $place = @{ File = $Path; Before = $Before }
    $id = 'MapNotWritten'
    try {
        $place.File = [System.IO.Path]::GetFullPath((Resolve-FilePath $Cmdlet $Path))
        $id = 'MapFailed'
        if ($Before) { $place.Before = [System.IO.Path]::GetFullPath((Resolve-FilePath $Cmdlet $Before)) }
    }
    catch {
        $why = $_.Exception.GetBaseException().Message
        $target = $(if ($id -ceq 'MapFailed') { $Before } else { $Path })
        $text = $(if ($id -ceq 'MapFailed') { $script:MapMessages.Failed -f $why } else { $script:MapMessages.NotWritten -f (Format-SafeText $Path), $why })
        $Cmdlet.WriteError((New-ModuleError $id InvalidArgument -Message $text -NextStep $script:Messages.FilePathNext -Target $target))
        return $null
    }
    # Before anything is read, because what is piped may take long.
    $folder = [System.IO.Path]::GetDirectoryName($place.File)
    if ($folder -and -not [System.IO.Directory]::Exists($folder)) {
        $text = $script:MapMessages.NotWritten -f (Format-SafeText $place.File), ($script:MapMessages.NoFolder -f (Format-SafeText $folder))
        $Cmdlet.WriteError((New-ModuleError 'MapNotWritten' ObjectNotFound -Message $text -NextStep $script:MapMessages.NoFolderNext -Target $Path))
        return $null
    }
    # Also where paths differ only by case and may name two files: the file of -Before must never be replaced.
    if ($Before -and [string]::Equals($place.File, $place.Before, [System.StringComparison]::OrdinalIgnoreCase)) {
        $text = $script:MapMessages.Own -f (Format-SafeText $place.File)
        $Cmdlet.WriteError((New-ModuleError 'MapNotWritten' InvalidArgument -Message $text -NextStep $script:MapMessages.NotWrittenNext -Target $Path))
        return $null
    }
    $kind = Get-OtherFileKind $Cmdlet $place.File
    if ($kind) {
        $text = $script:MapMessages.NotWritten -f (Format-SafeText $place.File), ($script:MapMessages.NotRegular -f "it is $kind")
        $Cmdlet.WriteError((New-ModuleError 'MapNotWritten' InvalidArgument -Message $text -NextStep $script:MapMessages.NotRegularNext -Target $Path))
        return $null
    }
    $kind = $(if ($place.Before) { Get-OtherFileKind $Cmdlet $place.Before } else { '' })
    if ($kind) {
        $text = $script:MapMessages.Failed -f ($script:MapMessages.NotRegular -f "The file $(Format-SafeText $place.Before) is $kind")
        $Cmdlet.WriteError((New-ModuleError 'MapFailed' InvalidArgument -Message $text -NextStep $script:MapMessages.BeforeNext -Target $Before))
        return $null
    }
    return $place
}

function script:Test-MapPlace {
    # Whether the file may be written as far as -Before goes: it is not the same file under another name. False with an error.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Place, [string]$Path)

    if (-not $Place.Before) { return $true }
    try {
        if (-not (Test-SameFile $Place.File $Place.Before)) { return $true }
        $why = $script:MapMessages.Own -f (Format-SafeText $Place.Before)
    }
    catch { $why = $script:MapMessages.NotWritten -f (Format-SafeText $Place.File), $_.Exception.GetBaseException().Message }
    $Cmdlet.WriteError((New-ModuleError 'MapNotWritten' InvalidArgument -Message $why -NextStep $script:MapMessages.NotWrittenNext -Target $Path))
    return $false
}

function script:Test-SameFile {
    # Whether both paths lead to one file: by links, a share, a mounted folder, or a second name. .NET Framework can ask for
    # no file's identity. Instead: while a file is open under one name, it cannot be opened under the other for nobody else.
    # Throws where that cannot be tried, because somebody else has one of them open. A file that is missing or that this user may
    # not open is reported where it is read or written.
    param([string]$Path, [string]$Other)

    if (-not [System.IO.File]::Exists($Path)) { return $false }
    $open = [System.IO.FileMode]::Open
    $write = [System.IO.FileAccess]::ReadWrite
    try { $held = [System.IO.FileStream]::new($Other, $open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete') }
    catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException], [System.UnauthorizedAccessException] { return $false }
    try {
        # For writing: on a network file system, .NET on Linux locks a file for nobody else only so.
        try { [System.IO.FileStream]::new($Path, $open, $write, [System.IO.FileShare]::None).Dispose() }
        finally { $held.Dispose() }
        return $false
    }
    catch [System.UnauthorizedAccessException] { return $false }
    catch [System.IO.IOException] { $null = $_ }
    [System.IO.FileStream]::new($Path, $open, $write, [System.IO.FileShare]::None).Dispose()
    return $true
}

function script:Get-Map {
    # The page that shows these objects (JSON), drawn by the executable; null, and an error, where that fails.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Json, [string]$Before, [string]$Title)

    $words = @('map', '-')
    if ($Before) { $words += "--before=$Before" }
    if ($Title) { $words += "--title=$Title" }
    $ran = Invoke-Executable $Cmdlet (ConvertTo-CommandLine $words) -Text $Json
    $lines = @($ran.Errors -split '\r?\n' -ne '')
    if ($ran.Code -ne 0) {
        $message = "exit code $($ran.Code)"
        $next = if ($lines.Count -gt 1) { $lines[1] } else { '' }
        $target = $null
        if ($lines.Count -gt 0) { $message = $lines[0] -replace '^storage-release: ', '' }
        # The messages of the command line are about its own files and options: adapt them to this command.
        if ($message.StartsWith('What stdin gave ', [System.StringComparison]::Ordinal)) {
            $message = $script:MapMessages.Piped + $message.Substring(15)
            $next = $script:MapMessages.EmptyNext
        }
        elseif ($Before -and $message.StartsWith('The file ', [System.StringComparison]::Ordinal)) {
            $next = $script:MapMessages.BeforeNext
            $target = $Before
        }
        $Cmdlet.WriteError((New-ModuleError 'MapFailed' InvalidData ($script:MapMessages.Failed -f $message) $next $target))
        return $null
    }
    foreach ($line in $lines) { $Cmdlet.WriteWarning($line) }
    return $ran.Output
}

function script:Test-Map {
    # Whether a file is a map, which may be replaced. Throws where the file cannot be written.
    param([string]$Path)

    $access = [System.IO.FileAccess]::ReadWrite
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, $access, [System.IO.FileShare]::ReadWrite)
    try {
        # A link of /proc leads to a pipe without a path, which Get-OtherFileKind cannot check.
        if (-not $stream.CanSeek) { throw [System.IO.IOException]::new($script:MapMessages.NotRegular -f 'it is a pipe or a device') }
        $bytes = [byte[]]::new($script:MapHead.Length)
        $count = $stream.Read($bytes, 0, $bytes.Length)
        return [System.Text.Encoding]::ASCII.GetString($bytes, 0, $count) -ceq $script:MapHead
    }
    finally { $stream.Dispose() }
}

function script:Write-Map {
    # Writes a map to a file, whole or not at all: returns $true, or writes an error. An existing file is replaced if it is a map,
    # or with $Force.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path, [string]$Page, [bool]$Force)

    $whole = $beside = $null
    try {
        if ([System.IO.Directory]::Exists($Path)) { throw [System.IO.IOException]::new($script:MapMessages.Folder) }
        $isThere = [System.IO.File]::Exists($Path)
        if ($isThere -and -not (Test-Map $Path) -and -not $Force) {
            $exists = $script:MapMessages.Exists -f $Path
            $Cmdlet.WriteError((New-ModuleError 'MapExists' ResourceExists $exists $script:MapMessages.ExistsNext $Path))
            return $false
        }
        $folder = [System.IO.Path]::GetDirectoryName($Path)
        $beside = [System.IO.Path]::Combine($folder, '.storage-release-' + [guid]::NewGuid().ToString('N') + '.tmp')
        # The target of a link may be in another folder, so it is written in place.
        $isLink = $isThere -and ([System.IO.File]::GetAttributes($Path) -band [System.IO.FileAttributes]::ReparsePoint)
        if ($isLink) { $beside = $Path }
        # A copy keeps the access rights of the file.
        elseif ($isThere) { [System.IO.File]::Copy($Path, $beside) }
        $whole = $beside
        $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Page)
        $stream = [System.IO.FileStream]::new($whole, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
        try { $stream.Write($bytes, 0, $bytes.Length) }
        finally { $stream.Dispose() }
        if ($isLink) { $whole = $null }
        elseif ($isThere) { [System.IO.File]::Replace($whole, $Path, [System.Management.Automation.Language.NullString]::Value) }
        else { [System.IO.File]::Move($whole, $Path) }
        return $true
    }
    catch [System.IO.IOException], [System.UnauthorizedAccessException], [System.ArgumentException],
        [System.NotSupportedException] {
        $why = $_.Exception.GetBaseException().Message
        # The name that the file has until it is whole tells nobody anything.
        if ($null -ne $beside) { $why = $why.Replace($beside, $Path) }
        $message = $script:MapMessages.NotWritten -f $Path, $why
        $Cmdlet.WriteError((New-ModuleError 'MapNotWritten' WriteError $message $script:MapMessages.NotWrittenNext $Path))
        return $false
    }
    finally {
        if ($null -ne $whole -and $whole -cne $Path -and [System.IO.File]::Exists($whole)) { try { [System.IO.File]::Delete($whole) } catch { $null = $_ } }
    }
}
