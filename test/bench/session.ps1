# What one session does with a rehearsed bus, in turn with what it is compared with, after one run of each that is
# not counted. Prints `@@NAME OURS THEIRS` for each round, in milliseconds unless said otherwise.
param([string]$What, [string]$Manifest, [int]$Rounds, [string]$Bus, [string]$Executable)

Import-Module $Manifest
Enter-StorageRehearsal -Path $Bus -WarningAction SilentlyContinue
$disks = @(Get-StorageRehearsalDisk)
$module = Get-Module StorageRelease

function Measure-Time {
    # Milliseconds that a script block takes. What the last run left behind is not its business.
    param([scriptblock]$Body)
    [System.GC]::Collect()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    . $Body
    $clock.Elapsed.TotalMilliseconds
}

function Write-Pair {
    param([string]$Name, [double]$Ours, [double]$Theirs)
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    [System.Console]::Out.WriteLine('@@' + $Name + ' ' + $Ours.ToString($culture) + ' ' + $Theirs.ToString($culture))
}

function Measure-InTurn {
    param([string]$Name, [scriptblock]$Ours, [scriptblock]$Theirs)
    $null = Measure-Time $Ours
    $null = Measure-Time $Theirs
    for ($round = 0; $round -lt $Rounds; $round++) { Write-Pair $Name (Measure-Time $Ours) (Measure-Time $Theirs) }
}

function Assert-Count {
    # A figure of disks that were not released would be none.
    param([object[]]$Results, [int]$Count)
    $good = 0
    foreach ($result in $Results) { if ($result.Outcome -ceq 'Accepted') { $good++ } }
    if ($good -ne $Count) { throw "$good of $Count disks were released." }
}

function Copy-Input {
    # The least that an advanced function does.
    [CmdletBinding()]
    param([Parameter(ValueFromPipeline)][object]$InputObject)
    process { $InputObject }
}

function Get-WorkerMemory {
    # Kilobytes of the worker that are in memory.
    $id = & $module { $script:Worker.Process.Id }
    if ([System.IO.File]::Exists("/proc/$id/status")) {
        foreach ($line in [System.IO.File]::ReadAllLines("/proc/$id/status")) {
            if ($line -match '^VmRSS:\s+(\d+)') { return [double]$Matches[1] }
        }
    }
    return [System.Diagnostics.Process]::GetProcessById($id).WorkingSet64 / 1024
}

switch ($What) {
    'process' {
        # One at a time, as a script would that starts a program for each disk.
        $disk = $disks[7]
        Measure-InTurn 'process' {
            for ($i = 0; $i -lt 20; $i++) { $result = $disk | Invoke-StorageRelease -Force }
            Assert-Count $result 1
        } {
            for ($i = 0; $i -lt 20; $i++) {
                $start = [System.Diagnostics.ProcessStartInfo]::new($Executable, "release 7 --yes --rehearsal `"$Bus`"")
                $start.UseShellExecute = $false
                $start.RedirectStandardOutput = $true
                $start.RedirectStandardError = $true
                $process = [System.Diagnostics.Process]::Start($start)
                $said = $process.StandardOutput.ReadToEnd()
                $process.WaitForExit()
                if ($process.ExitCode -ne 0) { throw "The executable ended with $($process.ExitCode): $said" }
            }
        }
    }
    'stream' {
        Measure-InTurn 'stream' { $script:Results = @($disks | Invoke-StorageRelease -Force) } { $script:Results = @($disks | Copy-Input) }
        Assert-Count @($disks | Invoke-StorageRelease -Force) 1000
    }
    'tab' {
        # What Tab does behind these lines, as the shell calls it. Between two first answers the list has grown old.
        function Get-Offer { param([string]$Line) (TabExpansion2 $Line $Line.Length).CompletionMatches }
        Measure-InTurn 'tab' {
            & $module { $script:DiskList = $null }
            $script:Results = @(Get-Offer 'Invoke-StorageRelease -Number ')
        } { $null = Get-Offer 'Get-Process -Name ' }
        Measure-InTurn 'tabAgain' { $script:Results = @(Get-Offer 'Invoke-StorageRelease -Number ') } { $null = Get-Offer 'Get-Process -Name ' }
        if ($script:Results.Count -lt 1000) { throw "$($script:Results.Count) disks are offered." }
    }
    'first' {
        Write-Pair 'first' (Measure-Time { $script:Results = @($disks | Invoke-StorageRelease -Force) }) 0
        Assert-Count $script:Results 1000
    }
    'slow' {
        $null = Measure-Time { $script:Results = @($disks | Invoke-StorageRelease -Force) }
        for ($round = 0; $round -lt $Rounds; $round++) {
            Write-Pair 'slow' (Measure-Time { $script:Results = @($disks | Invoke-StorageRelease -Force) }) 640
            Assert-Count $script:Results 1000
        }
    }
    'hung' {
        # The time of the last good result; those that hang come later, after their two seconds.
        $last = {
            param($Some)
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $good = 0
            $Some | Invoke-StorageRelease -Force -TimeoutSec 2 -ErrorAction SilentlyContinue | ForEach-Object {
                if ($_.Outcome -ceq 'Accepted') {
                    $good++
                    $at = $clock.Elapsed.TotalMilliseconds
                }
            }
            $at * 980 / $good
        }
        $hung = @($disks[0..999])
        $fine = @($disks[1000..1979])
        $null = & $last $hung
        $null = & $last $fine
        for ($round = 0; $round -lt $Rounds; $round++) {
            # What hung before is in its driver still, so each round has a worker of its own.
            Exit-StorageRehearsal
            Enter-StorageRehearsal -Path $Bus -WarningAction SilentlyContinue
            $null = & $last $fine
            Write-Pair 'hung' (& $last $hung) (& $last $fine)
        }
    }
    'many' {
        $held = 0
        $null = Measure-Time { $script:Results = @($disks[0..99] | Invoke-StorageRelease -Force) }
        $less = Get-WorkerMemory
        $more = $less
        $thousand = Measure-Time { $script:Results = @($disks[0..999] | Invoke-StorageRelease -Force) }
        for ($round = 0; $round -lt 3; $round++) {
            $thousand = Measure-Time { $script:Results = @($disks[0..999] | Invoke-StorageRelease -Force) }
            $all = Measure-Time { $script:Results = @($disks | Invoke-StorageRelease -Force) }
            $more = [System.Math]::Max($more, (Get-WorkerMemory))
            Assert-Count $script:Results 10000
            Write-Pair 'linear' $all (10 * $thousand)
        }
        Write-Pair 'worker' $more $less
        $disks | Invoke-StorageRelease -Force | ForEach-Object {
            $now = & $module { foreach ($run in $script:Runs.Values) { $run.Replies.Count } }
            foreach ($count in $now) { if ($count -gt $held) { $held = $count } }
        }
        Write-Pair 'held' $held 0
    }
}
Exit-StorageRehearsal
