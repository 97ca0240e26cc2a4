# What the documentation shows is what the program prints, and what it tells people to type can be typed.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/examples.ps1"

Import-Module "$Root/StorageRelease.psd1"
$ConfirmPreference = 'None'
$bus = [System.IO.Path]::Combine($Temp, 'bus.json')
[System.IO.File]::Copy("$PSScriptRoot/readme.bus.json", $bus)
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue

foreach ($line in 'Get-Disk 3 | Invoke-StorageRelease',
    'Get-StorageReservation | Where-Object State -in HeldByThisHost, HeldByAnotherHost, Persistent') {
    Test-That "README.md: $line" {
        $shown = Get-ShownOutput README.md $line
        $script:Printed = @(& ([scriptblock]::Create($line)))
        # They come as they are answered.
        Assert-Equal (ConvertTo-Shown ($script:Printed | Sort-Object Number)) $shown
    }
}
Exit-StorageRehearsal

# --- every command of ours in every block of PowerShell ------------------------------------------------------------

$own = @{}
foreach ($one in Get-Command -Module StorageRelease) { $own[$one.Name] = $one }

function Get-ExampleProblem {
    # What is wrong with a text of PowerShell: its syntax, and parameters and values that commands of the module lack.
    param([string]$Text)

    $tokens = $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$problems)
    foreach ($one in $problems) { $one.Message }
    foreach ($call in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
        $command = $own[[string]$call.GetCommandName()]
        if ($null -eq $command) {
            if ([string]$call.GetCommandName() -like '*-Storage*Re*') { "$($call.GetCommandName()) does not exist" }
            continue
        }
        for ($i = 1; $i -lt $call.CommandElements.Count; $i++) {
            $element = $call.CommandElements[$i]
            if ($element -isnot [System.Management.Automation.Language.CommandParameterAst]) { continue }
            try { $parameter = $command.ResolveParameter($element.ParameterName) }
            catch { "$($command.Name) -$($element.ParameterName): $($_.Exception.GetBaseException().Message)"; continue }
            if ($i + 1 -ge $call.CommandElements.Count) { continue }
            foreach ($set in $parameter.Attributes) {
                if ($set -isnot [System.Management.Automation.ValidateSetAttribute]) { continue }
                $values = $call.CommandElements[$i + 1].FindAll({ $args[0] -is [System.Management.Automation.Language.StringConstantExpressionAst] }, $true)
                foreach ($value in $values) { if ($set.ValidValues -notcontains $value.Value) { "-$($parameter.Name) $($value.Value)" } }
            }
        }
    }
}

Test-That 'the check finds what it looks for' {
    Assert-Equal (@(Get-ExampleProblem 'Get-StorageReservation -Detailled; Wait-StorageReservation 3 -State Gone; Get-StorageReservations').Count) 3
    Assert-Equal (@(Get-ExampleProblem 'Get-Disk 3 |').Count) 1
    Assert-Equal (@(Get-ExampleProblem 'Wait-StorageReservation 3 -State Free').Count) 0
}

$files = @('README.md')
$docs = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($Root, 'docs'))
$files += [System.IO.Directory]::GetFiles($docs, '*.md', 'AllDirectories') | ForEach-Object { 'docs' + $_.Substring($docs.Length) } | Sort-Object
$blocks = @(foreach ($file in $files) { Get-CodeBlock $file | Where-Object Language -EQ powershell })
Test-That 'every block of PowerShell can be typed' {
    Assert-True ($blocks.Count -gt 20) "$($blocks.Count) blocks"
    $wrong = @(foreach ($block in $blocks) { foreach ($one in Get-ExampleProblem $block.Text) { "$($block.File):$($block.Line) $one" } })
    Assert-Equal ($wrong -join "`n") ''
}

Complete-Tests
