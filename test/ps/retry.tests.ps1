# -RetrySec: what is tried again, and what never is.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"

$faults = @{ 1 = '"openFails": { "win32": 32, "status": "0xC0000043" }'; 2 = '"delayMs": 2500'; 3 = '"hangs": true' }
Enter-StorageRehearsal -Path (New-TestBus 6 -Faults $faults) -WarningAction SilentlyContinue

Test-That 'a disk whose earlier request is still in its driver is tried until that has ended' {
    $first = Invoke-StorageRelease -Number 2 -Force -TimeoutSec 1 -ErrorAction Ignore
    Assert-Equal $first.Outcome 'TimedOut'
    $got = Invoke-Capture { Invoke-StorageRelease -Number 2 -Force -RetrySec 60 -WarningAction SilentlyContinue }
    Assert-Equal $got.Output[0].Outcome 'Accepted'
    Assert-True ($got.Output[0].Attempts -gt 1) "it was tried $($got.Output[0].Attempts) times"
    Assert-True ($got.Output[0].Message -like "*It was tried $($got.Output[0].Attempts) times in * s.") $got.Output[0].Message
    Assert-Equal $got.Errors.Count 0
}

Test-That 'one that another program holds is tried until the time is over, and has one result and one error' {
    $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force -RetrySec 1 }
    Assert-Equal (($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'InUse'
    Assert-True ($got.Output[0].Attempts -gt 2) "it was tried $($got.Output[0].Attempts) times"
    Assert-True ($got.Output[0].DurationMs -ge 1000) "it took $($got.Output[0].DurationMs) ms"
    Assert-Equal $got.Errors.Count 1
}

Test-That 'without it, and with an outcome that does not pass by itself, there is one attempt' {
    $got = Invoke-Capture {
        Invoke-StorageRelease -Number 1 -Force
        Invoke-StorageRelease -Number 3 -Force -TimeoutSec 1 -RetrySec 300
        Invoke-StorageReserve -Number 4 -Force -RetrySec 300
    }
    Assert-Equal (($got.Output | ForEach-Object { '{0} {1}' -f $_.Outcome, $_.Attempts }) -join ', ') 'InUse 1, TimedOut 1, Reserved 1'
}

Test-That 'what has no turn was not tried' {
    $got = Invoke-Capture { Invoke-StorageRelease -InputObject 'no disk' -Force -RetrySec 5 }
    Assert-Equal $got.Output[0].Attempts ([uint32]0)
}

Test-That 'this side waits for the attempts as well' {
    $limits = 0, 100 | ForEach-Object {
        $retry = @{}
        if ($_ -gt 0) { $retry.RetrySec = $_ }
        Invoke-StorageRelease -Number 4 -Force -TimeoutSec 7 @retry | ForEach-Object {
            & (Get-Module StorageRelease) { foreach ($run in $script:Runs.Values) { $run.Limit } }
        }
    }
    Assert-Equal ($limits -join ' ') '7000 107000'
}

Exit-StorageRehearsal
Complete-Tests
