# Sessions with the hosts that test/ps/remoting.ts made. Needs harness.ps1, and $Root and $Temp of the
# test script.

$script:TestSsh = $env:STORAGERELEASE_TEST_SSH.Split('|')

function Get-TestHostFolder { param([string]$Address) [System.IO.Path]::Combine($script:TestSsh[2], $Address) }

function New-TestSession {
    # One session for each address, all opened at the same time. Each takes a second or two.
    param([string[]]$Address)
    $options = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = '/dev/null'; LogLevel = 'ERROR' }
    $opened = @(New-PSSession -HostName $Address -Port ([int]$script:TestSsh[0]) -UserName $script:TestSsh[1] `
            -KeyFilePath ([System.IO.Path]::Combine($script:TestSsh[2], 'key')) -Options $options -ErrorAction Stop)
    # In the order of the addresses, not of their opening.
    foreach ($one in $Address) { $opened | Where-Object ComputerName -EQ $one }
}

function Enter-TestRehearsal {
    # Every session becomes a host of its own on one bus: the initiators in the order of the sessions, all at the same
    # time. One session for each address.
    param([System.Management.Automation.Runspaces.PSSession[]]$Session, [string]$Bus, [string[]]$Initiator)
    $who = @{}
    for ($i = 0; $i -lt $Session.Count; $i++) { $who[$Session[$i].ComputerName] = $Initiator[$i] }
    Invoke-Command -Session $Session -ErrorAction Stop -ArgumentList $Bus, $who {
        param($Bus, $Who)
        Enter-StorageRehearsal -Path $Bus -Initiator $Who[$env:SSH_CONNECTION.Split(' ')[2]] -WarningAction SilentlyContinue
    }
}

function Set-TestEndpoint {
    # What a JEA host enters when its next session opens, as long as the bus is there; nobody could tell it to afterwards.
    param([string]$Address, [string]$Bus, [string]$Initiator)
    $file = [System.IO.Path]::Combine((Get-TestHostFolder $Address), 'enter.ps1')
    [System.IO.File]::WriteAllText($file, "if ([System.IO.File]::Exists('$Bus')) { Enter-StorageRehearsal '$Bus' -Initiator '$Initiator' -WarningAction SilentlyContinue }")
}

function Get-TestServer {
    # The process id of what serves a session.
    param([System.Management.Automation.Runspaces.PSSession]$Session)
    Invoke-Command -Session $Session { $PID }
}

function Send-TestSignal {
    # STOP freezes a host as a hang does, CONT thaws it, KILL is its death.
    param([string]$Signal, [int]$Process)
    [System.Diagnostics.Process]::Start('/bin/kill', "-$Signal $Process").WaitForExit()
}

function New-StagedModule {
    # What the build stages, but with this system's executable, which starts the built one, and a word in place of those for
    # Windows. With some bytes that do not compress, so that it takes several pieces.
    $join = { [System.IO.Path]::Combine([string[]]$args) }
    $version = [regex]::Match([System.IO.File]::ReadAllText((& $join $Root StorageRelease.psd1)), "ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value
    $folder = & $join $Temp staged StorageRelease $version
    $null = [System.IO.Directory]::CreateDirectory((& $join $folder 'dist/linux-x64'))
    $files = @(& $join $Root StorageRelease.psd1)
    $files += [System.IO.Directory]::GetFiles((& $join $Root 'ps'), '*.ps*1*')
    foreach ($part in [System.IO.Directory]::GetDirectories((& $join $Root ps))) {
        if ($part -match '[\\/](?:jea|rehearsal|en-US)$') { continue }
        $files += [System.IO.Directory]::GetFiles($part, '*.ps1', 'AllDirectories')
    }
    foreach ($file in $files) {
        $copy = & $join $folder $file.Substring($Root.TrimEnd('/').Length + 1)
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($copy))
        [System.IO.File]::Copy($file, $copy)
    }
    [System.IO.File]::Copy((& $join $Root dist build.txt), (& $join $folder ps build.txt))
    $program = & $join $folder dist linux-x64 storage-release
    [System.IO.File]::WriteAllText($program, "#!/bin/sh`nexec '$(& $join $Root dist linux-x64 storage-release)' `"`$@`"`n")
    foreach ($system in 'win-x64', 'win-arm64') {
        $null = [System.IO.Directory]::CreateDirectory((& $join $folder dist $system))
        [System.IO.File]::WriteAllText((& $join $folder dist $system storage-release.exe), $system)
    }
    $noise = [byte[]]::new(700000)
    [System.Random]::new(1).NextBytes($noise)
    [System.IO.File]::WriteAllBytes((& $join $folder dist noise.bin), $noise)
    $folder
}
