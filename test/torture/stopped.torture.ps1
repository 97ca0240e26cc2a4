# The pipeline ends early, at a random moment: by Stop(), which is what Ctrl+C does, by `break`, `throw` and
# Select-Object downstream. Every disk that was sent has its one answer, in the output or as a warning of the
# commands that follow, and the file agrees.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"

# --- what both kinds need ----------------------------------------------------------------------------------------

function Get-RunState {
    # Of the module that is imported here: runs that it still waits for, and how many disks the last run has sent.
    & (Get-Module StorageRelease) {
        $last = $script:Runs[$script:LastRun]
        $sent = $(if ($null -ne $last) { $last.Sent } else { -1 })
        [pscustomobject]@{ Waiting = $script:Runs.Count; Sent = $sent }
    }
}

function Add-Told {
    # Counts what the output and the warnings say of the disks: those sent, in order, out of all that were given.
    param($Tally, [string]$File, [object[]]$Results, [string[]]$Told, [int]$Sent, [bool]$Releasing)
    $outcomes = @{}
    $numbers = @()
    foreach ($one in $Results) {
        $numbers += [int]$one.Number
        $outcomes[[int]$one.Number] = $one.Outcome
    }
    foreach ($line in $Told) {
        if ($line -cmatch ('^An earlier pipeline was stopped before it had read this answer: ' +
                '(?:Disk |\\\\\.\\PhysicalDrive)(\d+): (\w+)\. ')) {
            $numbers += [int]$Matches[1]
            $outcomes[[int]$Matches[1]] = $Matches[2]
        }
        else { Add-Fault $Tally 'Wrong' "told: $line" }
    }
    $given = if ($Sent -gt 0) { 1..$Sent } else { @() }
    Add-Answers $Tally $given $numbers
    $released = Get-ReleasedNumber $File
    foreach ($number in 1..13) {
        $done = $released.ContainsKey($number) -eq $Releasing
        if ($done -ne ($outcomes[$number] -cin 'Accepted', 'Reserved')) {
            Add-Fault $Tally 'Wrong' "disk $number was told as '$($outcomes[$number])', done: $done"
        }
    }
}

$faults = @{}
foreach ($i in 1..13) { $faults[$i] = '"delayMs": {0}' -f @(0, 0, $random.Next(1, 40))[$i % 3] }

# How long an answer is waited for.
$patience = 20000

# --- Stop() ------------------------------------------------------------------------------------------------------

$tally = New-Tally 'Stop() of the pipeline at a random moment'
$file = New-TestBus 15 -Faults $faults
$space = Open-Shell $file
$early = 0
for ($t = 0; $t -lt $Trials; $t++) {
    $tally.Trials++
    $verb = @('Invoke-StorageRelease', 'Invoke-StorageReserve')[$t % 2]
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $space
    $null = $shell.AddScript({
            param($Verb, $Paths, $Throttle) $Paths | & $Verb -Force -ThrottleLimit $Throttle
        }.ToString())
    $paths = [string[]]@(1..13 | ForEach-Object { "\\.\PhysicalDrive$_" })
    $null = $shell.AddArgument($verb).AddArgument($paths).AddArgument($random.Next(1, 9))
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing.Complete()
    # Sometimes the pipeline has to start the worker first.
    $fresh = $random.Next(0, 4) -eq 0
    if ($fresh) {
        foreach ($id in @(Get-WorkerProcess)) {
            $killer = New-Killer $id
            $killer.Source.Cancel()
            $null = $killer.Process.WaitForExit(10000)
        }
    }
    $running = $shell.BeginInvoke($nothing, $output)
    # Half of the moments are times, half are a number of results.
    if ($fresh) { [System.Threading.Thread]::Sleep($random.Next(0, 200)) }
    elseif ($t % 4 -lt 2) { [System.Threading.Thread]::Sleep($random.Next(0, 60)) }
    else {
        $enough = $random.Next(0, 13)
        while ($output.Count -lt $enough -and -not $running.IsCompleted) {
            $null = [System.Threading.Thread]::Yield()
        }
    }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $shell.Stop()
    Add-Time $tally 'stopped' $watch.Elapsed.TotalMilliseconds 10000
    if ("$($shell.InvocationStateInfo.State)" -ceq 'Stopped') { $early++ }
    $results = @($output)
    $errors = @($shell.Streams.Error)
    $shell.Dispose()
    if ($errors.Count -gt 0) { Add-Fault $tally 'Wrong' "error: $($errors[0])" }

    $state = (Invoke-In $space ${function:Get-RunState}).Output[0]
    $sent = $state.Sent
    # The run has gone where its end came before the stop, or never began.
    if ($sent -lt 0) { $sent = $(if ($results.Count -gt 0) { 13 } else { 0 }) }
    $told = @()
    $watch.Restart()
    do {
        $next = Invoke-In $space { param($Verb) '\\.\PhysicalDrive14' | & $Verb -Force } $verb
        if ($told.Count -eq 0) { Add-Time $tally 'next answer' $watch.Elapsed.TotalMilliseconds 10000 }
        if ($next.Output.Count -ne 1 -or $next.Output[0].Outcome -cnotin 'Accepted', 'Reserved' -or
            $next.Errors.Count -gt 0) {
            Add-Fault $tally 'Wrong' "the next disk: $($next.Output.Outcome) $($next.Errors)"
        }
        foreach ($warning in $next.Warnings) { $told += "$warning" }
        $state = (Invoke-In $space ${function:Get-RunState}).Output[0]
    } while ($state.Waiting -gt 0 -and $watch.ElapsedMilliseconds -lt $patience)
    if ($state.Waiting -gt 0) { Add-Fault $tally 'Lost' 'an answer is waited for in vain' }
    Add-Told $tally $file $results $told $sent ($t % 2 -eq 0)
    # What was not sent is done now, so that the next trial starts from one state.
    $null = Invoke-In $space { param($Verb, $Paths) $Paths | & $Verb -Force } $verb, $paths

    if ($t % 20 -eq 19) {
        # The module goes, perhaps with its work unfinished, and nothing stays behind.
        Close-Shell $space
        Assert-NoWorker $tally
        $space = Open-Shell $file
    }
}
Close-Shell $space
Assert-NoWorker $tally
Complete-Row $tally ('{0} stopped before their end; median/worst: {1}, {2}' -f
    $early, (Format-Times $tally 'stopped'), (Format-Times $tally 'next answer'))

