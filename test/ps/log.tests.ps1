# -LogPath and Get-StorageReleaseLog: what was told is in the log, and comes out of it as it was.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
$onUnix = [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Unix
$added = 'LoggedAt', 'Command', 'User', 'RunOn', 'ProcessId', 'CommandLine', 'Rehearsal', 'ExecutableVersion'

function Get-LogPath { [System.IO.Path]::Combine($Temp, [guid]::NewGuid().ToString('N') + '.log') }

function Assert-Logged {
    # A record has what the live result had, in its order and of its types, and what the log adds.
    param($Record, $Live)
    $names = @(foreach ($one in $Live.PSObject.Properties) { $one.Name })
    Assert-Equal (@(foreach ($one in $Record.PSObject.Properties) { $one.Name }) -join ' ') (($names + $added) -join ' ')
    foreach ($name in $names) {
        if ($null -eq $Live.$name) { Assert-Equal $Record.$name $null $name }
        elseif ($name -ceq 'StartedAt') { Assert-True ([System.Math]::Abs(($Live.$name - $Record.$name).TotalMilliseconds) -lt 1) }
        else { Assert-Equal $Record.$name $Live.$name $name -Exactly }
    }
    Assert-True ($Record.LoggedAt -is [datetime] -and "$($Record.LoggedAt.Kind)" -ceq 'Utc')
    Assert-True ($Record.ProcessId -is [uint32])
}

foreach ($verb in 'Release', 'Reserve') {
    Test-That "Invoke-Storage$verb -LogPath logs what it gives, failures included" {
        $log = Get-LogPath
        $bus = New-TestBus
        $live = @(Use-Bus $bus { & "Invoke-Storage$verb" -Number 0, 1, 99 -Force -LogPath $log -ErrorAction SilentlyContinue })
        $records = @(Get-StorageReleaseLog $log)
        Assert-Equal $records.Count 3
        foreach ($one in $live) { Assert-Logged ($records | Where-Object Number -eq $one.Number) $one }
        $first = $records[0]
        Assert-Equal ($first.PSObject.TypeNames[0..1] -join ' ') 'StorageRelease.LogRecord Deserialized.StorageRelease.Result'
        Assert-Equal $first.Command $verb.ToLowerInvariant()
        Assert-Equal $first.CommandLine 'PowerShell'
        Assert-Equal $first.Rehearsal $bus
        Assert-Equal $first.User ([System.Environment]::UserName)
    }
}

Test-That 'Clear-StorageReservation -LogPath logs what it gives' {
    $log = Get-LogPath
    $live = Use-Bus (New-TestBus) { Clear-StorageReservation -Number 1 -Method Release -Force -LogPath $log }
    $record = Get-StorageReleaseLog $log
    Assert-Logged $record $live
    Assert-Equal $record.PSObject.TypeNames[1] 'Deserialized.StorageRelease.ClearResult'
}

Test-That 'the key of a clear whose process was ended is in the log, with the line that takes it back' {
    $log = Get-LogPath
    $bus = [System.IO.Path]::Combine($Temp, 'key.json')
    [System.IO.File]::WriteAllText($bus, '{"version":1,"thisHost":"a","logicalUnits":[{"name":"u","serial":"S1","naa":"60014050000000000000000000000001",
        "registrations":[{"initiator":"b","key":"0xB1"}]}],"hosts":{"a":{"disks":[{"number":1,"unit":"u"}]},"b":{}}}')
    $live = Use-Bus $bus { Clear-StorageReservation -Number 1 -Method Clear -Force -LogPath $log }
    Assert-Equal $live.Outcome 'Cleared'
    $record = Get-StorageReleaseLog $log
    Assert-Logged $record $live
    # As a process leaves it that was ended after the first line.
    [System.IO.File]::WriteAllText($log, [System.IO.File]::ReadAllLines($log)[0] + "`n")
    $record = Get-StorageReleaseLog $log
    Assert-Equal "$($record.Outcome) $($record.SerialNumber) $($record.OwnKey) '$($record.OwnKeyLeft)'" "Failed S1 $($live.OwnKey) ''"
    Assert-True $record.NextStep.Contains("Clear-StorageReservation -Number 1 -Method Release -OwnKey $($live.OwnKey) on this host")
    Assert-Equal $record.PSObject.TypeNames[1] 'Deserialized.StorageRelease.ClearResult'
}

