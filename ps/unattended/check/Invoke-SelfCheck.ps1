function script:Invoke-SelfCheck {
    # Runs all checks in their order; gives each row as soon as it is made. An exception becomes a row. -Only: only these checks.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSReviewUnusedParameter', 'IncludeSerialNumber', Justification = 'The block that writes the report reads it.')]
    param([hashtable]$Place, [string[]]$Only, [string]$Report, [switch]$IncludeSerialNumber)

    $rows = [System.Collections.ArrayList]::new()
    foreach ($check in $script:SelfChecks) {
        if ($Only -and $Only -notcontains $check[0]) { continue }
        foreach ($row in @(Invoke-Check $Place $check)) {
            $Place.Status[$row.Check] = $row.Status
            $null = $rows.Add($row)
            $row
        }
    }
    if ($Report) {
        Invoke-Check $Place @('Report', '', { param($Place) Write-CheckReport $Place $rows $Report -IncludeSerialNumber:$IncludeSerialNumber })
    }
}

function script:Invoke-Check {
    # Runs one check: its name, the check that has to pass before, and the function that makes its rows.
    param([hashtable]$Place, [object[]]$Check)

    try {
        if ($Place.Unread -and $script:ChecksAlone -notcontains $Check[0]) {
            return New-Check $Check[0] Failed ($script:CheckMessages.Unread -f $Place.Unread) $script:PartMessages.Next
        }
        if ($Check[1] -and 'Failed', 'Skipped' -contains $Place.Status[$Check[1]]) {
            return New-Check $Check[0] Skipped ($script:CheckMessages.Needs -f $Check[1])
        }
        return & $Check[2] $Place
    }
    catch { return New-Check $Check[0] Failed ($script:CheckMessages.Unchecked -f $_.Exception.GetBaseException().Message) $script:CheckMessages.UncheckedNext }
}

function script:New-Check {
    # A row.
    param([string]$Check, [string]$Status, [string]$Seen, [string]$NextStep = '')

    $row = [pscustomobject]@{ Check = $Check; Status = $Status; Seen = Format-CheckText $Seen; NextStep = Format-CheckText $NextStep }
    $row.PSObject.TypeNames.Insert(0, 'StorageRelease.Check')
    return $row
}

function script:Format-CheckText {
    # Like Format-SafeText, which may be in a file that cannot be read; for longer texts.
    param([string]$Text)

    if ($Text.Length -gt 2000) { $Text = $Text.Substring(0, 2000) + '...' }
    return [regex]::Replace($Text, '[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]', '?')
}

# Name, the check that has to pass before it means anything, and the function.
$script:SelfChecks = @(
    , @('PowerShell', '', { param($Place) Test-ShellVersion $Place })
    , @('LanguageMode', '', { param($Place) Test-LanguageMode $Place })
    , @('ExecutionPolicy', '', { param($Place) Test-ExecutionPolicy $Place })
    , @('Elevation', '', { param($Place) Test-Elevation $Place })
    , @('ModuleFolder', '', { param($Place) Test-ModuleFolder $Place })
    , @('ModuleFiles', '', { param($Place) Test-ModuleFile $Place })
    , @('Executable', '', { param($Place) Test-Executable $Place })
    , @('Quarantine', '', { param($Place) Test-Quarantine $Place })
    , @('MarkOfTheWeb', '', { param($Place) Test-Mark $Place })
    , @('Hash', 'Executable', { param($Place) Test-ExecutableHash $Place })
    , @('Signature', 'Executable', { param($Place) Test-Signature $Place })
    , @('Architecture', '', { param($Place) Test-Architecture $Place })
    , @('Worker', 'Executable', { param($Place) Test-WorkerStart $Place })
    , @('Koffi', 'Worker', { param($Place) Test-Koffi $Place })
    , @('StorageStack', 'Worker', { param($Place) Test-StorageStack $Place })
    , @('StorageService', '', { param($Place) Test-StorageService $Place })
    , @('Disks', 'StorageStack', { param($Place) Test-DiskAnswer $Place })
    , @('Duplicates', 'StorageStack', { param($Place) Test-Duplicate $Place })
    , @('EventSource', '', { param($Place) Test-EventSource $Place })
    , @('Tasks', '', { param($Place) Test-TaskExecutable $Place })
    , @('Session', '', { param($Place) Test-SessionVersion $Place })
)
# The checks that do not need the files which all commands need.
$script:ChecksAlone = 'PowerShell', 'LanguageMode', 'ExecutionPolicy', 'Elevation', 'ModuleFiles', 'Quarantine', 'MarkOfTheWeb', 'Architecture',
    'StorageService', 'EventSource', 'Report'
