function script:Resolve-DiskClaim {
    # Reads what one given object states about a disk (see New-DiskClaim). Never throws, and never turns an absent value
    # into a number. -Anywhere: accepts a disk of another computer, too.
    param([object]$InputObject, [switch]$Anywhere)

    $target = $null
    try {
        if ($null -eq $InputObject) { return New-Refusal $InputObject 'NullObject' 'PipeADisk' }
        $base = $InputObject
        if ($InputObject -is [System.Management.Automation.PSObject]) { $base = $InputObject.PSObject.BaseObject }
        if ($base -is [string]) {
            if (-not (Test-DevicePath $base)) { return New-Refusal $InputObject 'Text' 'TextNext' (Format-SafeText $base) }
            $target = New-DiskClaim $InputObject
            $target['Path'] = $base
            return $target
        }
        if ($base -is [System.ValueType]) {
            if ($null -ne (ConvertTo-DiskNumber $base)) { return New-Refusal $InputObject 'BareNumber' 'BareNumberNext' $base }
            return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $base.GetType().FullName
        }
        if ($base -is [System.Collections.IDictionary]) {
            return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $base.GetType().FullName
        }

        # Properties are read here and not by a function, which would cost as much as ten of them (docs/performance.md).
        # Each is read once: a getter may say something else the second time. By get_Value(): what a getter throws would
        # be swallowed on the way of a property. And each reading is counted: `break` or `continue` in a getter acts on
        # the nearest loop here.
        $properties = $InputObject.PSObject.Properties
        $class = $InputObject.PSObject.TypeNames[0]
        # A CIM object carries its server's name.
        $computers = [object[]]::new(4)
        $own = $script:OwnClasses.ContainsKey($class)
        $reads = 0
        do {
            if (-not $own) {
                $method = $null
                $live = $class.StartsWith($script:CimTypePrefix, [System.StringComparison]::Ordinal)
                if ($live) { $method = $InputObject.PSObject.Methods['GetCimSessionInstanceId'] }
                if ($live -and ($null -eq $method -or -not (Test-Rehydrated $InputObject))) {
                    $class = $null
                    $property = $properties['CimSystemProperties']
                    if ($null -ne $property) {
                        $system = $property.get_Value()
                        if ($null -ne $system) {
                            $system = $system.PSObject.Properties
                            $property = $system['ClassName']
                            if ($null -ne $property) { $class = [string]$property.get_Value() }
                            $property = $system['ServerName']
                            if ($null -ne $property) { $computers[3] = $property.get_Value() }
                        }
                    }
                    if (-not $class) { $class = Get-DiskClass $InputObject }
                }
                else { $class = Get-DiskClass $InputObject }
                if ($class -ceq 'Record') { return Resolve-RecordClaim $InputObject -Anywhere:$Anywhere }
                if ($class -ceq 'StorageRelease.Holder') { return Resolve-HolderClaim $InputObject }
                $not = $script:NotDisks[$class]
                if ($not) { return New-Refusal $InputObject $not ($not + 'Next') }
                $own = $script:OwnClasses.ContainsKey($class)
            }
            $row = $script:DiskClasses[$class]
            if ($null -eq $row) { return New-Refusal $InputObject 'NotADisk' 'PipeADisk' $class }

            if ($null -eq $script:EmptyClaim) { $script:EmptyClaim = New-DiskClaim $null }
            $target = $script:EmptyClaim.Clone()
            $target['Object'] = $InputObject
            $target['Piped'] = $true
            if ($own) {
                $property = $properties['Bus']
                # Ours have one; a cast that only has their name is a record like any other.
                if ($null -eq $property) { return Resolve-RecordClaim $InputObject -Anywhere:$Anywhere }
                $value = $property.get_Value()
                if ($value -is [string]) { $target['Bus'] = $value }
                elseif ($null -ne $value) { $target['Bus'] = Read-Statement $value 'Bus' 'Bus' $target }
            }
            for ($i = 0; $i -lt 3; $i++) {
                $property = $properties[$script:ComputerClaims[$i]]
                if ($null -ne $property) { $computers[$i] = $property.get_Value() }
                $reads++
            }
            $number = $null
            $given = $null
            $property = $null
            $name = $row['Number']
            if ($null -ne $name) { $property = $properties[$name] }
            if ($null -ne $property) {
                $given = $property.get_Value()
                if ($given -is [uint32] -and $given -ne [uint32]::MaxValue) { $number = $given }
                else { $number = ConvertTo-DiskNumber $given }
                $target['Number'] = $number
            }
            foreach ($claim in $script:TextClaims) {
                $name = $row[$claim]
                $value = $null
                if ($null -ne $name) {
                    $property = $properties[$name]
                    if ($null -ne $property) { $value = $property.get_Value() }
                }
                $reads++
                if ($null -eq $value) { continue }
                # Letters, digits and signs, as nearly always.
                if ($value -is [string] -and $value.Length -le 200 -and -not $script:OddText.IsMatch($value)) { $text = $value.Trim() }
                else { $text = Read-Statement $value $script:TextKinds[$claim] $name $target }
                if ($text) { $target[$claim] = $text }
            }
            foreach ($claim in $script:FlagClaims) {
                $name = $row[$claim]
                $value = $null
                if ($null -ne $name) {
                    $property = $properties[$name]
                    if ($null -ne $property) { $value = $property.get_Value() }
                }
                $reads++
                if ($value -is [bool]) { $target[$claim] = $value }
                elseif ($null -ne $value) { $target[$claim] = Read-Statement $value 'Flag' $name $target }
            }
            $property = $null
            $name = $row['BusType']
            if ($null -ne $name) { $property = $properties[$name] }
            if ($null -ne $property) {
                $value = $property.get_Value()
                # A number, or a name as text or of an enumeration.
                if ($value -is [System.ValueType]) { $value = [string]$value }
                if ($value -is [string] -and $value.Length -le 64 -and -not $script:OddText.IsMatch($value)) { $target['BusType'] = $value }
            }
            $reads++
            $property = $null
            $name = $row['Path']
            if ($null -ne $name) { $property = $properties[$name] }
            if ($null -ne $property) {
                $value = $property.get_Value()
                if ($null -eq $value -or ($null -ne $number -and $value -is [string] -and $value -eq $script:DrivePrefix + $number)) { $value = $null }
                elseif ($null -ne $number -and $value -is [string] -and $script:InterfaceDevice.IsMatch($value)) {
                    if ($script:MultipathDevice.IsMatch($value)) { $target['Multipath'] = $true }
                    $target['Interface'] = $value
                }
                # A path of another form says no number.
                elseif (-not $own -and $null -ne $number -and $value -is [string] -and $value.Length -le 500 -and
                    -not $script:OddText.IsMatch($value) -and -not $script:LegacyDevice.IsMatch($value)) {
                    if ($script:MultipathDevice.IsMatch($value)) { $target['Multipath'] = $true }
                }
                else { Read-DevicePath $value $name $target -Named:($own -or $row.ContainsKey('Instance')) }
            }
            if ($class -eq 'MSFT_DiskImage') { $target['Attached'] = Read-Statement (Get-PropertyValue $InputObject 'Attached') 'Flag' 'Attached' $target }
            $reads++
        } while ($false)
        if ($reads -ne 12) {
            $target = New-DiskClaim $InputObject
            $target['Unreadable'] = $script:Messages['GetterLeaves']
            return New-UnreadableRefusal $target
        }

        # Another computer's numbers mean other disks here, and nothing else in the object would show it.
        for ($i = 0; $i -lt 4; $i++) {
            $computer = $computers[$i]
            if ($null -eq $computer) { continue }
            if ($computer -is [string]) {
                # In a rehearsal, this computer is the initiator that was chosen.
                if (-not $computer -or ($null -ne $script:Rehearsal -and $script:Rehearsal['Computer'] -eq $computer)) { continue }
                if ($null -eq $script:LocalNames) { $null = Get-LocalComputerName }
                if ($script:LocalNames -contains $computer) { continue }
            }
            Add-ClaimComputer $computer $script:ComputerClaims[$i] $target
        }
        if ($null -ne $computers[0] -and $null -eq $target['From']) { Add-SessionComputer $InputObject $target }
        if ($own -and $null -eq $number -and $null -ne $given) { $null = Read-Statement $given 'Number' 'Number' $target }
        # Ours has a number of no other type: a cast or a row of a list that has its name and states no more is a record.
        if ($own -and $null -ne $number -and $given -isnot [uint32] -and -not (Test-Identified $target)) { return Resolve-RecordClaim $InputObject -Anywhere:$Anywhere }
        if (-not $Anywhere) {
            # Nearly always of this computer, and of the bus that the command works on.
            if ($null -ne $target['From'] -or ($null -ne $target['Bus'] -and ($target['Bus'] -eq 'Rehearsal') -ne ($null -ne $script:Rehearsal))) {
                $refusal = Get-PlaceRefusal $target
                if ($null -ne $refusal) { return $refusal }
            }
        }
        if ($target['Unreadable']) { return New-UnreadableRefusal $target }
        if ($own) {
            if ($null -eq $number -and -not $target['Path'] -and -not $target['UniqueId'] -and -not $target['Serial']) {
                return New-Refusal $InputObject 'NoNumber' 'NoNumberNext' $class, $row['Number']
            }
            return $target
        }
        if ($row.ContainsKey('Instance')) {
            if (-not $target['Path']) { Read-DeviceInstance $InputObject $row $target }
            if ($target['Unreadable']) { return New-UnreadableRefusal $target }
            if (-not $target['Path']) { return New-Refusal $InputObject 'NoPath' 'NoPathNext' $class }
            return $target
        }
        if ($class -eq 'MSFT_DiskImage' -and -not $target['Attached']) {
            return New-Refusal $InputObject 'NotAttached' 'NotAttachedNext'
        }
        if ($null -eq $number) { return New-Refusal $InputObject 'NoNumber' 'NoNumberNext' $class, $row['Number'] }
        return $target
    }
    catch {
        if ($null -eq $target) { $target = New-DiskClaim $InputObject }
        $target['Unreadable'] = $script:Messages['Getter'] -f (Format-SafeText $_.Exception.GetBaseException().Message)
        return New-UnreadableRefusal $target
    }
}

