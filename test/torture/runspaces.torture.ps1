# Eight sessions at once in one process, each with its own mix of pipelines on one rehearsal file; and one disk
# that is named twice, by two of its names, in one pipeline and in two sessions at once.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"

# --- eight at once -----------------------------------------------------------------------------------------------

$tally = New-Tally 'eight runspaces at once, each with its own mix'
$faults = @{}
foreach ($i in 0..79) { $faults[$i] = '"delayMs": {0}' -f $random.Next(0, 15) }
$file = New-TestBus 80 -Faults $faults
$lanes = foreach ($lane in 0..7) {
    [pscustomobject]@{
        Space = Open-Shell $file
        # Its own ten disks: nobody else changes them.
        First = 10 * $lane
        # What the answers so far say of each: true for released. Nothing where no answer says it.
        Released = @{}
        Done = 0; Kind = ''; Given = @(); StopAt = -1
        Shell = $null; Running = $null; Output = $null; Watch = $null
    }
}
foreach ($lane in $lanes) { foreach ($i in 0..9) { $lane.Released[$lane.First + $i] = $false } }

$kinds = @{
    release = 'param($Numbers) Invoke-StorageRelease -Number $Numbers -Force'
    reserve = 'param($Numbers) Invoke-StorageReserve -Number $Numbers -Force -ThrottleLimit 3'
    status  = 'param($Numbers) Get-StorageReservation -Number $Numbers'
    whatif  = 'param($Numbers) Invoke-StorageRelease -Number $Numbers -WhatIf'
    verify  = 'param($Numbers) Invoke-StorageRelease -Number $Numbers -Verify -Force'
    list    = 'param($Numbers) Get-StorageRehearsalDisk $Numbers'
    stopped = 'param($Numbers) Invoke-StorageRelease -Number $Numbers -Force -ThrottleLimit 2'
}
$names = @($kinds.Keys)

function Start-Lane {
    param($Lane)
    $Lane.Kind = $names[$random.Next(0, $names.Count)]
    # Some of its disks, now and then one of them twice.
    $Lane.Given = [int[]]@(foreach ($i in 1..$random.Next(2, 9)) { $Lane.First + $random.Next(0, 10) })
    if ($Lane.Kind -ceq 'list') { $Lane.Given = [int[]]@([System.Linq.Enumerable]::Distinct($Lane.Given)) }
    $Lane.Shell = [System.Management.Automation.PowerShell]::Create()
    $Lane.Shell.Runspace = $Lane.Space
    $null = $Lane.Shell.AddScript($kinds[$Lane.Kind]).AddArgument([object[]]$Lane.Given)
    $Lane.Output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing.Complete()
    $Lane.StopAt = $(if ($Lane.Kind -ceq 'stopped') { $random.Next(0, 40) } else { -1 })
    $Lane.Watch = [System.Diagnostics.Stopwatch]::StartNew()
    $Lane.Running = $Lane.Shell.BeginInvoke($nothing, $Lane.Output)
}

function Set-Known {
    # What this pipeline's answers say. An answer in two senses leaves the disk unknown.
    param($Lane, [int]$Number, [string]$Outcome)
    if ($Outcome -ceq 'Accepted') { $Lane.Released[$Number] = $true }
    elseif ($Outcome -ceq 'Reserved') { $Lane.Released[$Number] = $false }
}

function Complete-Lane {
    param($Lane)
    $tally.Trials++
    $what = "$($Lane.Kind) of $($Lane.Given -join ',')"
    try { $Lane.Shell.EndInvoke($Lane.Running) }
    catch { if ($Lane.StopAt -ne -2) { Add-Fault $tally 'Wrong' "$what threw $_" } }
    $results = @($Lane.Output)
    $warnings = @($Lane.Shell.Streams.Warning)
    if ($Lane.Shell.Streams.Error.Count -gt 0) {
        Add-Fault $tally 'Wrong' "$what wrote $($Lane.Shell.Streams.Error[0])"
    }
    $stopped = "$($Lane.Shell.InvocationStateInfo.State)" -ceq 'Stopped'
    $Lane.Shell.Dispose()
    foreach ($warning in $warnings) {
        if ("$warning" -cmatch ': Disk (\d+): (\w+)\. ') { Set-Known $Lane $Matches[1] $Matches[2] }
        else { Add-Fault $tally 'Wrong' "$what warned $warning" }
    }
    foreach ($one in $results) {
        if ($Lane.Kind -cin 'release', 'reserve', 'verify', 'stopped') { Set-Known $Lane $one.Number $one.Outcome }
        if ($Lane.Kind -ceq 'verify' -and $one.ReservationAfter -cne 'Free') {
            Add-Fault $tally 'Wrong' "$what $($one.ReservationAfter)"
        }
    }
    if ($Lane.Kind -ceq 'whatif') { if ($results.Count -gt 0) { Add-Fault $tally 'Wrong' "$what gave results" } }
    elseif (-not $stopped) { Add-Answers $tally $Lane.Given @(foreach ($one in $results) { $one.Number }) }
    if ($stopped) {
        # The answers that it did not wait for, before anything else is done to these disks.
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        do {
            $rest = Invoke-In $Lane.Space {
                @() | Invoke-StorageRelease -Force
                & (Get-Module StorageRelease) { $script:Runs.Count }
            }
            foreach ($warning in $rest.Warnings) {
                if ("$warning" -cmatch ': Disk (\d+): (\w+)\. ') { Set-Known $Lane $Matches[1] $Matches[2] }
            }
        } while ($rest.Output[0] -gt 0 -and $watch.ElapsedMilliseconds -lt 20000)
        if ($rest.Output[0] -gt 0) { Add-Fault $tally 'Lost' "$what left an answer behind" }
    }
    $Lane.Done++
}

