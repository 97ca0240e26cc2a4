# What every script of the lab's tests begins with: the module, fakes of Get-Disk's objects, the lab's control
# program, and `Show-Case`, which says what a block put out and what the driver counted meanwhile. Read by
# powershell.ts.

param([string]$Lab)

$ErrorActionPreference = 'Stop'
Import-Module "$Lab\StorageRelease\StorageRelease.psd1"
. "$Lab\fakes.ps1"
$ErrorActionPreference = 'Continue'

function Invoke-Labctl {
    $said = & "$Lab\.bin\labctl.exe" $args
    if ($LASTEXITCODE -ne 0) { throw "labctl $args`: exit code $LASTEXITCODE" }
    $said -join "`n"
}

# The driver's row of one unit: `Get-Unit disk 14`. Labctl writes one unit a line.
function Get-Unit {
    param([string]$Kind, [int]$Number)
    foreach ($line in (Invoke-Labctl counters) -split "`n") {
        if ($line -notmatch "`"kind`":`"$Kind`",`"number`":$Number,") { continue }
        $unit = @{}
        foreach ($pair in [regex]::Matches($line, '"(\w+)":(\d+)')) {
            $unit[$pair.Groups[1].Value] = [long]$pair.Groups[2].Value
        }
        return $unit
    }
    throw "There is no $Kind $Number."
}

# Asks again until the answer is yes; the limit only ends what would never end.
function Wait-Until {
    param([string]$What, [scriptblock]$Condition)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.ElapsedMilliseconds -gt 30000) { throw "Waited in vain: $What" }
        [Threading.Thread]::Sleep(20)
    }
}

function ConvertTo-LabJson {
    param($Value)
    ConvertTo-Json -InputObject $Value -Compress -Depth 5 -EnumsAsStrings -EscapeHandling EscapeNonAscii
}

# One record of the merged streams: which stream, and what a test may want to know of it.
function ConvertTo-LabRecord {
    param($Record)
    if ($null -eq $Record) { return @{ stream = 'other'; text = $null } }
    if ($Record -is [Management.Automation.ErrorRecord]) {
        $of = $null
        $target = $Record.TargetObject
        if ($null -ne $target -and $target.PSObject.TypeNames -match '^StorageRelease\.') {
            $of = $target.DevicePath
        }
        return @{
            stream = 'error'; id = $Record.FullyQualifiedErrorId; category = $Record.CategoryInfo.Category
            text = [string]$Record; of = $of
        }
    }
    foreach ($stream in 'Warning', 'Verbose') {
        if ($Record -is "Management.Automation.${stream}Record") {
            return @{ stream = $stream.ToLowerInvariant(); text = $Record.Message }
        }
    }
    if ($Record.PSObject.TypeNames[0] -match '^StorageRelease\.(?:Clear)?(Result|Reservation|Registrant)$') {
        $result = @{ stream = $Matches[1].ToLowerInvariant() }
        foreach ($property in $Record.PSObject.Properties) { $result[$property.Name] = $property.Value }
        return $result
    }
    @{ stream = 'other'; text = [string]$Record; type = $Record.GetType().FullName }
}

# Runs a block with fresh counters and says one line of JSON about it: every record of its streams in their order,
# and the driver's counters. What the host showed meanwhile (WhatIf, questions) stands before that line.
function Show-Case {
    param([string]$Name, [scriptblock]$Block)
    $null = Invoke-Labctl reset
    [Console]::Out.WriteLine("@@begin $Name")
    $records = @()
    try {
        & $Block *>&1 | ForEach-Object { $records += , (ConvertTo-LabRecord $_) }
    }
    catch {
        $record = ConvertTo-LabRecord $_
        $record.stream = 'thrown'
        $records += , $record
    }
    $json = '{"name":' + (ConvertTo-LabJson $Name) + ',"records":' + (ConvertTo-LabJson @($records)) +
        ',"counters":' + (Invoke-Labctl counters).Replace("`n", '') + '}'
    # A question leaves its line open.
    [Console]::Out.WriteLine("`n@@case $json")
}