# --- break, throw, Select-Object ---------------------------------------------------------------------------------

Import-Module "$Root/StorageRelease.psd1"
$ways = @(
    , @('break downstream', {
            param($Disks, $Verb, $Throttle, $Nth, $Seen)
            do {
                $Disks | & $Verb -Force -ThrottleLimit $Throttle |
                    ForEach-Object { $Seen.Add($_); if ($Seen.Count -eq $Nth) { break } }
            } while ($false)
        })
    , @('a command downstream that throws', {
            param($Disks, $Verb, $Throttle, $Nth, $Seen)
            try {
                $Disks | & $Verb -Force -ThrottleLimit $Throttle | ForEach-Object {
                    $Seen.Add($_)
                    if ($Seen.Count -eq $Nth) { throw [System.IO.InvalidDataException]::new('enough') }
                }
            }
            catch [System.IO.InvalidDataException] { $null = $_ }
        })
    , @('a command upstream that throws', {
            param($Disks, $Verb, $Throttle, $Nth, $Seen)
            try {
                $Disks | ForEach-Object {
                    if ($_.Number -eq $Nth) { throw [System.IO.InvalidDataException]::new() }
                    $_
                } |
                    & $Verb -Force -ThrottleLimit $Throttle | ForEach-Object { $Seen.Add($_) }
            }
            catch [System.IO.InvalidDataException] { $null = $_ }
        })
    , @('Select-Object -First', {
            param($Disks, $Verb, $Throttle, $Nth, $Seen)
            foreach ($one in @($Disks | & $Verb -Force -ThrottleLimit $Throttle | Select-Object -First $Nth)) {
                $Seen.Add($one)
            }
        })
)
$file = New-TestBus 15 -Faults $faults
$disks = foreach ($i in 1..13) { New-TestDisk $i }
foreach ($way in $ways) {
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    $tally = New-Tally "early end: $($way[0])"
    $most = 0
    for ($t = 0; $t -lt $Trials; $t++) {
        $tally.Trials++
        $verb = @('Invoke-StorageRelease', 'Invoke-StorageReserve')[$t % 2]
        $seen = [System.Collections.Generic.List[object]]::new()
        try { $null = & $way[1] $disks $verb $random.Next(1, 9) $random.Next(1, 13) $seen }
        catch { Add-Fault $tally 'Wrong' "thrown: $_" }
        $sent = (Get-RunState).Sent
        if ($sent -lt 0) { $sent = 13 }
        $told = @()
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        do {
            $next = Invoke-Capture { New-TestDisk 14 | & $verb -Force }
            if ($told.Count -eq 0) { Add-Time $tally 'next answer' $watch.Elapsed.TotalMilliseconds 10000 }
            if ($next.Output.Count -ne 1 -or $next.Output[0].Outcome -cnotin 'Accepted', 'Reserved') {
                Add-Fault $tally 'Wrong' "the next disk: $($next.Output.Outcome) $($next.Errors) $($next.Thrown)"
            }
            foreach ($warning in $next.Warnings) { $told += "$warning" }
            $waiting = (Get-RunState).Waiting
        } while ($waiting -gt 0 -and $watch.ElapsedMilliseconds -lt $patience)
        if ($waiting -gt 0) { Add-Fault $tally 'Lost' 'an answer is waited for in vain' }
        $most = [System.Math]::Max($most, $told.Count)
        Add-Told $tally $file $seen.ToArray() $told $sent ($t % 2 -eq 0)
        $null = $disks | & $verb -Force
    }
    Exit-StorageRehearsal
    Assert-NoWorker $tally
    Complete-Row $tally ('at most {0} answers told by the next commands; median/worst: {1}' -f
        $most, (Format-Times $tally 'next answer'))
}
Complete-Tests
