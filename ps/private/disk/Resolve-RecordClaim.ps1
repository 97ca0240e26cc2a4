# Records: what Import-Csv, ConvertFrom-Json, Select-Object, a cast, Import-Clixml, a job or another computer makes. A
# record is not a live object: its number may be another disk's by now, so it has to state a UniqueId or a serial number, and
# that alone is sent. Its columns have the names that people give them.

# Names of columns by their meaning, compared without case and by letters and digits only.
$script:RecordColumns = @{
    # Compared with each other and with the path; never sent.
    Number          = 'number', 'disknumber', 'diskno', 'disknum', 'disknr'
    Path            = 'devicepath', 'path'
    # Names of anything. A path, a drive letter or a number among them is seen; nothing else says anything of a disk.
    Name            = 'name', 'caption', 'id', 'device', 'deviceid', 'disk', 'drive', 'root', 'index', 'diskindex', 'volume', 'volumeid', 'volumepath'
    UniqueId        = 'uniqueid', 'uniqueidentifier', 'uniquediskid', 'diskuniqueid', 'deviceuniqueid', 'lunuid', 'vdiskuid', 'naa', 'naaid'
    # The same in words of other systems: read where no column of those above says anything, and only a text.
    OtherId         = 'wwn', 'wwid', 'lunwwn', 'lunwwid', 'volumewwn', 'devicewwn', 'diskwwn', 'worldwidename', 'idwwn', 'scsiid', 'canonicalname',
                      'scsicanonicalname', 'naaidentifier', 'page83id', 'vpd83', 'eui', 'eui64', 'nguid', 'logicalunitid', 'voluid', 'volumeuid'
    Serial          = 'serial', 'serialnumber', 'serialno', 'serialnum', 'serialnr', 'sn', 'diskserial', 'diskserialnumber', 'diskserialno',
                      'deviceserial', 'deviceserialnumber', 'driveserial', 'driveserialnumber', 'lunserial', 'lunserialnumber'
    FriendlyName    = 'friendlyname', 'model'
    Boot            = 'boot', 'isboot', 'bootdisk', 'isbootdisk', 'bootable'
    System          = 'system', 'issystem', 'systemdisk', 'issystemdisk'
    Clustered       = 'clustered', 'isclustered', 'clusterdisk', 'isclusterdisk'
    Multipath       = 'multipath', 'ismultipath', 'mpio', 'ismpio'
    Computer        = 'pscomputername', 'computername', 'computer', 'server', 'servername', 'host', 'hostname', 'node', 'nodename',
                      'systemname', 'machinename', 'machine', 'csname', 'dnshostname', 'fqdn', 'ownernode', 'vm', 'vmname',
                      'inventoryhostname', 'ansiblehostname', 'vmhost', 'hostidentifier', 'clientname', 'netbiosname',
                      'agentname', 'serverfqdn', 'pshost', 'psserver', 'passthroughserver', 'rechner', 'rechnername', 'serveur'
    # Begins with a computer's name: {1}\\SRV1\root/Microsoft/...
    ObjectId        = @('objectid')
    # What lsblk calls a partition.
    Kind            = @('type')
    Bus             = @('bus')
    # These name a CIM class, and the first a computer besides.
    Cim             = @('cimsystemproperties')
    Class           = 'cimclass', 'creationclassname'
    Holder          = @('holdersession')
    # Columns that no disk has: see NotDisks.
    Partition       = 'partition', 'partitionnumber', 'partitionid', 'partitionguid', 'offset', 'startingoffset', 'gpttype', 'mbrtype',
                      'accesspath', 'accesspaths', 'diskpath', 'primarypartition', 'bootpartition', 'nodefaultdriveletter', 'isshadowcopy'
    Volume          = 'driveletter', 'driveletters', 'volumename', 'volumelabel', 'volumeguid', 'volumeserialnumber', 'filesystem',
                      'filesystemtype', 'filesystemlabel', 'drivetype', 'driveformat', 'sizeremaining', 'mountpoint', 'mountpoints',
                      'displayroot', 'currentlocation'
    VirtualDisk     = 'resiliencysettingname', 'numberofcolumns', 'footprintonpool', 'physicaldiskredundancy'
    IscsiSession    = 'sessionidentifier', 'connectionidentifier'
    ClusterResource = 'ownergroup', 'resourcetype'
    Registrant      = @('alltargetports')
}
$script:GuestColumns = 'vm', 'vmname'
# The computer in an ObjectId of the Storage module.
$script:ObjectOf = '\A\{[0-9]+\}\\\\([^\\]+)\\'
$script:OtherThings = @{ Partition = $true; Volume = $true; VirtualDisk = $true; IscsiSession = $true; ClusterResource = $true; Registrant = $true }

