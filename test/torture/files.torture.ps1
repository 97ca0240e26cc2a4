# Files and folders that are not as they should be: a rehearsal file that is full, read-only or gone, one that two
# sessions fight over, an executable that is missing or locked, and folders of every name.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"
. "$PSScriptRoot/../ps/standins.ps1"

function Invoke-Shell {
    # Exit code of a line of sh; what it says is nobody's business.
    param([string]$Line)
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
    $start.ArgumentList.Add('-c')
    $start.ArgumentList.Add("( $Line ) >/dev/null 2>&1")
    $process = [System.Diagnostics.Process]::Start($start)
    $process.WaitForExit()
    $process.ExitCode
}

function Add-Released {
    # Disks 1 to 12 are released, one result each, and nothing is thrown.
    param($Tally, [string]$What, $Got)
    $Tally.Trials++
    if ($Got.Thrown) { Add-Fault $Tally 'Wrong' "${What}: thrown: $($Got.Thrown)" }
    Add-Answers $Tally (1..12) @(foreach ($one in $Got.Output) { $one.Number })
    foreach ($one in $Got.Output) {
        if ($one.Outcome -cnotin 'Accepted', 'Reserved') {
            Add-Fault $Tally 'Wrong' "${What}: $($one.Outcome) $($one.Message)"
        }
    }
}

# --- the rehearsal file ------------------------------------------------------------------------------------------

Import-Module "$Root/StorageRelease.psd1"
$slow = @{}
foreach ($i in 1..12) { $slow[$i] = '"delayMs": {0}' -f $random.Next(0, 60) }

$tally = New-Tally 'rehearsal file vanished, replaced or broken on the way'
$ways = @(
    , @('deleted', { param($File) [System.IO.File]::Delete($File) })
    , @('renamed', { param($File) [System.IO.File]::Move($File, "$File.old") })
    , @('a folder in its place', { param($File) [System.IO.File]::Delete($File); $null = [System.IO.Directory]::CreateDirectory($File) })
    , @('empty', { param($File) [System.IO.File]::WriteAllText($File, '') })
    , @('half', { param($File) $text = [System.IO.File]::ReadAllText($File); [System.IO.File]::WriteAllText($File, $text.Substring(0, $text.Length / 2)) })
    , @('a lock that nobody lets go', { param($File) [System.IO.File]::WriteAllText("$File.lock", '1 1 nobody') })
)
for ($t = 0; $t -lt $Trials; $t++) {
    $way = $ways[$t % $ways.Count]
    $file = New-TestBus 14 -Faults $slow
    Enter-StorageRehearsal $file -WarningAction SilentlyContinue
    $nth = $random.Next(1, 12)
    $seen = @{ Count = 0 }
    $got = Invoke-Capture {
        1..12 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -ThrottleLimit 3 |
            ForEach-Object { $seen.Count++; if ($seen.Count -eq $nth) { & $way[1] $file }; $_ }
    }
    Add-Released $tally $way[0] $got
    $told = @($got.Warnings) + @((Invoke-Capture { Exit-StorageRehearsal }).Warnings)
    # With disks left to send, it had to look at the file again: what was answered is in there, or it was said, by
    # the next command at the latest, that it is not.
    $stored = 0
    if ([System.IO.File]::Exists($file)) { $stored = (Get-ReleasedNumber $file).Count }
    if ($nth -lt 7 -and $stored -ne 12 -and $told.Count -eq 0) {
        Add-Fault $tally 'Wrong' "$($way[0]), after $nth`: $stored stored, nothing said"
    }
}
Complete-Row $tally ((@(foreach ($way in $ways) { $way[0] })) -join ', ')

