function script:Get-CheckPlace {
    # What the checks ask about where they run: values, and script blocks for what takes its time or exists on Windows alone.
    # Tests put others in their place. -Unread: why the part Private could not be read.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Management.Automation.Runspaces.PSSession[]]$Session, [string]$Unread)

    $root = [System.IO.Path]::GetDirectoryName($script:ModuleFolder)
    $onWindows = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
    # Which executable it is here, the part says that may not have been read.
    $executable = [System.IO.Path]::Combine($root, 'dist', 'win-x64', 'storage-release.exe')
    if (-not $Unread) { $executable = Get-ExecutablePath }
    elseif (-not $onWindows) { $executable = [System.IO.Path]::Combine($root, 'dist', 'linux-x64', 'storage-release') }
    $folder = [System.IO.Path]::GetDirectoryName($executable)
    return @{
        Cmdlet       = $Cmdlet
        Session      = $Session
        Unread       = $Unread
        # Of the checks that were made, by their names; and what the worker listed, once it was asked.
        Status       = @{}
        List         = $null
        OnWindows    = $onWindows
        Root         = $root
        Folder       = $folder
        Executable   = $executable
        # What lies in the folder of the executable.
        Beside       = $(if ($onWindows) { 'storage-release.exe', 'koffi.node' } else { , 'storage-release' })
        Target       = [System.IO.Path]::GetFileName($folder)
        Version      = $PSVersionTable.PSVersion
        Edition      = $(if ($PSVersionTable.PSVersion.Major -lt 6) { 'Windows PowerShell' } else { 'PowerShell' })
        Framework    = { Get-RegistryValue 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release' }
        # As the caller's scripts run; the module's own files have a language mode of their own.
        LanguageMode = { Get-CallerLanguage }
        Policies     = { & (Get-ShippedCommand 'Microsoft.PowerShell.Security' 'Get-ExecutionPolicy') -List }
        Elevated     = { Test-Elevated }
        Writer       = { param($Path) Get-UntrustedWriter $Path }
        Marked       = { param($Path) Test-ZoneStream $Path }
        Signature    = { param($Path) & (Get-ShippedCommand 'Microsoft.PowerShell.Security' 'Get-AuthenticodeSignature') -LiteralPath $Path }
        Architecture = { [string][System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture }
        # Milliseconds; a start takes a tenth of them.
        SlowStart    = 3000
        Listing      = { param($Place) Read-DeviceList $Place }
        ServiceStart = { param($Name) Get-RegistryValue "SYSTEM\CurrentControlSet\Services\$Name" 'Start' }
        MessageFile  = { Get-RegistryValue 'SYSTEM\CurrentControlSet\Services\EventLog\Application\StorageRelease' 'EventMessageFile' }
        Tasks        = { Get-OurTask }
    }
}

function script:Get-RegistryValue {
    # A value of the machine's registry, null where it or its key is not there. (Windows)
    param([string]$Key, [string]$Name)

    $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Key)
    if ($null -eq $opened) { return $null }
    try { return $opened.GetValue($Name) } finally { $opened.Dispose() }
}

function script:Get-OurTask {
    # The tasks of this module; null where it knows none.
    $command = $ExecutionContext.SessionState.Module.ExportedFunctions['Get-StorageReleaseTask']
    if ($null -eq $command) { return $null }
    return , @(& $command -ErrorAction Stop)
}

function script:Get-CallerLanguage {
    # The language mode of what no rule allows: a policy of the system goes before what the session was made with.
    $policy = [System.Management.Automation.PSObject].Assembly.GetType('System.Management.Automation.Security.SystemPolicy')
    if ($null -ne $policy -and [string]$policy.GetMethod('GetSystemLockdownPolicy').Invoke($null, @()) -ceq 'Enforce') { return 'ConstrainedLanguage' }
    $made = [System.Management.Automation.Runspaces.Runspace]::DefaultRunspace.InitialSessionState
    if ($null -eq $made) { return 'FullLanguage' }
    return [string]$made.LanguageMode
}

function script:Get-ShippedCommand {
    # A command of a module that PowerShell brings, by its place: nothing of that name elsewhere stands in for it.
    param([string]$Module, [string]$Name)

    $path = [System.IO.Path]::Combine($PSHOME, 'Modules', $Module, "$Module.psd1")
    $imported = Microsoft.PowerShell.Core\Import-Module -Name $path -PassThru -ErrorAction Stop -Verbose:$false
    return $imported.ExportedCommands[$Name]
}

function script:Test-ZoneStream {
    # Whether a file has the stream that says where it was downloaded from. .NET Framework takes no such name.
    param([string]$Path)

    $get = Get-ShippedCommand 'Microsoft.PowerShell.Management' 'Get-Item'
    return $null -ne (& $get -LiteralPath $Path -Stream 'Zone.Identifier' -ErrorAction Ignore)
}
