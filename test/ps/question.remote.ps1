# What was shown is what is sent, on other computers: while a question stands here, the disks there change places.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/remoting.ps1"
. "$PSScriptRoot/askhost.ps1"
Import-Module "$Root/StorageRelease.psd1"

$sessions = @(New-TestSession 127.0.0.2, 127.0.0.3)

function Get-FarWorker { param($Session) Invoke-Command -Session $Session { & (Get-Module StorageRelease) { if ($null -ne $script:Worker) { $script:Worker.Process.Id } } } }

function New-FarBus {
    # One bus for both computers; on the second the disks have other numbers. Unit 3 is held by the first.
    $file = New-TestBus 4
    $text = [System.IO.File]::ReadAllText($file).Replace(', "reservedBy": "bench-1"', '')
    $text = $text.Replace('"serial": "FAKE0003",', '"serial": "FAKE0003", "reservedBy": "bench-1",')
    $rows = @(foreach ($i in 0..3) { '{ "number": ' + (3 - $i) + ', "unit": "unit ' + $i + '" }' }) -join ','
    [System.IO.File]::WriteAllText($file, $text.Replace('"bench-2": { "disks": [] }', '"bench-2": { "disks": [' + $rows + '] }'))
    $file
}

function Invoke-Asked {
    # Runs the body here, where questions are answered with yes; at the first one the bus is changed, and the workers that
    # have read it are gone.
    param([string]$File, [scriptblock]$Change, [string]$Body)
    $script:Done = $false
    $script:List = "$Temp/workers"
    [System.IO.File]::WriteAllText($script:List, (@(foreach ($one in $sessions) { Get-FarWorker $one }) -join ' '))
    $script:File = $File
    $script:Change = $Change
    $asking = New-AskHost {
        param($Question)
        if (-not $script:Done) {
            foreach ($id in [System.IO.File]::ReadAllText($script:List).Split(' ')) {
                $process = [System.Diagnostics.Process]::GetProcessById([int]$id)
                $process.Kill()
                $null = $process.WaitForExit(20000)
            }
            & $script:Change $script:File
        }
        $script:Done = $true
        0
    }
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace(
        $asking.Host, [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $space.Open()
    try {
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript("param(`$Root, `$Temp, `$Sessions, `$Bus) Import-Module `"`$Root/StorageRelease.psd1`"`
" + $Body)
        $null = $shell.AddArgument($Root).AddArgument($Temp).AddArgument($sessions).AddArgument($File)
        $output = @($shell.Invoke())
        $got = [pscustomobject]@{ Output = $output; Errors = @($shell.Streams.Error); Asked = @($asking.Asked) }
        $shell.Dispose()
        $got
    }
    finally { $space.Dispose() }
}

function Switch-Disk {
    # Disks 1 and 2 of bench-1 change places.
    param([string]$File)
    $text = [System.IO.File]::ReadAllText($File)
    $at = $text.IndexOf('"bench-2"')
    $first = $text.Substring(0, $at).Replace('"number": 1, "unit": "unit 1"', '"number": 1, "unit": "unit X"').Replace('"number": 2, "unit": "unit 2"', '"number": 2, "unit": "unit 1"').Replace('"unit X"', '"unit 2"')
    [System.IO.File]::WriteAllText($File, $first + $text.Substring($at))
}

foreach ($verb in 'Invoke-StorageRelease', 'Invoke-StorageReserve') {
    Test-That "${verb} -Session -Number: asked by what each computer says, and another disk than that gets nothing" {
        $bus = New-FarBus
        Enter-TestRehearsal $sessions $bus bench-1, bench-2
        try {
            $got = Invoke-Asked $bus ${function:Switch-Disk} "$verb -Session `$Sessions -Number 1"
            # Disk 1 is another one on each: two questions, each with its own computer, in the order of their answers.
            Assert-Equal @($got.Asked | ForEach-Object { [regex]::Match($_, 'serial number (\w+).* on ([\w-]+):').Groups[1, 2].Value -join ' ' } | Sort-Object) @('FAKE0001 bench-1', 'FAKE0002 bench-2')
            $rows = @{}
            foreach ($row in $got.Output) { $rows[$row.ComputerName] = $row }
            Assert-Equal $got.Output.Count 2
            Assert-Equal $rows['bench-1'].Outcome 'IdentityChanged'
            Assert-Match $rows['bench-1'].Message 'not the disk that the question showed'
            # Nothing changed there.
            Assert-Equal $rows['bench-2'].Outcome @('Accepted', 'Reserved')[[int]($verb -like '*Reserve')]
            Assert-Equal $got.Errors.Count 1
            foreach ($row in $got.Output) { Assert-Equal @($row.PSObject.Properties | Where-Object { $_.Name -cin 'Shown', 'Place', 'Category' }).Count 0 }
        }
        finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
    }
}

Test-That '... and gets it, where what was shown does not go along' {
    $bus = New-FarBus
    Enter-TestRehearsal $sessions $bus bench-1, bench-2
    try {
        $got = Invoke-Asked $bus ${function:Switch-Disk} {
            & (Get-Module StorageRelease) {
                Import-ModulePart Remote
                $script:Real = ${function:Get-ConfirmedCall}
                function script:Get-ConfirmedCall { foreach ($call in @(& $script:Real @args)) { $call.Parameters.Remove('Shown'); $call } }
            }
            Invoke-StorageRelease -Session $Sessions[0] -Number 1
        }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Accepted'
        Assert-Equal $got.Output[0].SerialNumber 'FAKE0002'
    }
    finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
}

Test-That 'Clear-StorageReservation -Session: asked by what the computer says of the keys, and other keys than that stay' {
    $bus = New-FarBus
    $keys = '"serial": "FAKE0001", "generation": 1, "registrations": [{ "initiator": "bench-2", "key": "0xB2" }],'
    [System.IO.File]::WriteAllText($bus, [System.IO.File]::ReadAllText($bus).Replace('"serial": "FAKE0001",', $keys))
    Enter-TestRehearsal $sessions $bus bench-1, bench-2
    try {
        $change = { param($File) [System.IO.File]::WriteAllText($File, [System.IO.File]::ReadAllText($File).Replace('"key": "0xB2"', '"key": "0xB3"')) }
        $body = 'Clear-StorageReservation -Session $Sessions[0] -Number 1 -Method Clear'
        $got = Invoke-Asked $bus $change $body
        Assert-Equal $got.Asked.Count 1
        Assert-Match $got.Asked[0] '0x00000000000000B2'
        Assert-Equal ('{0} {1}' -f $got.Output[0].Outcome, $got.Output[0].ComputerName) 'Changed bench-1'
        # The control: nothing else stands against it.
        Assert-Equal (Clear-StorageReservation -Session $sessions[0] -Number 1 -Method Clear -Force).Outcome 'Cleared'
    }
    finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
}

Test-That 'one question where the computers see the same disk, and one row for each that would refuse' {
    $bus = New-FarBus
    [System.IO.File]::WriteAllText($bus, [System.IO.File]::ReadAllText($bus).Replace('{ "number": 2, "unit": "unit 1" }', '{ "number": 2, "unit": "unit 1", "boot": true }'))
    Enter-TestRehearsal $sessions $bus bench-1, bench-2
    try {
        $got = Invoke-Asked $bus { } "Invoke-StorageRelease -Session `$Sessions -UniqueId '$(Get-TestUniqueId 0)', '$(Get-TestUniqueId 1)'"
        Assert-Equal $got.Asked.Count 3
        # Disk 0 has another number on each, and its question names it.
        Assert-Equal @($got.Output | Where-Object Outcome -EQ Accepted).Count 3
        $refused = @($got.Output | Where-Object Outcome -EQ Refused)
        Assert-Equal $refused.Count 1
        Assert-Equal $refused[0].ComputerName 'bench-2'
        Assert-Equal @($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) @('Refused,Invoke-StorageRelease')
    }
    finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
}

Test-That 'where a disk is held: one with the same UniqueId that says another serial number gets nothing' {
    $bus = New-FarBus
    Enter-TestRehearsal $sessions $bus bench-1, bench-2
    try {
        # A session is found again only where it was opened.
        $body = {
            . "$Root/test/ps/remoting.ps1"
            $mine = @(New-TestSession 127.0.0.4, 127.0.0.5)
            Enter-TestRehearsal $mine $Bus bench-1, bench-2
            $holder = @(Find-StorageReservationHolder -Session $mine -UniqueId '600A0B80001122330000000000000003')
            $ids = @(Invoke-Command -Session $mine { & (Get-Module StorageRelease) { $script:Worker.Process.Id } })
            [System.IO.File]::WriteAllText("$Temp/workers", ($ids -join ' '))
            $holder | Invoke-StorageRelease
            Remove-PSSession $mine
        }
        $got = Invoke-Asked $bus { param($File) [System.IO.File]::WriteAllText($File, [System.IO.File]::ReadAllText($File).Replace('FAKE0003', 'FAKE9999')) } $body
        Assert-Equal $got.Asked.Count 1 "$($got.Errors)"
        Assert-Match $got.Asked[0] 'serial number FAKE0003'
        Assert-Equal $got.Output.Count 1
        # The reading before it already misses the disk that was found: the holder has changed.
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Equal (Get-Released $bus) ''
        # The control: a disk that is as it was is released.
        $again = Invoke-Asked $bus { } $body
        Assert-Equal $again.Output[0].Outcome 'Accepted'
    }
    finally { Invoke-Command -Session $sessions { Exit-StorageRehearsal } }
}

Remove-PSSession $sessions
Complete-Tests
