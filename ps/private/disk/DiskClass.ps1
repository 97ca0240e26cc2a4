# How each class of live disk object is read: which property says what. A new kind of disk object is a row here; one that
# is no disk, but that people pipe, is a row in NotDisks with the sentences to say. Records: Resolve-RecordClaim.ps1.

$script:DiskClasses = @{
    'MSFT_Disk'                  = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType'; Path = 'Path'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered' }
    'MSFT_PhysicalDisk'          = @{ Number = 'DeviceId'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType' }
    'Win32_DiskDrive'            = @{ Number = 'Index'; Serial = 'SerialNumber'; FriendlyName = 'Model'; Path = 'DeviceID' }
    'MSFT_DiskImage'             = @{ Number = 'Number'; FriendlyName = 'ImagePath'; Path = 'DevicePath' }
    'StorageRelease.Disk'        = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType'; Path = 'DevicePath'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered'; Multipath = 'IsMultipath' }
    'StorageRelease.ClearResult' = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType'; Path = 'DevicePath' }
    'StorageRelease.Result'      = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType'; Path = 'DevicePath' }
    'StorageRelease.Reservation' = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; BusType = 'BusType'; Path = 'DevicePath' }
    # Devices without a disk number. Where DeviceID is no path of the device, its instance and interface class make one.
    'Win32_TapeDrive'            = @{ FriendlyName = 'Caption'; Path = 'DeviceID'; Instance = 'PNPDeviceID'; Interface = '{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}' }
    'Win32_CDROMDrive'           = @{ FriendlyName = 'Caption'; Serial = 'SerialNumber'; Path = 'DeviceID'; Instance = 'PNPDeviceID'; Interface = '{53f56308-b6bf-11d0-94f2-00a0c91efb8b}' }
    'Win32_MediaChanger'         = @{ FriendlyName = 'Caption'; Path = 'DeviceID'; Instance = 'PNPDeviceID'; Interface = '{53f56310-b6bf-11d0-94f2-00a0c91efb8b}' }
    'Win32_MediumChanger'        = @{ FriendlyName = 'Caption'; Path = 'DeviceID'; Instance = 'PNPDeviceID'; Interface = '{53f56310-b6bf-11d0-94f2-00a0c91efb8b}' }
    # Windows has no class of its own for changers: Get-PnpDevice -Class MediumChanger gives them as this one.
    'Win32_PnPEntity'            = @{ FriendlyName = 'Name'; Path = 'DeviceID'; Instance = 'PNPDeviceID'; InterfaceBy = 'PNPClass' }
}
# Names of classes are compared without case in every culture.
$script:DiskClasses = [System.Collections.Hashtable]::new($script:DiskClasses, [System.StringComparer]::OrdinalIgnoreCase)
$script:InterfaceClasses = @{ TapeDrive = '{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}'; MediumChanger = '{53f56310-b6bf-11d0-94f2-00a0c91efb8b}' }

# What a disk object may say in words, as what each is read, and with yes or no.
$script:TextClaims = 'UniqueId', 'Serial', 'FriendlyName'
$script:TextKinds = @{ UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName' }
$script:FlagClaims = 'Boot', 'System', 'Clustered', 'Multipath'

# Properties of live objects that name the computer they come from: Invoke-Command adds the first, Get-Disk -CimSession
# sets it too; then those of WMI's and of our own objects; the last is of CimSystemProperties.
$script:ComputerClaims = 'PSComputerName', 'SystemName', 'ComputerName', 'ServerName'

# Type names that are the class itself, wherever they stand first.
$script:OwnClasses = @{ 'StorageRelease.Disk' = $true; 'StorageRelease.Result' = $true; 'StorageRelease.ClearResult' = $true; 'StorageRelease.Reservation' = $true }
$script:CimTypePrefix = 'Microsoft.Management.Infrastructure.CimInstance#'

$script:NotDisks = @{
    'MSFT_Partition'                                        = 'Partition'
    'Win32_DiskPartition'                                   = 'Partition'
    'MSFT_Volume'                                           = 'Volume'
    'Win32_Volume'                                          = 'Volume'
    'Win32_LogicalDisk'                                     = 'Volume'
    'Win32_MappedLogicalDisk'                               = 'Volume'
    'System.Management.Automation.PSDriveInfo'              = 'Volume'
    'System.IO.DriveInfo'                                   = 'Volume'
    'MSFT_VirtualDisk'                                      = 'VirtualDisk'
    'MSFT_iSCSISession'                                     = 'IscsiSession'
    'MSFT_iSCSIConnection'                                  = 'IscsiSession'
    'Microsoft.FailoverClusters.PowerShell.ClusterResource' = 'ClusterResource'
    'StorageRelease.Registrant'                             = 'Registrant'
}
$script:NotDisks = [System.Collections.Hashtable]::new($script:NotDisks, [System.StringComparer]::OrdinalIgnoreCase)

$script:DrivePrefix = '\\.\PhysicalDrive'
