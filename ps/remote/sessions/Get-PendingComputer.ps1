function script:Get-PendingComputer {
    # For the progress of many computers: the one that has said nothing for longest, and when it is given up if that goes on.
    param([hashtable]$Fan)

    $first = $null
    foreach ($call in $Fan.Active) { if ($null -eq $first -or $call.Heard -lt $first.Heard) { $first = $call } }
    if ($null -eq $first) { return '' }
    return Format-Pending (Get-SessionName $first.Session) ($Fan.Silence - ($script:SessionClock.Elapsed.TotalMilliseconds - $first.Heard))
}
