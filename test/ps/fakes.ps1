# Stand-ins for the objects that the Storage module and CIM give. A real CimInstance needs MI's native library,
# which no PowerShell outside Windows brings, so these have the same type names and properties and
# nothing of the type itself: whoever reads them through PowerShell's property adapter cannot tell, `-is
# [CimInstance]` can.
#
#   New-FakeDisk -Number 3 -UniqueId 600A0B80 -BusType iSCSI -IsBoot $true
#
# takes each property of the class by its name. Besides: -ComputerName NAME (an object of another computer: sets
# PSComputerName and the server's name), -ServerName NAME (the server's name alone), -Raw (numbers where the
# Storage module's types show words; CimInstanceProperties always has the numbers).

$script:FakeBusTypes = @(
    'Unknown', 'SCSI', 'ATAPI', 'ATA', '1394', 'SSA', 'Fibre Channel', 'USB', 'RAID', 'iSCSI', 'SAS', 'SATA', 'SD',
    'MMC', 'MAX', 'File Backed Virtual', 'Storage Spaces', 'NVMe', 'SCM', 'UFS', 'NVMeof')
$script:FakeWords = @{
    BusType           = $script:FakeBusTypes
    PartitionStyle    = @('RAW', 'MBR', 'GPT')
    HealthStatus      = @('Healthy', 'Warning', 'Unhealthy')
    OperationalStatus = @{
        2 = 'OK'
        0xD010 = 'Online'; 0xD011 = 'Not Ready'; 0xD012 = 'No Media'; 0xD013 = 'Offline'; 0xD014 = 'Failed'
    }
}
$script:FakeTypes = @{
    BusType = [uint16]; PartitionStyle = [uint16]; HealthStatus = [uint16]; OperationalStatus = [uint16]
    Number = [uint32]; DiskNumber = [uint32]; PartitionNumber = [uint32]; Index = [uint32]; Size = [uint64]
}

function New-FakeCim {
    # Class: its name; Bases: the classes above it; Namespace as the type names show it; Default: every property
    # the class has; Given: the caller's own words
    param([string]$Class, [string[]]$Bases, [string]$Namespace, $Default, [object[]]$Given)
    $values = @{}
    $raw = $false
    $computer = $null
    $server = [Environment]::MachineName
    for ($i = 0; $i -lt $Given.Count; $i++) {
        $name = ([string]$Given[$i]).TrimStart('-').TrimEnd(':')
        if ($name -eq 'Raw') { $raw = $true; continue }
        $i++
        if ($name -eq 'ComputerName') { $computer = $Given[$i]; $server = $Given[$i] }
        elseif ($name -eq 'ServerName') { $server = $Given[$i] }
        elseif ($Default.Contains($name)) { $values[$name] = $Given[$i] }
        else { throw "$Class has no property $name." }
    }

    $shown = [ordered]@{}
    $properties = @{}
    foreach ($name in @($Default.Keys)) {
        $value = $Default[$name]
        if ($values.ContainsKey($name)) { $value = $values[$name] }
        $words = $script:FakeWords[$name]
        if ($null -ne $words -and $value -is [string]) {
            # a word of the caller's: find its number
            $word = $value
            if ($words -is [array]) { $value = [array]::IndexOf($words, $word) }
            else { $value = @($words.Keys | Where-Object { $words[$_] -eq $word })[0] }
            if ($null -eq $value -or $value -lt 0) { throw "$word is no value of $name." }
        }
        $type = $script:FakeTypes[$name]
        if ($null -ne $value -and $null -ne $type) { $value = $value -as $type }
        $properties[$name] = [pscustomobject]@{ Name = $name; Value = $value }
        if ($null -ne $words -and -not $raw -and $null -ne $value) {
            $word = $words[[int]$value]
            if ($null -ne $word) { $value = $word }
        }
        $shown[$name] = $value
    }

    $shown['PSComputerName'] = $computer
    $shown['CimClass'] = [pscustomobject]@{ CimClassName = $Class; CimSystemProperties = $null }
    $shown['CimInstanceProperties'] = $properties
    $shown['CimSystemProperties'] = [pscustomobject]@{
        Namespace = $Namespace; ServerName = $server; ClassName = $Class; Path = $null
    }
    $shown['CimClass'].CimSystemProperties = $shown['CimSystemProperties']
    $fake = [pscustomobject]$shown
    $prefix = 'Microsoft.Management.Infrastructure.CimInstance#'
    $fake.PSObject.TypeNames.Clear()
    $family = @(@($Class) + @($Bases) | Where-Object { $_ })
    foreach ($one in $family) { $fake.PSObject.TypeNames.Add("$prefix$Namespace/$one") }
    foreach ($one in $family) { $fake.PSObject.TypeNames.Add("$prefix$one") }
    foreach ($one in 'Microsoft.Management.Infrastructure.CimInstance', 'System.Object') {
        $fake.PSObject.TypeNames.Add($one)
    }
    $fake
}

