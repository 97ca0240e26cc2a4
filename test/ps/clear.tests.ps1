# Clear-StorageReservation: what it gives, what it asks, and what it will not do.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/askhost.ps1"

Import-Module "$Root/StorageRelease.psd1"

function Use-Shelf {
    # Runs the body on a fresh copy of an example.
    param([scriptblock]$Body, [string]$Name = 'stale-reservations.json')
    $file = Copy-Bus $Name
    Enter-StorageRehearsal -Path $file -WarningAction SilentlyContinue
    try { & $Body }
    finally { Exit-StorageRehearsal }
}

$shape = @(
    @('Number', [uint32]), @('DevicePath', [string]), @('FriendlyName', [string]), @('SerialNumber', [string])
    @('UniqueId', [string]), @('BusType', [string]), @('IdentifiedBy', [string]), @('Outcome', [string]), @('NtStatus', [uint32])
    @('NtStatusName', [string]), @('Win32Error', [int]), @('Information', [uint64]), @('ReservationBefore', [string])
    @('ReservationAfter', [string]), @('Attempts', [uint32]), @('DurationMs', [double]), @('StartedAt', [datetime]), @('ComputerName', [string])
    @('Bus', [string]), @('ProvedBy', [string]), @('Message', [string]), @('NextStep', [string]), @('Method', [string])
    @('HolderKey', [string]), @('Type', [string]), @('KeyCount', [uint32]), @('Registrants', [string]), @('Removed', [string])
    @('KeysLeft', [uint32]), @('GenerationBefore', [uint32]), @('GenerationAfter', [uint32]), @('OwnKey', [string])
    @('OwnKeyLeft', [bool]), @('Undone', [bool])
)
$shapeNames = foreach ($row in $shape) { $row[0] }

function Assert-Shape {
    param($Result)
    Assert-Equal $Result.PSObject.TypeNames[0] 'StorageRelease.ClearResult'
    $names = foreach ($property in $Result.PSObject.Properties) { $property.Name }
    Assert-Equal ($names -join ' ') ($shapeNames -join ' ')
    foreach ($row in $shape) {
        $value = $Result.PSObject.Properties[$row[0]].Value
        if ($null -ne $value) { Assert-Equal $value.GetType() $row[1] $row[0] }
    }
}

$dead = '0x6D61696E00000001'

foreach ($row in @(
        , @('Clear', { Clear-StorageReservation -Number 4 -Method Clear -Force }, 'Cleared')
        , @('a method in small letters', { Clear-StorageReservation -Number 4 -Method clear -Force }, 'Cleared')
        , @('Preempt', { Clear-StorageReservation 4 -Method Preempt -HolderKey $dead -Force }, 'Preempted')
        , @('Preempt with -Abort', { Clear-StorageReservation 4 -Method Preempt -HolderKey $dead -Abort -Force }, 'Preempted')
        , @('Reset', { Clear-StorageReservation -Number 2 -Method Reset -Force }, 'Reset')
        , @('Release', { Clear-StorageReservation -Number 1 -Method Release -Force }, 'Accepted')
        , @('an own key', { Clear-StorageReservation -Number 10 -Method Release -OwnKey 0x53523fa9c27d0001 -Force }, 'Accepted')
        , @('a path', { Clear-StorageReservation -Path '\\.\Tape0' -Method Reset -Force }, 'Reset')
        , @('a serial number', { Clear-StorageReservation -SerialNumber SHELF-004 -Method Clear -Force }, 'Cleared')
        , @('a piped reservation', { Get-StorageReservation -Number 4 | Clear-StorageReservation -Method Clear -Force }, 'Cleared')
        , @('-Allow', { Clear-StorageReservation -Number 12 -Method Clear -Allow Clustered -Force }, 'Cleared')
        , @('-Confirm:$false', { Clear-StorageReservation -Number 4 -Method Clear -Confirm:$false }, 'Cleared')
    )) {
    Test-That "$($row[0]): $($row[2])" {
        Use-Shelf {
            $got = Invoke-Capture $row[1]
            Assert-Equal @($got.Output).Count 1
            $result = @($got.Output)[0]
            Assert-Shape $result
            Assert-Equal $result.Outcome $row[2]
            Assert-Equal $result.OwnKeyLeft $false
            Assert-Equal @($got.Errors).Count 0
        }
    }
}

