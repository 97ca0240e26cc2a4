# Checks of the executable at work, and of the disks that it finds. Each takes the place (Get-CheckPlace) and gives a row.

function script:Test-WorkerStart {
    param([hashtable]$Place)

    $failure = Connect-Worker $Place.Cmdlet -AnyBus
    if ($null -ne $failure) { return New-Check Worker Failed $failure.Exception.Message $failure.ErrorDetails.RecommendedAction }
    $worker = $script:Worker
    if ($worker.ReadyAfter -gt $Place.SlowStart) {
        $seen = $script:CheckMessages.WorkerSlow -f $worker.Hello.Version, $worker.Hello.Build, $worker.ReadyAfter
        return New-Check Worker Warning $seen $script:CheckMessages.WorkerSlowNext
    }
    return New-Check Worker Passed ($script:CheckMessages.Worker -f $worker.Hello.Version, $worker.Hello.Build, $worker.ReadyAfter)
}

function script:Read-DeviceList {
    # The worker's list: Rows, or its Error. Requested once for all checks, with its own deadline.
    param([hashtable]$Place)

    $failure = Connect-Worker $Place.Cmdlet -AnyBus
    if ($null -ne $failure) { return @{ Rows = @(); Error = $failure.Exception.Message } }
    $listing = New-Errand $script:Worker $Place.Cmdlet 0 10000
    $null = Send-WorkerRequest $listing 'list' '&brief=1&timeout=10' $null
    $rows = [System.Collections.ArrayList]::new()
    while ($true) {
        while ($listing.Replies.Count -gt 0) {
            $reply = $listing.Replies.Dequeue()
            if ($reply.Kind -ceq 'disks') { foreach ($row in $reply.Payload.Split("`n")) { $null = $rows.Add($row.Split("`t")) } }
            elseif ($reply.Kind -ceq 'done') { return @{ Rows = $rows.ToArray(); Error = $null } }
            elseif ($reply.Kind -cne 'warning') { return @{ Rows = @(); Error = (Get-LostAnswer $reply).Message } }
        }
        Receive-WorkerReply $listing.Worker 100
    }
}

function script:Get-DeviceList {
    param([hashtable]$Place)

    if ($null -eq $Place.List) { $Place.List = & $Place.Listing $Place }
    return $Place.List
}

function script:Test-Koffi {
    # The addon through which the executable calls Windows. A rehearsal works without it.
    param([hashtable]$Place)

    if (-not $Place.OnWindows -or $null -ne $script:Rehearsal) { return New-Check Koffi Skipped $script:CheckMessages.NotHere }
    $list = Get-DeviceList $Place
    if ($null -ne $list.Error -and $list.Error -match 'native addon') { return New-Check Koffi Failed $list.Error $script:CheckMessages.Install }
    return New-Check Koffi Passed $script:CheckMessages.Koffi
}

function script:Test-StorageStack {
    param([hashtable]$Place)

    $rehearsed = $null -ne $script:Rehearsal
    if (-not $Place.OnWindows -and -not $rehearsed) { return New-Check StorageStack Skipped $script:CheckMessages.StackNone }
    $list = Get-DeviceList $Place
    if ($null -ne $list.Error) { return New-Check StorageStack Failed $list.Error $script:CheckMessages.StackNext }
    $text = $(if ($rehearsed) { $script:CheckMessages.StackRehearsal } else { $script:CheckMessages.Stack })
    return New-Check StorageStack Passed ($text -f $list.Rows.Length)
}

function script:Get-DiskRow {
    # Only disks: tapes, changers and CD-ROM drives are listed by their paths.
    param([hashtable]$Place)

    foreach ($row in (Get-DeviceList $Place).Rows) { if ($row.Length -eq $script:ListWidth -and $row[1] -notmatch '(?i)\\(?:tape|changer|cdrom)') { , $row } }
}

function script:Get-RowName {
    param([string[]]$Row)

    if ($Row[0] -ne '') { return $Row[0] }
    return $Row[1]
}

function script:Test-DiskAnswer {
    param([hashtable]$Place)

    $disks = @(Get-DiskRow $Place)
    if ($disks.Length -eq 0) { return New-Check Disks Warning $script:CheckMessages.DisksNone $script:CheckMessages.DisksNoneNext }
    $silent = @(foreach ($disk in $disks) { if ($disk[2] -eq '' -and $disk[3] -eq '' -and $disk[4] -eq '') { Get-RowName $disk } })
    if ($silent.Length -gt 0) {
        return New-Check Disks Warning ($script:CheckMessages.DisksSilent -f $silent.Length, $disks.Length, ($silent -join ', ')) $script:CheckMessages.DisksSilentNext
    }
    return New-Check Disks Passed ($script:CheckMessages.Disks -f $disks.Length)
}

function script:Test-Duplicate {
    # By their numbers: the identity that they share must not be in a report.
    param([hashtable]$Place)

    $groups = [ordered]@{}
    foreach ($disk in @(Get-DiskRow $Place)) {
        foreach ($column in 3, 4) {
            $text = $disk[$column]
            if ($text -eq '' -or (Test-Placeholder $text)) { continue }
            $key = "$column $($text.ToUpperInvariant())"
            if (-not $groups.Contains($key)) { $groups[$key] = [System.Collections.ArrayList]::new() }
            $null = $groups[$key].Add((Get-RowName $disk))
        }
    }
    $said = [System.Collections.ArrayList]::new()
    foreach ($group in $groups.Values) {
        $text = $group.ToArray() -join ' and '
        if ($group.Count -gt 1 -and -not $said.Contains($text)) { $null = $said.Add($text) }
    }
    if ($said.Count -eq 0) { return New-Check Duplicates Passed $script:CheckMessages.DuplicatesNone }
    return New-Check Duplicates Warning ($script:CheckMessages.Duplicates -f ($said.ToArray() -join '; ')) $script:CheckMessages.DuplicatesNext
}