function New-FakeDisk {
    New-FakeCim 'MSFT_Disk' @('MSFT_StorageObject') 'ROOT/Microsoft/Windows/Storage' ([ordered]@{
            ObjectId = $null; UniqueId = '600A0B800011223300000000000000AA'; UniqueIdFormat = [uint16]8
            Path = $null; Location = $null; FriendlyName = 'FAKE Virtual Disk'; SerialNumber = 'FAKE0001'
            FirmwareVersion = '1.0'; Manufacturer = 'FAKE'; Model = 'Virtual Disk'; Guid = $null
            Number = [uint32]3
            LogicalSectorSize = [uint32]512; PhysicalSectorSize = [uint32]4096; NumberOfPartitions = [uint32]0
            Signature = $null; Size = [uint64]1073741824; AllocatedSize = [uint64]0; LargestFreeExtent = [uint64]0
            ProvisioningType = [uint16]1; OperationalStatus = 0xD010; HealthStatus = 0; BusType = 9
            PartitionStyle = 0; OfflineReason = $null; IsOffline = $false; IsReadOnly = $false; IsSystem = $false
            IsClustered = $false; IsBoot = $false; BootFromDisk = $false
        }) $args
}

function New-FakePhysicalDisk {
    New-FakeCim 'MSFT_PhysicalDisk' @('MSFT_StorageFaultDomain', 'MSFT_StorageObject') `
        'ROOT/Microsoft/Windows/Storage' ([ordered]@{
            ObjectId = $null; UniqueId = '600A0B800011223300000000000000AA'; DeviceId = '3'
            FriendlyName = 'FAKE Virtual Disk'; SerialNumber = 'FAKE0001'; Manufacturer = 'FAKE'
            Model = 'Virtual Disk'; BusType = 9; MediaType = [uint16]3; Size = [uint64]1073741824
            OperationalStatus = 2; HealthStatus = 0; CanPool = $false; CannotPoolReason = $null
        }) $args
}

function New-FakeDiskDrive {
    New-FakeCim 'Win32_DiskDrive' @('CIM_DiskDrive', 'CIM_MediaAccessDevice', 'CIM_LogicalDevice') 'root/cimv2' `
    ([ordered]@{
            DeviceID = '\\.\PHYSICALDRIVE3'; Index = [uint32]3; Caption = 'FAKE Virtual Disk'
            Model = 'FAKE Virtual Disk'; SerialNumber = 'FAKE0001'; InterfaceType = 'SCSI'
            PNPDeviceID = 'SCSI\DISK&VEN_FAKE&PROD_VIRTUAL_DISK\1&2AFD7D61&0&000003'; SCSIPort = [uint16]2
            SCSIBus = [uint32]0; SCSITargetId = [uint16]0; SCSILogicalUnit = [uint16]3; Partitions = [uint32]0
            Size = [uint64]1073741824; Status = 'OK'; SystemName = [Environment]::MachineName
        }) $args
}

function New-FakePartition {
    New-FakeCim 'MSFT_Partition' @('MSFT_StorageObject') 'ROOT/Microsoft/Windows/Storage' ([ordered]@{
            ObjectId = $null; UniqueId = '{00000000-0000-0000-0000-100000000000}600A0B800011223300000000000000AA'
            DiskId = $null; DiskPath = $null; DiskNumber = [uint32]3; PartitionNumber = [uint32]1
            DriveLetter = [char]'E'; AccessPaths = @('E:\'); Size = [uint64]1073741824; IsBoot = $false
            IsSystem = $false
        }) $args
}

function New-FakeVolume {
    New-FakeCim 'MSFT_Volume' @('MSFT_StorageObject') 'ROOT/Microsoft/Windows/Storage' ([ordered]@{
            ObjectId = $null; UniqueId = '\\?\Volume{11111111-2222-3333-4444-555555555555}\'
            Path = '\\?\Volume{11111111-2222-3333-4444-555555555555}\'; DriveLetter = [char]'E'
            FileSystemLabel = 'FAKE'; FileSystem = 'NTFS'; HealthStatus = 0; Size = [uint64]1073741824
        }) $args
}

function New-FakeDiskImage {
    New-FakeCim 'MSFT_DiskImage' @() 'ROOT/Microsoft/Windows/Storage' ([ordered]@{
            Attached = $true; BlockSize = [uint32]0; DevicePath = '\\.\PhysicalDrive3'
            FileSize = [uint64]1073741824; ImagePath = 'C:\fake.vhdx'; LogicalSectorSize = [uint32]512
            Number = [uint32]3; Size = [uint64]1073741824; StorageType = [uint32]3
        }) $args
}
