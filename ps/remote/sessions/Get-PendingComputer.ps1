function script:Get-PendingComputer {
    # For the progress of many computers: the computer without a response for longest, and when it will be given up.
    param([hashtable]$Fan)

    $first = $null
    foreach ($call in $Fan.Active) { if ($null -eq $first -or $call.Heard -lt $first.Heard) { $first = $call } }
    if ($null -eq $first) { return '' }
    return Format-Pending (Get-SessionName $first.Session) ($Fan.Silence - ($script:SessionClock.Elapsed.TotalMilliseconds - $first.Heard))
}
