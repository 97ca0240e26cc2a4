# Where a question can be asked, place by place. What a place says of itself is a row here; the shells that can be had
# are really started by prompt.test.ts, and the hosts of ISE and Visual Studio Code stand for themselves by their names.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/askhost.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
& $module { Import-ModulePart Private }

function New-Place {
    # A console with somebody at it, but for what is said.
    param([hashtable]$Said)
    $place = @{ Host = 'ConsoleHost'; Arguments = @('pwsh.dll'); InputRedirected = $false; UserInteractive = $true; Ssh = $false }
    foreach ($name in $Said.Keys) { $place[$name] = $Said[$name] }
    $place
}

# Where asking is possible and nobody may be there, the host says so: the rows "in a session" below.
foreach ($row in @(
        , @($true, 'a console', @{})
        , @($true, 'a console that runs a script', @{ Arguments = 'powershell.exe', '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', 'C:\a.ps1', '-NonInteractive' })
        , @($true, 'a console that runs a script by its name alone', @{ Arguments = 'pwsh.dll', '-nop', 'a.ps1', '-NonIndexed' })
        , @($true, 'a console that runs a command', @{ Arguments = 'pwsh.dll', '-c', 'Show', '-noni' })
        , @($true, 'a console with a start folder', @{ Arguments = 'pwsh.dll', '-wd', 'C:\', '-NoLogo' })
        , @($false, '-NonInteractive', @{ Arguments = 'pwsh.dll', '-NonInteractive' })
        , @($false, '-noni, behind others', @{ Arguments = 'powershell.exe', '-nop', '-ex', 'Bypass', '-NonI', '-File', 'C:\a.ps1' })
        , @($false, '--noninteractive', @{ Arguments = 'pwsh.dll', '--noninteractive', '-c', 'x' })
        , @($false, '/NonInter', @{ Arguments = 'powershell.exe', '/NonInter' })
        , @($false, 'an en dash, as word processors write it', @{ Arguments = 'pwsh.dll', "$([char]0x2013)NonInteractive" })
        , @($false, 'redirected input', @{ InputRedirected = $true })
        , @($false, 'a task or a service, whose console nobody sees', @{ UserInteractive = $false })
        , @($false, 'a task with redirected input', @{ UserInteractive = $false; InputRedirected = $true })
        , @($true, 'an SSH session with a terminal, on Windows', @{ UserInteractive = $false; Ssh = $true })
        , @($true, 'an SSH session with a terminal, on Linux', @{ Ssh = $true })
        , @($false, 'an SSH session without a terminal', @{ UserInteractive = $false; Ssh = $true; InputRedirected = $true })
        , @($false, 'an SSH session with -NonInteractive', @{ UserInteractive = $false; Ssh = $true; Arguments = 'pwsh.dll', '-noni' })
        , @($true, 'ISE, which has no console', @{ Host = 'Windows PowerShell ISE Host'; InputRedirected = $true; Arguments = 'powershell_ise.exe', 'C:\a.ps1' })
        , @($true, 'Visual Studio Code, whose shell is started with -NonInteractive',
            @{ Host = 'Visual Studio Code Host'; Arguments = 'pwsh.dll', '-NoProfile', '-NonInteractive', '-Command', 'Start-EditorServices' })
        , @($true, 'Visual Studio Code in an SSH session', @{ Host = 'Visual Studio Code Host'; UserInteractive = $false; Ssh = $true; InputRedirected = $true })
        , @($true, 'Enter-PSSession or Invoke-Command over WinRM, JEA or not',
            @{ Host = 'ServerRemoteHost'; UserInteractive = $false; Arguments = 'C:\Windows\system32\wsmprovhost.exe', '-Embedding' })
        , @($true, 'Enter-PSSession over SSH', @{ Host = 'ServerRemoteHost'; UserInteractive = $false; Ssh = $true; InputRedirected = $true; Arguments = 'pwsh.dll', '-NoLogo', '-sshs' })
        , @($true, 'PowerShell Direct', @{ Host = 'ServerRemoteHost'; UserInteractive = $false; InputRedirected = $true; Arguments = 'powershell.exe', '-NoLogo', '-so' })
        , @($true, 'Enter-PSHostProcess', @{ Host = 'ServerRemoteHost'; Arguments = 'pwsh.dll', '-NonInteractive' })
        , @($false, 'Start-Job', @{ Host = 'ServerRemoteHost'; InputRedirected = $true; Arguments = 'pwsh.dll', '-s', '-NoLogo', '-NoProfile', '-wd', '/' })
        , @($false, 'Start-Job of Windows PowerShell', @{ Host = 'ServerRemoteHost'; InputRedirected = $true; Arguments = 'powershell.exe', '-Version', '5.1', '-s', '-NoLogo', '-NoProfile' })
        , @($false, 'a thread job, ForEach-Object -Parallel, a runspace without a host', @{ Host = 'Default Host' })
        , @($true, 'a program with a host of its own', @{ Host = 'AskingHost'; Arguments = 'tool.exe', '-noni' })
        , @($false, 'such a program as a service', @{ Host = 'AskingHost'; UserInteractive = $false })
    )) {
    Test-That "$($row[1]): $(if ($row[0]) { 'somebody' } else { 'nobody' })" {
        $answer = & $module { param($place) Test-Interactive $place } (New-Place $row[2])
        Assert-Equal $answer $row[0] -Exactly
    }
}

Test-That 'this shell says of itself what it is' {
    $place = & $module { Get-Place }
    Assert-Equal $place.Host $Host.Name
    Assert-True ($place.Arguments.Length -gt 1)
    Assert-Equal $place.InputRedirected ([Console]::IsInputRedirected)
    Assert-Equal $place.UserInteractive ([Environment]::UserInteractive)
}

# --- hosts that can be asked only to find that nobody is there --------------------------------------------------------

# A script can throw none of the other kinds as they are; prompt.test.ts has real ones.
$bus = New-TestBus 3
foreach ($row in @(
        , @('the host of a computer that nobody sits at', { throw [System.Management.Automation.RemoteException]::new('not interactive') })
        , @('a host without a user interface', { throw [System.Management.Automation.Host.HostException]::new('no') })
    )) {
    Test-That "in a session, $($row[0]): one error that names -Force, and nothing is sent" {
        $answers = New-AskHost $row[1]
        $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace(
            $answers.Host, [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
        $space.Open()
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript({
                param($manifest, $bus)
                Import-Module $manifest
                Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
                try { Invoke-StorageRelease 1, 2 } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }
                Exit-StorageRehearsal
            }).AddArgument([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')).AddArgument($bus)
        $said = @($shell.Invoke())
        $space.Dispose()
        Assert-Equal $answers.Asked.Count 1
        Assert-Equal $said[0] 'NobodyToAsk,Invoke-StorageRelease'
        Assert-Match $said[1] '-Force'
        Assert-Equal $said.Count 2
        Assert-Equal (Get-Released $bus) ''
    }
}

Complete-Tests
