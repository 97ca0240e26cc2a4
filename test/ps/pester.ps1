# Runs tests of Pester and reports each of them as the other test scripts do (harness.ps1).
param([string]$Root, [string]$Temp, [string]$Pester, [string]$Path)
. "$PSScriptRoot/harness.ps1"

Import-Module $Pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
$run = Invoke-Pester -Configuration $configuration
foreach ($container in $run.FailedContainers) { throw $container.ErrorRecord[0] }
foreach ($test in $run.Tests) {
    Test-That $test.ExpandedPath { if ($test.Result -ne 'Passed') { throw "$($test.Result): $($test.ErrorRecord)" } }
}
Complete-Tests
