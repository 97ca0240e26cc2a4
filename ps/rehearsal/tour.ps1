# A tour of the main job on a rehearsal bus. Touches no real disk, and works on a copy of the example.
#   pwsh -File ps/rehearsal/tour.ps1

param([string]$Bus = [System.IO.Path]::Combine($PSScriptRoot, 'small-shop.json'))

$root = [System.IO.Path]::GetDirectoryName([System.IO.Path]::GetDirectoryName($PSScriptRoot))
Import-Module ([System.IO.Path]::Combine($root, 'StorageRelease.psd1'))

function Show-Step {
    # Shows a command line as it would be typed, then runs it, as a prompt does.
    param([string]$Line)

    "`nPS> $Line" | Out-Default
    . ([scriptblock]::Create($Line)) | Out-Default
}

# In a folder of its own: others may write to the one of temporary files.
$folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'storage-release-tour-' + [guid]::NewGuid().ToString('N'))
$null = [System.IO.Directory]::CreateDirectory($folder)
$copy = [System.IO.Path]::Combine($folder, [System.IO.Path]::GetFileName($Bus))
[System.IO.File]::Copy($Bus, $copy)
try {
    . Show-Step "Enter-StorageRehearsal '$copy'"
    . Show-Step 'Get-StorageRehearsalDisk'
    . Show-Step 'Get-StorageRehearsalDisk 0, 1, 2 | Invoke-StorageRelease -WhatIf'
    . Show-Step '$results = Get-StorageRehearsalDisk | Invoke-StorageRelease -Force -TimeoutSec 3 -ErrorVariable failures -ErrorAction SilentlyContinue; $results'
    . Show-Step '"$($results.Count) results, $($failures.Count) errors"'
    . Show-Step 'Get-StorageRehearsalDisk 0 | Invoke-StorageRelease -Force'
    . Show-Step '[System.Diagnostics.Process]::GetCurrentProcess() | Invoke-StorageRelease -Force'
    . Show-Step 'Get-StorageRehearsalDisk 1, 3'
    . Show-Step 'Exit-StorageRehearsal'
}
finally {
    [System.IO.Directory]::Delete($folder, $true)
}
