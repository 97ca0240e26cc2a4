# What somebody does who installs the module: from a folder of packages by PSResourceGet, for this user, imported by its
# name, updated while it is in use, removed. Repo: the folder; Old, New: versions with an executable for Linux, Windows: a
# version without; Publish: that one's folder.
param([string]$Root, [string]$Temp, [string]$Repo, [string]$Old, [string]$New, [string]$Windows, [string]$Publish)
. "$PSScriptRoot/harness.ps1"

$data = [System.Environment]::GetEnvironmentVariable('XDG_DATA_HOME')
$modules = [System.IO.Path]::Combine($data, 'powershell', 'Modules', 'StorageRelease')
$shell = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
function Get-Installed { (Get-ChildItem -LiteralPath $modules -ErrorAction Ignore).Name -join ' ' }
function Install-Version {
    param([string]$Version)
    Install-PSResource StorageRelease -Version $Version -Repository shipped -WarningAction Stop
}
function Invoke-OneRelease {
    $disk = Get-StorageRehearsalDisk | Where-Object FriendlyName -like 'IBM*' | Select-Object -First 1
    $disk | Invoke-StorageRelease -Force
}
function Invoke-Rehearsal {
    # One release in a rehearsal of the installed module: its outcome, and the version of the module.
    $bus = [System.IO.Path]::Combine($Temp, [guid]::NewGuid().ToString() + '.json')
    $module = Get-Module StorageRelease
    [System.IO.File]::Copy([System.IO.Path]::Combine($module.ModuleBase, 'ps', 'rehearsal', 'small-shop.json'), $bus)
    Enter-StorageRehearsal -Path $bus -WarningAction Ignore
    $result = Invoke-OneRelease
    '{0} {1} {2}' -f $module.Version, $result.Bus, $result.Outcome
}

Test-That 'a folder of packages is a repository, and it says what is in it' {
    Register-PSResourceRepository -Name shipped -Uri $Repo -Trusted
    $found = Find-PSResource StorageRelease -Repository shipped -Version $Old
    Assert-Equal ([string]$found.Type) Module
    Assert-Equal $found.Author 'The StorageRelease authors'
    Assert-True (@($found.Tags) -contains 'PSEdition_Desktop')
    Assert-Match $found.ReleaseNotes '### Added'
}

Test-That 'it is installed, all files of its manifest and no other, and the manifest has no fault' {
    Install-Version $Old
    Assert-Equal (Get-Installed) $Old
    $base = [System.IO.Path]::Combine($modules, $Old)
    $manifest = Test-ModuleManifest ([System.IO.Path]::Combine($base, 'StorageRelease.psd1')) -ErrorAction Stop
    $listed = @($manifest.FileList | ForEach-Object { [System.IO.Path]::GetFullPath($_) } | Sort-Object)
    # What PSResourceGet writes for itself.
    $there = @([System.IO.Directory]::GetFiles($base, '*', 'AllDirectories') |
            Where-Object { $_ -notmatch 'PSGetModuleInfo\.xml$' } | Sort-Object)
    Assert-Equal ($there -join "`n") ($listed -join "`n")
}

Test-That 'it is imported by its name, and brings its commands and nothing else' {
    $lines = @(Import-Module StorageRelease -Verbose 4>&1 | ForEach-Object { [string]$_ })
    $module = Get-Module StorageRelease
    $public = @($module.ExportedFunctions.Keys | Sort-Object)
    Assert-Equal (@($lines -match '^Importing ') -join ' ') ((@($public | ForEach-Object { "Importing function '$_'." })) -join ' ')
    Assert-Equal $module.ExportedCommands.Count $public.Count
    Assert-Equal ([string]$module.Version) $Old
}

Test-That 'a rehearsal of it' { Assert-Equal (Invoke-Rehearsal) "$Old Rehearsal Accepted" }

Test-That 'help, and the documentation that the README links' {
    Assert-Match (Get-Help Invoke-StorageRelease).Synopsis '^Releases'
    Assert-Match (Get-Help about_StorageRelease) 'RESERVATION'
    $base = (Get-Module StorageRelease).ModuleBase
    $text = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($base, 'README.md'))
    foreach ($link in [regex]::Matches($text, '\]\((docs/[^)#]+)')) {
        Assert-True (Test-Path -LiteralPath ([System.IO.Path]::Combine($base, $link.Groups[1].Value))) $link.Value
    }
}

Test-That 'it is updated while it is in use: this session keeps its version, the next one has the new one' {
    Update-PSResource StorageRelease -Version $New -Repository shipped
    Assert-Equal (Get-Installed) "$Old $New"
    # By the process that was started before.
    Assert-Equal (Invoke-OneRelease).Outcome Accepted
    $functions = foreach ($name in 'Invoke-OneRelease', 'Invoke-Rehearsal') { "function $name {$((Get-Item function:$name).Definition)}" }
    $said = & $shell -NoProfile -Command "Import-Module StorageRelease; `$Temp = '$Temp'; $($functions -join '; '); Invoke-Rehearsal"
    Assert-Equal $said "$New Rehearsal Accepted"
}

Test-That 'it is removed, one version at a time, and nothing is left' {
    Uninstall-PSResource StorageRelease -Version $Old
    Assert-Equal (Get-Installed) $New
    Remove-Module StorageRelease
    Uninstall-PSResource StorageRelease -Version $New
    Assert-Equal (Get-Installed) ''
    Assert-True (-not (Test-Path -LiteralPath $modules))
}

Test-That 'a package that has no executable for this system says for which it has one, and what to do' {
    Install-Version $Windows
    Import-Module StorageRelease
    $example = [System.IO.Path]::Combine((Get-Module StorageRelease).ModuleBase, 'ps', 'rehearsal', 'small-shop.json')
    $failure = $null
    try { Enter-StorageRehearsal -Path $example -ErrorAction Stop } catch { $failure = $_ }
    Assert-Equal $failure.FullyQualifiedErrorId 'ExecutableMissing,Enter-StorageRehearsal'
    Assert-Match $failure 'no executable for this system \(linux-x64\), only for win-arm64, win-x64\.'
    Assert-Match $failure.ErrorDetails.RecommendedAction 'npm run package -- --with-linux'
    Remove-Module StorageRelease
}

Test-That 'on Windows on Arm it takes the executable for that, and where there is none the one for x64' {
    $module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
    $dist = [System.IO.Path]::Combine($Publish, 'dist')
    $choose = { param($dist, $processor) Import-ModulePart Private; Select-WindowsExecutable $dist $processor }
    foreach ($row in @(
            @($dist, 'ARM64', 'win-arm64'), @($dist, 'AMD64', 'win-x64'), @($dist, '', 'win-x64'), @($Temp, 'ARM64', 'win-x64')
        )) {
        $wanted = [System.IO.Path]::Combine($row[0], $row[2], 'storage-release.exe')
        Assert-Equal (& $module $choose $row[0] $row[1]) $wanted $row[1]
    }
}

Test-That 'Publish-PSResource takes its folder, too: install.test.ts compares the two' {
    $own = [System.IO.Path]::Combine($Temp, 'own')
    $null = [System.IO.Directory]::CreateDirectory($own)
    Register-PSResourceRepository -Name own -Uri $own -Trusted
    Publish-PSResource -Path $Publish -Repository own
    Assert-True (Test-Path -LiteralPath ([System.IO.Path]::Combine($own, "StorageRelease.$Windows.nupkg")))
    [System.IO.File]::Copy([System.IO.Path]::Combine($own, "StorageRelease.$Windows.nupkg"), [System.IO.Path]::Combine($Repo, 'theirs.zip'))
}

Complete-Tests
