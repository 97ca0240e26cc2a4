# Sessions with this very computer: WinRM, the restricted endpoint, OpenSSH.

function Test-Session {
    # What a session has to do, whatever carries it.
    param([object]$Session)
    $number = (Get-TestDisk).Number
    $read = @(Get-StorageReservation -Session $Session -Number $number)
    Add-Seen ('{0} disk {1}: {2}, {3}' -f $read[0].ComputerName, $read[0].Number, $read[0].Outcome, $read[0].State)
    Assert-That ($read.Count -eq 1 -and $read[0].Outcome -ceq 'Read') "the disk there: $($read[0].Outcome): $($read[0].Message)"
    $result = @($read | Invoke-StorageRelease -Session $Session -Force -ErrorAction SilentlyContinue)
    Add-Seen ('released there: {0}, by {1}' -f $result[0].Outcome, $result[0].IdentifiedBy)
    Assert-That ($result.Count -eq 1 -and @('Accepted', 'NotSupported') -ccontains $result[0].Outcome) `
        "a piped object that was sent home: $($result[0].Outcome): $($result[0].Message)"
}

function Enable-Remoting {
    $null = Get-Kept 'winrm' {
        Invoke-Preparation 'WinRM cannot be enabled' {
            $service = Get-Service WinRM
            $before = $service.Status
            $null = Enable-PSRemoting -Force -SkipNetworkProfileCheck
            if ($before -ne 'Running') { Add-Undo { Stop-Service WinRM } }
        }
        $true
    }
}

Add-Check 'winrm' {
    Enable-Remoting
    $session = Invoke-Preparation 'no WinRM session with this computer' { New-PSSession -ComputerName localhost }
    try {
        Add-Seen ('PowerShell there: ' + (Invoke-Command -Session $session { "$($PSVersionTable.PSVersion)" }))
        Test-Session $session
    }
    finally { Remove-PSSession $session }
}

Add-Check 'jea' {
    Enable-Remoting
    $name = 'StorageReleaseTest'
    # An endpoint belongs to the edition that registers it; the files are of the module of that edition.
    $folder = [System.IO.Path]::GetDirectoryName($script:Machine.Manifest)
    $text = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($folder, 'ps', 'jea', 'StorageRelease.pssc'))
    $text = $text.Replace('CONTOSO\StorageOperators', 'BUILTIN\Administrators')
    $text = [regex]::Replace($text, "(?<=RoleCapabilityFiles = ')[^']*", [System.IO.Path]::Combine($folder, 'ps', 'jea', 'StorageRelease.psrc').Replace('$', '$$'))
    $file = [System.IO.Path]::Combine((New-Folder 'jea'), 'StorageRelease.pssc')
    [System.IO.File]::WriteAllText($file, $text)
    Assert-That (Test-PSSessionConfigurationFile $file) 'Windows does not take the session configuration file'
    $session = Invoke-Preparation 'the endpoint cannot be registered' {
        $null = Register-PSSessionConfiguration -Name $name -Path $file -Force
        Add-Undo -With $name { param([string]$Name) Unregister-PSSessionConfiguration -Name $Name -Force }
        New-PSSession -ComputerName localhost -ConfigurationName $name
    }
    try {
        Test-Session $session
        $shown = @(Invoke-Command -Session $session { Get-Command } | ForEach-Object { $_.Name })
        Add-Seen "$($shown.Count) commands are shown"
        Assert-That ($shown -contains 'Invoke-StorageRelease' -and $shown -notcontains 'Publish-StorageRelease') `
            "the endpoint shows $($shown -join ' ')"
    }
    finally { Remove-PSSession $session }
}

Add-Check 'ssh' {
    if ($PSVersionTable.PSEdition -ne 'Core') { Stop-Check 'Windows PowerShell 5.1 has no remoting over SSH; run this in pwsh' }
    $session = Invoke-Preparation 'no session by OpenSSH' {
        if ($null -eq (Get-Service sshd -ErrorAction SilentlyContinue)) {
            $capability = 'OpenSSH.Server~~~~0.0.1.0'
            $null = Add-WindowsCapability -Online -Name $capability
            Add-Undo -With $capability { param([string]$Name) $null = Remove-WindowsCapability -Online -Name $Name }
        }
        # The service makes its folder at its first start.
        Start-Service sshd
        Add-Undo { Stop-Service sshd }
        $data = [System.IO.Path]::Combine($script:Machine.Data, 'ssh')
        $config = [System.IO.Path]::Combine($data, 'sshd_config')
        $before = [System.IO.File]::ReadAllText($config)
        Add-Undo -With $config, $before { param([string]$File, [string]$Text) [System.IO.File]::WriteAllText($File, $Text) }
        # The short name: a path with blanks does not work there.
        $pwsh = Get-ShortPath (Get-ShellPath 'core')
        [System.IO.File]::WriteAllText($config, "Subsystem powershell $pwsh -sshs -NoLogo`r`n" + $before)
        $keys = New-Folder 'ssh'
        $key = [System.IO.Path]::Combine($keys, 'key')
        $made = Invoke-Program ([System.IO.Path]::Combine($script:System32, 'OpenSSH', 'ssh-keygen.exe')) "-q -t ed25519 -N `"`" -f `"$key`""
        if ($made.Code -ne 0) { throw "ssh-keygen ended with $($made.Code): $($made.Errors)" }
        $authorized = [System.IO.Path]::Combine($data, 'administrators_authorized_keys')
        $old = ''
        if ([System.IO.File]::Exists($authorized)) { $old = [System.IO.File]::ReadAllText($authorized) }
        Add-Undo -With $authorized, $old {
            param([string]$File, [string]$Text)
            if ($Text) { [System.IO.File]::WriteAllText($File, $Text) }
            else { [System.IO.File]::Delete($File) }
        }
        [System.IO.File]::WriteAllText($authorized, "$old`n" + [System.IO.File]::ReadAllText("$key.pub"))
        $null = Invoke-Program ([System.IO.Path]::Combine($script:System32, 'icacls.exe')) "`"$authorized`" /inheritance:r /grant *S-1-5-32-544:F /grant *S-1-5-18:F"
        Restart-Service sshd
        New-PSSession -HostName localhost -KeyFilePath $key -Options @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = 'NUL' }
    }
    try { Test-Session $session }
    finally { Remove-PSSession $session }
}
