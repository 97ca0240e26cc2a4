function script:Write-Result {
    # Hands one result on, and the error that goes with it. The result comes first: under -ErrorAction Stop the
    # error ends the pipeline. It goes out as output, not by WriteObject: what a command downstream throws would
    # be wrapped on its way through a method call.
    # Of a command that lists registrants instead, the error alone; keys whose registrants the disk does not tell are a
    # warning.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [object]$Result, [string]$Category, [hashtable]$Run)

    if (-not $Run['Unlisted']) {
        if ($Run['Narrow']) { Add-NarrowView $Result }
        $Result
    }
    elseif (-not $Category -and $null -eq $Result.Registrants -and $Result.KeyCount -ne 0) {
        $Cmdlet.WriteWarning(($script:Messages['NoRegistrants'] -f (Get-DiskName $Result -Short), $Result.Evidence))
    }
    $Run['Passing'] = $null
    if ($Category) {
        $message = $Result.Message
        $name = Get-DiskName $Result -Short
        if ($name) { $message = $name + ': ' + $message }
        else { $name = $script:Messages['NoDiskName'] }
        Write-DiskError $Cmdlet (New-ModuleError $Result.Outcome $Category $message $Result.NextStep $Result $Result.Win32Error -TargetName $name)
    }
}

function script:Write-DiskError {
    # Not by -ErrorAction SilentlyContinue alone: the error would still be in the -ErrorVariable of the command that calls this one.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Management.Automation.ErrorRecord]$Problem)

    if ($null -ne $script:Problems) { $null = $script:Problems.Add($Problem) } else { $Cmdlet.WriteError($Problem) }
}
