# Enter-StorageRehearsal, Exit-StorageRehearsal and Get-StorageRehearsalDisk.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private }

function Assert-Outside {
    # No rehearsal is under way.
    $null = Assert-Throws { Get-StorageRehearsalDisk } -ErrorId 'RehearsalNone,Get-StorageRehearsalDisk'
}

# --- in and out --------------------------------------------------------------------------------------------------

Test-That 'entering warns that all is a rehearsal, and of what file' {
    $file = New-TestBus 2
    $got = Invoke-Capture { Enter-StorageRehearsal $file }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Warnings.Count 1
    Assert-Match "$($got.Warnings[0])" 'rehearsal'
    Assert-True "$($got.Warnings[0])".Contains($file)
    $got = Invoke-Capture { Exit-StorageRehearsal }
    Assert-Equal ($got.Output.Count + $got.Warnings.Count + $got.Errors.Count) 0
    Assert-Outside
}

Test-That 'an administrator is warned, once, of a folder that others may write to' {
    $folder = [System.IO.Path]::Combine($Temp, 'shared')
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $file = [System.IO.Path]::Combine($folder, 'bus.json')
    [System.IO.File]::Copy((New-TestBus 2), $file)
    function Get-Warned {
        $got = Invoke-Capture { Enter-StorageRehearsal $file; $null = Invoke-StorageRelease -Number 1, 2 -Force; Exit-StorageRehearsal }
        if ($got.Thrown) { throw $got.Thrown }
        @($got.Warnings | Where-Object { "$_" -match 'may write to' }).Count
    }
    Assert-Equal (Get-Warned) 0
    # Where there is a mode that says so, and this is root.
    & /bin/chmod 777 $folder
    Assert-Equal (Get-Warned) ([int]((& /usr/bin/id -u) -eq 0))
    & /bin/chmod 700 $folder
    # On Windows the access list says it; stand-ins say that it is Windows and what is in the list.
    $module = Get-Module StorageRelease
    & $module { function script:Get-FolderWriter { 'BUILTIN\Users' } }
    Assert-Equal (Get-Warned) 0
    & $module { function script:Test-Elevated { $true }; function script:Get-UntrustedWriter { @{ Path = $null; Who = $null; Own = $false } } }
    Assert-Equal (Get-Warned) 1
    & $module { function script:Get-FolderWriter { throw 'no access' } }
    Assert-Equal (Get-Warned) 0
    Remove-Module StorageRelease
    Import-Module "$Root/StorageRelease.psd1"
}

Test-That 'results of a rehearsal say so' {
    Use-Bus (New-TestBus 2) {
        $result = Invoke-StorageRelease -Number 1 -Force
        Assert-Equal $result.Bus 'Rehearsal'
        Assert-Equal $result.ComputerName 'bench-1'
        $result = Invoke-StorageRelease -InputObject $null -Force -ErrorAction SilentlyContinue
        Assert-Equal $result.Bus 'Rehearsal'
    }
}

Test-That 'what the rehearsal changed is in the file, and is there the next time' {
    $file = New-TestBus 4
    Use-Bus $file { $null = Invoke-StorageRelease -Number 1, 3 -Force }
    Assert-Equal (Get-Released $file) 'unit 1, unit 3'
    Use-Bus $file { $null = Invoke-StorageRelease -Number 2 -Force }
    Assert-Match (Get-Released $file) '^unit 1, unit (2, unit 3|3, unit 2)$'
}

