# The scripts that Publish-StorageRelease runs on the other computer. They are sent as text, so they must not need this
# module: only Windows PowerShell 5.1 or 7, .NET and Core commands.

$script:PublishScript = @{
    # The module's folder on that computer, and the executable that its system needs.
    Place  = {
        param([string]$Name, [string]$Version, [string]$Scope)

        $ErrorActionPreference = 'Stop'
        $join = { param([string[]]$Parts) [System.IO.Path]::Combine($Parts) }
        $variable = { param([string]$Name) [System.Environment]::GetEnvironmentVariable($Name) }
        if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
            if ($Scope -eq 'AllUsers') {
                # For a 32-bit process the system names another folder, and environment variables cannot be trusted.
                if ([System.Environment]::Is64BitOperatingSystem -and -not [System.Environment]::Is64BitProcess) {
                    throw 'This is a session of 32-bit PowerShell; publish through a session of 64-bit PowerShell.'
                }
                # Windows PowerShell's folder, because PowerShell 7 searches it, too.
                $programs = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::ProgramFiles)
                $base = & $join $programs, 'WindowsPowerShell', 'Modules'
            }
            else {
                $edition = 'WindowsPowerShell'
                if ($PSVersionTable.PSVersion.Major -gt 5) { $edition = 'PowerShell' }
                $documents = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::MyDocuments)
                if (-not $documents) { throw 'This session has no documents folder; publish with -Scope AllUsers.' }
                $base = & $join $documents, $edition, 'Modules'
            }
        }
        elseif ($Scope -eq 'AllUsers') { $base = '/usr/local/share/powershell/Modules' }
        else {
            $data = & $variable 'XDG_DATA_HOME'
            if (-not $data) { $data = & $join (& $variable 'HOME'), '.local', 'share' }
            $base = & $join $data, 'powershell', 'Modules'
        }
        $system = 'linux-x64'
        if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
            # For the reason, see Get-ExecutablePath.
            $key = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
            $system = 'win-x64'
            if ([Microsoft.Win32.Registry]::GetValue($key, 'PROCESSOR_ARCHITECTURE', '') -eq 'ARM64') { $system = 'win-arm64' }
        }
        [pscustomobject]@{ Base = $base; Target = (& $join $base, $Name, $Version); System = $system }
    }

    # What exists on that computer: copies of the module, and how much of an earlier, interrupted copy.
    Look   = {
        param([string]$Name, [string]$Version, [string]$Base, [string]$Target, [string]$Id, [string[]]$Files, [string[]]$Hashes)

        $ErrorActionPreference = 'Stop'
        $join = { param([string[]]$Parts) [System.IO.Path]::Combine($Parts) }
        $variable = { param([string]$Name) [System.Environment]::GetEnvironmentVariable($Name) }
        $part = & $join $Base, $Name, ('.part-' + $Version + '-' + $Id)

        $places = @((& $variable 'PSModulePath').Split([System.IO.Path]::PathSeparator) | Where-Object { $_ })
        $inPath = $false
        foreach ($place in $places) { if ($place.TrimEnd('\', '/') -eq $Base) { $inPath = $true } }
        if (-not $inPath) { $places += $Base }
        $copies = @()
        foreach ($place in $places) {
            $folder = & $join $place, $Name
            if (-not [System.IO.Directory]::Exists($folder)) { continue }
            foreach ($one in @($folder) + [System.IO.Directory]::GetDirectories($folder)) {
                $manifest = & $join $one, ($Name + '.psd1')
                if (-not [System.IO.File]::Exists($manifest)) { continue }
                if ([System.IO.File]::ReadAllText($manifest) -match "(?m)^\s*ModuleVersion\s*=\s*'([0-9.]+)'") {
                    $copies += @{ Version = [version]$Matches[1]; Path = $one }
                }
            }
        }
        $newest = $null
        $same = $null
        $other = $null
        $wrong = 0
        $sha = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
        foreach ($copy in $copies) {
            if ($null -eq $newest -or $copy.Version -gt $newest) { $newest = $copy.Version }
            if ($copy.Version -ne [version]$Version) { continue }
            $bad = 0
            for ($i = 0; $i -lt $Files.Length; $i++) {
                $file = & $join $copy.Path, $Files[$i]
                $found = ''
                if ([System.IO.File]::Exists($file)) {
                    $stream = [System.IO.File]::Open($file, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
                    try { $found = [System.BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '') } finally { $stream.Dispose() }
                }
                if ($found -ne $Hashes[$i]) { $bad++ }
            }
            if ($bad -eq 0) {
                if (-not $same) { $same = $copy.Path }
            }
            elseif (-not $other -or $copy.Path -eq $Target) {
                $other = $copy.Path
                $wrong = $bad
            }
        }
        # A folder without a manifest is an obstacle as well.
        if (-not $other -and -not $same -and [System.IO.Directory]::Exists($Target)) {
            $other = $Target
            $wrong = $Files.Length
        }

        $loaded = $null
        $module = Get-Module -Name $Name
        if ($module) { $loaded = [string]@($module)[0].Version }
        $users = @()
        if ($other) {
            foreach ($process in [System.Diagnostics.Process]::GetProcessesByName('storage-release')) {
                # A process whose path cannot be read may run from here; one without a path has ended.
                try { $from = $process.MainModule.FileName } catch { $from = $other }
                if ($from -and ($from + [System.IO.Path]::DirectorySeparatorChar).StartsWith(
                        $other + [System.IO.Path]::DirectorySeparatorChar, [System.StringComparison]::OrdinalIgnoreCase)) { $users += 'process ' + $process.Id }
            }
            if ($loaded -eq $Version) { $users += 'this session' }
        }
        $have = [long]0
        $package = & $join $part, 'package.gz'
        if ([System.IO.File]::Exists($package)) { $have = [System.IO.FileInfo]::new($package).Length }
        [pscustomobject]@{
            Target = $Target; Part = $part; Have = $have; InPath = $inPath; Base = $Base; Newest = [string]$newest
            Same = $same; Other = $other; Wrong = $wrong; Users = $users -join ', '; Loaded = $loaded
        }
    }

    # Appends a piece, if it is the next one. Returns how much exists now.
    Write  = {
        param([string]$Part, [long]$Offset, [byte[]]$Data)

        $ErrorActionPreference = 'Stop'
        $null = [System.IO.Directory]::CreateDirectory($Part)
        $stream = [System.IO.File]::Open([System.IO.Path]::Combine($Part, 'package.gz'), [System.IO.FileMode]::OpenOrCreate,
            [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
        try {
            if ($stream.Length -eq $Offset) {
                $null = $stream.Seek(0, [System.IO.SeekOrigin]::End)
                $stream.Write($Data, 0, $Data.Length)
                $stream.Flush()
            }
            $stream.Length
        }
        finally { $stream.Dispose() }
    }

    # After the last piece: unpacks everything beside the target, reads every file back and compares it, then moves the whole
    # into place. Until then no folder has the module's name. A wrong copy is deleted and reported.
    # -InUse: the copy that it replaces is in use, and is exchanged file by file.
    Finish = {
        param([string]$Part, [string]$Target, [string[]]$Files, [long[]]$Lengths, [string[]]$Hashes, [bool]$Replace, [bool]$InUse)

        $ErrorActionPreference = 'Stop'
        # Files of an earlier copy that were renamed aside while they were in use.
        $aside = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($Target), '.old')
        if ([System.IO.Directory]::Exists($aside)) {
            foreach ($file in [System.IO.Directory]::GetFiles($aside)) { try { [System.IO.File]::Delete($file) } catch { $null = $_ } }
            try { [System.IO.Directory]::Delete($aside) } catch { $null = $_ }
        }
        $fresh = [System.IO.Path]::Combine($Part, 'unpacked')
        $old = [System.IO.Path]::Combine($Part, 'replaced')
        if ([System.IO.Directory]::Exists($fresh)) { [System.IO.Directory]::Delete($fresh, $true) }
        $wrong = @()
        $buffer = [byte[]]::new(1048576)
        $source = [System.IO.File]::OpenRead([System.IO.Path]::Combine($Part, 'package.gz'))
        try {
            $zip = [System.IO.Compression.GZipStream]::new($source, [System.IO.Compression.CompressionMode]::Decompress)
            for ($i = 0; $i -lt $Files.Length; $i++) {
                $file = [System.IO.Path]::Combine($fresh, $Files[$i])
                $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($file))
                $to = [System.IO.File]::Open($file, [System.IO.FileMode]::CreateNew)
                try {
                    $left = $Lengths[$i]
                    while ($left -gt 0) {
                        $count = $zip.Read($buffer, 0, [int][System.Math]::Min($buffer.Length, $left))
                        if ($count -le 0) { break }
                        $to.Write($buffer, 0, $count)
                        $left -= $count
                    }
                }
                finally { $to.Dispose() }
            }
            $zip.Dispose()
        }
        catch { $wrong += $_.Exception.Message }
        finally { $source.Dispose() }
        $sha = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
        for ($i = 0; $i -lt $Files.Length -and $wrong.Length -eq 0; $i++) {
            $file = [System.IO.Path]::Combine($fresh, $Files[$i])
            $stream = [System.IO.File]::OpenRead($file)
            try { $found = [System.BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '') } finally { $stream.Dispose() }
            if ($found -ne $Hashes[$i]) { $wrong += $Files[$i] + ': its SHA-256 is ' + $found }
            # Only for other systems than Windows; Windows PowerShell does not have this method.
            elseif ($Files[$i] -match '/storage-release$') {
                $mode = [System.IO.File].GetMethod('SetUnixFileMode', [type[]]@([string], [type]'System.IO.UnixFileMode'))
                $null = $mode.Invoke($null, [object[]]@($file, [System.Enum]::ToObject([type]'System.IO.UnixFileMode', 493)))
            }
        }
        if ($wrong.Length -gt 0) {
            [System.IO.Directory]::Delete($Part, $true)
            throw ('The files that arrived differ from those that were sent, and were deleted. ' + $wrong[0])
        }
        # This list, in the form of sha256sum, identifies the copy when it is to be removed.
        $list = [System.Text.StringBuilder]::new()
        for ($i = 0; $i -lt $Files.Length; $i++) {
            $null = $list.Append($Hashes[$i].ToLowerInvariant()).Append('  ').Append($Files[$i]).Append("`n")
        }
        $list = [System.Text.Encoding]::UTF8.GetBytes($list.ToString())
        [System.IO.File]::WriteAllBytes([System.IO.Path]::Combine($fresh, 'published.txt'), $list)
        # From here on the list is one of the files.
        $Files += 'published.txt'
        $Hashes += [System.BitConverter]::ToString($sha.ComputeHash($list)).Replace('-', '')
        # Repeats a step on files for ten seconds: an antivirus program may hold new files open for a moment.
        $patiently = {
            param([scriptblock]$Step)
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            while ($true) {
                try { return & $Step }
                catch {
                    $problem = $_.Exception.GetBaseException()
                    if ($watch.ElapsedMilliseconds -ge 10000 -or
                        ($problem -isnot [System.IO.IOException] -and $problem -isnot [System.UnauthorizedAccessException])) { throw }
                }
                [System.Threading.Thread]::Sleep(200)
            }
        }
        $moved = [System.Collections.ArrayList]::new()
        $move = {
            param([string]$From, [string]$To)
            $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($To))
            & $patiently { [System.IO.File]::Move($From, $To) }
            $null = $moved.Add(@($From, $To))
        }
        $exchange = {
            # On Windows a running file cannot be written or deleted, nor its folder moved; but the file can be renamed. Files
            # that are right already stay.
            foreach ($file in [System.IO.Directory]::GetFiles($Target, '*', [System.IO.SearchOption]::AllDirectories)) {
                $name = $file.Substring($Target.Length).TrimStart('\', '/').Replace('\', '/')
                $at = [System.Array]::IndexOf($Files, $name)
                if ($at -ge 0) {
                    $stream = [System.IO.File]::Open($file, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
                    try { $found = [System.BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '') } finally { $stream.Dispose() }
                    if ($found -eq $Hashes[$at]) { continue }
                }
                & $move $file ([System.IO.Path]::Combine($old, $name))
            }
            foreach ($name in $Files) {
                $to = [System.IO.Path]::Combine($Target, $name)
                if (-not [System.IO.File]::Exists($to)) { & $move ([System.IO.Path]::Combine($fresh, $name)) $to }
            }
        }
        $whole = $true
        if ([System.IO.Directory]::Exists($Target)) {
            if (-not $Replace) { throw ($Target + ' has come into being meanwhile.') }
            & $patiently { if ([System.IO.Directory]::Exists($old)) { [System.IO.Directory]::Delete($old, $true) } }
            $whole = -not $InUse
            if ($whole) {
                try { [System.IO.Directory]::Move($Target, $old) }
                catch { $whole = $false }
            }
        }
        try {
            if ($whole) { & $patiently { [System.IO.Directory]::Move($fresh, $Target) } }
            else { & $exchange }
        }
        catch {
            # Puts the old copy back.
            if ($whole -and [System.IO.Directory]::Exists($old)) { & $patiently { [System.IO.Directory]::Move($old, $Target) } }
            for ($i = $moved.Count - 1; $i -ge 0; $i--) { & $patiently { [System.IO.File]::Move($moved[$i][1], $moved[$i][0]) } }
            throw
        }
        # Old files that are in use are moved out of the executable's folder; the next copy deletes them.
        if ([System.IO.Directory]::Exists($old)) {
            foreach ($file in [System.IO.Directory]::GetFiles($old, '*', [System.IO.SearchOption]::AllDirectories)) {
                try { [System.IO.File]::Delete($file) }
                catch {
                    $null = [System.IO.Directory]::CreateDirectory($aside)
                    $name = [System.Guid]::NewGuid().ToString('N') + '-' + [System.IO.Path]::GetFileName($file)
                    try { [System.IO.File]::Move($file, [System.IO.Path]::Combine($aside, $name)) } catch { $null = $_ }
                }
            }
        }
        try { & $patiently { [System.IO.Directory]::Delete($Part, $true) } } catch { $null = $_ }
        $Target
    }
}
