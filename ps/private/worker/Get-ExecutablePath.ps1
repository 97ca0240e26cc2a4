function script:Get-ExecutablePath {
    # Full path of the executable for this system: chosen by the system, not by the process, so that a 32-bit
    # PowerShell works too. Windows on ARM64 runs the x64 one by emulation.
    if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
        $relative = 'win-x64', 'storage-release.exe'
    }
    else {
        $relative = 'linux-x64', 'storage-release'
    }
    $dist = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($script:ModuleFolder), 'dist')
    return [System.IO.Path]::Combine($dist, $relative[0], $relative[1])
}