Test-That 'entering twice is an error, and the first rehearsal goes on' {
    $file = New-TestBus 2
    $second = New-TestBus 2
    Use-Bus $file {
        $caught = Assert-Throws { Enter-StorageRehearsal $second } `
            -ErrorId 'RehearsalActive,Enter-StorageRehearsal'
        Assert-True $caught.Exception.Message.Contains($file)
        Assert-Match $caught.ErrorDetails.RecommendedAction 'Exit-StorageRehearsal'
        Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted'
    }
    Assert-Equal (Get-Released $file) 'unit 1'
    Assert-Equal (Get-Released $second) ''
}

Test-That 'leaving, and asking for disks, without a rehearsal are errors that name the way in' {
    $got = Invoke-Capture { Exit-StorageRehearsal }
    Assert-Equal $got.Thrown $null
    Assert-Equal $got.Errors.Count 1
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'RehearsalNone,Exit-StorageRehearsal'
    Assert-Match $got.Errors[0].ErrorDetails.RecommendedAction 'Enter-StorageRehearsal'
    $caught = Assert-Throws { Get-StorageRehearsalDisk } -ErrorId 'RehearsalNone,Get-StorageRehearsalDisk'
    Assert-Match $caught.ErrorDetails.RecommendedAction 'Enter-StorageRehearsal'
}

Test-That 'the worker of a rehearsal goes with it' {
    $file = New-TestBus 1
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    $id = & (Get-Module StorageRelease) { $script:Worker.Process.Id }
    $process = [System.Diagnostics.Process]::GetProcessById($id)
    $null = $process.Handle
    Exit-StorageRehearsal
    Assert-True $process.WaitForExit(10000)
}

# --- objects of the rehearsal outside it -------------------------------------------------------------------------

Test-That 'disks, results and records of a rehearsal are refused outside it' {
    $file = New-TestBus 3
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    $disk = Get-StorageRehearsalDisk 1
    $result = $disk | Invoke-StorageRelease -Force
    Exit-StorageRehearsal
    $record = [pscustomobject]@{ Number = '1'; UniqueId = $disk.UniqueId; Bus = 'Rehearsal';
        ComputerName = 'bench-1' }
    foreach ($one in $disk, $result, $record) {
        $target = & (Get-Module StorageRelease) { param($Given) Resolve-DiskClaim $Given } $one
        Assert-True $target.Refused
        Assert-Match $target.Message 'rehearsal'
        Assert-Match $target.NextStep 'rehearsal'
        # Also where there is no other bus: one result for what goes in.
        $got = Invoke-Capture { $one | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Equal $got.Output[0].Bus 'Windows'
    }
}

# --- wrong files -------------------------------------------------------------------------------------------------

Test-That 'no such file, and a folder' {
    foreach ($path in "$Temp/no such file.json", $Temp, 'no-such.json', '\\.\PhysicalDrive0', '~~~', '*') {
        $caught = Assert-Throws { Enter-StorageRehearsal $path } -ErrorId 'RehearsalPath,Enter-StorageRehearsal'
        Assert-Equal "$($caught.CategoryInfo.Category)" 'ObjectNotFound'
        Assert-Match "$caught" $(if ($path -ceq $Temp) { ' is a folder, not a file\.$' } else { ' does not exist\.$' })
        Assert-True $caught.ErrorDetails.RecommendedAction
        Assert-Outside
    }
}

Test-That 'an empty path is refused by the parameter' {
    foreach ($path in '', $null) {
        $null = Assert-Throws { Enter-StorageRehearsal -Path $path } `
            -ErrorId 'ParameterArgumentValidationError*,Enter-StorageRehearsal'
    }
    Assert-Outside
}

$whole = [System.IO.File]::ReadAllText((New-TestBus 2))
$wrong = @(
    , @('an empty file', '', '.')
    , @('no JSON', 'disks: 3', '.')
    , @('JSON that breaks off', $whole.Substring(0, 200), '.')
    , @('an array', '[]', 'object')
    , @('no version', $whole.Replace('"version": 1,', ''), 'version')
    , @('another version', $whole.Replace('"version": 1', '"version": 2'), 'version')
    , @('a property that does not exist', $whole.Replace('"version": 1', '"version": 1, "disk": []'), 'disk')
    , @('a unit''s property of the wrong type', $whole.Replace('"serial": "FAKE0001"', '"serial": 7'),
        'logicalUnits.*1.*serial')
    , @('a disk of a unit that does not exist', $whole.Replace('"unit": "unit 1"', '"unit": "unit 9"'), 'unit 9')
    , @('a negative disk number', $whole.Replace('"number": 1', '"number": -1'), 'hosts.*disks.*1.*number')
    , @('a host that does not exist', $whole.Replace('"thisHost": "bench-1"', '"thisHost": "bench-9"'), 'bench-9')
    , @('two units of one name', $whole.Replace('"name": "unit 1"', '"name": "unit 0"'), 'unit 0')
)
foreach ($row in $wrong) {
    Test-That "a wrong file is one error that names the place: $($row[0])" {
        Assert-True ($row[1] -cne $whole) 'the case changes something'
        $file = [System.IO.Path]::Combine($Temp, 'wrong.json')
        [System.IO.File]::WriteAllText($file, $row[1])
        $got = Invoke-Capture { Enter-StorageRehearsal $file }
        Assert-Equal $got.Thrown.FullyQualifiedErrorId 'RehearsalFailed,Enter-StorageRehearsal'
        Assert-Equal "$($got.Thrown.CategoryInfo.Category)" 'InvalidData'
        Assert-Equal $got.Warnings.Count 0
        Assert-True $got.Thrown.Exception.Message.Contains('wrong.json')
        Assert-Match $got.Thrown.Exception.Message $row[2]
        Assert-Match $got.Thrown.ErrorDetails.RecommendedAction 'rehearsal\.schema\.json'
        Assert-Outside
        Assert-Equal ([System.IO.File]::ReadAllText($file)) $row[1] 'the file stays as it is'
    }
}

