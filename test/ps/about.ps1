# The about topic: Get-Help finds it in the module as it is published, and it can be read at any terminal.
param([string]$Root, [string]$Temp, [string]$Staged)
. "$PSScriptRoot/harness.ps1"

$file = "$Root/ps/en-US/about_StorageRelease.help.txt"
$text = [System.IO.File]::ReadAllText($file)

Test-That 'Get-Help finds about_StorageRelease in the staged module' {
    Import-Module "$Staged/StorageRelease.psd1"
    try {
        $help = Get-Help about_StorageRelease
        Assert-Match ([string]$help) 'IOCTL_STORAGE_RELEASE'
        Assert-Equal ([string]$help.Synopsis).Trim() 'Releases and reads reservations of shared disks.'
    }
    finally {
        Remove-Module StorageRelease
    }
}

$reservations = [System.IO.File]::ReadAllText("$Root/ps/en-US/about_StorageRelease_Reservations.help.txt")

Test-That 'and about_StorageRelease_Reservations, which the other topic names' {
    Import-Module "$Staged/StorageRelease.psd1"
    try {
        $help = Get-Help about_StorageRelease_Reservations
        Assert-Match ([string]$help) 'PREEMPT'
        Assert-Match ([string]$help.Synopsis).Trim() '^What SCSI-2 and persistent reservations are'
        Assert-Match $text 'about_StorageRelease_Reservations'
    }
    finally {
        Remove-Module StorageRelease
    }
}

Test-That 'it is ASCII of at most 80 columns, too, a page a section, and every line of it that is code is a command line of ours' {
    Assert-True ($reservations -cnotmatch '[^\x0A\x20-\x7E]') 'ASCII'
    foreach ($line in $reservations -split "`n") { Assert-True ($line.Length -le 80) $line }
    foreach ($section in [regex]::Split($reservations, '(?m)^(?=\S)')) { Assert-True (@($section -split "`n").Count -le 40) ($section -split "`n")[0] }
    Import-Module "$Root/StorageRelease.psd1"
    $seen = 0
    foreach ($match in [regex]::Matches($reservations, '(?m)^        ((?:Invoke|Get|Find|Clear)-Storage.*-.*)$')) {
        $seen++
        foreach ($call in [scriptblock]::Create($match.Groups[1].Value).Ast.FindAll({ param($Node) $Node -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            $command = Get-Command $call.GetCommandName() -Module StorageRelease
            foreach ($element in $call.CommandElements) {
                if ($element -is [System.Management.Automation.Language.CommandParameterAst]) { Assert-True (@($command.Parameters.Keys) + 'WhatIf' -contains $element.ParameterName) "$call" }
            }
        }
    }
    Assert-True ($seen -ge 8) $seen
    Remove-Module StorageRelease
}

Test-That 'it is ASCII of at most 80 columns, and no section is longer than a screen' {
    Assert-True ($text -cnotmatch '[^\x0A\x20-\x7E]') 'ASCII'
    foreach ($line in $text -split "`n") { Assert-True ($line.Length -le 80) $line }
    foreach ($section in [regex]::Split($text, '(?m)^(?=\S)')) {
        Assert-True (@($section -split "`n").Count -le 30) ($section -split "`n")[0]
    }
}

Test-That 'it names every command of the module, each outcome and each guard' {
    Import-Module "$Root/StorageRelease.psd1"
    $module = Get-Module StorageRelease
    foreach ($command in $module.ExportedFunctions.Keys) { Assert-Match $text "\b$command\b" }
    $set = $module.ExportedFunctions['Invoke-StorageRelease'].Parameters['Allow'].Attributes |
        Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
    foreach ($kind in $set.ValidValues) { Assert-Match $text "-Allow $kind\b" }
    $table = [regex]::Match($text, '(?s)\nOUTCOMES\n.*?\nGUARDS\n').Value
    foreach ($match in [regex]::Matches([System.IO.File]::ReadAllText("$Root/docs/exit-codes.md"), '(?m)^\| \d+ \| `(\w+)`')) {
        Assert-Match $table ('\b' + $match.Groups[1].Value + '\b')
    }
}

Test-That 'every command that it shows exists, with the parameters that it shows' {
    $shown = [regex]::Matches($text, '(?m)^        ((?:\$|Get-|Publish-|Enter-|Exit-).*?(?:\|\n.*)?)$')
    Assert-True ($shown.Count -ge 8)
    foreach ($match in $shown) {
        $ast = [scriptblock]::Create($match.Groups[1].Value).Ast
        $calls = $ast.FindAll({ param($Node) $Node -is [System.Management.Automation.Language.CommandAst] }, $true)
        foreach ($call in $calls) {
            if ('Get-Disk', 'New-PSSession', 'Unregister-ScheduledTask' -ccontains $call.GetCommandName()) { continue }
            $command = Get-Command $call.GetCommandName() -Module StorageRelease
            foreach ($element in $call.CommandElements) {
                if ($element -isnot [System.Management.Automation.Language.CommandParameterAst]) { continue }
                Assert-True $command.Parameters.ContainsKey($element.ParameterName) "$call"
            }
        }
    }
}

Complete-Tests
