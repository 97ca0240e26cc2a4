function Register-StorageReleaseEventSource {
    <#
    .SYNOPSIS
    Registers the event source of StorageRelease, so that each result is an event of the Application log.

    .DESCRIPTION
    Run it once, in an elevated session. From then on Invoke-StorageRelease, Invoke-StorageReserve,
    Clear-StorageReservation and storage-release write one event for each result on a real disk that sent something or
    was refused: Application log, source StorageRelease, with an id for each outcome (docs/event-ids.md). Where no
    source is registered, nothing is written.

    An event source of this name that another program has registered is left as it is, with an error. Registering twice
    does nothing. Unregister-StorageReleaseEventSource removes it again; events that were written stay.

    .OUTPUTS
    None

    .EXAMPLE
    Register-StorageReleaseEventSource -WhatIf

    Says what would be written to the registry.

    .EXAMPLE
    Register-StorageReleaseEventSource

    Registers the source. Get-WinEvent -ProviderName StorageRelease shows its events.

    .LINK
    Unregister-StorageReleaseEventSource

    .LINK
    Get-StorageReleaseLog
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

    end { Edit-EventSource $PSCmdlet }
}
