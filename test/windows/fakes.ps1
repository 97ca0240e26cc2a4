# Windows, played by a rehearsal and by stand-ins, so that every check has run once before somebody runs it on Windows:
# that the code of a check works, not that Windows does. See windows.test.ts; what it needs is named in variables:
#
#   STORAGERELEASE_FAKE_STAGED  a folder with the published module and dist/linux-x64
#
# "Real" disks are those of a rehearsal that is always entered, but while a check enters its own.

. ([System.IO.Path]::Combine($script:Machine.Root, 'test', 'ps', 'fakes.ps1'))

$script:World = @{ Staged = $env:STORAGERELEASE_FAKE_STAGED; Free = 2; Tasks = @{}; Images = @{}; Sessions = 0; File = $null; Dead = $null }
$script:Machine.NoWindows = $null
$script:Machine.Elevated = $true
$script:Machine.Bus = 'Rehearsal'
$script:Machine.Computer = 'here'
foreach ($name in 'Programs', 'Drive', 'Profile', 'Windows', 'Data') {
    $script:Machine[$name] = [System.IO.Path]::Combine($script:Machine.Temp, 'fake', $name)
    $null = [System.IO.Directory]::CreateDirectory($script:Machine[$name])
}

function New-World {
    # Disk 0 is boot and system, 20 a cluster's, 21 MPIO's, 30 and 31 one unit by two sessions. -Dead: 30 does not answer.
    param([switch]$Dead)
    $units = @(); $disks = @()
    foreach ($number in 0..9 + 20, 21) {
        $units += '{{ "name": "u{0}", "serial": "S{0:0000}", "naa": "600508b4{0:x8}ffffffff{0:x8}" }}' -f $number
        $more = @{ 0 = ', "boot": true, "system": true'; 20 = ', "clustered": true'; 21 = ', "initiators": ["here 1", "here 2"]' }[$number]
        $disks += '{{ "number": {0}, "unit": "u{0}"{1} }}' -f $number, $more
    }
    $units += '{ "name": "pair", "serial": "PAIR", "naa": "6001405000000000000000000000001f", "target": "tgt" }'
    $faults = $(if ($Dead) { ', "faults": { "hangs": true }' } else { '' })
    $disks += '{{ "number": 30, "unit": "pair", "initiators": ["iqn.a,i,0x400001370000"]{0} }}' -f $faults
    $disks += '{ "number": 31, "unit": "pair", "initiators": ["iqn.a,i,0x400001370001"] }'
    $file = [System.IO.Path]::Combine((New-Folder 'world'), 'bus.json')
    [System.IO.File]::WriteAllText($file, ('{{ "version": 1, "thisHost": "here", "logicalUnits": [{0}], "hosts": {{ "here": {{ "disks": [{1}] }} }} }}' -f
            ($units -join ', '), ($disks -join ', ')))
    return $file
}

function Enter-World {
    param([string]$File)
    try { Exit-StorageRehearsal } catch { $null = $_ }
    Enter-StorageRehearsal -Path $File -WarningAction SilentlyContinue -WarningVariable warnings
    $script:Warned = @($warnings)
}

# --- make.ps1 ----------------------------------------------------------------------------------------------------

function Install-TestModule {
    $script:World.File = New-World
    $script:World.Dead = New-World -Dead
    $script:Machine.Manifest = [System.IO.Path]::Combine($script:World.Staged, 'StorageRelease.psd1')
    $script:Machine.PowerShell = $script:Machine.Manifest
    $script:Machine.WindowsPowerShell = $script:Machine.Manifest
    Import-Module $script:Machine.Manifest
    Enter-World $script:World.File
    $script:Machine.Words = " --rehearsal `"$($script:World.File)`""
    # What a task runs: the executable, in the rehearsal.
    $folder = [System.IO.Path]::Combine($script:World.Staged, 'dist', 'win-x64')
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $exe = [System.IO.Path]::Combine($folder, 'storage-release.exe')
    [System.IO.File]::WriteAllText($exe, "#!/bin/sh`nexec '$(Get-Exe)' `"`$@`" --rehearsal '$($script:World.File)'`n")
    & chmod +x $exe
    Add-Undo { Remove-Module StorageRelease -ErrorAction SilentlyContinue }
}

function Use-Rehearsal {
    param([string]$File, [scriptblock]$Body)
    Enter-World $File
    try { & $Body }
    finally { Enter-World $script:World.File }
}

function Get-StagedFolder { return $script:World.Staged }

function Copy-StagedModule {
    param([string]$Parent)
    return [System.IO.Path]::Combine($Parent, 'StorageRelease.psd1')
}

# Of the module alone: a file is opened by it.
function Get-NetworkPath { param([string]$Path) return $(if ($Path -like '*.psd1') { '\\localhost' + $Path } else { $Path }) }

