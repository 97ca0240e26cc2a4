function script:Get-ExecutablePath {
    # Full path of the executable for this system: chosen by the system, not by the process, so that a 32-bit PowerShell
    # works too, and on Windows on Arm one that runs by emulation.
    $dist = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($script:ModuleFolder), 'dist')
    if ([System.Environment]::OSVersion.Platform -ne [System.PlatformID]::Win32NT) {
        return [System.IO.Path]::Combine($dist, 'linux-x64', 'storage-release')
    }
    # RuntimeInformation.OSArchitecture of .NET Framework says X64 to a process that is emulated, and a variable may be
    # anybody's; here only administrators write, and a 32-bit process sees the same.
    $key = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    $processor = [Microsoft.Win32.Registry]::GetValue($key, 'PROCESSOR_ARCHITECTURE', '')
    return Select-WindowsExecutable $dist ([string]$processor)
}

function script:Select-WindowsExecutable {
    # Windows on Arm runs the x64 one by emulation, where a build has no other.
    param([string]$Dist, [string]$Processor)

    $native = [System.IO.Path]::Combine($Dist, 'win-arm64', 'storage-release.exe')
    if ($Processor -eq 'ARM64' -and [System.IO.File]::Exists($native)) { return $native }
    return [System.IO.Path]::Combine($Dist, 'win-x64', 'storage-release.exe')
}
