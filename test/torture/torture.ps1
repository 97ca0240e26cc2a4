# What the torture scripts share: chance from one seed, tallies of what was lost, doubled or wrong, and the rows
# that powershell.test.ts reads. Needs $Root, $Temp and $Seed of the script.
. "$PSScriptRoot/../ps/harness.ps1"
. "$PSScriptRoot/../ps/fakes.ps1"
. "$PSScriptRoot/../ps/buses.ps1"
. "$PSScriptRoot/../ps/shells.ps1"

$random = [System.Random]::new($Seed)

function New-Tally {
    param([string]$What)
    [pscustomobject]@{ What = $What; Trials = 0; Lost = 0; Doubled = 0; Wrong = 0; First = ''; Times = @{} }
}

function Add-Fault {
    # Kind: Lost, Doubled or Wrong. The first one is told in the row's note.
    param($Tally, [string]$Kind, [string]$Text)
    $Tally.$Kind++
    if (-not $Tally.First) { $Tally.First = "trial $($Tally.Trials): $Kind, $Text" }
}

function Add-Time {
    # One measured time; Bound: milliseconds above which it is a fault.
    param($Tally, [string]$Name, [double]$Ms, [double]$Bound = [double]::MaxValue)
    if (-not $Tally.Times.ContainsKey($Name)) {
        $Tally.Times[$Name] = [System.Collections.Generic.List[double]]::new()
    }
    $Tally.Times[$Name].Add($Ms)
    if ($Ms -gt $Bound) { Add-Fault $Tally 'Wrong' "$Name took $([int]$Ms) ms" }
}

function Format-Times {
    # 'name 12/340 ms': median and worst.
    param($Tally, [string]$Name)
    $all = $Tally.Times[$Name]
    if ($null -eq $all) { return "$Name never" }
    $all.Sort()
    '{0} {1:0}/{2:0} ms' -f $Name, $all[[int][System.Math]::Floor($all.Count / 2)], $all[$all.Count - 1]
}

function Add-Answers {
    # One answer for each number that was given, no more, for no other.
    param($Tally, [int[]]$Given, [object[]]$Numbers)
    $left = @{}
    foreach ($one in $Given) { $left[$one] = 1 + $left[$one] }
    foreach ($one in $Numbers) {
        if ($null -eq $one -or -not $left.ContainsKey([int]$one)) {
            Add-Fault $Tally 'Wrong' "an answer for '$one'"
        }
        elseif ($left[[int]$one] -eq 0) { Add-Fault $Tally 'Doubled' "disk $one" }
        else { $left[[int]$one]-- }
    }
    foreach ($one in @($left.Keys)) { if ($left[$one] -gt 0) { Add-Fault $Tally 'Lost' "disk $one" } }
}

function Complete-Row {
    # Writes the tally as a row.
    param($Tally, [string]$Note)
    $script:TestCount++
    if ($Tally.First) { $Note = "$($Tally.First); $Note" }
    [Console]::Out.WriteLine(('@@{{"what":{0},"trials":{1},"lost":{2},"doubled":{3},"wrong":{4},"note":{5}}}' -f
            (ConvertTo-TestJson $Tally.What), $Tally.Trials, $Tally.Lost, $Tally.Doubled, $Tally.Wrong,
            (ConvertTo-TestJson $Note)))
}

function Get-ReleasedNumber {
    # The disks of a test bus that its file says are released, as keys.
    param([string]$File)
    $numbers = @{}
    foreach ($name in (Get-Released $File) -split ', ') {
        if ($name -cmatch '^unit (\d+)$') { $numbers[[int]$Matches[1]] = $true }
    }
    $numbers
}

function New-Killer {
    # Something to kill a process with: `Now()` at once, or from another thread after so many milliseconds.
    param([int]$ProcessId)
    # 0 would be the whole process group.
    if ($ProcessId -lt 2) { throw "No process to kill: $ProcessId" }
    $process = [System.Diagnostics.Process]::GetProcessById($ProcessId)
    $null = $process.Handle
    $kill = [System.Diagnostics.Process].GetMethod('Kill', [type[]]@())
    $source = [System.Threading.CancellationTokenSource]::new()
    $null = $source.Token.Register([System.Delegate]::CreateDelegate([System.Action], $process, $kill))
    [pscustomobject]@{ Process = $process; Source = $source }
}

function Get-WorkerProcess {
    # Process ids of the workers that this process has started and that have not ended.
    foreach ($folder in [System.IO.Directory]::GetDirectories('/proc')) {
        if ($folder -cnotmatch '^/proc/(\d+)$') { continue }
        $id = [int]$Matches[1]
        try { $stat = [System.IO.File]::ReadAllText("$folder/stat") } catch { continue }
        if ($stat -cmatch '^\d+ \((.*)\) (\S) (\d+) ' -and [int]$Matches[3] -eq $PID -and
            $Matches[1] -clike 'storage-release*' -and $Matches[2] -cne 'Z') { $id }
    }
}

function Assert-NoWorker {
    # Nothing that was started is left, a moment after the module has gone.
    param($Tally)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while (@(Get-WorkerProcess).Count -gt 0 -and $watch.ElapsedMilliseconds -lt 20000) {
        [System.Threading.Thread]::Sleep(20)
    }
    $left = @(Get-WorkerProcess)
    if ($left.Count -gt 0) { Add-Fault $Tally 'Wrong' "$($left.Count) workers left" }
}