Test-That '-WhatIf and -AsPlan log nothing, and a dry run does not mind a log that cannot be written' {
    $log = Get-LogPath
    Use-Bus (New-TestBus) {
        Invoke-StorageRelease -Number 1 -WhatIf -LogPath $log
        $plan = Invoke-StorageRelease -Number 1 -AsPlan -LogPath $log
        Assert-Equal $plan.Outcome 'Accepted'
    }
    Assert-True (-not [System.IO.File]::Exists($log))
}

Test-That 'a log that cannot be written is an error of each disk, and nothing is sent' {
    $bus = New-TestBus
    $log = [System.IO.Path]::Combine($Temp, 'none', 'x.log')
    $said = Use-Bus $bus { Invoke-Capture { Invoke-StorageRelease -Number 0, 1 -Force -LogPath $log } }
    Assert-Equal $said.Output.Count 2
    foreach ($one in $said.Output) {
        Assert-Equal $one.Outcome 'Refused'
        Assert-Equal $one.Message "The log $log cannot be written: the file or its folder does not exist. Nothing was sent."
        Assert-Match $one.NextStep '-LogPath'
    }
    Assert-Equal $said.Errors.Count 2
    Assert-Equal $said.Errors[0].FullyQualifiedErrorId 'Refused,Invoke-StorageRelease'
    $clear = Use-Bus $bus { Clear-StorageReservation -Number 1 -Method Release -Force -LogPath $log -ErrorAction SilentlyContinue }
    Assert-Equal $clear.Outcome 'Refused'
    Assert-Equal (Get-Released $bus) ''
    # Once it can be, it is.
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($log))
    $null = Use-Bus $bus { Invoke-StorageRelease -Number 0 -Force -LogPath $log }
    Assert-Equal @(Get-StorageReleaseLog $log).Count 1
}

# Windows lets nobody delete or replace what the worker has open.
if ($onUnix) { Test-That 'a log is looked at again before anything is sent: what has become of it is an error of each disk' {
    $folder = [System.IO.Path]::Combine($Temp, 'again')
    $log = [System.IO.Path]::Combine($folder, 'a.log')
    $bus = New-TestBus
    Use-Bus $bus {
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $first = Invoke-StorageRelease -Number 0 -Force -LogPath $log
        Assert-Equal $first.Outcome 'Accepted'
        $before = [System.IO.File]::ReadAllText($bus)

        [System.IO.Directory]::Delete($folder, $true)
        $said = Invoke-Capture { Invoke-StorageRelease -Number 0, 1 -Force -LogPath $log }
        Assert-Equal (@($said.Output | ForEach-Object Outcome) -join ' ') 'Refused Refused'
        foreach ($one in $said.Output) {
            Assert-Equal $one.Message "The log $log cannot be written: the file or its folder does not exist. Nothing was sent."
        }

        $null = [System.IO.Directory]::CreateDirectory($log)
        $refused = Invoke-StorageRelease -Number 1 -Force -LogPath $log -ErrorAction SilentlyContinue
        Assert-Equal $refused.Outcome 'Refused'
        [System.IO.Directory]::Delete($log)

        [System.IO.File]::WriteAllText($log, 'my notes')
        $refused = Invoke-StorageRelease -Number 1 -Force -LogPath $log -ErrorAction SilentlyContinue
        Assert-Match $refused.Message 'it is another file, not a log'
        Assert-Equal ([System.IO.File]::ReadAllText($log)) 'my notes'
        Assert-Equal ([System.IO.File]::ReadAllText($bus)) $before
        [System.IO.File]::Delete($log)

        $again = Invoke-StorageRelease -Number 1 -Force -LogPath $log
        Assert-Equal $again.Outcome 'Accepted'
        [System.IO.File]::WriteAllText($log, 'my notes')
        $refused = Invoke-StorageRelease -Number 1 -Force -LogPath $log -ErrorAction SilentlyContinue
        Assert-Equal $refused.Outcome 'Refused'
        Assert-Equal ([System.IO.File]::ReadAllText($log)) 'my notes'
    }
} }

