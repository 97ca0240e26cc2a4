# What the checks need on the machine, made once and taken away at the end. Every call of Windows that a check makes
# through here has a stand-in in fakes.ps1.

function Get-ModuleVersion {
    return [string](Import-PowerShellDataFile ([System.IO.Path]::Combine($script:Machine.Root, 'StorageRelease.psd1'))).ModuleVersion
}

function Get-StagedFolder {
    # The published module, as the build has put it together.
    $folder = [System.IO.Path]::Combine($script:Machine.Root, 'dist', 'module', 'StorageRelease', (Get-ModuleVersion))
    if (-not [System.IO.Directory]::Exists($folder)) { Stop-Check "the build left no $folder" }
    return $folder
}

function Copy-StagedModule {
    # A copy of the published module below a folder; the path of its manifest.
    param([string]$Parent)
    $target = [System.IO.Path]::Combine($Parent, 'StorageRelease', (Get-ModuleVersion))
    if ([System.IO.Directory]::Exists($target)) { Stop-Check "$target is there already" }
    Copy-Item (Get-StagedFolder) $target -Recurse -Container
    return [System.IO.Path]::Combine($target, 'StorageRelease.psd1')
}

function Install-TestModule {
    # On Windows the published module goes where only administrators write; elsewhere it is imported from the repository.
    if ($script:Machine.NoWindows) {
        Import-Module ([System.IO.Path]::Combine($script:Machine.Root, 'StorageRelease.psd1'))
        return
    }
    $folder = $script:Machine.Programs
    if (-not $script:Machine.Elevated) { $folder = $script:Machine.Temp }
    foreach ($name in 'WindowsPowerShell', 'PowerShell') {
        $parent = [System.IO.Path]::Combine($folder, $name, 'Modules')
        $null = [System.IO.Directory]::CreateDirectory($parent)
        $manifest = Copy-StagedModule $parent
        $made = [System.IO.Path]::GetDirectoryName($manifest)
        Add-Undo -With $made {
            param([string]$Folder)
            Remove-Item $Folder -Recurse -Force
            $above = [System.IO.Path]::GetDirectoryName($Folder)
            if (@([System.IO.Directory]::GetFileSystemEntries($above)).Count -eq 0) { [System.IO.Directory]::Delete($above) }
        }
        $script:Machine[$name] = $manifest
    }
    $edition = $(if ($PSVersionTable.PSEdition -eq 'Core') { 'PowerShell' } else { 'WindowsPowerShell' })
    $script:Machine.Manifest = $script:Machine[$edition]
    Import-Module $script:Machine.Manifest
    # The worker holds its executable; this is undone before the folders are.
    Add-Undo {
        Remove-Module StorageRelease -ErrorAction SilentlyContinue
        $null = Wait-Until 90 { @(Get-Worker).Count -eq 0 }
    }
}

