# The worker is killed at a random moment of a pipeline: every disk that went in comes out once, as a result or as
# Failed ("outcome unknown", or "nothing was sent"), and what the results say is what the file says.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"

Import-Module "$Root/StorageRelease.psd1"

$tally = New-Tally 'worker killed at a random moment of a pipeline'
$faults = @{}
foreach ($i in 1..12) { $faults[$i] = '"delayMs": {0}' -f $random.Next(0, 25) }
$file = New-TestBus 14 -Faults $faults
Enter-StorageRehearsal $file -WarningAction SilentlyContinue
$hits = 0
$unknown = 0
$unsent = 0

for ($t = 0; $t -lt $Trials; $t++) {
    $tally.Trials++
    # Even trials release and odd ones reserve, so that what was done shows in the file.
    $verb = 'Invoke-StorageRelease', 'Invoke-StorageReserve'
    $verb = $verb[$t % 2]
    $mode = $random.Next(0, 4)
    $nth = $random.Next(1, 13)
    $throttle = $random.Next(1, 9)
    $delay = $random.Next(0, $(if ($mode -eq 0) { 80 } else { 15 }))
    $killer = New-Killer (Get-WorkerId)
    $seen = 0
    $before = Get-ReleasedNumber $file
    if ($mode -eq 0) { $killer.Source.CancelAfter($delay) }
    $got = Invoke-Capture {
        1..12 | ForEach-Object {
            if ($_ -eq $nth) {
                if ($mode -eq 1) { $killer.Source.Cancel() }
                elseif ($mode -eq 2) { $killer.Source.CancelAfter($delay) }
            }
            New-TestDisk $_
        } | & $verb -Force -ThrottleLimit $throttle | ForEach-Object {
            $seen++
            if ($mode -eq 3 -and $seen -eq $nth) { $killer.Source.Cancel() }
            $_
        }
    }
    $ended = [datetime]::Now
    if ($got.Thrown) { Add-Fault $tally 'Wrong' "thrown: $($got.Thrown)" }
    Add-Answers $tally (1..12) @(foreach ($one in $got.Output) { $one.Number })
    $released = Get-ReleasedNumber $file
    $failed = 0
    foreach ($one in $got.Output) {
        if ($one.Outcome -cin 'Accepted', 'Reserved') {
            if ($released.ContainsKey([int]$one.Number) -ne ($t % 2 -eq 0)) {
                Add-Fault $tally 'Wrong' "disk $($one.Number) is said to be done, and is not"
            }
        }
        elseif ($one.Outcome -ceq 'Failed' -and $one.Message -cmatch 'unknown') { $failed++ }
        elseif ($one.Outcome -ceq 'Failed' -and $one.Message -cmatch 'Nothing was sent to the disk\.$') {
            $failed++
            $unsent++
            if ($released.ContainsKey([int]$one.Number) -ne $before.ContainsKey([int]$one.Number)) {
                Add-Fault $tally 'Wrong' "nothing is said to be sent to disk $($one.Number), and it has changed"
            }
        }
        else { Add-Fault $tally 'Wrong' "$($one.Outcome): $($one.Message)" }
    }
    if ($got.Errors.Count -ne $failed) { Add-Fault $tally 'Wrong' "$($got.Errors.Count) errors, $failed failures" }
    $unknown += $failed
    if ($failed -gt 0) {
        $hits++
        if ($killer.Process.WaitForExit(10000)) {
            Add-Time $tally 'all answered' ($ended - $killer.Process.ExitTime).TotalMilliseconds 10000
        }
    }

    # Also a worker that is killed only now costs nothing: nobody is waiting for it.
    $killer.Source.Cancel()
    $null = $killer.Process.WaitForExit(10000)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $next = Invoke-Capture { New-TestDisk 13 | & $verb -Force }
    Add-Time $tally 'next answer' $watch.Elapsed.TotalMilliseconds 10000
    if ($next.Output.Count -ne 1 -or $next.Output[0].Outcome -cnotin 'Accepted', 'Reserved' -or
        $next.Output[0].Bus -cne 'Rehearsal' -or $next.Errors.Count -gt 0) {
        Add-Fault $tally 'Wrong' "the next disk: $($next.Output.Outcome) $($next.Errors) $($next.Thrown)"
    }
    $killer.Source.Dispose()
    $killer.Process.Dispose()
}

Exit-StorageRehearsal
Remove-Module StorageRelease
Assert-NoWorker $tally
$litter = @([System.IO.Directory]::GetFiles($Temp, 'bus*') | Where-Object { $_ -cne $file })
Complete-Row $tally (
    '{0} kills with requests open, {1} outcomes unknown, {2} sent nothing; median/worst: {3}, {4}; {5} files left' -f
    $hits, ($unknown - $unsent), $unsent, (Format-Times $tally 'all answered'), (Format-Times $tally 'next answer'), $litter.Count)
Complete-Tests
