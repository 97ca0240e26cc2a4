# What Publish-StorageRelease -Remove runs on the other computer: sent as text, like PublishScript.ps1. Looks first, and with
# -Go takes the copy away, unless something is found then that was not allowed for.

$script:RemoveScript = {
    param([string]$Name, [string]$Version, [string]$Base, [string]$Target, [bool]$Force, [bool]$Go, [string]$PatientStep)

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
        # Nothing goes with the copy but what was published: a file that is another one, or that somebody put there, counts as
        # wrong. So does a link, which may lead anywhere; nobody follows it. What is missing is in nobody's way.
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

    # Who runs it: a process, this session, a scheduled task that names its executable.
    $users = @()
    if ($found.There) {
        $within = $Target + [System.IO.Path]::DirectorySeparatorChar
        foreach ($process in [System.Diagnostics.Process]::GetProcessesByName('storage-release')) {
            # One that will not say where it runs from may run from here; one that runs from nowhere has ended.
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
            # Which this user may not read are not this user's to keep; administrators read all.
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

    # What broken copies of this version, copies that were replaced while they ran, and an earlier removal have left.
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

    $patiently = [scriptblock]::Create($PatientStep)
    # In one step it has no longer the module's name, whole; only then is anything deleted.
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
    # The last version's parent; where there is another one, this is an error.
    try { if ([System.IO.Directory]::Exists($parent)) { [System.IO.Directory]::Delete($parent) } } catch { $null = $_ }
    $found
}
