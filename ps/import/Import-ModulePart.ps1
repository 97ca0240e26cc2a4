function Import-ModulePart {
    # Reads a part of the module when a command first needs it: what is not used costs nothing at the import. The parts
    # are Start (what starts the worker), Private (all commands), Completion (what Tab offers), Remote (other computers) and
    # Unattended (tasks, logs, self-check): a folder in the repository, one file in the published module. Their functions
    # are written `function script:Name`, so that they outlive this one.
    # -Start: the command needs the worker, which starts meanwhile.
    param([string]$Name, [System.Management.Automation.PSCmdlet]$Cmdlet, [switch]$Start)

    if ($script:LoadedParts.ContainsKey($Name)) { return }
    if ($Name -ceq 'Private') {
        Import-ModulePart Start $Cmdlet
        if ($Start) { Start-WorkerEarly $Cmdlet }
    }
    $held = $null
    try {
        if ($script:PartHash.Count -eq 0) {
            $files = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($script:ModuleFolder, $Name.ToLowerInvariant()), '*.ps1', [System.IO.SearchOption]::AllDirectories)
            # .NET promises no order of its own.
            [System.Array]::Sort($files, [System.StringComparer]::Ordinal)
        }
        else {
            $files = @([System.IO.Path]::Combine($script:ModuleFolder, "StorageRelease.$Name.ps1"))
            # Since the import somebody without these rights may have changed it. Open, it can be neither written nor
            # replaced. It is read by its path: so PowerShell checks its signature, where the policy asks for one.
            if (Test-Elevated) { $held = Open-ModulePart $files[0] $script:PartHash[$Name] -Cmdlet $Cmdlet }
        }
        foreach ($file in $files) { . $file }
    }
    finally { if ($null -ne $held) { $held.Dispose() } }
    # Last: a load that Ctrl+C has cut short is done again.
    $script:LoadedParts[$Name] = $true
}

function Open-ModulePart {
    # The file, open and not shared for writing or deletion, if it is the one of the build; else ends the command.
    param([string]$Path, [string]$Expected, [System.Management.Automation.PSCmdlet]$Cmdlet)

    $stream = $null
    $problem = $null
    $algorithm = New-Sha256
    try {
        $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read)
        $hash = [System.BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '')
        if ($hash -eq $Expected) { return $stream }
        $problem = $script:PartMessages.Changed -f $Path, $hash.ToLowerInvariant()
    }
    catch { $problem = $script:PartMessages.Unchecked -f $Path, $_.Exception.GetBaseException().Message }
    finally { $algorithm.Dispose() }
    if ($null -ne $stream) { $stream.Dispose() }
    $Cmdlet.ThrowTerminatingError((New-ModuleError 'ModuleChanged' SecurityError -Message $problem -NextStep $script:PartMessages.Next -Target $Path))
}

# Here, because Messages.ps1 is in a part itself.
$script:PartMessages = @{
    Changed   = 'The file {0} is not the one that this module was built with (SHA-256 {1}).'
    Unchecked = 'Cannot verify that {0} is the file that this module was built with: {1}'
    Next      = 'Do not use this copy: install StorageRelease again from a source that you trust.'
}