Test-That 'its own result is a disk that can be piped again' {
    Use-Shelf {
        $got = Invoke-Capture { Clear-StorageReservation 3 -Method Clear -Force | Clear-StorageReservation -Method Clear -Force }
        Assert-Equal $got.Output.Count 1
        Assert-Match $got.Output[0].Message 'No key is registered'
        $got = Invoke-Capture { Clear-StorageReservation 5 -Method Clear -Force | Get-StorageReservation }
        Assert-Equal $got.Output[0].Outcome 'Read' $got.Output[0].Message
    }
}

Test-That 'what is there afterwards is what was said' {
    Use-Shelf {
        $result = Clear-StorageReservation -Number 4 -Method Preempt -HolderKey $dead -Force
        Assert-Equal $result.Removed "$dead (1)"
        Assert-Equal $result.KeysLeft 1
        $state = Get-StorageReservation -Number 4
        Assert-Equal $state.Keys '0x6D61696E00000002'
        Assert-Equal $state.Type $null
    }
}

# What is refused or fails is one result and one error, whose id is the outcome.
foreach ($row in @(
        , @('nothing to clear', { Clear-StorageReservation -Number 1 -Method Clear -Force }, 'Refused')
        , @('a boot disk', { Clear-StorageReservation -Number 0 -Method Clear -Force }, 'Refused')
        , @('a clustered disk', { Clear-StorageReservation -Number 12 -Method Clear -Force }, 'Refused')
        , @('more than one path', { Clear-StorageReservation -Number 13 -Method Reset -Allow Multipath -Force }, 'Refused')
        , @('another key', { Clear-StorageReservation -Number 4 -Method Preempt -HolderKey 0x1 -Force }, 'Refused')
        , @('-Abort beside Clear', { Clear-StorageReservation -Number 4 -Method Clear -Abort -Force }, 'Refused')
        , @('a host that is registered, on a device that tells', { Clear-StorageReservation -Number 11 -Method Clear -Force }, 'Refused')
        , @('a host that is registered', { Clear-StorageReservation -Number 111 -Method Clear -Force }, 'Conflict')
        , @('NVMe', { Clear-StorageReservation -Number 16 -Method Clear -Force }, 'NotSupported')
        , @('an adapter that resets nothing', { Clear-StorageReservation -Number 22 -Method Reset -Force }, 'StillHeld')
        , @('nothing that names a disk', { $null | Clear-StorageReservation -Method Clear -Force }, 'Refused')
    )) {
    Test-That "$($row[0]): $($row[2])" {
        Use-Shelf {
            $got = Invoke-Capture $row[1]
            Assert-Equal @($got.Output).Count 1
            Assert-Shape @($got.Output)[0]
            Assert-Equal @($got.Output)[0].Outcome $row[2]
            Assert-Equal @($got.Output)[0].OwnKeyLeft $false
            Assert-Equal @($got.Errors).Count 1
            Assert-Equal $got.Errors[0].FullyQualifiedErrorId "$($row[2]),Clear-StorageReservation"
            Assert-True $got.Errors[0].ErrorDetails.RecommendedAction 'says what to do'
        }
    }
}

Test-That 'a key that cannot be taken back is told with its line' {
    Use-Shelf -Name 'clearing-goes-wrong.json' {
        $result = Clear-StorageReservation -Number 9 -Method Clear -Force -ErrorAction SilentlyContinue
        Assert-Equal $result.OwnKeyLeft $true
        Assert-Equal $result.Undone $false
        Assert-Match $result.NextStep "Clear-StorageReservation -Number 9 -Method Release -OwnKey $($result.OwnKey)"
    }
}

Test-That 'a mistake on the line is an error before anything is opened' {
    Use-Shelf {
        $null = Assert-Throws { Clear-StorageReservation -Number 4 -Method Preempt -Force } -ErrorId 'HolderKeyMissing,Clear-StorageReservation'
        $null = Assert-Throws { Clear-StorageReservation -Number 4 -Method Erase -Force } -ErrorId 'ParameterArgumentValidationError,Clear-StorageReservation'
        foreach ($key in 'xyz', '0x0', '12', '0x', '0x12345678901234567') {
            foreach ($given in @{ Method = 'Preempt'; HolderKey = $key }, @{ Method = 'Release'; OwnKey = $key }) {
                foreach ($preference in 'Continue', 'SilentlyContinue', 'Stop') {
                    $ErrorActionPreference = $preference
                    $caught = Assert-Throws { Clear-StorageReservation -Number 4 @given -Force } -ErrorId 'ParameterArgumentValidationError,Clear-StorageReservation'
                    Assert-Match "$caught" 'A key is 0x and up to 16 hexadecimal digits, not all of them zero, as Get-StorageReservation shows it\.$'
                }
            }
        }
        $null = Assert-Throws { Clear-StorageReservation -Number 4 -Method Clear -Allow Boot -Force } -ErrorId 'ParameterArgumentValidationError,Clear-StorageReservation'
        Assert-Equal (Get-StorageReservation -Number 4).KeyCount 2
    }
}