# What names say that were met before; emptied before it grows without end.
$script:SeenColumns = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
$script:LongestColumn = 64
$script:ColumnClaims = $null

function script:Initialize-RecordReading {
    # What only the first record needs.
    $claims = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
    foreach ($claim in $script:RecordColumns.Keys) { foreach ($column in $script:RecordColumns[$claim]) { $claims[$column] = $claim } }
    $script:NoLetter = [regex]::new('[^\p{L}\p{Nd}]+')
    $options = [System.Text.RegularExpressions.RegexOptions]'CultureInvariant, IgnoreCase'
    $script:PlaceOfVolume = [regex]::new('\A(?:[a-z]:[\\/]*|\\\\[.?]\\(?:[a-z]:|volume\{).*)\z', $options)
    # Last: a start that Ctrl+C has cut short is made again.
    $script:ColumnClaims = $claims
}

function script:Resolve-RecordClaim {
    # See Resolve-DiskClaim.
    param([object]$InputObject, [switch]$Anywhere)

    if ($null -eq $script:ColumnClaims) { Initialize-RecordReading }
    $target = New-DiskClaim $InputObject
    $target['Piped'] = $true
    $said = @{}
    $holder = $false
    $thing = $null
    $thingColumn = $null
    $oddColumn = $null
    # A column whose getter ends this loop, or this turn of it, would be one that was not there: see Resolve-DiskClaim.
    $reading = $null
    foreach ($property in $InputObject.PSObject.Properties) {
        if ($null -ne $reading) { break }
        $name = $property.Name
        if ($name.Length -gt $script:LongestColumn) { continue }
        $claim = $script:SeenColumns[$name]
        if ($null -eq $claim) {
            $claim = [string]$script:ColumnClaims[$script:NoLetter.Replace($name, '').ToLowerInvariant()]
            if ($script:SeenColumns.Count -ge 1000) { $script:SeenColumns.Clear() }
            $script:SeenColumns[$name] = $claim
        }
        if ($claim -ceq '') {
            if ($null -eq $oddColumn -and $name -match '[;\t|]') { $oddColumn = $name }
        }
        # Whatever such a column says.
        elseif ($script:OtherThings.ContainsKey($claim)) {
            if ($null -eq $thing) { $thing = $claim; $thingColumn = $name }
        }
        elseif ($claim -ceq 'Holder') { $holder = $true }
        else {
            # Each is read once: see Resolve-DiskClaim.
            $reading = $name
            $value = $property.get_Value()
            if ($null -ne $value -and ($claim -ceq 'Cim' -or $claim -ceq 'Class')) { $value = Read-CimClass $value $claim }
            $reading = $null
            if ($null -eq $value) { continue }
            if ($null -eq $said[$claim]) { $said[$claim] = [System.Collections.ArrayList]::new() }
            $null = $said[$claim].Add(@($name, $value))
        }
    }
    if ($null -ne $reading) {
        $target['Unreadable'] = $script:Messages['GetterLeaves']
        return New-UnreadableRefusal $target
    }
    if ($holder) { return Resolve-HolderClaim $InputObject }
    foreach ($one in $said['Kind']) {
        if ($null -eq $thing -and $one[1] -is [string] -and $one[1].Trim() -eq 'part') { $thing = 'Partition'; $thingColumn = $one[0] }
    }

    foreach ($one in $said['Computer']) { Add-ClaimComputer $one[1] $one[0] $target }
    if ($target['Here'] -and $null -eq $target['From']) { Add-SessionComputer $InputObject $target }
    foreach ($one in $said['Bus']) { $target['Bus'] = Read-Statement $one[1] 'Bus' $one[0] $target }
    $class = ''
    foreach ($one in @($said['Cim']) + @($said['Class'])) {
        if ($null -eq $one) { continue }
        Add-ClaimComputer $one[1]['Server'] 'ServerName' $target
        if (-not $class) { $class = $one[1]['Class'] }
    }

    # By claim: the column that said it first.
    $by = @{}
    foreach ($one in $said['Number']) { Add-Claim $target 'Number' 'Number' $one $by }
    foreach ($claim in $script:TextClaims) {
        foreach ($one in $said[$claim]) {
            $value = $one[1]
            # The first of them, in letters, digits and signs, as nearly always.
            if ($null -eq $target[$claim] -and $value -is [string] -and $value.Length -le 200 -and -not $script:OddText.IsMatch($value)) {
                $value = $value.Trim()
                if (-not $value) { continue }
                $target[$claim] = $value
                $by[$claim] = $one[0]
            }
            else { Add-Claim $target $claim $script:TextKinds[$claim] $one $by }
        }
    }
    if ($null -eq $target['UniqueId'] -and -not $target['Unreadable']) {
        foreach ($one in $said['OtherId']) {
            if ($one[1] -isnot [string] -or -not (Test-UniqueId $one[1])) { continue }
            $target['UniqueId'] = Read-Statement $one[1] 'UniqueId' $one[0] $target
            break
        }
    }
    # Without a UniqueId there is a serial number at most, which may be any computer's.
    if (-not (Test-UniqueId $target['UniqueId'])) {
        foreach ($one in $said['ObjectId']) {
            if ($one[1] -is [string] -and $one[1].Length -le 1024 -and $one[1] -cmatch $script:ObjectOf) { Add-ClaimComputer $Matches[1] $one[0] $target }
        }
    }
    foreach ($claim in $script:FlagClaims) {
        foreach ($one in $said[$claim]) {
            $value = $one[1]
            if ($value -is [string] -and $value -ceq '') { continue }
            if ($null -eq $target[$claim] -and $value -is [string] -and ($value -ceq 'False' -or $value -ceq 'True')) {
                $target[$claim] = $value -ceq 'True'
                $by[$claim] = $one[0]
            }
            else { Add-Claim $target $claim 'Flag' $one $by }
        }
    }

    $places = @()
    foreach ($one in $said['Path']) {
        $text = Read-Statement $one[1] 'Path' $one[0] $target
        if ($text) { $places += , @($one[0], $text) }
    }
    $maybe = $null
    foreach ($one in $said['Name']) {
        if ($one[1] -is [string] -and $one[1].Length -le $script:LongestText['Path']) { $places += , @($one[0], $one[1].Trim()) }
        if ($null -eq $maybe) { $maybe = ConvertTo-DiskNumber $one[1] }
    }
    if ($target['UniqueId'] -and $target['UniqueId'].StartsWith('\\', [System.StringComparison]::Ordinal)) { $places += , @('UniqueId', $target['UniqueId']) }
    foreach ($place in $places) {
        if ($script:PlaceOfVolume.IsMatch($place[1])) {
            if ($null -eq $thing) { $thing = 'Volume'; $thingColumn = $place[0] }
        }
        else { Add-RecordPath $target $place[1] $place[0] }
    }

    # A CD-ROM drive has the name of the volume in it.
    if ($null -eq $thing -or ($thing -ceq 'Volume' -and $class -eq 'Win32_CDROMDrive')) { $thing = $script:NotDisks[$class] }
    if ($null -ne $thing) {
        if ($null -eq $thingColumn) { return New-Refusal $InputObject $thing ($thing + 'Next') }
        return New-Refusal $InputObject 'RecordOf' 'RecordOfNext' (Format-SafeText $thingColumn), $script:Messages[$thing], $script:Messages[$thing + 'Next']
    }
    # What a host lists of its virtual machines has the host's numbers: they are not for a line to type.
    if ($null -ne $target['From']) {
        foreach ($one in $said['Computer']) {
            if ($script:GuestColumns -cnotcontains $script:NoLetter.Replace($one[0], '').ToLowerInvariant()) { continue }
            $target['Number'] = $null
            $target['Path'] = $null
            $maybe = $null
        }
    }
    if (-not $Anywhere) {
        $refusal = Get-PlaceRefusal $target
        if ($null -ne $refusal) { return $refusal }
    }
    if ($target['Unreadable']) { return New-UnreadableRefusal $target }
    $identified = Test-Identified $target
    # It may be a disk of any virtual machine.
    if ($identified -and -not $target['Here'] -and $target['Serial'] -cmatch $script:MachineSerial -and -not (Test-UniqueId $target['UniqueId'])) { $identified = $false }
    if (-not $identified) {
        if ($null -ne $oddColumn -and -not $target['UniqueId'] -and -not $target['Serial']) {
            return New-Refusal $InputObject 'Delimiter' 'DelimiterNext' (Format-SafeText $oddColumn), ($oddColumn -replace '(?s)^.*?([;\t|]).*$', '$1' -replace "\t", '`t')
        }
        if ($null -eq $target['Number'] -and -not $target['Path']) { $target['Number'] = $maybe }
        if ($null -ne $target['From']) { return New-Refusal $InputObject 'NoIdentityHome' 'NoIdentityHomeNext' $target['From'][0], (Get-TypedName $target), (Get-SessionArgument $InputObject $target['From'][0]) }
        if ($null -eq $target['Number'] -and -not $target['Path']) { return New-Refusal $InputObject 'NoIdentity' 'NoIdentityNext' }
        return New-Refusal $InputObject 'NoIdentity' 'NoIdentityNumber' (Get-TypedName $target)
    }
    # The list may be of last week: its numbers and paths are other disks' by now, its identities are not.
    $target['Number'] = $null
    $target['SaidPath'] = $target['Path']
    $target['Path'] = $null
    return $target
}