Test-That 'a relative path is one of the current folder, and a drive of PowerShell is known' {
    Push-Location $Temp
    try {
        $null = Use-Bus (New-TestBus) { Invoke-StorageRelease -Number 1 -Force -LogPath 'here.log' }
        Assert-True ([System.IO.File]::Exists([System.IO.Path]::Combine($Temp, 'here.log')))
        Assert-Equal @(Get-StorageReleaseLog 'here.log').Count 1
        Assert-Equal @(Get-Item here.log | Get-StorageReleaseLog).Count 1
    }
    finally { Pop-Location }
}

Test-That '-LogPath and -Session do not go together' {
    $session = [System.Runtime.Serialization.FormatterServices]::GetUninitializedObject([System.Management.Automation.Runspaces.PSSession])
    foreach ($verb in 'Release', 'Reserve') {
        $null = Assert-Throws { & "Invoke-Storage$verb" -Number 1 -Session $session -LogPath x.log -Force } "LogWithSession,Invoke-Storage$verb"
    }
}

# --- reading -----------------------------------------------------------------------------------------------------

$log = Get-LogPath
$bus = New-TestBus -Disks 4
$before = [datetime]::Now.AddSeconds(-1)
$live = @(Use-Bus $bus { Invoke-StorageRelease -Number 0, 1, 2, 3, 99 -Force -LogPath $log -ErrorAction SilentlyContinue })
$text = [System.IO.File]::ReadAllText($log)

Test-That 'records are chosen by disk, outcome and time' {
    $show = { param($Records) (@($Records) | ForEach-Object Number | Sort-Object) -join ' ' }
    Assert-Equal (& $show (Get-StorageReleaseLog $log -Number 1, 3)) '1 3'
    Assert-Equal (& $show (Get-StorageReleaseLog $log -UniqueId (Get-TestUniqueId 2).ToLowerInvariant())) '2'
    Assert-Equal (& $show (Get-StorageReleaseLog $log -SerialNumber (Get-TestSerial 1), "x`ty" -Number 0)) '0 1'
    Assert-Equal (& $show (Get-StorageReleaseLog $log -Outcome NotFound)) '99'
    Assert-Equal @(Get-StorageReleaseLog $log -After $before).Count 5
    Assert-Equal @(Get-StorageReleaseLog $log -Before $before).Count 0
    Assert-Equal @(Get-StorageReleaseLog $log -Last 2).Count 2
    Assert-Equal @(Get-StorageReleaseLog $log -Last 2 -Outcome NotFound).Count 1
    Assert-Equal @(Get-StorageReleaseLog $log | Select-Object -First 1).Count 1
}

Test-That 'a torn last line is a warning, and other lines are told by their number' {
    $torn = Get-LogPath
    [System.IO.File]::WriteAllText("$torn.1", $text + "nonsense`n")
    [System.IO.File]::WriteAllText($torn, $text + $text.Substring(0, 50))
    $said = Invoke-Capture { Get-StorageReleaseLog $torn }
    Assert-Equal $said.Output.Count 10
    Assert-Equal $said.Warnings.Count 2
    Assert-Match "$($said.Warnings[0])" '^Line 6 of .*\.log\.1 is not a record: it is not JSON\.$'
    Assert-Match "$($said.Warnings[1])" '^Line 6 of .*\.log, the last one, is incomplete'
    Assert-Equal $said.Errors.Count 0
}

