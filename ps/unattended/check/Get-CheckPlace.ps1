function script:Get-CheckPlace {
    # The environment of the checks: values, and script blocks for what takes time or exists only on Windows. Tests
    # replace them. -Unread: why the part Private could not be read.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Management.Automation.Runspaces.PSSession[]]$Session, [string]$Unread)

    $root = [System.IO.Path]::GetDirectoryName($script:ModuleFolder)
    $onWindows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
    # Get-ExecutablePath is in a part that may not have been loaded, so this is a default.
    $executable = [System.IO.Path]::Combine($root, 'dist', 'win-x64', 'storage-release.exe')
    if (-not $Unread) { $executable = Get-ExecutablePath }
    elseif (-not $onWindows) { $executable = [System.IO.Path]::Combine($root, 'dist', 'linux-x64', 'storage-release') }
    $folder = [System.IO.Path]::GetDirectoryName($executable)
    return @{
        Cmdlet       = $Cmdlet
        Session      = $Session
        Unread       = $Unread
        # The results of the checks so far, by their names; and the worker's list, once it was requested.
        Status       = @{}
        List         = $null
        OnWindows    = $onWindows
        Root         = $root
        Folder       = $folder
        Executable   = $executable
        # The files that belong into the folder of the executable.
        Beside       = $(if ($onWindows) { 'storage-release.exe', 'koffi.node' } else { , 'storage-release' })
        Target       = [System.IO.Path]::GetFileName($folder)
        Version      = $PSVersionTable.PSVersion
        Edition      = $(if ($PSVersionTable.PSVersion.Major -lt 6) { 'Windows PowerShell' } else { 'PowerShell' })
        Framework    = { Get-RegistryValue 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release' }
        # The language mode of the caller's scripts; the module's own files have another one.
        LanguageMode = { Get-CallerLanguage }
        Policies     = { & (Get-ShippedCommand 'Microsoft.PowerShell.Security' 'Get-ExecutionPolicy') -List }
        Elevated     = { Test-Elevated }
        Writer       = { param($Path) Get-UntrustedWriter $Path }
        Marked       = { param($Path) Test-ZoneStream $Path }
        Signature    = { param($Path) & (Get-ShippedCommand 'Microsoft.PowerShell.Security' 'Get-AuthenticodeSignature') -LiteralPath $Path }
        Architecture = { [string][System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture }
        # Milliseconds; a normal start takes a tenth of that.
        SlowStart    = 3000
        Listing      = { param($Place) Read-DeviceList $Place }
        ServiceStart = { param($Name) Get-RegistryValue "SYSTEM\CurrentControlSet\Services\$Name" 'Start' }
        MessageFile  = { Get-RegistryValue 'SYSTEM\CurrentControlSet\Services\EventLog\Application\StorageRelease' 'EventMessageFile' }
        Tasks        = { Get-OurTask }
    }
}

function script:Get-RegistryValue {
    # A value of the machine's registry; null where the value or its key does not exist. (Windows)
    param([string]$Key, [string]$Name)

    $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Key)
    if ($null -eq $opened) { return $null }
    try { return $opened.GetValue($Name) } finally { $opened.Dispose() }
}

function script:Get-OurTask {
    # The tasks of this module; null where the command does not exist.
    $command = $ExecutionContext.SessionState.Module.ExportedFunctions['Get-StorageReleaseTask']
    if ($null -eq $command) { return $null }
    return , @(& $command -ErrorAction Stop)
}

function script:Get-CallerLanguage {
    # The language mode of scripts that no rule allows: a policy of the system overrides the mode of the session.
    $policy = [System.Management.Automation.PSObject].Assembly.GetType('System.Management.Automation.Security.SystemPolicy')
    if ($null -ne $policy -and [string]$policy.GetMethod('GetSystemLockdownPolicy').Invoke($null, @()) -ceq 'Enforce') { return 'ConstrainedLanguage' }
    $made = [System.Management.Automation.Runspaces.Runspace]::DefaultRunspace.InitialSessionState
    if ($null -eq $made) { return 'FullLanguage' }
    return [string]$made.LanguageMode
}

function script:Get-ShippedCommand {
    # A command of a module that comes with PowerShell, by its full path: no other command with that name is used.
    param([string]$Module, [string]$Name)

    $path = [System.IO.Path]::Combine($PSHOME, 'Modules', $Module, "$Module.psd1")
    $imported = Microsoft.PowerShell.Core\Import-Module -Name $path -PassThru -ErrorAction Stop -Verbose:$false
    return $imported.ExportedCommands[$Name]
}

function script:Test-ZoneStream {
    # Whether a file has the stream that tells where it was downloaded from. .NET Framework does not accept such a path.
    param([string]$Path)

    $get = Get-ShippedCommand 'Microsoft.PowerShell.Management' 'Get-Item'
    return $null -ne (& $get -LiteralPath $Path -Stream 'Zone.Identifier' -ErrorAction Ignore)
}
