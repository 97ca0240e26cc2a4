# The script that Publish-StorageRelease -Remove runs on the other computer: sent as text, like PublishScript.ps1. Without -Go
# it only looks; with -Go it removes the copy, unless it finds something that was not allowed.

$script:RemoveScript = {
    param([string]$Name, [string]$Version, [string]$Base, [string]$Target, [bool]$Force, [bool]$Go)

    $ErrorActionPreference = 'Stop'
    $found = [pscustomobject]@{
        There = [System.IO.Directory]::Exists($Target); Published = $false; Wrong = 0; First = ''; Users = ''
        Rest = 0; Removed = $false; Left = ''
    }
    $isLink = { param([string]$Path) ([System.IO.File]::GetAttributes($Path) -band [System.IO.FileAttributes]::ReparsePoint) -ne 0 }
    $listed = @{}
    $list = [System.IO.Path]::Combine($Target, 'published.txt')
    if ($found.There -and -not (& $isLink $Target) -and [System.IO.File]::Exists($list)) {
        $found.Published = $true
        foreach ($line in [System.IO.File]::ReadAllLines($list)) {
            if ($line -match '\A([0-9a-f]{64})  (.+)\z') { $listed[$Matches[2]] = $Matches[1] }
        }
        # Only published files are removed with the copy: a file that was changed, or that somebody added, counts as
        # wrong. So does a link, which may lead anywhere and is never followed. Missing files do not matter.
        $sha = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
        $folders = [System.Collections.Queue]::new()
        $folders.Enqueue($Target)
        while ($folders.Count -gt 0) {
            foreach ($entry in [System.IO.Directory]::GetFileSystemEntries($folders.Dequeue())) {
                $wrong = & $isLink $entry
                if (-not $wrong) {
                    if ([System.IO.Directory]::Exists($entry)) {
                        $folders.Enqueue($entry)
                        continue
                    }
                    if ($entry -eq $list) { continue }
                    $hash = $listed[$entry.Substring($Target.Length + 1).Replace('\', '/')]
                    $wrong = $true
                    if ($hash) {
                        $stream = [System.IO.File]::Open($entry, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read,
                            [System.IO.FileShare]'ReadWrite, Delete')
                        try { $wrong = $hash -ne [System.BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '') }
                        finally { $stream.Dispose() }
                    }
                }
                if (-not $wrong) { continue }
                if ($found.Wrong -eq 0) { $found.First = $entry }
                $found.Wrong++
            }
        }
        $sha.Dispose()
    }

    # What uses the copy: a process, this session, a scheduled task that names its executable.
    $users = @()
    if ($found.There) {
        $within = $Target + [System.IO.Path]::DirectorySeparatorChar
        foreach ($process in [System.Diagnostics.Process]::GetProcessesByName('storage-release')) {
            # A process whose path cannot be read may run from here; one without a path has ended.
            try { $from = $process.MainModule.FileName } catch { $from = $within }
            if ($from -and $from.StartsWith($within, [System.StringComparison]::OrdinalIgnoreCase)) { $users += 'process ' + $process.Id }
        }
        $module = Get-Module -Name $Name
        if ($module -and [string]@($module)[0].Version -eq $Version) { $users += 'this session' }
        $tasks = ''
        if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
            $tasks = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'Tasks')
        }
        $folders = [System.Collections.Queue]::new()
        if ($tasks -and [System.IO.Directory]::Exists($tasks)) { $folders.Enqueue($tasks) }
        while ($folders.Count -gt 0) {
            # Tasks that this user may not read do not count; administrators can read all.
            $entries = @()
            try { $entries = [System.IO.Directory]::GetFileSystemEntries($folders.Dequeue()) } catch { $null = $_ }
            foreach ($entry in $entries) {
                if ([System.IO.Directory]::Exists($entry)) {
                    if (-not (& $isLink $entry)) { $folders.Enqueue($entry) }
                    continue
                }
                $text = ''
                try { $text = [System.IO.File]::ReadAllText($entry) } catch { $null = $_ }
                if ($text.IndexOf($within, [System.StringComparison]::OrdinalIgnoreCase) -lt 0) { continue }
                $users += 'task ' + $entry.Substring($tasks.Length)
            }
        }
    }
    $found.Users = $users -join ', '

    # Files left by broken copies of this version, by copies that were replaced while they ran, and by an earlier removal.
    $parent = [System.IO.Path]::Combine($Base, $Name)
    $rest = @()
    if ([System.IO.Directory]::Exists($parent)) {
        foreach ($pattern in ('.part-' + $Version + '-*'), ('.removed-' + $Version + '-*'), '.old') {
            $rest += [System.IO.Directory]::GetDirectories($parent, $pattern)
        }
    }
    $found.Rest = $rest.Length

    $allowed = -not $found.There -or ($found.Published -and -not $found.Users -and ($Force -or $found.Wrong -eq 0))
    if (-not $Go -or -not $allowed) { return $found }

    # As in PublishScript.ps1: each script is sent whole.
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
    # First the whole copy is renamed in one step, so that it is no module any more; only then are files deleted.
    if ($found.There) {
        $aside = [System.IO.Path]::Combine($parent, '.removed-' + $Version + '-' + [System.Guid]::NewGuid().ToString('N').Substring(0, 8))
        & $patiently { [System.IO.Directory]::Move($Target, $aside) }
        $rest += $aside
    }
    $found.Removed = $true
    foreach ($folder in $rest) {
        try { & $patiently { if ([System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::Delete($folder, $true) } } }
        catch { $found.Left = $folder }
    }
    # Fails where the folder has another version; it is deleted only with the last one.
    try { if ([System.IO.Directory]::Exists($parent)) { [System.IO.Directory]::Delete($parent) } } catch { $null = $_ }
    $found
}