$tally = New-Tally 'rehearsal file on a disk that is full, and that is read-only'
$mount = [System.IO.Path]::Combine($Temp, 'mount')
$null = [System.IO.Directory]::CreateDirectory($mount)
$note = 'not here: it takes root to mount a small disk'
if ((Invoke-Shell "mount -t tmpfs -o size=64k none '$mount'") -eq 0) {
    try {
        $note = 'a tmpfs of 64 KiB'
        $late = 0
        $memory = 0
        for ($t = 0; $t -lt $Trials; $t++) {
            $file = New-TestBus 14 -Faults $slow -Name 'mount/bus.json'
            $before = [System.IO.File]::ReadAllText($file)
            Enter-StorageRehearsal $file -WarningAction SilentlyContinue
            $full = $t % 2 -eq 0
            $nth = $random.Next(1, 12)
            $seen = @{ Count = 0 }
            $got = Invoke-Capture {
                1..12 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force -ThrottleLimit 3 |
                    ForEach-Object {
                        $seen.Count++
                        if ($seen.Count -eq $nth) {
                            if ($full) { $null = Invoke-Shell "cat /dev/zero > '$mount/filler'" }
                            elseif ((Invoke-Shell "mount -o remount,ro '$mount'") -ne 0) { throw 'not remounted' }
                        }
                        $_
                    }
            }
            Add-Released $tally $(if ($full) { 'full' } else { 'read-only' }) $got
            # Old or new, never half.
            $after = [System.IO.File]::ReadAllText($file)
            if ($after -cne $before -and -not $after.TrimEnd().EndsWith('}')) {
                Add-Fault $tally 'Wrong' 'half a file'
            }
            # There is room again, and the right to use it.
            if ($full) { [System.IO.File]::Delete("$mount/filler") }
            else { $null = Invoke-Shell "mount -o remount,rw '$mount'" }
            $next = Invoke-Capture { Invoke-StorageRelease -Number 13 -Force }
            if ($next.Output.Count -ne 1 -or $next.Output[0].Outcome -cne 'Accepted') {
                Add-Fault $tally 'Wrong' 'the next disk'
            }
            $told = @($got.Warnings) + @($next.Warnings) + @((Invoke-Capture { Exit-StorageRehearsal }).Warnings)
            $stored = (Get-ReleasedNumber $file).Count
            # All is stored now, or it was said that it would not be.
            if ($stored -ne 13 -and @($told | Where-Object { "$_" -cmatch 'changes are kept only until the end|is not stored|Not stored' }).Count -eq 0) {
                Add-Fault $tally 'Lost' "$stored of 13 disks stored, and told: $($told -join '; ')"
            }
            if ($stored -eq 13) { $late++ } else { $memory++ }
            foreach ($left in [System.IO.Directory]::GetFiles($mount)) { [System.IO.File]::Delete($left) }
        }
    }
    finally { $null = Invoke-Shell "umount -l '$mount'" }
}
if ($tally.Trials -eq 0) {
    $tally.Trials = 1 } else { $note += ": stored when there was room $late times, given up and said so $memory times"
}
Complete-Row $tally $note

# --- two sessions, two hosts, one file ---------------------------------------------------------------------------

$tally = New-Tally 'two hosts reserve and release on one file: never both'
$units = @(foreach ($i in 1..4) { '{{ "name": "unit {0}", "serial": "S{0}", "busType": "iScsi", "target": "tgt" }}' -f $i })
$disks = @(foreach ($i in 1..4) { '{{ "number": {0}, "unit": "unit {0}", "faults": {{ "delayMs": {1} }} }}' -f $i, (3 * $i) })
$file = [System.IO.Path]::Combine($Temp, 'two.json')
[System.IO.File]::WriteAllText($file, ('{{ "version": 1, "thisHost": "a", "logicalUnits": [{0}], "hosts": {{ "a": {{ "disks": [{1}] }}, "b": {{ "disks": [{1}] }} }} }}' -f
        ($units -join ', '), ($disks -join ', ')))
$hosts = @(foreach ($name in 'a', 'b') {
        $space = Open-Shell $file
        $null = Invoke-In $space {
            param($File, $Name)
            Exit-StorageRehearsal
            Enter-StorageRehearsal $File -Initiator $Name -WarningAction SilentlyContinue
        } $file, $name
        $shell = [System.Management.Automation.PowerShell]::Create()
        $shell.Runspace = $space
        $null = $shell.AddScript({
                param($Count, $Seed)
                $random = [System.Random]::new($Seed)
                for ($i = 0; $i -lt $Count; $i++) {
                    $verb = @('Invoke-StorageReserve', 'Invoke-StorageRelease')[$random.Next(0, 2)]
                    $numbers = @(1..4 | Where-Object { $random.Next(0, 2) })
                    if ($numbers.Count -eq 0) { $numbers = @(1) }
                    $results = @(& $verb -Number $numbers -Force -ErrorAction SilentlyContinue)
                    [pscustomobject]@{ Verb = $verb; Numbers = $numbers; Results = $results }
                }
            }.ToString()).AddArgument($Trials * 3).AddArgument($random.Next())
        [pscustomobject]@{ Name = $name; Space = $space; Shell = $shell; Running = $shell.BeginInvoke(); Last = @{}; Held = @()
            Since = @{}; Perhaps = @(); Told = @() }
    })
