function Unregister-StorageReleaseEventSource {
    <#
    .SYNOPSIS
    Removes the event source that Register-StorageReleaseEventSource registered.

    .DESCRIPTION
    Needs an elevated session. From then on no events are written. Events that were written stay in the Application log,
    where Windows shows them without their text. An event source of that name that another program has registered is
    left as it is.

    .OUTPUTS
    None

    .EXAMPLE
    Unregister-StorageReleaseEventSource

    Removes the source.

    .LINK
    Register-StorageReleaseEventSource
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType([void])]
    param()

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
    }

    end { Edit-EventSource $PSCmdlet -Remove }
}
