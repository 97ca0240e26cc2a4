function Exit-StorageRehearsal {
    <#
    .SYNOPSIS
    Ends the rehearsal: commands work on this computer's disks again.

    .DESCRIPTION
    What the rehearsal changed stays in its file.

    .OUTPUTS
    None.

    .EXAMPLE
    Exit-StorageRehearsal

    Ends the rehearsal of this session.

    .LINK
    Enter-StorageRehearsal
    #>
    [CmdletBinding(HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType([void])]
    param()

    process {
        Import-ModulePart Private $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($null -eq $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalNone' InvalidOperation -Message $script:Messages['RehearsalNone'] -NextStep $script:Messages['RehearsalNoneNext']
            $PSCmdlet.WriteError($failure)
            return
        }
        Write-LateAnswer $PSCmdlet
        Switch-Bus $null
    }
}