function script:Read-CimClass {
    # What CimSystemProperties, CimClass or the name of a class say: Class, a text, and Server.
    param([object]$Value, [string]$Claim)

    $class = ''
    # As text a class is like ROOT/Microsoft/Windows/Storage:MSFT_Disk; the other is of no form.
    if ($Value -is [string]) { if ($Claim -ceq 'Class' -and $Value.Length -le 512) { $class = $Value.Substring($Value.LastIndexOf(':') + 1) } }
    else {
        foreach ($name in 'ClassName', 'CimClassName') {
            $text = Get-PropertyValue $Value $name
            if ($text -is [string] -and $text.Length -le 512) { $class = $text }
        }
    }
    return @{ Class = $class; Server = (Get-PropertyValue $Value 'ServerName') }
}

function script:Add-Claim {
    # One more column (name and value) that says a claim: two that contradict each other cannot be read.
    param([hashtable]$Target, [string]$Claim, [string]$Kind, [object[]]$Column, [hashtable]$By)

    $value = Read-Statement $Column[1] $Kind $Column[0] $Target
    if ($null -eq $value) { return }
    $first = $Target[$Claim]
    if ($null -eq $first) {
        $Target[$Claim] = $value
        $By[$Claim] = $Column[0]
    }
    # How a disk is called is shown, and compared with nothing.
    elseif ($Kind -cne 'FriendlyName' -and -not [string]::Equals([string]$first, [string]$value, [System.StringComparison]::OrdinalIgnoreCase)) {
        $Target['Unreadable'] = $script:Messages['Contradiction'] -f (Format-SafeText $By[$Claim]), (Format-SafeText $first), (Format-SafeText $Column[0]), (Format-SafeText $value)
    }
}

