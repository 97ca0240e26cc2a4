# How each class of object is read: which property says what. A new kind of disk object is a row here; one that is
# no disk, but that people pipe, is a row in NotDisks with the sentences to say.

$script:DiskClasses = @{
    'MSFT_Disk'                  = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; Interface = 'Path'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered' }
    'MSFT_PhysicalDisk'          = @{ Number = 'DeviceId'; UniqueId = 'UniqueId'; Serial = 'SerialNumber' }
    'Win32_DiskDrive'            = @{ Number = 'Index'; Serial = 'SerialNumber'; Friendly = 'Model' }
    'MSFT_DiskImage'             = @{ Number = 'Number'; Friendly = 'ImagePath' }
    'StorageRelease.Disk'        = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered'; Multipath = 'IsMultipath' }
    'StorageRelease.Result'      = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber' }
    'StorageRelease.Reservation' = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber' }
    'StorageRelease.Holder'      = @{ UniqueId = 'UniqueId'; Serial = 'SerialNumber' }
    'Record'                     = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered'; Multipath = 'IsMultipath' }
}

$script:NotDisks = @{
    'MSFT_Partition'                                        = 'Partition'
    'Win32_DiskPartition'                                   = 'Partition'
    'MSFT_Volume'                                           = 'Volume'
    'Win32_Volume'                                          = 'Volume'
    'Win32_LogicalDisk'                                     = 'Volume'
    'System.Management.Automation.PSDriveInfo'              = 'Volume'
    'System.IO.DriveInfo'                                   = 'Volume'
    'MSFT_VirtualDisk'                                      = 'VirtualDisk'
    'MSFT_iSCSISession'                                     = 'IscsiSession'
    'MSFT_iSCSIConnection'                                  = 'IscsiSession'
    'Microsoft.FailoverClusters.PowerShell.ClusterResource' = 'ClusterResource'
    'StorageRelease.Registrant'                             = 'Registrant'
}

function Resolve-DiskObject {
    # See Resolve-Target, which catches what a property of the object may throw.
    param([object]$InputObject, [switch]$Anywhere)

    if ($null -eq $InputObject) { return New-Refusal $InputObject 'NullObject' 'PipeADisk' }
    $base = $InputObject
    if ($InputObject -is [System.Management.Automation.PSObject]) { $base = $InputObject.PSObject.BaseObject }
    if ($base -is [string]) {
        if (Test-DevicePath $base) {
            $target = New-Target $InputObject
            $target.Path = $base
            return $target
        }
        return New-Refusal $InputObject 'Text' 'TextNext' (Format-Text $base)
    }
    if ($base -is [System.ValueType]) {
        if ($null -ne (ConvertTo-DiskNumber $base)) { return New-Refusal $InputObject 'BareNumber' 'BareNumberNext' $base }
        return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $base.GetType().FullName
    }
    if ($base -is [System.Collections.IDictionary]) {
        return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $base.GetType().FullName
    }

    $class = Get-DiskClass $InputObject
    $not = $script:NotDisks[$class]
    if ($not) { return New-Refusal $InputObject $not ($not + 'Next') }
    $row = $script:DiskClasses[$class]
    if ($null -eq $row) { return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $class }

    if ($class -ceq 'StorageRelease.Holder') { return Resolve-Holder $InputObject }
    $own = $class -eq 'Record' -or $class -like 'StorageRelease.*'
    if ($own -and -not $Anywhere) {
        $bus = Read-Property $InputObject 'Bus'
        if ($bus -eq 'Rehearsal' -and $null -eq $script:Rehearsal) { return New-Refusal $InputObject 'OtherBus' 'OtherBusNext' }
        if ($bus -eq 'Windows' -and $null -ne $script:Rehearsal) { return New-Refusal $InputObject 'RealObject' 'RealObjectNext' }
    }
    # Another computer's numbers mean other disks here, and nothing else in the object would show it.
    $elsewhere = $null
    if (-not $Anywhere) { $elsewhere = Get-OtherComputer $InputObject }
    $numberText = Read-Property $InputObject $row.Number
    $number = ConvertTo-DiskNumber $numberText
    if ($elsewhere) {
        $said = New-Target $InputObject
        $said.Number = $number
        if ($row.ContainsKey('UniqueId')) { $said.UniqueId = Read-Text $InputObject $row.UniqueId }
        return New-Refusal $InputObject 'OtherComputer' 'OtherComputerNext' (Get-OtherComputerLine $elsewhere $said)
    }

    $target = New-Target $InputObject
    $target.Number = $number
    foreach ($claim in 'UniqueId', 'Serial') {
        if ($row.ContainsKey($claim)) { $target[$claim] = Read-Text $InputObject $row[$claim] }
    }
    foreach ($claim in 'Boot', 'System', 'Clustered', 'Multipath') {
        if ($row.ContainsKey($claim)) { $target[$claim] = ConvertTo-Flag (Read-Property $InputObject $row[$claim]) }
    }
    $friendly = 'FriendlyName'
    if ($row.ContainsKey('Friendly')) { $friendly = $row.Friendly }
    $name = Read-Text $InputObject $friendly
    if ($null -ne $name) { $target.FriendlyName = Format-Text $name }
    # An interface path shows by its enumerator that MPIO owns the disk; the disk itself is opened by its number.
    if ($row.ContainsKey('Interface') -and (Read-Text $InputObject $row.Interface) -match '^\\\\[.?]\\mpio#') {
        $target.Multipath = $true
    }

    if ($own) {
        if ($null -eq $number -and $null -ne $numberText -and [string]$numberText -ne '') {
            return New-Refusal $InputObject 'BadNumber' 'BadNumberNext' (Format-Text ([string]$numberText))
        }
        # Tapes and changers have no number; their path is their name.
        $device = Read-Text $InputObject $row.Device
        if ($class -eq 'Record' -and -not $device) { $device = Read-Text $InputObject 'Path' }
        if ($null -eq $number -and $device -and (Test-DevicePath $device)) { $target.Path = $device }
        # A list may be of last week: its numbers and paths are other disks' by now, its UniqueIds are not.
        if ($class -eq 'Record' -and $target.UniqueId) {
            $target.Number = $null
            $target.Path = $null
        }
        elseif ($class -eq 'Record') {
            if ($null -eq $number) { $number = ConvertTo-DiskNumber (Read-Property $InputObject 'DiskNumber') }
            $target.Number = $number
            if ($null -eq $number -and -not $target.Path) { return New-Refusal $InputObject 'NoIdentity' 'NoIdentityNext' }
        }
        if ($null -eq $target.Number -and -not $target.Path -and -not $target.UniqueId -and -not $target.Serial) {
            return New-Refusal $InputObject 'NoNumber' 'NoNumberNext' $class, $row.Number
        }
        return $target
    }

    if ($class -eq 'MSFT_DiskImage' -and (Read-Property $InputObject 'Attached') -ne $true) {
        return New-Refusal $InputObject 'NotAttached' 'NotAttachedNext'
    }
    if ($null -eq $number) { return New-Refusal $InputObject 'NoNumber' 'NoNumberNext' $class, $row.Number }
    return $target
}