function script:Read-DevicePath {
    # What a path beside a number says: nothing, if it is of another form; the same disk; that MPIO owns the disk; or
    # another device, and then neither can be believed. -Named: where there is no number, it is what names the device.
    param([object]$Value, [string]$Name, [hashtable]$Target, [switch]$Named)

    $path = Read-Statement $Value 'Path' $Name $Target
    if ($null -eq $path) { return }
    # An interface path shows by its enumerator that MPIO owns the disk; the disk itself is opened by its number.
    if ($script:MultipathDevice.IsMatch($path)) { $Target['Multipath'] = $true }
    if (-not (Test-DevicePath $path)) {
        if ($Named -and $path.StartsWith('\\', [System.StringComparison]::Ordinal)) { $Target['Unreadable'] = $script:Messages['NotADevice'] -f $Name, (Format-SafeText $path) }
        return
    }
    $device = $script:LegacyDevice.Match($path)
    if ($null -eq $Target['Number']) {
        if ($Named) { $Target['Path'] = $path }
        return
    }
    if (-not $device.Success) { return }
    if ($device.Groups[1].Value -ine 'PhysicalDrive' -or [uint32]$device.Groups[2].Value -ne $Target['Number']) {
        $Target['Unreadable'] = $script:Messages['OtherPath'] -f $Name, (Format-SafeText $path), ('Number {0}' -f $Target['Number'])
    }
}

function script:Read-DeviceInstance {
    # The interface path of a device that WMI names by its Plug and Play instance:
    # https://learn.microsoft.com/windows-hardware/drivers/install/device-interface-classes
    param([object]$InputObject, [hashtable]$Row, [hashtable]$Target)

    $instance = Read-Statement (Get-PropertyValue $InputObject $Row['Instance']) 'Path' $Row['Instance'] $Target
    $interface = $Row['Interface']
    if ($Row.ContainsKey('InterfaceBy')) {
        $kind = Read-Statement (Get-PropertyValue $InputObject $Row['InterfaceBy']) 'Path' $Row['InterfaceBy'] $Target
        if ($kind) { $interface = $script:InterfaceClasses[$kind] }
    }
    if (-not $instance -or -not $interface) { return }
    $path = '\\?\' + $instance.Replace('\', '#') + '#' + $interface
    if (Test-DevicePath $path) { $Target['Path'] = $path }
}