function script:Add-RecordPath {
    # What a path in a record says: that MPIO owns the disk, the kind of device, and the number that others must not
    # contradict.
    param([hashtable]$Target, [string]$Path, [string]$Name)

    if ($script:MultipathDevice.IsMatch($Path)) { $Target['Multipath'] = $true }
    $legacy = $script:LegacyDevice.Match($Path)
    $kind = Get-DeviceKind $Path
    if (-not $kind) {
        if ($Path -match '^\\\\[.?]\\') { $Target['Unreadable'] = $script:Messages['NotADevice'] -f (Format-SafeText $Name), (Format-SafeText $Path) }
        return
    }
    if ($kind -cne 'Disk') { $Target['Devices'] = $kind }
    if ($kind -ceq 'Disk' -and -not $legacy.Success) { return }
    $agrees = $true
    if ($null -ne $Target['Number']) { $agrees = $kind -ceq 'Disk' -and $legacy.Groups[2].Value -ceq [string]$Target['Number'] }
    elseif ($Target['Path']) { $agrees = -not $legacy.Success -or -not $script:LegacyDevice.IsMatch($Target['Path']) -or $Target['Path'].Substring(4) -ieq $Path.Substring(4) }
    else { $Target['Path'] = $Path }
    if (-not $agrees) {
        $first = $(if ($null -ne $Target['Number']) { 'Number {0}' -f $Target['Number'] } else { $Target['Path'] })
        $Target['Unreadable'] = $script:Messages['OtherPath'] -f (Format-SafeText $Name), (Format-SafeText $Path), $first
    }
}