function New-VirtualDisk {
    # A virtual disk of 64 MB, attached, not initialized: its MSFT_Disk. 4,096-byte sectors need Hyper-V's New-VHD.
    param([string]$Name, [int]$SectorSize = 512)
    $file = [System.IO.Path]::Combine((New-Folder 'vhd'), $Name + '.vhdx')
    Invoke-Preparation 'a virtual disk cannot be made' {
        if (Get-Command New-VHD -ErrorAction SilentlyContinue) {
            $null = New-VHD -Path $file -SizeBytes 64MB -Dynamic -LogicalSectorSizeBytes $SectorSize -PhysicalSectorSizeBytes 4096
        }
        elseif ($SectorSize -ne 512) { Stop-Check 'New-VHD of Hyper-V is not here, and diskpart makes 512-byte sectors alone' }
        else {
            $script = [System.IO.Path]::ChangeExtension($file, '.txt')
            [System.IO.File]::WriteAllText($script, "create vdisk file=`"$file`" maximum=64 type=expandable`r`n")
            $ended = Invoke-Program ([System.IO.Path]::Combine($script:System32, 'diskpart.exe')) "/s `"$script`""
            if ($ended.Code -ne 0) { throw "diskpart ended with $($ended.Code): $($ended.Output)" }
        }
        $null = Mount-DiskImage -ImagePath $file -NoDriveLetter
        Add-Undo -With $file { param([string]$File) $null = Dismount-DiskImage -ImagePath $File }
        $disk = Get-DiskImage -ImagePath $file | Get-Disk
        if ($null -eq $disk) { throw 'Windows shows no disk of it' }
        $disk
    }
}

function Get-TestDisk {
    # The virtual disk that checks share.
    return Get-Kept 'disk' { New-VirtualDisk 'shared' }
}

function Get-IscsiPair {
    # Two disks of this machine that are one LUN of the Microsoft iSCSI target, by two sessions on loopback.
    return Get-Kept 'iscsi' {
        Invoke-Preparation 'the Microsoft iSCSI target cannot be used' {
            if (-not (Get-Command Install-WindowsFeature -ErrorAction SilentlyContinue)) {
                Stop-Check 'the Microsoft iSCSI target is a feature of Windows Server, and this is not one'
            }
            $feature = Get-WindowsFeature FS-iSCSITarget-Server
            if ($null -eq $feature) { Stop-Check 'this Windows Server has no feature FS-iSCSITarget-Server' }
            if (-not $feature.Installed) {
                $null = Install-WindowsFeature FS-iSCSITarget-Server
                Add-Undo { $null = Uninstall-WindowsFeature FS-iSCSITarget-Server }
            }
            $key = 'HKLM:\SOFTWARE\Microsoft\iSCSI Target'
            $null = New-ItemProperty $key AllowLoopBack -Value 1 -PropertyType DWord -Force
            Add-Undo -With $key { param([string]$Key) Remove-ItemProperty $Key AllowLoopBack }
            Start-Service MSiSCSI
            Restart-Service WinTarget
            $name = 'storage-release-test'
            $file = [System.IO.Path]::Combine((New-Folder 'iscsi'), 'lun.vhdx')
            $null = New-IscsiVirtualDisk -Path $file -SizeBytes 64MB
            Add-Undo -With $file { param([string]$File) Remove-IscsiVirtualDisk -Path $File }
            $port = Get-InitiatorPort | Where-Object { $_.ConnectionType -eq 'iSCSI' } | Select-Object -First 1
            $null = New-IscsiServerTarget -TargetName $name -InitiatorIds ('IQN:' + $port.NodeAddress)
            Add-Undo -With $name { param([string]$Name) Remove-IscsiServerTarget -TargetName $Name }
            Add-IscsiVirtualDiskTargetMapping -TargetName $name -Path $file
            $null = New-IscsiTargetPortal -TargetPortalAddress 127.0.0.1
            Add-Undo { Remove-IscsiTargetPortal -TargetPortalAddress 127.0.0.1 -Confirm:$false }
            $node = Get-IscsiTarget | Where-Object { $_.NodeAddress -like "*$name*" }
            if ($null -eq $node) { throw 'the initiator does not see the target' }
            $first = Connect-IscsiTarget -NodeAddress $node.NodeAddress -IsPersistent $false -IsMultipathEnabled $true
            Add-Undo -With $node.NodeAddress { param([string]$Node) Disconnect-IscsiTarget -NodeAddress $Node -Confirm:$false }
            $second = Connect-IscsiTarget -NodeAddress $node.NodeAddress -IsPersistent $false -IsMultipathEnabled $true
            $disks = @(foreach ($session in $first, $second) {
                    $null = Wait-Until 20 { $null -ne ($session | Get-Disk) }
                    $session | Get-Disk
                })
            if ($disks.Count -ne 2 -or $disks[0].Number -eq $disks[1].Number) {
                Stop-Check 'Windows makes one disk of the two sessions'
            }
            $disks
        }
    }
}

function Get-ReservablePair {
    # The same, when the target takes RESERVE(6); probed once.
    return Get-Kept 'reservable' {
        $pair = Get-IscsiPair
        $result = Invoke-StorageReserve -Number $pair[0].Number -Allow Multipath -Force -ErrorAction SilentlyContinue
        if ($result.Outcome -ne 'Reserved') {
            Stop-Check ('the Microsoft iSCSI target does not take RESERVE(6): {0}, {1}; tgt in WSL is not automated' -f
                $result.Outcome, $result.NtStatusName)
        }
        $null = Invoke-StorageRelease -Number $pair[0].Number -Allow Multipath -Force -ErrorAction SilentlyContinue
        $pair
    }
}

function Get-ShellPath {
    # The program of a shell: 'desktop' is Windows PowerShell 5.1, 'core' PowerShell 7.
    param([string]$Kind)
    if ($Kind -eq 'desktop') { return [System.IO.Path]::Combine($script:System32, 'WindowsPowerShell', 'v1.0', 'powershell.exe') }
    $found = Get-Command pwsh -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($null -eq $found) { Stop-Check 'there is no pwsh on PATH' }
    return $found.Path
}

function Invoke-Shell {
    # Runs a text in a shell of its own, with the module that belongs to that shell: exit code, output, milliseconds.
    param([string]$Kind, [string]$Text, [string]$Manifest)
    $edition = $(if ($Kind -eq 'core') { 'PowerShell' } else { 'WindowsPowerShell' })
    if (-not $Manifest) { $Manifest = $script:Machine[$edition] }
    $file = [System.IO.Path]::Combine((New-Folder 'shell'), 'run.ps1')
    $head = "`$ErrorActionPreference = 'Stop'`nImport-Module '{0}'`n" -f $Manifest.Replace("'", "''")
    [System.IO.File]::WriteAllText($file, $head + $Text)
    Invoke-Program (Get-ShellPath $Kind) "-NoProfile -ExecutionPolicy Bypass -File `"$file`""
}

function Get-NetworkPath {
    # The same file by the administrative share of this computer.
    param([string]$Path)
    $network = '\\{0}\{1}$\{2}' -f [System.Environment]::MachineName, $Path.Substring(0, 1), $Path.Substring(3)
    if (-not [System.IO.File]::Exists($network)) { Stop-Check "the administrative share cannot be read: $network" }
    return $network
}

function Get-ShortPath {
    # The 8.3 name of a file, which has no blanks.
    param([string]$Path)
    return (New-Object -ComObject Scripting.FileSystemObject).GetFile($Path).ShortPath
}

function Set-ClockBy {
    # Sets the clock of this machine.
    param([timespan]$By)
    $null = Set-Date -Adjust $By
}

function Get-Win32Code {
    # What this Windows makes of an NTSTATUS.
    param([uint32]$Status)
    if (-not ('StorageReleaseTest.Nt' -as [type])) {
        Add-Type -Namespace StorageReleaseTest -Name Nt -MemberDefinition '[DllImport("ntdll.dll")] public static extern int RtlNtStatusToDosError(uint status);'
    }
    return [StorageReleaseTest.Nt]::RtlNtStatusToDosError($Status)
}

function Open-LockedVolume {
    # A volume that is locked until what comes back is disposed (FSCTL_LOCK_VOLUME).
    param([string]$Path)
    if (-not ('StorageReleaseTest.Volume' -as [type])) {
        Add-Type -Namespace StorageReleaseTest -Name Volume -MemberDefinition @'
[DllImport("kernel32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
public static extern Microsoft.Win32.SafeHandles.SafeFileHandle CreateFileW(string name, uint access, uint share, IntPtr security, uint disposition, uint flags, IntPtr template);
[DllImport("kernel32.dll", SetLastError = true)]
public static extern bool DeviceIoControl(Microsoft.Win32.SafeHandles.SafeFileHandle device, uint code, IntPtr input, uint inputSize, IntPtr output, uint outputSize, out uint returned, IntPtr overlapped);
'@
    }
    $handle = [StorageReleaseTest.Volume]::CreateFileW($Path, 3221225472, 3, [System.IntPtr]::Zero, 3, 0, [System.IntPtr]::Zero)
    if ($handle.IsInvalid) { throw "$Path cannot be opened: $([System.Runtime.InteropServices.Marshal]::GetLastWin32Error())" }
    $returned = [uint32]0
    # 0x90018
    if (-not [StorageReleaseTest.Volume]::DeviceIoControl($handle, 589848, [System.IntPtr]::Zero, 0, [System.IntPtr]::Zero, 0, [ref]$returned, [System.IntPtr]::Zero)) {
        $code = [System.Runtime.InteropServices.Marshal]::GetLastWin32Error()
        $handle.Dispose()
        throw "$Path cannot be locked: $code"
    }
    return $handle
}

function Register-TestTask {
    # A task of Register-StorageReleaseTask, taken away at the end: the object that the command gives.
    param([hashtable]$How)
    $task = Register-StorageReleaseTask @How -Confirm:$false
    Add-Undo -With $How.TaskName {
        param([string]$Name)
        Get-StorageReleaseTask "$Name*" | Unregister-ScheduledTask -Confirm:$false
    }
    return $task
}
