# Checks of the shell and its settings. Each takes the place (Get-CheckPlace) and gives a row.

function script:Test-ShellVersion {
    param([hashtable]$Place)

    $version = $Place.Version
    if ($version -lt [version]'5.1') {
        return New-Check PowerShell Failed ($script:CheckMessages.PowerShellOld -f $Place.Edition, $version) $script:CheckMessages.PowerShellNext
    }
    if ($version.Major -eq 6) {
        return New-Check PowerShell Warning ($script:CheckMessages.PowerShellSix -f $Place.Edition, $version) $script:CheckMessages.PowerShellNext
    }
    if ($version.Major -lt 6) {
        $release = & $Place.Framework
        if ([int]$release -lt 461808) {
            return New-Check PowerShell Failed ($script:CheckMessages.FrameworkOld -f $Place.Edition, $version, $release) $script:CheckMessages.FrameworkNext
        }
    }
    return New-Check PowerShell Passed ($script:CheckMessages.PowerShell -f $Place.Edition, $version)
}

function script:Test-LanguageMode {
    param([hashtable]$Place)

    $mode = & $Place.LanguageMode
    $seen = $script:CheckMessages.LanguageMode -f $mode
    if ($mode -ceq 'FullLanguage') { return New-Check LanguageMode Passed $seen }
    return New-Check LanguageMode Warning $seen $script:CheckMessages.LanguageModeNext
}

function script:Test-ExecutionPolicy {
    # The execution policy of a session that is started without options: by a task, or a double click.
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check ExecutionPolicy Skipped $script:CheckMessages.NotHere }
    # Where no policy is set: Restricted for Windows PowerShell on Windows 11; PowerShell 7 has a default of its own.
    $policy = 'Restricted'
    if ($Place.Version.Major -ge 6) { $policy = 'RemoteSigned' }
    foreach ($row in & $Place.Policies) {
        if ([string]$row.Scope -ceq 'Process' -or [string]$row.ExecutionPolicy -ceq 'Undefined') { continue }
        $policy = [string]$row.ExecutionPolicy
        break
    }
    if ($policy -ceq 'Restricted' -or $policy -ceq 'AllSigned') {
        return New-Check ExecutionPolicy Warning ($script:CheckMessages.PolicyTold -f $policy) $script:CheckMessages.PolicyNext
    }
    return New-Check ExecutionPolicy Passed ($script:CheckMessages.Policy -f $policy)
}

function script:Test-Elevation {
    param([hashtable]$Place)

    if (-not $Place.OnWindows) { return New-Check Elevation Skipped $script:CheckMessages.NotHere }
    if (& $Place.Elevated) { return New-Check Elevation Passed $script:CheckMessages.Elevated }
    return New-Check Elevation Warning $script:CheckMessages.NotElevated $script:CheckMessages.NotElevatedNext
}

function script:Test-Architecture {
    param([hashtable]$Place)

    if (Test-OtherPackage $Place) {
        $failure = New-MissingError $Place.Executable
        return New-Check Architecture Failed $failure.Exception.Message $failure.ErrorDetails.RecommendedAction
    }
    $system = & $Place.Architecture
    $text = $script:CheckMessages.Architecture
    if ($system -ceq 'Arm64' -and $Place.OnWindows) {
        if ($Place.Target -cne 'win-arm64') { $text = $script:CheckMessages.ArchitectureArm }
    }
    elseif ($system -cne 'X64') {
        return New-Check Architecture Failed ($script:CheckMessages.ArchitectureOther -f $system) $script:CheckMessages.ArchitectureNext
    }
    return New-Check Architecture Passed ($text -f $system, $Place.Target)
}
