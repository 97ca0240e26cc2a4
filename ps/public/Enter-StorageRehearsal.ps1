function Enter-StorageRehearsal {
    <#
    .SYNOPSIS
    Enters a rehearsal: the commands of this module work on a simulated SCSI bus instead of this computer's disks.

    .DESCRIPTION
    The whole program runs against the disks, hosts and reservations of a rehearsal file, on any system: Windows, Linux,
    a laptop without a single LUN. Disks can be reserved by another host, slow, hung, vanishing, clustered and more.
    Every result says Bus = Rehearsal. What the rehearsal changes is stored in the file.

    An administrator is warned of a folder that others may write to: they can change what the rehearsal reads, and
    where it writes. Rehearse without elevation.

    The rehearsal ends with Exit-StorageRehearsal, or with the session. It is never switched on by anything but this
    command (and --rehearsal on the command line).

    Examples are in the module's folder ps/rehearsal, beside rehearsal.schema.json, which describes the format.

    .PARAMETER Path
    The rehearsal file. Copy an example first: what happens in the rehearsal is stored in it.

    .PARAMETER Initiator
    The host of the file that this session plays; without it, the file's thisHost.

    .OUTPUTS
    None. Get-StorageRehearsalDisk gives the disks.

    .EXAMPLE
    Enter-StorageRehearsal -Path bus.json

    From now on, disks and answers come from bus.json.

    .EXAMPLE
    # A whole rehearsal
    Enter-StorageRehearsal bus.json
    Get-StorageRehearsalDisk | Invoke-StorageRelease -Force
    Exit-StorageRehearsal

    Releases every disk of the rehearsal.

    .LINK
    Exit-StorageRehearsal

    .LINK
    Get-StorageRehearsalDisk

    .LINK
    Invoke-StorageRelease
    #>
    [CmdletBinding(HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath')]
        [ValidateNotNullOrEmpty()]
        [string]
        $Path,

        [ValidateNotNullOrEmpty()]
        [string]
        $Initiator
    )

    begin {
        Import-ModulePart Private $PSCmdlet -Start
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
    }

    process {
        if ($null -ne $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalActive' InvalidOperation -Message ($script:Messages['RehearsalActive'] -f $script:Rehearsal['Path']) -NextStep $script:Messages['RehearsalActiveNext'] -Target $Path
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $why = $null
        try {
            $file = Resolve-FilePath $PSCmdlet $Path
            if ([System.IO.Directory]::Exists($file)) { $why = $script:Messages['RehearsalFolder'] -f (Format-SafeText $file) }
            elseif (-not [System.IO.File]::Exists($file)) { $why = $script:Messages['RehearsalPath'] -f (Format-SafeText $file) }
        }
        catch { $why = $_.Exception.GetBaseException().Message }
        if ($null -ne $why) {
            $failure = New-ModuleError 'RehearsalPath' ObjectNotFound -Message $why -NextStep $script:Messages['RehearsalPathNext'] -Target $Path
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        # A worker is on one bus for all its life.
        Switch-Bus @{ Path = $file; Initiator = $Initiator; Computer = $null }
        $bus = $script:Bus
        $entered = $false
        try {
            $failure = Connect-Worker $PSCmdlet
            $entered = $null -eq $failure
        }
        finally {
            # After a failure or Ctrl+C, neither a rehearsal nor a worker on its bus must be left.
            if (-not $entered -and $bus -eq $script:Bus) { Switch-Bus $null }
        }
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
        $PSCmdlet.WriteWarning(($script:Messages['RehearsalEntered'] -f $file))
        if (Test-Elevated) {
            # On other systems the worker checks the folder, and warns.
            $folder = [System.IO.Path]::GetDirectoryName($file)
            $writer = $null
            try { $writer = Get-FolderWriter $folder } catch { $null = $_ }
            if ($writer) { $PSCmdlet.WriteWarning(($script:Messages['RehearsalWritable'] -f $folder, $writer)) }
        }
        Write-LateAnswer $PSCmdlet
    }
}