Test-That 'the first line of the help says that no data is erased' {
    Assert-Match (Get-Help Clear-StorageReservation).Synopsis '^Clears .*; erases no data\.$'
}

function Invoke-Asking {
    # Runs the body where somebody answers; the questions, and what came.
    param([scriptblock]$Answer, [string]$Body, [string]$File)
    $file = if ($File) { $File } else { Copy-Bus 'stale-reservations.json' }
    $asking = New-AskHost $Answer
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($asking.Host, [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $space.Open()
    try {
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript("param(`$Root, `$File) Import-Module `"`$Root/StorageRelease.psd1`"; Enter-StorageRehearsal `$File -WarningAction SilentlyContinue; $Body; Remove-Module StorageRelease")
        $null = $shell.AddArgument($Root).AddArgument($file)
        $output = @($shell.Invoke())
        return [pscustomobject]@{ Output = $output; Errors = @($shell.Streams.Error); Asked = @($asking.Asked) }
    }
    finally { $space.Dispose() }
}

Test-That 'the question names disk, serial number, method, holder, type, keys, initiators, and the cost' {
    $got = Invoke-Asking { 0 } 'Clear-StorageReservation -Number 5 -Method Clear'
    Assert-Equal $got.Asked.Count 1
    foreach ($pattern in 'Disk 5 \(LIO WE-RO, serial number SHELF-005', 'CLEAR would remove the reservation and all 2 keys',
        '0x6D61696E00000001 of \S*dead-1', '0x6D61696E00000002 of \S*dead-2', 'Held: Write Exclusive - Registrants Only, key 0x6D61696E00000001', 'Hosts that still run') {
        Assert-Match $got.Asked[0] $pattern
    }
    Assert-Equal $got.Output[0].Outcome 'Cleared'
}

Test-That 'a disk that is declined has its result; a disk that would be refused is not asked about' {
    $got = Invoke-Asking { 2 } 'Clear-StorageReservation -Number 5, 1 -Method Clear -ErrorAction SilentlyContinue'
    Assert-Equal $got.Asked.Count 1
    Assert-Equal @(foreach ($one in $got.Output) { "$($one.Number) $($one.Outcome) $($one.PSObject.TypeNames[0])" }) @(
        '5 Refused StorageRelease.ClearResult', '1 Refused StorageRelease.ClearResult')
    Assert-Match $got.Output[0].Message 'Not confirmed'
    Assert-True ($got.Output[0].PSObject.Properties.Match('Shown').Count -eq 0) 'that is not for users'
}

function Move-Key {
    # Another host changes the key of one registration of a unit: what the file says of it, and the generation.
    param([string]$File, [string]$Serial)
    $text = [System.IO.File]::ReadAllText($File)
    $at = $text.IndexOf($Serial)
    $rest = $text.Substring($at)
    $changed = ([regex]'(?i)0x6d61696e00000002').Replace($rest, '0x6d61696e00000003', 1)
    $changed = ([regex]'"generation":\s*2').Replace($changed, '"generation": 3', 1)
    [System.IO.File]::WriteAllText($File, $text.Substring(0, $at) + $changed)
}

foreach ($row in @(
        , @('by its number', 'Clear-StorageReservation -Number 5 -Method Clear -ErrorAction SilentlyContinue')
        , @('piped', 'Get-StorageReservation -Number 5 | Clear-StorageReservation -Method Clear -ErrorAction SilentlyContinue')
        , @('Preempt', "Clear-StorageReservation -Number 5 -Method Preempt -HolderKey $dead -ErrorAction SilentlyContinue")
    )) {
    Test-That "$($row[0]): where somebody changes keys while the question stands, nothing is sent" {
        $file = Copy-Bus 'stale-reservations.json'
        $yes = { Move-Key $file 'SHELF-005'; 0 }
        $got = Invoke-Asking $yes $row[1] -File $file
        Assert-Equal $got.Asked.Count 1
        Assert-Match $got.Asked[0] 'key 0x6D61696E00000001\.'
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Changed'
        Assert-Match $got.Output[0].Message 'changed the keys or the reservation since they were shown\. Nothing was sent'
        Assert-Equal $got.Output[0].OwnKey $null
        $left = Invoke-Asking { 0 } 'Get-StorageReservation -Number 5' -File $file
        Assert-Equal ($left.Output[0].Keys -replace '\s+', ' ') '0x6D61696E00000001 0x6D61696E00000003'
        Assert-Equal $left.Output[0].Generation 3
    }
}

# By its number alone, disk 4 would be cleared.
Test-That 'a record with the number of another disk clears none by it' {
    foreach ($record in [pscustomobject]@{ Number = 4 }, [pscustomobject]@{ Number = 4; DevicePath = '\\.\PhysicalDrive4' }) {
        Use-Shelf {
            $got = Invoke-Capture { $record | Clear-StorageReservation -Method Clear -Force }
            Assert-Equal $got.Output[0].Outcome 'Refused'
            Assert-Match $got.Output[0].Message 'states no UniqueId and no serial number'
            Assert-Match $got.Output[0].NextStep '\bClear-StorageReservation -Method Clear -Number 4\b'
            Assert-Equal (Get-StorageReservation -Number 4).KeyCount 2
        }
    }
}
Test-That 'a record with an identity clears the disk that has it, whatever number that has by now' {
    Use-Shelf {
        $got = Invoke-Capture { [pscustomobject]@{ Number = 4; SerialNumber = 'SHELF-005' } | Clear-StorageReservation -Method Clear -Force }
        Assert-Equal $got.Output[0].Outcome 'Cleared'
        Assert-Equal $got.Output[0].SerialNumber 'SHELF-005'
        Assert-Equal (Get-StorageReservation -Number 4).KeyCount 2
        Assert-Equal (Get-StorageReservation -Number 5).KeyCount 0
    }
}

Test-That '-WhatIf says the same with the verdict of the real run, and changes nothing' {
    Use-Shelf {
        Assert-Equal @(Clear-StorageReservation -Number 5, 1 -Method Clear -WhatIf).Count 0
        Assert-Equal (Get-StorageReservation -Number 5).KeyCount 2
    }
}

Test-That 'the ports of a computer are what its Get-InitiatorPort says: of iSCSI the node, of all others the port' {
    $fake = [System.IO.Path]::Combine($Temp, 'FakeStorage.psm1')
    [System.IO.File]::WriteAllText($fake, @'
function Get-InitiatorPort {
    [CmdletBinding()] param()
    [pscustomobject]@{ NodeAddress = 'iqn.1991-05.com.microsoft:srv1'; PortAddress = 'ISCSI ANY PORT'; ConnectionType = 'iSCSI' }
    [pscustomobject]@{ NodeAddress = '2000001B329B2E7D'; PortAddress = '2100001B329B2E7D'; ConnectionType = 'Fibre Channel' }
}
'@)
    $got = & (Get-Module StorageRelease) {
        param($Fake)
        Import-ModulePart Private
        Import-ModulePart Remote
        $real = ${function:Get-StorageModulePath}
        try {
            # None where there is no such module, which is no error.
            foreach ($path in '', "$Fake.none", $Fake) {
                $script:FakePath = $path
                function script:Get-StorageModulePath { $script:FakePath }
                Get-StorageReservation -HostPort
            }
        }
        finally { Set-Item function:script:Get-StorageModulePath $real }
    } $fake
    Assert-Equal (@($got | ForEach-Object { $_.Ports.Replace("`n", '+') }) -join ' ') '  iqn.1991-05.com.microsoft:srv1+2100001B329B2E7D'
    Assert-Equal $got[2].Bus 'Windows'
}

Test-That 'the line for the disk that is there now has the method' {
    Use-Shelf {
        foreach ($row in @(@('Reset', @{ Method = 'Reset' }), @('Preempt -HolderKey 0x0000000000000009', @{ Method = 'Preempt'; HolderKey = '0x9' }), @('Release -OwnKey 0x5352000000000009', @{ Method = 'Release'; OwnKey = '0x5352000000000009' }))) {
            $how = $row[1]
            $got = Invoke-Capture { New-FakeDisk -Number 4 -UniqueId $null -SerialNumber 'OTHER' | Clear-StorageReservation @how -Force }
            Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
            Assert-Match $got.Output[0].NextStep ('Clear-StorageReservation -Number 4 -Method {0}\.$' -f $row[0])
        }
    }
}

Remove-Module StorageRelease
Complete-Tests
