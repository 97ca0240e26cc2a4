# Writes what the module promises, a line each: commands, parameters, properties, error ids. See surface.test.ts.
#
#   -Root    the repository
#   -Bus     a rehearsal file that this script may write to, with a disk 1 on which keys are registered
param([string]$Root, [string]$Bus)

$ErrorActionPreference = 'Stop'
Import-Module "$Root/StorageRelease.psd1"
$module = Get-Module StorageRelease
$common = [System.Management.Automation.Cmdlet]::CommonParameters +
    [System.Management.Automation.Cmdlet]::OptionalCommonParameters
$lines = [System.Collections.Generic.List[string]]::new()

function Join-Sorted {
    param([string[]]$Items)
    [array]::Sort($Items, [System.StringComparer]::Ordinal)
    $Items -join ','
}

function Get-ParameterLine {
    # Everything that a caller can rely on, set by set.
    param([System.Management.Automation.ParameterMetadata]$Parameter)
    $words = @()
    foreach ($name in @($Parameter.ParameterSets.Keys) | Sort-Object) {
        $set = $Parameter.ParameterSets[$name]
        $what = @($(if ($name -eq '__AllParameterSets') { 'all sets' } else { "set $name" }))
        if ($set.IsMandatory) { $what += 'mandatory' }
        if ($set.Position -ge 0) { $what += "position $($set.Position)" }
        if ($set.ValueFromPipeline) { $what += 'pipeline' }
        if ($set.ValueFromPipelineByPropertyName) { $what += 'pipeline by property' }
        $words += $what -join ', '
    }
    if ($Parameter.Aliases.Count) { $words += 'alias ' + (Join-Sorted @($Parameter.Aliases)) }
    foreach ($attribute in $Parameter.Attributes) {
        if ($attribute -is [System.Management.Automation.ValidateSetAttribute]) {
            $words += 'one of ' + ($attribute.ValidValues -join ',')
        }
        elseif ($attribute -is [System.Management.Automation.ValidateRangeAttribute]) {
            $words += "from $($attribute.MinRange) to $($attribute.MaxRange)"
        }
        elseif ($attribute -is [System.Management.Automation.ValidatePatternAttribute]) {
            $words += "like $($attribute.RegexPattern)"
        }
        # A pattern with a sentence of its own for what is not like it.
        elseif ($attribute -is [System.Management.Automation.ValidateScriptAttribute] -and "$($attribute.ScriptBlock)" -match "-match '([^']+)'") {
            $words += "like $($Matches[1])"
        }
        elseif ($attribute -is [System.Management.Automation.ParameterAttribute] -and $attribute.DontShow) {
            $words += 'not shown'
        }
    }
    "$($Parameter.ParameterType.FullName): $($words -join '; ')"
}

foreach ($name in @($module.ExportedCommands.Keys) | Sort-Object) {
    $command = $module.ExportedCommands[$name]
    $binding = $command.ScriptBlock.Attributes | Where-Object { $_ -is [System.Management.Automation.CmdletBindingAttribute] }
    $about = @("default set $(if ($command.DefaultParameterSet) { $command.DefaultParameterSet } else { 'none' })")
    if ($binding.SupportsShouldProcess) { $about += "confirm impact $($binding.ConfirmImpact)" }
    $lines.Add("command $name`: $($about -join '; ')")
    foreach ($type in $command.OutputType) { $lines.Add("output $name`: $($type.Name)") }
    foreach ($key in @($command.Parameters.Keys) | Sort-Object) {
        if ($common -contains $key) { continue }
        $lines.Add("parameter $name -$key $(Get-ParameterLine $command.Parameters[$key])")
    }
}

# --- properties: as the help lists them (help.tests.ps1 compares that with real objects), else as the objects have them

$seen = @{}
foreach ($name in @($module.ExportedCommands.Keys) | Sort-Object) {
    $help = Get-Help $name -Full
    $said = @(foreach ($one in $help.returnValues.returnValue) { $one.type.name }) -join "`n"
    $kind = [regex]::Match($said, '(?m)^StorageRelease\.\w+').Value
    $place = 0
    foreach ($match in [regex]::Matches($said, '(?m)^(\w+) \[(\w+)\]\s')) {
        $place++
        $line = 'property {0} {1:00} {2} [{3}]' -f $kind, $place, $match.Groups[1].Value, $match.Groups[2].Value
        if (-not $seen.ContainsKey($line)) { $lines.Add($line) }
        $seen[$line] = $true
    }
}
Enter-StorageRehearsal $Bus -WarningAction SilentlyContinue
$objects = @(Get-StorageRehearsalDisk 1) + @(Get-StorageReservation -Number 1 -Registrants)[0]
Exit-StorageRehearsal
foreach ($one in $objects) {
    $place = 0
    foreach ($property in $one.PSObject.Properties) {
        $place++
        $lines.Add(('property {0} {1:00} {2}' -f $one.PSObject.TypeNames[0], $place, $property.Name))
    }
}

# --- error ids: what is written where errors are made. An outcome is an id, too; those are listed as outcomes.

$ids = @{}
foreach ($file in [System.IO.Directory]::GetFiles("$Root/ps", '*.ps*1', 'AllDirectories')) {
    $ast = [System.Management.Automation.Language.Parser]::ParseFile($file, [ref]$null, [ref]$null)
    $calls = $ast.FindAll({
            param($Node)
            $Node -is [System.Management.Automation.Language.CommandAst] -and
                'New-ModuleError', 'New-TaskError' -ccontains $Node.GetCommandName()
        }, $true)
    foreach ($call in $calls) {
        # The first argument, or the one that is named -Id.
        $id = $call.CommandElements[1]
        for ($i = 1; $i -lt $call.CommandElements.Count; $i++) {
            $element = $call.CommandElements[$i]
            if ($element -is [System.Management.Automation.Language.CommandParameterAst] -and
                $element.ParameterName -eq 'Id') { $id = $call.CommandElements[$i + 1] }
        }
        if ($id -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $ids[$id.Value] = $true
        }
        elseif ($id.Extent.Text -notmatch '\.Outcome$' -and $id.Extent.Text -ne '$id') {
            # `$id` is one of another computer's or command's error, or that New-TaskError was called with.
            throw "$file`: cannot tell which error ids `"$($call.Extent.Text)`" makes"
        }
    }
}
foreach ($id in $ids.Keys) { $lines.Add("error $id") }

foreach ($line in $lines) { [Console]::Out.WriteLine($line) }
[Console]::Out.WriteLine('end')
