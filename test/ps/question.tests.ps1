# What was shown is what is sent: while a question stands, the disks behind two numbers change places. Each test beside
# its control: the same with a copy of the module that does not bind the request to what the question showed.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/askhost.ps1"

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'disks that change places (not here: Windows starts no script as an executable)' { }
    Complete-Tests
    return
}

. "$PSScriptRoot/standins.ps1"

function Switch-Disk {
    # Disks 1 and 2 of a bus change places.
    param([string]$File)
    $text = [System.IO.File]::ReadAllText($File)
    $text = $text.Replace('"number": 1, "unit": "unit 1"', '"number": 1, "unit": "unit X"').Replace('"number": 2, "unit": "unit 2"', '"number": 2, "unit": "unit 1"')
    [System.IO.File]::WriteAllText($File, $text.Replace('"unit X"', '"unit 2"'))
}

function Invoke-Asked {
    # Runs the body in a session of its own, on a bus whose disks change places at the first question. The worker that
    # has read the old bus is gone by then: killed or, with a copy that can, by its goodbye after a minute without work.
    param($Copy, [scriptblock]$Body, [switch]$Bye)
    $file = New-TestBus 4
    $script:Worker = 0
    $script:File = $file
    $script:Flag = $(if ($Bye) { "$($Copy.Folder)/flag" })
    $asking = New-AskHost {
        param($Question)
        if ($script:Worker -gt 0) {
            $process = [System.Diagnostics.Process]::GetProcessById($script:Worker)
            $script:Worker = 0
            Switch-Disk $script:File
            if ($script:Flag) { [System.IO.File]::WriteAllText($script:Flag, '') } else { $process.Kill() }
            $null = $process.WaitForExit(20000)
        }
        0
    }
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace(
        $asking.Host, [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $space.Open()
    try {
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript('param($Manifest, $File) Import-Module $Manifest; Enter-StorageRehearsal $File -WarningAction SilentlyContinue; & (Get-Module StorageRelease) { $script:Worker.Process.Id }')
        $null = $shell.AddArgument($Copy.Manifest).AddArgument($file)
        $script:Worker = [int]$shell.Invoke()[0]
        $shell.Dispose()
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript($Body.ToString())
        $output = @($shell.Invoke())
        $got = [pscustomobject]@{ Output = $output; Errors = @($shell.Streams.Error); Asked = @($asking.Asked); Released = (Get-Released $file); File = $file }
        $shell.Dispose()
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript('Remove-Module StorageRelease').Invoke()
        $got
    }
    finally { $space.Dispose() }
}

$honest = New-ModuleCopy "#!/bin/sh`nexec @REAL serve"
# The real worker; when the flag is there it goes, and its goodbye is said for it.
$leaving = New-ModuleCopy ("#!/bin/sh`nexec 3<&0`n@REAL serve <&3 &`nworker=`$!`nwhile [ ! -e @FLAG ] && kill -0 `$worker 2> /dev/null; do /bin/sleep 0.01; done`n" +
    "[ -e @FLAG ] || exit 0`n/bin/rm @FLAG`nkill -9 `$worker`nprintf '%s\n' '@BYE'")
$careless = New-ModuleCopy "#!/bin/sh`nexec @REAL serve" -Without @{ 'DiskFlow.ps1' = "`$fields += '&shown=' + `$Flow['Shown']", '' }

foreach ($row in @(
        , @('Invoke-StorageRelease -Number', { Invoke-StorageRelease -Number 1 }, 'Accepted')
        , @('Invoke-StorageReserve -Number', { Invoke-StorageReserve -Number 1 }, 'Reserved')
        , @('Invoke-StorageRelease -Path', { Invoke-StorageRelease -Path '\\.\PhysicalDrive1' }, 'Accepted')
        , @('a piped path', { '\\.\PhysicalDrive1' | Invoke-StorageRelease }, 'Accepted')
    )) {
    Test-That "$($row[0]): another disk than the one that was shown gets nothing" {
        $got = Invoke-Asked $honest $row[1]
        Assert-Equal $got.Asked.Count 1
        Assert-Match $got.Asked[0] 'serial number FAKE0001'
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
        Assert-Match $got.Output[0].Message 'not the disk that the question showed'
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId ('IdentityChanged,' + @('Invoke-StorageRelease', 'Invoke-StorageReserve')[[int]($row[2] -ceq 'Reserved')])
        Assert-Equal $got.Released ''
        Assert-True ($got.Output[0].PSObject.Properties.Match('Shown').Count -eq 0) 'that is not for users'
    }
    Test-That "... and gets it, where the question is not bound to its request: $($row[0])" {
        $got = Invoke-Asked $careless $row[1]
        Assert-Equal $got.Output[0].Outcome $row[2]
        Assert-Equal $got.Output[0].SerialNumber 'FAKE0002'
    }
}

Test-That 'the same after a worker that has exited because it was idle for a minute' {
    $got = Invoke-Asked $leaving { Invoke-StorageRelease -Number 1 } -Bye
    Assert-Equal $got.Output.Count 1
    Assert-Equal $got.Output[0].Outcome 'IdentityChanged'
    Assert-Equal $got.Released ''
}

Test-That 'a disk that stayed where it was is released' {
    $got = Invoke-Asked $honest { Invoke-StorageRelease -Number 3 }
    Assert-Equal $got.Output[0].Outcome 'Accepted'
    Assert-Equal $got.Released 'unit 3'
}

Test-That 'of several disks each is bound to its own question' {
    $got = Invoke-Asked $honest { Invoke-StorageRelease -Number 1, 2, 3 }
    # The first question shows disk 1 as it was; the others are asked of the bus as it is then.
    Assert-Equal @(foreach ($one in $got.Output) { "$($one.Number) $($one.Outcome)" }) @('1 IdentityChanged', '2 Accepted', '3 Accepted')
    Assert-Match $got.Asked[1] 'serial number FAKE0001'
    Assert-Equal $got.Released 'unit 1, unit 3'
}

Complete-Tests