Test-That 'after a wrong file a right one can be entered' {
    $file = New-TestBus 2
    [System.IO.File]::WriteAllText("$Temp/wrong.json", '{}')
    $null = Assert-Throws { Enter-StorageRehearsal "$Temp/wrong.json" } -ErrorId 'RehearsalFailed,*'
    Use-Bus $file { Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted' }
}

# --- paths -------------------------------------------------------------------------------------------------------

$names = @(
    'with blanks.json', ' leading blank.json', "it's.json", '100% & more.json', 'a+b=c&d.json', '%41.json',
        '#1;2,3.json',
    '[ab].json', '$HOME`x.json', '(x){y}.json', '-Path.json', "umlaut $([char]0xE4)$([char]0xDF).json",
    "CJK $([char]0x65E5)$([char]0x672C).json", "combining e$([char]0x301).json",
    "astral $([char]0xD83D)$([char]0xDCBE).json", ('long ' + ('x' * 200) + '.json')
)
if ([Environment]::OSVersion.Platform -ne 'Win32NT') { $names += 'quote".json', 'star*?.json', 'back\slash.json',
    'pipe|.json' }
Test-That "each of $($names.Count) file names is taken as it is, and written to" {
    foreach ($name in $names) {
        try {
            $file = New-TestBus 2 -Name $name
            $got = Invoke-Capture {
                Enter-StorageRehearsal -Path $file
                try { Invoke-StorageRelease -Number 1 -Force } finally { Exit-StorageRehearsal }
            }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Output[0].Outcome 'Accepted'
            Assert-Equal (Get-Released $file) 'unit 1'
        }
        catch { throw "'$name': $_" }
    }
}

Test-That 'a folder of such a name does no harm' {
    $folder = [System.IO.Path]::Combine($Temp, "fold'er & $([char]0xE9) [x]")
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $file = New-TestBus 2 -Name "fold'er & $([char]0xE9) [x]/bus.json"
    Use-Bus $file { $null = Invoke-StorageRelease -Number 1 -Force }
    Assert-Equal (Get-Released $file) 'unit 1'
}

Test-That 'a relative path is relative to the location of the prompt' {
    $null = New-TestBus 2 -Name 'relative.json'
    $location = $ExecutionContext.SessionState.Path
    $before = $location.CurrentLocation.Path
    $null = $location.SetLocation($Temp)
    $above = "../$([System.IO.Path]::GetFileName($Temp))/relative.json"
    foreach ($path in 'relative.json', './relative.json', $above) {
        Use-Bus $path { Assert-Equal @(Get-StorageRehearsalDisk).Count 5 }
    }
    $null = $location.SetLocation($before)
}

Test-That 'a file object can be piped in' {
    $file = New-TestBus 2
    $got = Invoke-Capture { [System.IO.FileInfo]::new($file) |
        Enter-StorageRehearsal -WarningAction SilentlyContinue }
    Assert-Equal $got.Thrown $null
    Assert-Equal $got.Errors.Count 0
    Assert-Equal @(Get-StorageRehearsalDisk).Count 5
    Exit-StorageRehearsal
}

Test-That 'a file with a byte order mark, and with Windows line ends, is read' {
    $file = [System.IO.Path]::Combine($Temp, 'marked.json')
    [System.IO.File]::WriteAllText($file, $whole.Replace("`n", "`r`n"), [System.Text.UTF8Encoding]::new($true))
    Use-Bus $file { Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted' }
}

Test-That 'a read-only file: one result that agrees with the file' {
    # An administrator may write to it all the same.
    $file = New-TestBus 2
    $info = [System.IO.FileInfo]::new($file)
    $info.IsReadOnly = $true
    try {
        $got = Invoke-Capture {
            Enter-StorageRehearsal $file
            try { Invoke-StorageRelease -Number 1 -Force } finally { Exit-StorageRehearsal }
        }
        if ($got.Thrown) {
            Assert-Match $got.Thrown.FullyQualifiedErrorId '^RehearsalFailed,'
        }
        else {
            Assert-Equal $got.Output.Count 1
            Assert-Equal ($got.Output[0].Outcome -eq 'Accepted') ((Get-Released $file) -eq 'unit 1')
            Assert-Equal $got.Errors.Count $(if ($got.Output[0].Outcome -eq 'Accepted') { 0 } else { 1 })
        }
    }
    finally {
        $info.Refresh()
        $info.IsReadOnly = $false
    }
}

Test-That 'a file that is deleted during the rehearsal: one result, and no other error' {
    $file = New-TestBus 3
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    [System.IO.File]::Delete($file)
    $got = Invoke-Capture {
        Invoke-StorageRelease -Number 1 -Force
        Exit-StorageRehearsal
    }
    Assert-Equal $got.Thrown $null
    Assert-Equal $got.Output.Count 1
    Assert-True (-not [System.IO.File]::Exists($file)) 'the file is not made anew'
    Assert-Equal $got.Warnings.Count 1
    Assert-Match "$($got.Warnings[0])" 'no change is stored'
}

# --- hosts -------------------------------------------------------------------------------------------------------

Test-That '-Initiator plays another host: only the one that reserved can release' {
    $file = Copy-Bus 'two-host-cluster.json'
    Use-Bus $file {
        $result = Invoke-StorageRelease -Number 4 -Force
        Assert-Equal $result.ComputerName 'node-1'
        Assert-Equal $result.Outcome 'Accepted'
    }
    Assert-Equal (Get-Released $file) '' 'node-1 held nothing'
    Enter-StorageRehearsal $file -Initiator 'node-2' -WarningAction SilentlyContinue
    $result = Invoke-StorageRelease -Number 1 -Force
    $disks = @(Get-StorageRehearsalDisk)
    Exit-StorageRehearsal
    Assert-Equal $result.ComputerName 'node-2'
    Assert-Equal $disks[0].ComputerName 'node-2'
    Assert-Equal (Get-Released $file) 'staging'
}

Test-That 'a disk of one host is refused by the other' {
    $file = Copy-Bus 'two-host-cluster.json'
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    $disk = Get-StorageRehearsalDisk 4
    Exit-StorageRehearsal
    Enter-StorageRehearsal $file -Initiator 'node-2' -WarningAction SilentlyContinue
    $got = Invoke-Capture { $disk | Invoke-StorageRelease -Force }
    Exit-StorageRehearsal
    Assert-Equal $got.Output[0].Outcome 'Refused'
    Assert-Match $got.Output[0].Message 'node-1'
}

Test-That 'a number that no disk has costs an error, and the others nothing' {
    Use-Bus (New-TestBus 3) {
        $got = Invoke-Capture { Get-StorageRehearsalDisk 99, 1, 98 }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Number ([uint32]1)
        Assert-Equal $got.Errors.Count 2
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Get-StorageRehearsalDisk'
        Assert-Equal "$($got.Errors[0].CategoryInfo.Category)" ObjectNotFound
        Assert-Equal $got.Errors[0].TargetObject ([uint32]99)
        Assert-Match "$($got.Errors[0])" 'no disk 99 '
        Assert-Match "$($got.Errors[1])" 'no disk 98 '
        $null = Assert-Throws { Get-StorageRehearsalDisk 99 -ErrorAction Stop } -ErrorId 'NotFound,Get-StorageRehearsalDisk'
        Assert-Equal @(Get-StorageRehearsalDisk 0, 2).Count 2
    }
}

Test-That 'an initiator that the file does not know is an error that names those it does' {
    $file = Copy-Bus 'two-host-cluster.json'
    $caught = Assert-Throws { Enter-StorageRehearsal $file -Initiator 'node-3' } -ErrorId 'RehearsalFailed,*'
    Assert-Match $caught.Exception.Message 'node-3.*node-1.*node-2'
    Assert-Outside
}

Test-That 'clustered disks are refused; with -Allow the request is sent, and the cluster''s reservation stays' {
    $file = Copy-Bus 'two-host-cluster.json'
    Use-Bus $file {
        $got = Invoke-Capture { Get-StorageRehearsalDisk 1, 2, 3 | Invoke-StorageRelease -Force }
        foreach ($one in $got.Output) {
            Assert-Equal $one.Outcome 'Refused'
            Assert-Match $one.NextStep '-Allow Clustered'
        }
        $got = Invoke-Capture { Get-StorageRehearsalDisk 3 | Invoke-StorageRelease -Force -Allow Clustered }
        # node-1 is registered with this disk, so the target takes RELEASE and does nothing.
        Assert-Equal $got.Output[0].NtStatusName 'STATUS_SUCCESS'
    }
    Assert-True ([System.IO.File]::ReadAllText($file) -cnotmatch '"state"')
}

# --- the list ----------------------------------------------------------------------------------------------------

Test-That 'the list gives the disks of the file in its order, typed' {
    Use-Bus (Copy-Bus 'small-shop.json') {
        $disks = @(Get-StorageRehearsalDisk)
        Assert-Equal $disks.Count 17
        $types = @{
            Number = [uint32]; DevicePath = [string]; FriendlyName = [string]; SerialNumber = [string];
                UniqueId = [string]
            BusType = [string]; IsBoot = [bool]; IsSystem = [bool]; IsClustered = [bool]; IsMultipath = [bool]
            ComputerName = [string]; Bus = [string]
        }
        foreach ($disk in $disks) {
            Assert-Equal $disk.PSObject.TypeNames[0] 'StorageRelease.Disk'
            $names = foreach ($property in $disk.PSObject.Properties) { $property.Name }
            Assert-Equal ($names -join ' ') ('Number DevicePath FriendlyName SerialNumber UniqueId BusType ' +
                'IsBoot IsSystem IsClustered IsMultipath ComputerName Bus')
            foreach ($property in $disk.PSObject.Properties) {
                if ($null -ne $property.Value) { Assert-Equal $property.Value.GetType() $types[$property.Name] `
                    $property.Name }
            }
        }
        for ($i = 0; $i -lt 16; $i++) { Assert-Equal $disks[$i].Number ([uint32]$i) }
        Assert-Equal $disks[16].Number $null
        Assert-Equal $disks[16].DevicePath '\\.\Tape0'
        Assert-Equal $disks[0].IsBoot $true
        Assert-Equal $disks[13].IsClustered $true
        Assert-Equal $disks[14].IsMultipath $true
    }
}

Test-That 'the list can be asked for numbers; one that does not exist gives nothing' {
    Use-Bus (New-TestBus 6) {
        $numbers = foreach ($disk in Get-StorageRehearsalDisk 4, 1) { $disk.Number }
        Assert-Equal ($numbers -join ' ') '1 4'
        Assert-Equal @(Get-StorageRehearsalDisk -DiskNumber 0).Count 1
        Assert-Equal @(Get-StorageRehearsalDisk 99).Count 0
    }
}

Test-That 'a disk whose open hangs is still listed, and costs the others nothing' {
    Use-Bus (New-TestBus 4 -Faults @{ 1 = '"openHangs": true'; 2 = '"hangs": true' }) {
        $got = Invoke-Capture { Get-StorageRehearsalDisk -TimeoutSec 1 }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output.Count 7
    }
}

Test-That 'a thousand disks come one by one, and are released' {
    $file = Copy-Bus 'san-1000.json'
    Use-Bus $file {
        $got = Invoke-Capture { Get-StorageRehearsalDisk | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output.Count 1001
        Assert-Equal $got.Errors.Count 1
        Assert-Equal $got.Errors[0].TargetObject.Number ([uint32]0)
        $numbers = [System.Collections.Generic.HashSet[uint32]]::new()
        foreach ($one in $got.Output) { $null = $numbers.Add($one.Number) }
        Assert-Equal $numbers.Count 1001
    }
    Assert-Equal ((Get-Released $file) -split ', ').Count 1000
}

Test-That 'the tour comes to its end' {
    $got = Invoke-Capture -Runspace -Module @() -ArgumentList ([System.IO.Path]::Combine($Root, 'ps', 'rehearsal',
        'tour.ps1')) -Body {
        param($Tour)
        & $Tour
    }
    Assert-Equal $got.Thrown $null
    # It chose that folder itself.
    Assert-Equal (@($got.Warnings | Where-Object { "$_" -match 'may write' }) -join ' ') ''
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries([System.IO.Path]::GetTempPath(), 'storage-release-tour-*') -join ' ') ''
}

Complete-Tests