$conflicts = 0
foreach ($one in $hosts) {
    $pipelines = @($one.Shell.EndInvoke($one.Running))
    foreach ($pipeline in $pipelines) {
        $tally.Trials++
        Add-Answers $tally $pipeline.Numbers @(foreach ($result in $pipeline.Results) { $result.Number })
        foreach ($result in $pipeline.Results) {
            $number = [int]$result.Number
            $since = $one.Last[$number]
            if ($pipeline.Verb -cmatch 'Release' -and $result.Outcome -ceq 'Accepted') {
                # Held for certain from the end of the reservation to the start of the release.
                if ($null -ne $since) { $one.Held += , @($number, $since, $result.StartedAt) }
                $one.Last[$number] = $null
                # Held perhaps from the start of the first attempt to the end of the release.
                if ($null -ne $one.Since[$number]) {
                    $end = $result.StartedAt.AddMilliseconds($result.DurationMs)
                    $one.Perhaps += , @($number, $one.Since[$number], $end)
                }
                $one.Since[$number] = $null
            }
            elseif ($result.Outcome -ceq 'Reserved') {
                if ($null -eq $since) {
                    $one.Last[$number] = $result.StartedAt.AddMilliseconds($result.DurationMs)
                    $one.Since[$number] = $result.StartedAt
                }
            }
            elseif ($result.Outcome -ceq 'Conflict') {
                $conflicts++
                $one.Told += , @($number, $result.StartedAt, $result.StartedAt.AddMilliseconds($result.DurationMs))
                if ($null -ne $since) {
                    Add-Fault $tally 'Wrong' "$($one.Name) holds disk $number, and is told of a conflict"
                }
            }
            else { Add-Fault $tally 'Wrong' "$($result.Outcome) $($result.Message)" }
        }
    }
    foreach ($number in 1..4) {
        if ($null -eq $one.Last[$number]) { continue }
        $one.Held += , @($number, $one.Last[$number], [datetime]::MaxValue)
        $one.Perhaps += , @($number, $one.Since[$number], [datetime]::MaxValue)
    }
    $one.Shell.Dispose()
    Close-Shell $one.Space
}
foreach ($left in $hosts[0].Held) {
    foreach ($right in $hosts[1].Held) {
        # StartedAt has whole milliseconds.
        if ($left[0] -eq $right[0] -and $left[1].AddMilliseconds(3) -lt $right[2] -and $right[1].AddMilliseconds(3) -lt $left[2]) {
            Add-Fault $tally 'Wrong' "both hold disk $($left[0])"
        }
    }
}
foreach ($pair in @(, @($hosts[0], $hosts[1]) ; , @($hosts[1], $hosts[0]))) {
    foreach ($told in $pair[0].Told) {
        $held = $false
        foreach ($span in $pair[1].Perhaps) {
            if ($span[0] -eq $told[0] -and $span[1].AddMilliseconds(-3) -lt $told[2] -and
                $told[1].AddMilliseconds(-3) -lt $span[2]) { $held = $true }
        }
        if (-not $held) {
            Add-Fault $tally 'Wrong' "$($pair[0].Name) is told of a conflict on disk $($told[0]), which is free"
        }
    }
}
$text = [System.IO.File]::ReadAllText($file)
foreach ($number in 1..4) {
    $holder = @($hosts | Where-Object { $null -ne $_.Last[$number] } | ForEach-Object { $_.Name }) -join ' and '
    $stored = [regex]::Match($text, "`"unit $number`":\s*\{\s*`"reservedBy`":\s*`"([^`"]*)`"").Groups[1].Value
    if ($stored -cne $holder) {
        Add-Fault $tally 'Wrong' "disk $number is held by '$holder', the file says '$stored'"
    }
}
Complete-Row $tally "$conflicts conflicts, $($hosts[0].Held.Count + $hosts[1].Held.Count) times held; the file agrees"
Remove-Module StorageRelease

# --- the module's folder and its executable ------------------------------------------------------------------------

$copy = New-ModuleCopy $null
$folder = $copy.Folder
$inside = [System.IO.Path]::Combine('dist', 'linux-x64', 'storage-release')
[System.IO.File]::Copy($real, [System.IO.Path]::Combine($folder, $inside))

$tally = New-Tally 'executable missing, locked, not executable, cut off'
$program = [System.IO.Path]::Combine($folder, $inside)
function Open-Program {
    # For writing, as soon as the last of its threads has ended.
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        try { return [System.IO.File]::OpenWrite($program) }
        catch { if ($watch.ElapsedMilliseconds -gt 20000) { throw } }
        [System.Threading.Thread]::Sleep(20)
    }
}

