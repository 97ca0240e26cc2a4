function script:Get-PendingDisk {
    # For a pipeline's progress: the disk that it has waited for longest, and until when at the latest. Empty where
    # nothing has begun. See Test-WorkerDeadline for how a request's time is counted.
    param([hashtable]$Run)

    $worker = $Run['Worker']
    if ($null -eq $worker) { return '' }
    $first = $null
    foreach ($id in @($worker['Open'].Keys)) {
        $entry = $worker['Open'][$id]
        if ($null -eq $entry -or $entry['Since'] -lt 0 -or $entry['Run']['Number'] -ne $Run['Number']) { continue }
        if ($null -eq $first -or $id -lt $first) { $first = $id }
    }
    if ($null -eq $first) { return '' }
    $entry = $worker['Open'][$first]
    if ($null -eq $entry -or $null -eq $entry['Target']) { return '' }
    $name = Get-DiskName (New-LocalResult $entry['Target'] '' '' '' $Run['Rehearsal']) -Short
    return Format-Pending $name ($Run['Limit'] - ($worker['Waited'] - $entry['Since']))
}

function script:Format-Pending {
    param([string]$Name, [double]$Milliseconds)

    if (-not $Name) { return '' }
    $until = [System.DateTime]::Now.AddMilliseconds([System.Math]::Max(0, $Milliseconds))
    return $script:Messages['ProgressPending'] -f $Name, $until.ToString('HH:mm:ss', [System.Globalization.CultureInfo]::InvariantCulture)
}
