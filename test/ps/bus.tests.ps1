# One pipeline, one bus: the session enters or leaves a rehearsal, or the module goes, while requests are under way.
# What was sent is answered, once for each disk; nothing goes to another bus; then the pipeline ends.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/shells.ps1"

$manifest = "$Root/StorageRelease.psd1"

function New-SlowBus {
    # Disks 0 to 19, each of which takes its time.
    $faults = @{}
    foreach ($i in 0..19) { $faults[$i] = '"delayMs": 30' }
    New-TestBus 20 -Faults $faults
}

function Assert-OneEach {
    # Each disk of the output once; those of them that were released are the first file's, and none the other's.
    param($Got, [string]$File, [string]$Other)
    $seen = @{}
    $accepted = @{}
    foreach ($one in $Got.Output) {
        Assert-True (-not $seen.ContainsKey([int]$one.Number)) "disk $($one.Number) has two rows"
        $seen[[int]$one.Number] = $one.Outcome
        Assert-Equal $one.Bus 'Rehearsal'
        Assert-Equal $one.ComputerName 'bench-1'
        if ($one.Outcome -ceq 'Accepted') { $accepted[[int]$one.Number] = $true }
        else {
            Assert-Equal $one.Outcome 'Refused'
            Assert-Match $one.Message 'Nothing was sent'
        }
    }
    $released = @{}
    foreach ($name in (Get-Released $File) -split ', ') { if ($name -cmatch '^unit (\d+)$') { $released[[int]$Matches[1]] = $true } }
    foreach ($number in 0..19) {
        Assert-Equal $released.ContainsKey($number) $accepted.ContainsKey($number) "disk $number, told as $($seen[$number])"
    }
    if ($Other) { Assert-Equal (Get-Released $Other) '' }
    Assert-Equal $Got.Thrown.FullyQualifiedErrorId 'BusChanged,Invoke-StorageRelease' $Got.Thrown.ScriptStackTrace
}

$ways = @(
    , @('Exit-StorageRehearsal', { Exit-StorageRehearsal })
    , @('Exit- and Enter-StorageRehearsal with another file',
        { Exit-StorageRehearsal; Enter-StorageRehearsal $global:BusSecond -WarningAction SilentlyContinue })
    , @('Exit- and Enter-StorageRehearsal with the same file',
        { Exit-StorageRehearsal; Enter-StorageRehearsal $global:BusFirst -WarningAction SilentlyContinue })
    , @('Remove-Module', { Remove-Module StorageRelease })
    , @('Import-Module -Force', { Import-Module $manifest -Force })
)
foreach ($way in $ways) {
    foreach ($place in 'downstream', 'upstream', 'from a getter', 'in an event action') {
        Test-That "$($way[0]) $place while requests are under way" {
            Import-Module $manifest
            $global:BusFirst = New-SlowBus
            $global:BusSecond = New-TestBus 20
            $global:BusLeft = $false
            $global:BusAct = $way[1]
            $global:BusLeave = {
                if (-not $global:BusLeft) {
                    $global:BusLeft = $true
                    & $global:BusAct
                }
            }
            try {
                Enter-StorageRehearsal $global:BusFirst -WarningAction SilentlyContinue
                $disks = foreach ($i in 0..19) { New-TestDisk $i }
                if ($place -ceq 'downstream') {
                    $got = Invoke-Capture { $disks | Invoke-StorageRelease -Force -ThrottleLimit 4 | ForEach-Object { $_; . $global:BusLeave } }
                }
                elseif ($place -ceq 'upstream') {
                    $got = Invoke-Capture {
                        $disks | ForEach-Object { if ($_.Number -eq 6) { . $global:BusLeave }; $_ } | Invoke-StorageRelease -Force -ThrottleLimit 4
                    }
                }
                elseif ($place -ceq 'in an event action') {
                    # Its action runs in this thread, and is waited for: when an event is looked at otherwise, nobody can say.
                    $subscriber = $ExecutionContext.Events.SubscribeEvent($null, $null, 'bus.tests', $null, { & $global:BusLeave }, $false, $false)
                    try {
                        $got = Invoke-Capture {
                            $disks | ForEach-Object {
                                if ($_.Number -eq 6) { $null = $ExecutionContext.Events.GenerateEvent('bus.tests', $null, @(), $null, $true, $true) }
                                $_
                            } | Invoke-StorageRelease -Force -ThrottleLimit 4
                        }
                    }
                    finally { $ExecutionContext.Events.UnsubscribeEvent($subscriber) }
                }
                else {
                    $null = Add-Getter $disks[6] 'SerialNumber' { . $global:BusLeave; 'FAKE0006' }
                    $got = Invoke-Capture { $disks | Invoke-StorageRelease -Force -ThrottleLimit 4 }
                }
                Assert-True $global:BusLeft
                Assert-OneEach $got $global:BusFirst $global:BusSecond
                # All that was sent has its row: as many as the throttle lets run ahead, at least those before.
                Assert-True ($got.Output.Count -ge $(if ($place -ceq 'downstream') { 1 } else { 6 })) $got.Output.Count
                Assert-True ($got.Output.Count -lt 20) $got.Output.Count
            }
            finally { if (Get-Module StorageRelease) { Remove-Module StorageRelease -Force } }
        }
    }
}

Test-That 'Exit-StorageRehearsal downstream of all disks: the pipeline ends, and no disk is refused for it' {
    Import-Module $manifest
    Enter-StorageRehearsal (New-SlowBus) -WarningAction SilentlyContinue
    $global:BusLeft = $false
    try {
        $got = Invoke-Capture {
            Get-StorageReservation -ThrottleLimit 1 | ForEach-Object {
                $_
                if (-not $global:BusLeft) {
                    $global:BusLeft = $true
                    Exit-StorageRehearsal
                }
            }
        }
        Assert-Equal $got.Thrown.FullyQualifiedErrorId 'BusChanged,Get-StorageReservation'
        Assert-True ($got.Output.Count -ge 1 -and $got.Output.Count -lt 20) $got.Output.Count
        foreach ($one in $got.Output) { Assert-True ($null -ne $one.Number) "$($one.Outcome) $($one.Message)" }
    }
    finally { Remove-Module StorageRelease -Force }
}

Complete-Tests
