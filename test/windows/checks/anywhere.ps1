# Rows that need no Windows and no real disk. The same code runs on every system.

Add-Check 'rehearsal' {
    Use-Rehearsal (New-Bus) {
        $disks = @(Get-StorageRehearsalDisk)
        $results = @($disks | Invoke-StorageRelease -Force -TimeoutSec 3 -ErrorAction SilentlyContinue)
        Assert-That ($results.Count -eq $disks.Count) "$($disks.Count) disks gave $($results.Count) results"
        Assert-That (@($results | Where-Object { $_.Bus -ne 'Rehearsal' }).Count -eq 0) 'a result is not of the simulated bus'
        $outcomes = @($results | Group-Object Outcome | Sort-Object Name | ForEach-Object { '{0} {1}' -f $_.Count, $_.Name })
        Add-Seen ($outcomes -join ', ')
        Assert-That ($outcomes.Count -ge 8) 'fewer outcomes than the example has'
    }
}

Add-Check 'clixml' {
    $bus = New-Bus
    $ended = Invoke-Program (Get-Exe) "list --rehearsal `"$bus`" --output json"
    Assert-That ($ended.Code -eq 0) "list --output json ended with $($ended.Code): $($ended.Errors)"
    $json = @(($ended.Output | ConvertFrom-Json).disks)
    $exe = Get-Exe
    $objects = @(& $exe list --rehearsal $bus --output clixml)
    Assert-That ($json.Count -gt 10 -and $objects.Count -eq $json.Count) `
        "JSON has $($json.Count) disks, and this shell read $($objects.Count) from CLIXML"
    for ($i = 0; $i -lt $json.Count; $i++) {
        Assert-That ($objects[$i].UniqueId -ceq $json[$i].UniqueId -and $objects[$i].DevicePath -ceq $json[$i].DevicePath) `
            "disk $i differs"
    }
    Add-Seen "$($objects.Count) disks"
}

Add-Check 'no-terminal' {
    $ended = Invoke-Program (Get-Exe) ('release 1 --rehearsal "{0}" --output json' -f (New-Bus)) -TimeoutSec 60
    Assert-That ($ended.Code -eq 3) "the exit code was $($ended.Code)"
    Assert-That ($ended.Ms -lt 20000) "it took $($ended.Ms) ms"
    Add-Seen "$($ended.Ms) ms"
}

function New-ManyBus {
    # Forty disks that answer at once.
    $file = [System.IO.Path]::Combine((New-Folder 'bus'), 'bus.json')
    $units = @(for ($i = 0; $i -lt 40; $i++) { '{{ "name": "u{0}", "serial": "S{0:0000}", "naa": "600508b4{0:x8}ffffffff{0:x8}" }}' -f $i })
    $disks = @(for ($i = 0; $i -lt 40; $i++) { '{{ "number": {0}, "unit": "u{0}" }}' -f $i })
    [System.IO.File]::WriteAllText($file, ('{{ "version": 1, "thisHost": "here", "logicalUnits": [{0}], "hosts": {{ "here": {{ "disks": [{1}] }} }} }}' -f
            ($units -join ', '), ($disks -join ', ')))
    return $file
}

Add-Check 'stopped-pipelines' {
    Use-Rehearsal (New-ManyBus) {
        $disks = @(Get-StorageRehearsalDisk)
        Assert-That ($disks.Count -eq 40) "the bus has $($disks.Count) disks"
        foreach ($take in 1, 2, 3, 5, 8, 13, 21, 34, 39, 40) {
            $some = @($disks | Invoke-StorageRelease -Force -WarningAction SilentlyContinue | Select-Object -First $take)
            Assert-That (@($some | Sort-Object Number -Unique).Count -eq $take) "of $take disks one is lost or doubled"
            # What was under way when the pipeline ended must not come out of the next one.
            $all = @($disks | Invoke-StorageRelease -Force -WarningAction SilentlyContinue)
            Assert-That ($all.Count -eq 40 -and @($all | Sort-Object Number -Unique).Count -eq 40) `
                "$($all.Count) results of 40 disks after a pipeline that was stopped"
        }
        Add-Seen '10 pipelines stopped, 10 whole'
    }
}

Add-Check 'flat' {
    Use-Rehearsal (New-ManyBus) {
        $null = Get-StorageRehearsalDisk | Invoke-StorageRelease -Force
        $worker = & (Get-Module StorageRelease) { $script:Worker.Process }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $readings = New-Object System.Collections.Generic.List[object]
        $count = 0
        $next = 0
        while ($watch.Elapsed.TotalMinutes -lt $script:Machine.Minutes) {
            $count += @(Get-StorageRehearsalDisk | Invoke-StorageRelease -Force).Count
            if ($watch.Elapsed.TotalSeconds -lt $next) { continue }
            # Ten readings a minute, and never fewer than ten nor more than a thousand.
            $next = $watch.Elapsed.TotalSeconds + [math]::Max([math]::Min(6, $script:Machine.Minutes * 6), $script:Machine.Minutes * 0.06)
            $worker.Refresh()
            $readings.Add(@{ Handles = $worker.HandleCount; Threads = $worker.Threads.Count; Mb = $worker.WorkingSet64 / 1MB })
        }
        if ($readings.Count -lt 3) { Stop-Check 'too short for three readings (-Minutes)' }
        # The first third warms up; the last third is compared with the middle one.
        $third = [int][math]::Floor($readings.Count / 3)
        foreach ($what in 'Handles', 'Threads', 'Mb') {
            $middle = ($readings.GetRange($third, $third) | ForEach-Object { $_[$what] } | Measure-Object -Maximum).Maximum
            $last = ($readings.GetRange($readings.Count - $third, $third) | ForEach-Object { $_[$what] } | Measure-Object -Maximum).Maximum
            $text = '{0}: at most {1:0} in the middle third, {2:0} in the last' -f $what, $middle, $last
            Add-Seen $text
            Assert-That ($last -le $middle * 1.25 + 10) $text
        }
        Add-Seen ('{0} releases in {1:0.0} minutes' -f $count, $watch.Elapsed.TotalMinutes)
    }
}

Add-Check 'rehearsal-link' {
    $bus = New-Bus
    $folder = New-Folder 'link'
    $link = [System.IO.Path]::Combine($folder, 'link.json')
    Invoke-Preparation 'a symbolic link cannot be made' { $null = New-Item -ItemType SymbolicLink -Path $link -Target $bus }
    Use-Rehearsal $link { $null = Invoke-StorageRelease -Number 1 -Force }
    Assert-That ((Get-Item $link).LinkType -eq 'SymbolicLink') 'the link is no link any more'
    Assert-That ([System.IO.File]::ReadAllText($bus).Contains('"state"')) 'the file that the link leads to was not written'
    Assert-That (@([System.IO.Directory]::GetFileSystemEntries($folder)).Count -eq 1) 'something is left beside the link'
}