Test-That 'FILE.1 that cannot be read costs a warning, and nothing of the log' {
    $alone = Get-LogPath
    [System.IO.File]::WriteAllText($alone, $text)
    $null = [System.IO.Directory]::CreateDirectory("$alone.1")
    $said = Invoke-Capture { Get-StorageReleaseLog $alone }
    Assert-Equal $said.Output.Count 5
    Assert-Equal $said.Warnings.Count 1
    Assert-Match "$($said.Warnings[0])" '\.log\.1 was left out: .*\.$'
    Assert-Equal $said.Errors.Count 0
}

Test-That 'a file that cannot be read is an error, and the next one is read' {
    $said = Invoke-Capture { Get-StorageReleaseLog 'none.log', $log }
    Assert-Equal $said.Errors.Count 1
    Assert-Equal $said.Errors[0].FullyQualifiedErrorId 'LogRead,Get-StorageReleaseLog'
    Assert-Equal $said.Output.Count 5
}

Test-That 'a record is of the past: it pipes by its identity, and its number decides nothing' {
    $old = Get-StorageReleaseLog $log -Number 1
    # The same disk, by now of another number.
    $other = New-TestBus -Disks 4
    $moved = [System.IO.File]::ReadAllText($other).Replace('"number": 1,', '"number": 7,').Replace('"number": 2,', '"number": 1,')
    [System.IO.File]::WriteAllText($other, $moved)
    $result = Use-Bus $other { $old | Invoke-StorageRelease -Force }
    Assert-Equal $result.Number 7
    Assert-Equal $result.UniqueId (Get-TestUniqueId 1)
    $old.UniqueId = $null
    $old.SerialNumber = $null
    Use-Bus $other { Assert-Equal ($old | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue).Outcome 'Refused' }
}

Test-That 'a log of many pages is read whole, and its end alone is read for -Last' {
    $long = Get-LogPath
    $line = ($text -split "`n")[0]
    $builder = [System.Text.StringBuilder]::new()
    foreach ($i in 1..4500) { $null = $builder.Append($line.Replace('"Number":' + $live[0].Number, '"Number":' + $i)).Append("`n") }
    [System.IO.File]::WriteAllText($long, $builder.ToString())
    Assert-Equal @(Get-StorageReleaseLog $long).Count 4500
    Assert-Equal @(Get-StorageReleaseLog $long -Last 1).Count 1
    Assert-Equal @(Get-StorageReleaseLog $long | Select-Object -First 3).Count 3
    Assert-Equal @(Get-StorageReleaseLog $log).Count 5
}

Test-That 'a table of records fits 80 columns' {
    foreach ($one in (Get-StorageReleaseLog $log | Out-String -Width 80) -split "`n") { Assert-True ($one.TrimEnd().Length -le 80) $one }
}

Test-That 'a path that does not name a file is refused, and the others are read' {
    $log = [System.IO.Path]::Combine($Temp, 'paths.log')
    Enter-StorageRehearsal (New-TestBus 3) -WarningAction SilentlyContinue
    try {
        $null = Invoke-StorageRelease 1 -Force -LogPath $log
        foreach ($path in 'Env:x', 'nodrive:\x', 'http://x/y') {
            Assert-Equal (Assert-Throws { Invoke-StorageRelease 1 -Force -LogPath $path }).FullyQualifiedErrorId 'LogPath,Invoke-StorageRelease'
            $got = Invoke-Capture { Get-StorageReleaseLog $path, $log }
            Assert-Equal $got.Output.Count 1
            Assert-Equal (@($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ') 'LogRead,Get-StorageReleaseLog'
        }
    }
    finally { Exit-StorageRehearsal }
}

Complete-Tests
