# Where the module lies, and who else may write there. See docs/security.md and decision 9.

function Read-Start {
    # The first command of a new shell with a copy of the module: outcome or error id, and warnings.
    param([string]$Manifest)
    $text = "`$warnings = @()`n" +
        "try { `$read = Get-StorageReservation -Number $((Get-TestDisk).Number) -WarningVariable warnings -WarningAction SilentlyContinue; 'OUTCOME ' + `$read.Outcome }`n" +
        "catch { 'ERROR ' + `$_.FullyQualifiedErrorId.Split(',')[0] }`n" +
        "foreach (`$one in `$warnings) { 'WARNING ' + `$one }"
    $ended = Invoke-Shell 'desktop' $text $Manifest
    $lines = @($ended.Output -split '\r?\n' | Where-Object { $_ -cmatch '^(OUTCOME|ERROR|WARNING) ' })
    Assert-That ($lines.Count) "the shell said neither outcome nor error: $($ended.Errors)"
    foreach ($line in $lines) { Add-Seen $line }
    return $lines
}

Add-Check 'acl-program-files' {
    $lines = @(Read-Start $script:Machine.WindowsPowerShell)
    Assert-That ($lines[0] -ceq 'OUTCOME Read') "the module in Program Files: $($lines[0])"
    Assert-That ($lines.Count -eq 1) 'it warns'
}

Add-Check 'acl-tools' {
    $folder = [System.IO.Path]::Combine($script:Machine.Drive, 'StorageReleaseTools')
    $manifest = Invoke-Preparation 'the copy cannot be made' {
        $null = [System.IO.Directory]::CreateDirectory($folder)
        Add-Undo -With $folder { param([string]$Folder) Remove-Item $Folder -Recurse -Force }
        Copy-StagedModule $folder
    }
    $lines = @(Read-Start $manifest)
    Assert-That ($lines[0] -ceq 'ERROR ModuleWritable') "a folder below C:\: $($lines[0])"
}

Add-Check 'acl-profile' {
    $folder = [System.IO.Path]::Combine($script:Machine.Profile, 'StorageReleaseTest')
    $manifest = Invoke-Preparation 'the copy cannot be made' {
        $null = [System.IO.Directory]::CreateDirectory($folder)
        Add-Undo -With $folder { param([string]$Folder) Remove-Item $Folder -Recurse -Force }
        Copy-StagedModule $folder
    }
    $lines = @(Read-Start $manifest)
    Assert-That ($lines[0] -ceq 'OUTCOME Read') "the module in the profile: $($lines[0])"
    Assert-That (@($lines | Where-Object { $_ -cmatch '^WARNING .*profile' }).Count -eq 1) 'it does not warn of the profile, once'
}

Add-Check 'acl-unc' {
    $lines = @(Read-Start (Get-NetworkPath $script:Machine.WindowsPowerShell))
    Assert-That ($lines[0] -ceq 'ERROR ModuleWritable') "a UNC path: $($lines[0])"
}

Add-Check 'app-control' {
    foreach ($command in 'ConvertFrom-CIPolicy', 'Set-RuleOption', 'Set-CIPolicyIdInfo') {
        if (-not (Get-Command $command -ErrorAction SilentlyContinue)) { Stop-Check "this Windows has no $command" }
    }
    $tool = [System.IO.Path]::Combine($script:System32, 'CiTool.exe')
    if (-not [System.IO.File]::Exists($tool)) { Stop-Check 'this Windows has no CiTool.exe' }
    $since = [System.DateTime]::UtcNow
    Invoke-Preparation 'the policy cannot be made' {
        $policy = [System.IO.Path]::Combine((New-Folder 'policy'), 'audit.xml')
        Copy-Item ([System.IO.Path]::Combine($script:Machine.Windows, 'schemas', 'CodeIntegrity', 'ExamplePolicies', 'AllowMicrosoft.xml')) $policy
        # 3: audit, nothing is blocked.
        Set-RuleOption -FilePath $policy -Option 3
        $null = Set-CIPolicyIdInfo -FilePath $policy -PolicyName 'StorageRelease test' -ResetPolicyID
        $id = ([xml][System.IO.File]::ReadAllText($policy)).SiPolicy.PolicyID
        $binary = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($policy), "$id.cip")
        $null = ConvertFrom-CIPolicy -XmlFilePath $policy -BinaryFilePath $binary
        $ended = Invoke-Program $tool "--update-policy `"$binary`" -json"
        if ($ended.Code -ne 0) { throw "CiTool ended with $($ended.Code): $($ended.Output)" }
        Add-Undo -With $tool, $id { param([string]$Tool, [string]$Id) $null = Invoke-Program $Tool "--remove-policy `"$Id`" -json" }
    }
    $ended = Invoke-Shell 'desktop' "'MODE ' + `$ExecutionContext.SessionState.LanguageMode`n'OUTCOME ' + (Get-StorageReservation -Number $((Get-TestDisk).Number)).Outcome"
    Add-Seen (@($ended.Output -split '\r?\n' | Where-Object { $_ -cmatch '^(MODE|OUTCOME) ' }) -join ', ')
    Assert-That ($ended.Output -cmatch '(?m)^OUTCOME Read') "the module does not work under a policy in audit mode: $($ended.Errors)"
    $events = @(Get-WinEvent -FilterHashtable @{ LogName = 'Microsoft-Windows-CodeIntegrity/Operational'; Id = 3076; StartTime = $since } -ErrorAction SilentlyContinue |
            Where-Object { $_.Message -match 'storage-release|koffi' })
    foreach ($one in $events) { Add-Seen ('event 3076: ' + (($one.Message -split '\r?\n')[0])) }
    Assert-That ($events.Count -ge 1) 'the log has no event 3076 of the executable, which is not signed'
}

Add-Check 'rehearsal-access' {
    $folder = [System.IO.Path]::Combine($script:Machine.Programs, 'StorageReleaseRehearsal')
    Invoke-Preparation 'the folder cannot be made' {
        $null = [System.IO.Directory]::CreateDirectory($folder)
        Add-Undo -With $folder { param([string]$Folder) Remove-Item $Folder -Recurse -Force }
    }
    $bus = New-Bus -Folder $folder
    Use-Rehearsal $bus {
        $result = Invoke-StorageRelease -Number 1 -Force
        Assert-That ($result.Outcome -ceq 'Accepted') "the outcome was $($result.Outcome)"
        Assert-That (@($script:Warned | Where-Object { "$_" -match 'may write to' }).Count -eq 0) "it warns: $($script:Warned -join '; ')"
    }
    Assert-That (@([System.IO.Directory]::GetFileSystemEntries($folder)).Count -eq 1) 'something is left beside the file'
}

Add-Check 'rehearsal-network' {
    $bus = New-Bus
    $folder = [System.IO.Path]::GetDirectoryName($bus)
    Use-Rehearsal (Get-NetworkPath $bus) {
        $result = Invoke-StorageRelease -Number 1 -Force
        Assert-That ($result.Outcome -ceq 'Accepted') "the outcome was $($result.Outcome)"
    }
    Assert-That ([System.IO.File]::ReadAllText($bus).Contains('"state"')) 'the file was not written'
    Assert-That (@([System.IO.Directory]::GetFileSystemEntries($folder)).Count -eq 1) 'something is left beside the file'
}
