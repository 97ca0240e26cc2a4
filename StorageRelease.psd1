@{
    RootModule           = 'ps/StorageRelease.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = 'b0f6a6b4-7f0c-4a53-9a4e-9d6f0a0d7c35'
    Author               = 'The StorageRelease authors'
    CompanyName          = 'StorageRelease'
    Copyright            = '(c) The StorageRelease authors. MIT license.'
    Description          = 'Releases disks that this host had reserved (IOCTL_STORAGE_RELEASE), from the pipeline, with one honest result per disk.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    TypesToProcess       = @('ps/StorageRelease.types.ps1xml')
    FormatsToProcess     = @('ps/StorageRelease.format.ps1xml')
    FunctionsToExport    = @(
        'Clear-StorageReservation', 'Enter-StorageRehearsal', 'Exit-StorageRehearsal', 'Export-StorageReservationMap', 'Find-StorageReservationHolder',
        'Get-StorageRehearsalDisk', 'Get-StorageReleaseLog', 'Get-StorageReleaseTask', 'Get-StorageReservation', 'Invoke-StorageRelease',
        'Invoke-StorageReserve', 'Publish-StorageRelease', 'Register-StorageReleaseEventSource', 'Register-StorageReleaseTask',
        'Test-StorageRelease', 'Unregister-StorageReleaseEventSource', 'Wait-StorageReservation')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('Windows', 'Storage', 'SCSI', 'iSCSI', 'SAN', 'Reservation', 'PersistentReservation', 'Disk', 'Tape', 'PSEdition_Desktop', 'PSEdition_Core')
            LicenseUri   = 'https://spdx.org/licenses/MIT.html'
            ReleaseNotes = 'See CHANGELOG.md in the folder of the module.'
        }
    }
}