while ($true) {
    $busy = $false
    foreach ($lane in $lanes) {
        if ($null -ne $lane.Running) {
            if ($lane.StopAt -ge 0 -and $lane.Watch.ElapsedMilliseconds -ge $lane.StopAt) {
                $lane.StopAt = -2
                $null = $lane.Shell.BeginStop($null, $null)
            }
            # The state, not the handle: after a stop the handle may be early.
            if ("$($lane.Shell.InvocationStateInfo.State)" -cin 'Completed', 'Failed', 'Stopped') {
                Complete-Lane $lane
                $lane.Running = $null
            }
            elseif ($lane.Watch.ElapsedMilliseconds -gt 60000) {
                Add-Fault $tally 'Lost' "$($lane.Kind) does not end"
                $lane.Running = $null
                $lane.Done = $Trials
            }
            else { $busy = $true }
        }
        if ($null -eq $lane.Running -and $lane.Done -lt $Trials) {
            Start-Lane $lane
            $busy = $true
        }
    }
    if (-not $busy) { break }
    [System.Threading.Thread]::Sleep(1)
}
$released = Get-ReleasedNumber $file
foreach ($lane in $lanes) {
    foreach ($number in $lane.Released.Keys) {
        if ($released.ContainsKey([int]$number) -ne $lane.Released[$number]) {
            Add-Fault $tally 'Wrong' "disk $number, answered as released: $($lane.Released[$number])"
        }
    }
}
Complete-Row $tally 'the file agrees with the answers'

# --- one disk, two names -----------------------------------------------------------------------------------------

$tally = New-Tally 'one disk by two of its names, in one pipeline and in two sessions'
$body = {
    param($Names, $Verb, $Throttle)
    $Names | ForEach-Object {
        if ($_ -is [int]) { Get-StorageRehearsalDisk $_ }
        elseif ($_ -like '\\*') { $_ }
        else { [pscustomobject]@{ UniqueId = $_ } }
    } | & $Verb -Force -ThrottleLimit $Throttle
}
for ($t = 0; $t -lt $Trials * 4; $t++) {
    $tally.Trials++
    $number = $random.Next(0, 80)
    $verb = @('Invoke-StorageRelease', 'Invoke-StorageReserve')[$t % 2]
    $all = @($number, "\\.\PhysicalDrive$number", (Get-TestUniqueId $number))
    $runs = foreach ($lane in @($lanes[$random.Next(0, 4)], $lanes[$random.Next(4, 8)])) {
        $given = @(foreach ($i in 1..$random.Next(2, 6)) { $all[$random.Next(0, 3)] })
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $lane.Space
        $null = $shell.AddScript($body.ToString()).AddArgument([object[]]$given).AddArgument($verb)
        $null = $shell.AddArgument($random.Next(1, 9))
        [pscustomobject]@{ Shell = $shell; Running = $shell.BeginInvoke(); Count = $given.Count }
    }
    foreach ($run in $runs) {
        $results = @($run.Shell.EndInvoke($run.Running))
        if ($results.Count -lt $run.Count) { Add-Fault $tally 'Lost' "$($results.Count) of $($run.Count)" }
        if ($results.Count -gt $run.Count) { Add-Fault $tally 'Doubled' "$($results.Count) of $($run.Count)" }
        foreach ($one in $results) {
            if ($one.Number -ne $number -or $one.Outcome -cnotin 'Accepted', 'Reserved') {
                Add-Fault $tally 'Wrong' "disk ${number}: $($one.Number) $($one.Outcome) $($one.Message)"
            }
        }
        if ($run.Shell.Streams.Error.Count -gt 0) { Add-Fault $tally 'Wrong' "$($run.Shell.Streams.Error[0])" }
        $run.Shell.Dispose()
    }
    if ((Get-ReleasedNumber $file).ContainsKey($number) -ne ($t % 2 -eq 0)) {
        Add-Fault $tally 'Wrong' "disk $number of the file"
    }
}
foreach ($lane in $lanes) { Close-Shell $lane.Space }
Assert-NoWorker $tally
Complete-Row $tally 'disk object, path and UniqueId, two to five inputs a session'
Complete-Tests
