# The files for restricted endpoints (ps/jea): they show exactly this module's commands for disks.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

$jea = [System.IO.Path]::Combine($Root, 'ps', 'jea')
$ours = 'Get-StorageReservation Invoke-StorageRelease Invoke-StorageReserve'

function Read-DataFile { param([string]$Name) Import-PowerShellDataFile ([System.IO.Path]::Combine($jea, $Name)) }

Test-That 'the role shows three commands, and so does the endpoint for SSH' {
    foreach ($name in 'StorageRelease.psrc', 'StorageRelease.ssh.pssc') {
        $data = Read-DataFile $name
        Assert-Equal ($data.VisibleFunctions -join ' ') $ours $name
        Assert-Equal ($data.ModulesToImport -join ' ') 'StorageRelease'
        foreach ($key in $data.Keys) { Assert-True ($key -cnotmatch 'VisibleCmdlets|VisibleExternal|VisibleProviders|FunctionDefinitions') $key }
    }
}

Test-That 'the endpoint for WinRM has no language, and names the role that is shipped' {
    # Windows alone has the command.
    if (Get-Command Test-PSSessionConfigurationFile -ErrorAction Ignore) {
        Assert-True (Test-PSSessionConfigurationFile ([System.IO.Path]::Combine($jea, 'StorageRelease.pssc')))
    }
    $data = Read-DataFile 'StorageRelease.pssc'
    Assert-Equal $data.LanguageMode NoLanguage
    Assert-Equal $data.SessionType RestrictedRemoteServer
    $role = @($data.RoleDefinitions.Values)[0]
    # Not RoleCapabilityFiles, which Windows Server 2016 does not know.
    Assert-Equal ($role.Keys -join ' ') 'RoleCapabilities'
    Assert-Equal $role.RoleCapabilities 'StorageRelease'
}

function New-RoleModule {
    # The module in the folder of its version, below a folder of modules; returns both.
    param([string]$Name)
    $version = (Import-PowerShellDataFile ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1'))).ModuleVersion
    $modules = [System.IO.Path]::Combine($Temp, $Name, 'StorageRelease', $version)
    $null = [System.IO.Directory]::CreateDirectory($modules)
    [System.IO.File]::Copy([System.IO.Path]::Combine($Root, 'StorageRelease.psd1'), [System.IO.Path]::Combine($modules, 'StorageRelease.psd1'))
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($Root, 'ps'), '*.ps*1*', 'AllDirectories')) {
        if ($file -match '[\\/]rehearsal[\\/]') { continue }
        $copy = [System.IO.Path]::Combine($modules, $file.Substring($Root.TrimEnd('/', '\').Length + 1))
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($copy))
        [System.IO.File]::Copy($file, $copy)
    }
    @{ Path = [System.IO.Path]::Combine($Temp, $Name); Version = $modules }
}

function New-RoleState {
    # What a session of everybody's role begins with, in the form that the endpoint is made of.
    param($Module, [string]$Role)
    $file = [System.IO.Path]::Combine($Temp, 'role.pssc')
    [System.IO.File]::WriteAllText($file, @"
@{
    SchemaVersion = '2.0.0.0'; GUID = '1f0c2a54-0d5e-4d5c-8a53-0c8f0b1a7a11'; SessionType = 'Empty'; LanguageMode = 'NoLanguage'
    ModulesToImport = 'Microsoft.PowerShell.Core'; VisibleCmdlets = 'Get-Command'
    RoleDefinitions = @{ 'everybody' = @{ $Role } }
}
"@)
    $before = [System.Environment]::GetEnvironmentVariable('PSModulePath')
    [System.Environment]::SetEnvironmentVariable('PSModulePath', $Module.Path)
    try {
        $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateFromSessionConfigurationFile($file, { $true })
        $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
        $space.Open()
        $space
    }
    finally { [System.Environment]::SetEnvironmentVariable('PSModulePath', $before) }
}

# A role that everybody has, in a session that has nothing else.
foreach ($row in @(
        , @('by its name, beside the versions, as the endpoint is shipped', "RoleCapabilities = 'StorageRelease'", $true)
        , @('by its path, as older endpoints', "RoleCapabilityFiles = '$([System.IO.Path]::Combine($jea, 'StorageRelease.psrc'))'", $false)
    )) { Test-That "who has the role has these commands, and no language: $($row[0])" {
    $name = 'modules' + [int]$row[2]
    $place = New-RoleModule $name
    if ($row[2]) {
        # In the folder of the version, where it is not looked for.
        $wrong = [System.IO.Path]::Combine($place.Version, 'RoleCapabilities')
        $null = [System.IO.Directory]::CreateDirectory($wrong)
        [System.IO.File]::Copy([System.IO.Path]::Combine($jea, 'StorageRelease.psrc'), [System.IO.Path]::Combine($wrong, 'StorageRelease.psrc'))
        $null = Assert-Throws { New-RoleState $place $row[1] }
        $right = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($place.Version), 'RoleCapabilities')
        $null = [System.IO.Directory]::CreateDirectory($right)
        [System.IO.File]::Copy([System.IO.Path]::Combine($jea, 'StorageRelease.psrc'), [System.IO.Path]::Combine($right, 'StorageRelease.psrc'))
    }
    $space = New-RoleState $place $row[1]
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $space
    $names = @($shell.AddCommand('Get-Command').Invoke() | ForEach-Object { $_.Name } | Where-Object { $_ -ne 'Get-Command' })
    [array]::Sort($names)
    Assert-Equal ($names -join ' ') $ours
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $space
    $null = Assert-Throws { $shell.AddScript('1 + 1').Invoke() }
    $space.Dispose()
} }

Complete-Tests
