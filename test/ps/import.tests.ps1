# What an import shows, and what is seen afterwards.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
$null = $Temp

$manifest = "$Root/StorageRelease.psd1"

Test-That 'an import with -Verbose names the commands, and no function that is not one' {
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddScript('param($Path) Import-Module $Path -Verbose -PassThru').AddArgument($manifest)
        $module = $shell.Invoke()[0]
        $said = @($shell.Streams.Verbose | ForEach-Object { [string]$_ })
    }
    finally { $shell.Dispose() }
    $public = @((Import-PowerShellDataFile $manifest).FunctionsToExport | Sort-Object)
    Assert-Equal (@($module.ExportedFunctions.Keys | Sort-Object) -join ' ') ($public -join ' ')
    $named = @($said | Where-Object { $_ -match 'function' } | ForEach-Object { $_ -replace "^.*'([^']+)'.*$", '$1' } | Sort-Object -Unique)
    Assert-Equal ($named -join ' ') ($public -join ' ')
}

Complete-Tests