function Set-ClockBy { param([timespan]$By) $null = $By }

function Get-Win32Code {
    param([uint32]$Status)
    $all = [System.IO.File]::ReadAllText($script:Machine.Statuses) | ConvertFrom-Json
    return [int]($all | Where-Object { [uint32]$_.status -eq $Status }).win32
}

function Open-LockedVolume { param([string]$Path) return New-Object System.IO.MemoryStream }

function Get-ShortPath { param([string]$Path) return $Path }

function Get-ShellPath { return [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName }

${function:Invoke-RealShell} = ${function:Invoke-Shell}
function Invoke-Shell {
    param([string]$Kind, [string]$Text, [string]$Manifest)
    # What only real access lists bring about.
    if ($Manifest -match 'StorageReleaseTools|^\\\\localhost') { return @{ Code = 0; Output = 'ERROR ModuleWritable'; Errors = '' } }
    if ($Manifest -match 'StorageReleaseTest') { return @{ Code = 0; Output = "OUTCOME Read`nWARNING it is in your profile"; Errors = '' } }
    if ($Text -match 'Enter-StorageRehearsal') { $head = 'function Get-Disk { }' }
    else { $head = "Enter-StorageRehearsal '$($script:World.File)' -WarningAction SilentlyContinue" }
    Invoke-RealShell $Kind "$head`n$Text" $script:Machine.Manifest
}

${function:Invoke-RealProgram} = ${function:Invoke-Program}
function Invoke-Program {
    param([string]$Command, [string]$Arguments, [int]$TimeoutSec = 300)
    if ($Command -match 'ssh-keygen' -and $Arguments -match '-f "(.*)"') {
        [System.IO.File]::WriteAllText($Matches[1] + '.pub', 'ssh-ed25519 AAAA')
    }
    if (@('CiTool.exe', 'ssh-keygen.exe', 'icacls.exe') -contains [System.IO.Path]::GetFileName($Command)) {
        return @{ Code = 0; Output = ''; Errors = ''; Ms = 1 }
    }
    Invoke-RealProgram $Command $Arguments $TimeoutSec
}

# --- Windows' own commands ---------------------------------------------------------------------------------------

function Get-Disk {
    param([uint32[]]$Number, [Parameter(ValueFromPipeline)][object]$InputObject)
    process {
        # An iSCSI session or a disk image says which disk it is.
        if ($null -ne $InputObject) { $Number = [uint32[]]@($InputObject.Number) }
        foreach ($disk in Get-StorageRehearsalDisk) {
            if ($null -eq $disk.Number -or ($null -ne $Number -and $Number -notcontains $disk.Number)) { continue }
            $made = New-FakeDisk -Number $disk.Number -UniqueId $disk.UniqueId -SerialNumber $disk.SerialNumber -BusType SAS `
                -IsBoot $disk.IsBoot -IsSystem $disk.IsSystem -IsClustered $disk.IsClustered
            if ($disk.IsMultipath) { $made.Path = '\\?\mpio#disk#1' }
            $made
        }
    }
}
function Get-PhysicalDisk {
    foreach ($disk in Get-Disk) { New-FakePhysicalDisk -DeviceId "$($disk.Number)" -UniqueId $disk.UniqueId -SerialNumber $disk.SerialNumber }
}
function Get-CimInstance {
    param([string]$ClassName, [string]$Filter)
    $disk = Get-Disk -Number ([uint32]($Filter -replace '\D', ''))
    New-FakeDiskDrive -Index $disk.Number -SerialNumber $disk.SerialNumber
}
function New-VHD { param([string]$Path, [uint64]$SizeBytes, [switch]$Dynamic, [int]$LogicalSectorSizeBytes, [int]$PhysicalSectorSizeBytes) }
function Mount-DiskImage { param([string]$ImagePath, [switch]$NoDriveLetter) $script:World.Free++; $script:World.Images[$ImagePath] = $script:World.Free }
function Dismount-DiskImage { param([string]$ImagePath) $script:World.Images.Remove($ImagePath) }
function Get-DiskImage {
    param([string]$DevicePath, [string]$ImagePath)
    $number = $(if ($ImagePath) { $script:World.Images[$ImagePath] } else { $DevicePath -replace '\D', '' })
    New-FakeDiskImage -DevicePath ('\\.\PhysicalDrive{0}' -f $number) -Number ([uint32]$number) -Attached $true
}

function Install-WindowsFeature { param([string]$Name) }
function Uninstall-WindowsFeature { param([string]$Name) }
function Get-WindowsFeature { param([string]$Name) [pscustomobject]@{ Installed = $false } }
function New-ItemProperty { param([string]$Path, [string]$Name, [object]$Value, [string]$PropertyType, [switch]$Force) }
function Remove-ItemProperty { param([string]$Path, [string]$Name) }
function New-IscsiVirtualDisk { param([string]$Path, [uint64]$SizeBytes) }
function Remove-IscsiVirtualDisk { param([string]$Path) }
function Get-InitiatorPort { [pscustomobject]@{ ConnectionType = 'iSCSI'; NodeAddress = 'iqn.1991-05.com.microsoft:here' } }
function New-IscsiServerTarget { param([string]$TargetName, [string]$InitiatorIds) }
function Remove-IscsiServerTarget { param([string]$TargetName) }
function Add-IscsiVirtualDiskTargetMapping { param([string]$TargetName, [string]$Path) }
function New-IscsiTargetPortal { param([string]$TargetPortalAddress) }
function Remove-IscsiTargetPortal { param([string]$TargetPortalAddress, [switch]$Confirm) }
function Get-IscsiTarget { [pscustomobject]@{ NodeAddress = 'iqn.1991-05.com.microsoft:here-storage-release-test-target' } }
function Connect-IscsiTarget {
    param([string]$NodeAddress, [bool]$IsPersistent, [bool]$IsMultipathEnabled)
    $number = 30 + $script:World.Sessions
    $script:World.Sessions++
    [pscustomobject]@{ Number = $number }
}
function Disconnect-IscsiTarget { param([string]$NodeAddress, [switch]$Confirm) $script:World.Sessions = 0 }
function Get-Partition { [pscustomobject]@{ IsSystem = $true; IsBoot = $false } }
function Initialize-Disk { param([uint32]$Number, [string]$PartitionStyle) }
function New-Partition { param([uint32]$DiskNumber, [switch]$UseMaximumSize, [switch]$AssignDriveLetter) [pscustomobject]@{ DriveLetter = 'V' } }
function Format-Volume { param([Parameter(ValueFromPipeline)]$InputObject, [string]$FileSystem, [switch]$Confirm) process { } }
function Get-ItemProperty { param([string]$Path, [string]$Name, [object]$ErrorAction) [pscustomobject]@{ $Name = @('partmgr') } }
function Get-Service {
    param([string[]]$Name, [object]$ErrorAction)
    foreach ($one in $Name) { [pscustomobject]@{ Name = $one; Status = 'Running' } }
}
function Get-MPIOSetting { }
function Stop-Service { param([string]$Name, [switch]$Force) if ($Name -eq 'WinTarget') { Enter-World $script:World.Dead } }
function Start-Service { param([string]$Name) if ($Name -eq 'WinTarget') { Enter-World $script:World.File } }
function Restart-Service { param([string]$Name) }

foreach ($name in 'schemas/CodeIntegrity/ExamplePolicies/AllowMicrosoft.xml', 'System32/CiTool.exe') {
    $file = [System.IO.Path]::Combine($script:Machine.Windows, $name)
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($file))
    [System.IO.File]::WriteAllText($file, '<SiPolicy><PolicyID>{0}</PolicyID></SiPolicy>')
}
function ConvertFrom-CIPolicy { param([string]$XmlFilePath, [string]$BinaryFilePath) }
function Set-RuleOption { param([string]$FilePath, [int]$Option) }
function Set-CIPolicyIdInfo { param([string]$FilePath, [string]$PolicyName, [switch]$ResetPolicyID) }
function Get-WinEvent { param([hashtable]$FilterHashtable, [object]$ErrorAction) [pscustomobject]@{ Message = 'storage-release.exe would be blocked' } }

function New-ScheduledTaskAction { param([string]$Execute, [string]$Argument) @{ Execute = $Execute; Argument = $Argument } }
function New-FakeTrigger {
    param([string]$Class, [hashtable]$With)
    New-FakeCim $Class @() 'Root/Microsoft/Windows/TaskScheduler' ([ordered]@{ Enabled = $true } + $With) @()
}
function New-ScheduledTaskTrigger {
    param([switch]$Once, [switch]$Daily, [switch]$Weekly, [switch]$AtStartup, [switch]$AtLogOn, [datetime]$At, [string[]]$DaysOfWeek,
        [int]$DaysInterval, [timespan]$RepetitionInterval, [timespan]$RepetitionDuration)
    $null = $DaysOfWeek, $RepetitionInterval, $RepetitionDuration
    if ($AtStartup) { return New-FakeTrigger 'MSFT_TaskBootTrigger' @{ Delay = '' } }
    if ($AtLogOn) { return New-FakeTrigger 'MSFT_TaskLogonTrigger' @{ Delay = ''; UserId = '' } }
    $start = @{ StartBoundary = $At.ToString('s'); RandomDelay = '' }
    if ($Once) { return New-FakeTrigger 'MSFT_TaskTimeTrigger' ($start + @{ Repetition = [pscustomobject]@{ Interval = 'PT1H'; Duration = 'PT8H'; StopAtDurationEnd = $false } }) }
    if ($Weekly) { return New-FakeTrigger 'MSFT_TaskWeeklyTrigger' ($start + @{ DaysOfWeek = [uint16]66; WeeksInterval = [uint16]1 }) }
    if ($Daily) { return New-FakeTrigger 'MSFT_TaskDailyTrigger' ($start + @{ DaysInterval = [uint16]$DaysInterval }) }
}
function New-CimInstance { param([switch]$ClientOnly, [string]$Namespace, [string]$ClassName, [hashtable]$Property) $Property.Remove('Enabled'); New-FakeTrigger $ClassName $Property }
function New-ScheduledTaskPrincipal { param([string]$UserId, [string]$LogonType, [string]$RunLevel) }
function New-ScheduledTaskSettingsSet { param([string]$MultipleInstances, [timespan]$ExecutionTimeLimit) }
function Register-ScheduledTask {
    param([string]$TaskName, [string]$TaskPath, $Action, $Trigger, $Principal, $Settings)
    $script:World.Tasks[$TaskName] = @{ Name = $TaskName; Path = $TaskPath; Action = $Action; Triggers = @($Trigger); Result = 267011; State = 'Ready'; Last = $null }
}
function Register-TestTask {
    # In a rehearsal no task is registered: its document is read instead, and kept here.
    param([hashtable]$How)
    $exec = ([xml](Register-StorageReleaseTask @How -AsXml)).Task.Actions.Exec
    # The world's executable rehearses by itself.
    $action = @{ Execute = (Get-Exe); Argument = $exec.Arguments }
    Register-ScheduledTask -TaskName $How.TaskName -TaskPath '\StorageRelease\' -Action $action -Trigger $How['Trigger']
    $script:World.Tasks[$How.TaskName].Source = 'StorageRelease'
    # Windows' commands, as the module finds them.
    & (Get-Module StorageRelease) {
        param($Commands)
        Import-ModulePart Unattended
        $script:TaskModule = @{ ExportedCommands = $Commands }
    } @{ 'Get-ScheduledTask' = ${function:Get-ScheduledTask}; 'Get-ScheduledTaskInfo' = ${function:Get-ScheduledTaskInfo} }
    Get-StorageReleaseTask $How.TaskName
}
function Get-ScheduledTask {
    param([Parameter(ValueFromPipelineByPropertyName)][string]$TaskName, [Parameter(ValueFromPipelineByPropertyName)][string]$TaskPath)
    process {
        foreach ($task in @($script:World.Tasks.Values)) {
            if ($task.Path -ne $TaskPath -or ($TaskName -and $task.Name -ne $TaskName)) { continue }
            $action = [pscustomobject]@{ Execute = $task.Action.Execute; Arguments = $task.Action.Argument }
            [pscustomobject]@{ TaskName = $task.Name; TaskPath = $task.Path; State = $task.State; Source = $task['Source']; Description = ''; Actions = @($action); Triggers = $task.Triggers }
        }
    }
}
function Disable-ScheduledTask { param([Parameter(ValueFromPipeline)][object]$InputObject) process { $script:World.Tasks[$InputObject.TaskName].State = 'Disabled' } }
function Start-ScheduledTask {
    param([string]$TaskName, [string]$TaskPath)
    $task = $script:World.Tasks[$TaskName]
    $task.Result = (Invoke-RealProgram $task.Action.Execute $task.Action.Argument).Code
    $task.Last = [datetime]::Now
}
function Get-ScheduledTaskInfo {
    [CmdletBinding()]
    param([string]$TaskName, [string]$TaskPath)
    $task = $script:World.Tasks[$TaskName]
    [pscustomobject]@{ LastTaskResult = $task.Result; LastRunTime = $task.Last; NextRunTime = [datetime]::Now.AddDays(1) }
}
function Unregister-ScheduledTask {
    param([Parameter(ValueFromPipelineByPropertyName)][string]$TaskName, [Parameter(ValueFromPipelineByPropertyName)][string]$TaskPath, [switch]$Confirm)
    process { $script:World.Tasks.Remove($TaskName) }
}

$null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($script:Machine.Data, 'ssh'))
[System.IO.File]::WriteAllText([System.IO.Path]::Combine($script:Machine.Data, 'ssh', 'sshd_config'), '')
function Enable-PSRemoting { param([switch]$Force, [switch]$SkipNetworkProfileCheck) }
function Register-PSSessionConfiguration { param([string]$Name, [string]$Path, [switch]$Force) }
function Unregister-PSSessionConfiguration { param([string]$Name, [switch]$Force) }
function Test-PSSessionConfigurationFile { param([string]$Path) $true }
function New-PSSession { throw 'the fakes have no sessions' }
