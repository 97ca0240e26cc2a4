# How each class of object is read: which property says what. A new kind of disk object is a row here; one that is
# no disk, but that people pipe, is a row in NotDisks with the sentences to say.

$script:DiskClasses = @{
    'MSFT_Disk'                  = @{ Number = 'Number'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; Interface = 'Path'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered' }
    'MSFT_PhysicalDisk'          = @{ Number = 'DeviceId'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName' }
    'Win32_DiskDrive'            = @{ Number = 'Index'; Serial = 'SerialNumber'; FriendlyName = 'Model' }
    'MSFT_DiskImage'             = @{ Number = 'Number'; FriendlyName = 'ImagePath' }
    'StorageRelease.Disk'        = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered'; Multipath = 'IsMultipath' }
    'StorageRelease.Result'      = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName' }
    'StorageRelease.Reservation' = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName' }
    'StorageRelease.Holder'      = @{ UniqueId = 'UniqueId'; Serial = 'SerialNumber' }
    'Record'                     = @{ Number = 'Number'; Device = 'DevicePath'; UniqueId = 'UniqueId'; Serial = 'SerialNumber'; FriendlyName = 'FriendlyName'; Boot = 'IsBoot'; System = 'IsSystem'; Clustered = 'IsClustered'; Multipath = 'IsMultipath' }
}

# What a disk object may say in words, and with yes or no.
$script:TextClaims = 'UniqueId', 'Serial', 'FriendlyName'
$script:FlagClaims = 'Boot', 'System', 'Clustered', 'Multipath'

# Properties that may name the computer an object comes from: Invoke-Command adds the first, Get-Disk -CimSession sets
# it too; the others are Win32_DiskDrive's and our own objects'.
$script:ComputerClaims = 'PSComputerName', 'SystemName', 'ComputerName'

$script:EmptyTarget = New-Target $null

# Type names that are the class itself, wherever they stand first.
$script:OwnClasses = @{ 'StorageRelease.Disk' = $true; 'StorageRelease.Result' = $true; 'StorageRelease.Reservation' = $true }

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

    # Properties are read here and not by a function, which would cost as much as ten of them (docs/performance.md).
    # Each is read once: a getter may say something else the second time. And by get_Value(): what a getter throws
    # would be swallowed on the way of a property.
    $properties = $InputObject.PSObject.Properties
    $class = $null
    # A CIM object carries its server's name.
    $computers = [object[]]::new(4)
    $property = $properties['CimSystemProperties']
    if ($null -ne $property) {
        $system = $property.get_Value()
        if ($null -ne $system) {
            $class = [string](Read-Property $system 'ClassName')
            $computers[3] = Read-Property $system 'ServerName'
        }
    }
    if (-not $class) {
        $class = $InputObject.PSObject.TypeNames[0]
        if (-not $script:OwnClasses.ContainsKey($class)) { $class = Get-DiskClass $InputObject }
    }
    $not = $script:NotDisks[$class]
    if ($not) { return New-Refusal $InputObject $not ($not + 'Next') }
    $row = $script:DiskClasses[$class]
    if ($null -eq $row) { return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $class }

    if ($class -ceq 'StorageRelease.Holder') { return Resolve-Holder $InputObject }
    $own = $class -eq 'Record' -or $class -like 'StorageRelease.*'
    if ($own -and -not $Anywhere) {
        $bus = $null
        $property = $properties['Bus']
        if ($null -ne $property) { $bus = $property.get_Value() }
        if ($bus -eq 'Rehearsal' -and $null -eq $script:Rehearsal) { return New-Refusal $InputObject 'OtherBus' 'OtherBusNext' }
        if ($bus -eq 'Windows' -and $null -ne $script:Rehearsal) { return New-Refusal $InputObject 'RealObject' 'RealObjectNext' }
    }
    # Another computer's numbers mean other disks here, and nothing else in the object would show it.
    $elsewhere = $null
    if (-not $Anywhere) {
        for ($i = 0; $i -lt 3; $i++) {
            $property = $properties[$script:ComputerClaims[$i]]
            if ($null -ne $property) { $computers[$i] = $property.get_Value() }
        }
        foreach ($computer in $computers) {
            if ($computer -isnot [string] -or -not $computer) { continue }
            # In a rehearsal, this computer is the initiator that was chosen.
            if ($null -ne $script:Rehearsal -and $script:Rehearsal.Computer -eq $computer) { continue }
            if ($null -eq $script:LocalNames) { $null = Get-LocalName }
            if ($script:LocalNames -contains $computer) { continue }
            $elsewhere = Get-OtherComputer $InputObject
            # A getter may take back what it said; it is believed the first time.
            if (-not $elsewhere) { $elsewhere = Format-Text $computer }
            break
        }
    }
    $numberText = $null
    $property = $properties[$row.Number]
    if ($null -ne $property) { $numberText = $property.get_Value() }
    if ($numberText -is [uint32] -and $numberText -ne [uint32]::MaxValue) { $number = $numberText }
    else { $number = ConvertTo-DiskNumber $numberText }
    if ($elsewhere) {
        $said = New-Target $InputObject
        $said.Number = $number
        if ($row.ContainsKey('UniqueId')) { $said.UniqueId = Read-Text $InputObject $row.UniqueId }
        return New-Refusal $InputObject 'OtherComputer' 'OtherComputerNext' (Get-OtherComputerLine $elsewhere $said)
    }

    $target = $script:EmptyTarget.Clone()
    $target.Object = $InputObject
    $target.Number = $number
    foreach ($claim in $script:TextClaims) {
        $name = $row[$claim]
        if ($null -eq $name) { continue }
        $property = $properties[$name]
        if ($null -eq $property) { continue }
        $value = $property.get_Value()
        if ($value -is [string]) { $text = $value.Trim() }
        elseif ($null -eq $value) { continue }
        else { $text = ConvertTo-Text $value }
        if ($text) { $target[$claim] = $text }
    }
    foreach ($claim in $script:FlagClaims) {
        $name = $row[$claim]
        if ($null -eq $name) { continue }
        $property = $properties[$name]
        if ($null -eq $property) { continue }
        $value = $property.get_Value()
        if ($value -is [bool]) { $target[$claim] = $value }
        elseif ($null -ne $value) { $target[$claim] = ConvertTo-Flag $value }
    }
    $name = $target.FriendlyName
    if ($name -and ($name.Length -gt 200 -or $script:UnsafeCharacters.IsMatch($name))) { $target.FriendlyName = Format-Text $name }
    # An interface path shows by its enumerator that MPIO owns the disk; the disk itself is opened by its number.
    if ($row.ContainsKey('Interface') -and (Read-Text $InputObject $row.Interface) -match '^\\\\[.?]\\mpio#') {
        $target.Multipath = $true
    }

    if ($own) {
        if ($null -eq $number -and $null -ne $numberText -and [string]$numberText -ne '') {
            return New-Refusal $InputObject 'BadNumber' 'BadNumberNext' (Format-Text ([string]$numberText))
        }
        # Tapes and changers have no number; their path is their name.
        if ($null -eq $number) {
            $device = Read-Text $InputObject $row.Device
            if ($class -eq 'Record' -and -not $device) { $device = Read-Text $InputObject 'Path' }
            if ($device -and (Test-DevicePath $device)) { $target.Path = $device }
        }
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