$wrongs = @(
    , @('missing', 'ExecutableMissing', { [System.IO.File]::Move($program, "$program.away") }, { [System.IO.File]::Move("$program.away", $program) })
    , @('locked', 'WorkerStart', { $script:lock = Open-Program }, { $script:lock.Dispose() })
    , @('not executable', 'WorkerStart', { $null = Invoke-Shell "chmod a-x '$program'" }, { $null = Invoke-Shell "chmod a+x '$program'" })
    , @('a folder', 'ExecutableMissing', { [System.IO.File]::Move($program, "$program.away"); $null = [System.IO.Directory]::CreateDirectory($program) },
        { [System.IO.Directory]::Delete($program); [System.IO.File]::Move("$program.away", $program) })
    , @('empty', 'WorkerStart', { [System.IO.File]::Move($program, "$program.away"); $null = Invoke-Shell ": > '$program'; chmod +x '$program'" },
        { [System.IO.File]::Delete($program); [System.IO.File]::Move("$program.away", $program) })
    , @('cut off', 'WorkerStart', {
            [System.IO.File]::Move($program, "$program.away")
            $null = Invoke-Shell "head -c 100000 '$program.away' > '$program'; chmod +x '$program'"
        }, { [System.IO.File]::Delete($program); [System.IO.File]::Move("$program.away", $program) })
)
$file = New-TestBus 14
Use-Module $copy {
    foreach ($wrong in $wrongs) {
        $tally.Trials++
        & $wrong[2]
        $got = Invoke-Capture { Enter-StorageRehearsal $file }
        if ($null -eq $got.Thrown -or $got.Thrown.FullyQualifiedErrorId -cne "$($wrong[1]),Enter-StorageRehearsal") {
            Add-Fault $tally 'Wrong' "$($wrong[0]): $($got.Thrown.FullyQualifiedErrorId)"
        }
        & $wrong[3]
        # In order again, and with it the session.
        Enter-StorageRehearsal $file -WarningAction SilentlyContinue
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force }
        if ($got.Output.Count -ne 1 -or $got.Output[0].Outcome -cne 'Accepted') {
            Add-Fault $tally 'Lost' "$($wrong[0]): not in order again"
        }
        # It goes wrong while the worker runs: that one works on.
        if ($wrong[0] -cnotin 'locked') { & $wrong[2] }
        $got = Invoke-Capture { Invoke-StorageRelease -Number 2 -Force }
        if ($got.Output.Count -ne 1 -or $got.Output[0].Outcome -cne 'Accepted') {
            Add-Fault $tally 'Lost' "$($wrong[0]): the worker that runs"
        }
        if ($wrong[0] -cnotin 'locked') { & $wrong[3] }
        Exit-StorageRehearsal
    }
}
Complete-Row $tally ((@(foreach ($wrong in $wrongs) { $wrong[0] })) -join ', ')

$tally = New-Tally 'folders of every name, and a read-only one'
$umlauts = -join [char[]](0xE4, 0xF6, 0xFC, 0xDF, 0xC4, 0x30, 0x308)
$chinese = -join [char[]](0x65E5, 0x672C, 0x8A9E, 0x20, 0x78C1, 0x76D8)
$folders = 'two  words', "Bob's", 'a "quoted" one', '100% & more', '%PATH%', $umlauts, $chinese, ([char]::ConvertFromUtf32(0x1F4BE) + ' disk'),
    '$(exit 3)', '`whoami`', 'a;b|c', '#1', '-Force', '~', ' leading', 'trailing ', 'dot.', 'a=b,c', '(1)', '{0}', '!x^y', '\back', ('long' * 50)
$writable = 0
foreach ($name in $folders) {
    $tally.Trials++
    $now = [System.IO.Path]::Combine($Temp, 'x', $name)
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($Temp, 'x'))
    [System.IO.Directory]::Move($folder, $now)
    $folder = $now
    $locked = $false
    try {
        if ($tally.Trials % 4 -eq 0) {
            # Neither module nor executable writes there. Root is stopped by nothing but a mount.
            $quoted = "'" + $folder.Replace("'", "'\''") + "'"
            $locked = (Invoke-Shell "mount --bind $quoted $quoted && mount -o remount,bind,ro $quoted") -eq 0
            if ($locked) { $writable++ }
        }
        $bus = [System.IO.Path]::Combine($Temp, 'x', "$name.json")
        [System.IO.File]::Copy((New-TestBus 14), $bus, $true)
        Import-Module ([System.IO.Path]::Combine($folder, 'StorageRelease.psd1'))
        [System.IO.Directory]::SetCurrentDirectory([System.IO.Path]::Combine($Temp, 'x'))
        Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
        $got = Invoke-Capture { 1..12 | ForEach-Object { New-TestDisk $_ } | Invoke-StorageRelease -Force }
        Add-Answers $tally (1..12) @(foreach ($one in $got.Output) { $one.Number })
        if ((Get-ReleasedNumber $bus).Count -ne 12) { Add-Fault $tally 'Wrong' "$name`: the file" }
        Exit-StorageRehearsal
    }
    catch { Add-Fault $tally 'Wrong' "$name`: $_" }
    finally {
        if (Get-Module StorageRelease) { Remove-Module StorageRelease -Force }
        if ($locked) { $null = Invoke-Shell "umount -l $quoted" }
    }
}
[System.IO.Directory]::SetCurrentDirectory($Temp)
Assert-NoWorker $tally
$reached = "HOME and TMPDIR are $(ConvertTo-TestJson ([Environment]::GetEnvironmentVariable('HOME')))"
Complete-Row $tally "$writable of them mounted read-only; $reached"
Complete-Tests
