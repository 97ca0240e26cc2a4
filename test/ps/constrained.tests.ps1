# Constrained Language, which App Control and AppLocker bring: the import says one sentence and exports nothing. What is
# shown here is a runspace in that language mode, and a session that goes over to it: how the module behaves in it. That a
# policy puts the module into it, and which rule takes it out again, only Windows can show.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

$manifest = [System.IO.Path]::Combine($Root, 'StorageRelease.psd1')

function Import-Constrained {
    # What an import says and leaves behind in such a runspace.
    param([string]$Text, [string]$Mode = 'ConstrainedLanguage')
    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    if ([Environment]::OSVersion.Platform -eq 'Win32NT') { $state.ExecutionPolicy = 'Bypass' }
    $state.LanguageMode = $Mode
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $space.Open()
    try {
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        # As text: what a constrained runspace has seen is not trusted by any other of the process.
        $null = $shell.AddScript("`$Manifest = '$($manifest.Replace("'", "''"))'; $Text")
        $thrown = $null
        try { $output = @($shell.Invoke()) } catch { $thrown = $_.Exception.GetBaseException(); $output = @() }
        $errors = @($shell.Streams.Error | ForEach-Object { "$_" })
        if ($thrown) { $errors += $thrown.Message }
        $after = [System.Management.Automation.PowerShell]::Create()
        $after.Runspace = $space
        $left = @($after.AddScript('Get-Module StorageRelease; Get-Command *-Storage*Rel*, *-StorageRes*, *-StorageReh* -CommandType Function').Invoke())
        @{ Output = $output; Errors = $errors; Left = @($left | ForEach-Object { $_.Name }) }
    }
    finally { $space.Dispose() }
}

foreach ($row in @(
        , @('Import-Module', 'Import-Module $Manifest')
        , @('Import-Module of the script module itself', 'Import-Module ($Manifest -replace "StorageRelease.psd1$", "ps/StorageRelease.psm1")')
    )) {
    Test-That "$($row[0]): one sentence that names the rules and the folder, and nothing is exported" {
        $got = Import-Constrained $row[1]
        Assert-Equal $got.Errors.Count 1 ($got.Errors -join "`n")
        Assert-Match $got.Errors[0] 'App Control or AppLocker'
        Assert-Match $got.Errors[0] 'by publisher, by hash or by path'
        Assert-True $got.Errors[0].Contains($Root.TrimEnd('/', '\')) $got.Errors[0]
        Assert-Equal $got.Left.Count 0 ($got.Left -join ' ')
    }
}

Test-That 'the control: in the full language all commands are there' {
    $got = Import-Constrained 'Import-Module $Manifest' 'FullLanguage'
    Assert-Equal $got.Errors.Count 0 ($got.Errors -join "`n")
    # The commands, and the module.
    Assert-Equal $got.Left.Count 13
}

Complete-Tests
