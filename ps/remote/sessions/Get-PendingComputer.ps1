function script:Get-PendingComputer {
    # For the progress of many computers: the computer that has been silent for longest, and the time until it times out.
    param([hashtable]$FanOut)

    $first = $null
    foreach ($call in $FanOut.Active) { if ($null -eq $first -or $call.Heard -lt $first.Heard) { $first = $call } }
    if ($null -eq $first) { return '' }
    return Format-Pending (Get-SessionName $first.Session) ($FanOut.Silence - ($script:SessionClock.Elapsed.TotalMilliseconds - $first.Heard))
}
