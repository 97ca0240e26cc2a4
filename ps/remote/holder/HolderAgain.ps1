# Checks, before a disk that was found is cleared, that its reservation is still the same. The object may be old, or edited by
# anybody; only the disk's identity, and the sessions of the hosts that see it, are taken from it.

# Seconds: the default of the finder's -WindowSec.
$script:AgainWindowSec = 15

function script:Confirm-HolderAgain {
    # If the reservation is the one that was found, and no host that answers holds it: Now, the finder's new object, and Dead, the
    # sessions that do not answer, by InstanceId. Otherwise End, the end of this disk.
    param([hashtable]$Flow, [hashtable]$Target)

    $found = $Target.Holder
    $state = Get-PropertyText $found 'State'
    $next = $script:Messages.HolderChangedNext
    $holders = [System.Collections.ArrayList]::new()
    $sessions = [System.Collections.ArrayList]::new()
    # A session that broke is one with a host that does not answer; of one that was removed nobody knows.
    foreach ($id in @(Get-HolderClearSession $found 'HolderSession')) {
        $session = Get-KnownSession $id -Any
        if ($null -eq $session) {
            return New-AgainEnd $Flow $Target 'ConnectionError' ($script:Messages.HolderGone -f $Target.HolderName) $script:Messages.HolderGoneNext
        }
        $null = $holders.Add($session)
        if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
    }
    foreach ($id in @(Get-HolderClearSession $found 'SeenBySession')) {
        $session = Get-KnownSession $id
        if ($null -ne $session) {
            if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
        }
        # Each of these hosts may have reserved the disk by now.
        elseif ($state -ceq 'HeldByUnlistedHost') {
            return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderWitnessGone $script:Messages.HolderGoneNext
        }
    }
    # What did not answer then may hold it, and answer now.
    foreach ($id in @(Get-HolderClearSession $found 'NotAskedSession')) {
        $session = Get-KnownSession $id -Any
        if ($null -eq $session) { return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderSilentGone $script:Messages.HolderGoneNext }
        if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
    }
    if ($sessions.Count -eq 0) { return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderNoSender $script:Messages.HolderNoSenderNext }

    $again = Invoke-HolderAgain $Flow $Target $sessions.ToArray()
    if ($Flow.Run.Left) { return $again }
    if ($again.Lost) { return New-AgainEnd $Flow $Target 'ResourceUnavailable' ($script:Messages.SearchLost -f $again.Lost) $script:Messages.SearchLostNext }
    $now = $(if ($again.Rows.Count -eq 1) { $again.Rows[0] } else { $null })
    $held = @(if ($null -ne $now) { Get-HolderClearSession $now 'HolderSession' })
    # A host that was found to hold the disk and answers anything is alive, even if its answer does not tell whether it holds it.
    foreach ($session in $holders.ToArray()) {
        $id = [string]$session.InstanceId
        if ($again.Dead.ContainsKey($id)) { continue }
        if ($again.Failed.ContainsKey($id)) { return New-AgainUnasked $Flow $Target $again.Failed[$id] }
        if ($held -cnotcontains $id) { return New-AgainEnd $Flow $Target 'InvalidOperation' $script:Messages.HolderClearChanged $next }
        $step = [string](Get-PropertyText $found 'NextStep')
        return New-AgainEnd $Flow $Target 'InvalidOperation' ($script:Messages.HolderAlive -f (Get-SessionName $session)) $step
    }
    if ($null -eq $now) { return New-AgainEnd $Flow $Target 'InvalidOperation' $script:Messages.HolderClearChanged $next }
    if ($held.Length -gt 0) {
        $message = $script:Messages.HolderAlive -f (Format-SafeText $now.Holder)
        return New-AgainEnd $Flow $Target 'InvalidOperation' ($script:Messages.HolderSince -f $message) $next
    }
    # It holds it, where nobody else that answers does, for all that is known.
    foreach ($id in @($again.Failed.Keys)) {
        if (-not $again.Dead.ContainsKey($id) -and ($null -ne $now.Type -or $now.State -cne 'Persistent')) { return New-AgainUnasked $Flow $Target $again.Failed[$id] }
    }
    if ($now.State -cne $state) { return New-AgainEnd $Flow $Target 'InvalidOperation' ($script:Messages.HolderClearNow -f $now.State, $now.Message) $next }
    if (-not (Test-SameHolding $found $now)) { return New-AgainEnd $Flow $Target 'InvalidOperation' $script:Messages.HolderClearChanged $next }
    $again.Now = $now
    return $again
}

function script:New-AgainUnasked {
    # A host that is there, and could not be asked.
    param([hashtable]$Flow, [hashtable]$Target, [hashtable]$Answer)

    $message = $script:Messages.HolderUnasked -f (Get-SessionName $Answer.Session), $Answer.Message
    return New-AgainEnd $Flow $Target 'ConnectionError' $message ($script:Messages.HolderUnaskedNext -f $Answer.NextStep)
}

function script:New-AgainEnd {
    param([hashtable]$Flow, [hashtable]$Target, [string]$Category, [string]$Message, [string]$NextStep)

    return @{ End = (New-HolderClearEnd $Flow $Target $Message $NextStep $Category) }
}

function script:Test-SameHolding {
    # Whether two objects of the finder have the same holder and the same kind of reservation.
    param([object]$Found, [object]$Now)

    # The serial number is that of the host which answered first, in its spelling.
    $serials = @(foreach ($one in $Found, $Now) { $text = Get-PropertyText $one 'SerialNumber'; if ($text) { $text.Trim() } })
    if ($serials.Length -eq 2 -and $serials[0] -ne $serials[1]) { return $false }
    foreach ($name in 'Bus', 'HolderKey', 'Type', 'Generation') {
        if ([string](Get-PropertyValue $Found $name) -cne [string](Get-PropertyValue $Now $name)) { return $false }
    }
    # RELEASE and RESERVE do not change PRgeneration: if two hosts have the same key, the other one may hold the disk by now.
    return (Get-HoldingText $Found) -ceq (Get-HoldingText $Now)
}

function script:Get-HoldingText {
    # The registrants and which of them hold, in a fixed order; without the names of hosts, because a dead host has none any more.
    # Empty where the disk did not tell.
    param([object]$Said)

    $text = [string](Get-PropertyText $Said 'Registrants')
    if (-not $text) { return '' }
    $lines = @(foreach ($line in $text.Split("`n")) {
            $match = [regex]::Match($line, '\A(0x[0-9A-F]{16} .+?)(?: \(((?:[^()]|\([^()]*\))*)\))?\z')
            if (-not $match.Success) { $line }
            else { $match.Groups[1].Value + $(if ($match.Groups[2].Value -cmatch '\Aholder(?:,|\z)') { ' holder' } else { '' }) }
        })
    [System.Array]::Sort($lines, [System.StringComparer]::Ordinal)
    return $lines -join "`n"
}

function script:Invoke-HolderAgain {
    # Searches the holder of one disk among these sessions. Rows: the results; Failed: the sessions without an answer about the
    # disk, each with its event; Dead: those of them without any answer; Lost: why the search ended early.
    param([hashtable]$Flow, [hashtable]$Target, [System.Management.Automation.Runspaces.PSSession[]]$Sessions)

    $run = $Flow.Run
    $command = $Flow.Command
    $again = @{ Rows = [System.Collections.ArrayList]::new(); Failed = @{}; Dead = @{}; Lost = $null; Now = $null }
    $failure = Connect-Worker $Flow.Cmdlet -AnyBus
    if ($null -ne $failure) {
        $again.Lost = $failure.Exception.Message
        return $again
    }
    $parameters = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'Continue'; TimeoutSec = $command.TimeoutSec; ThrottleLimit = $command.ThrottleLimit }
    if ($Flow.Verbose) { $parameters['Verbose'] = $true }
    # Hosts that are slow now were probably slow when the disk was found: their window is used.
    $window = $script:AgainWindowSec
    $was = Get-PropertyValue $Target.Holder 'WindowMs'
    if ($was -is [double]) { $window = [int][System.Math]::Min(3600, [System.Math]::Max($window, [System.Math]::Ceiling($was / 500))) }
    $search = New-HolderSearch -Cmdlet $Flow.Cmdlet -Computers $Sessions -Wanted @{ UniqueId = @($Target.UniqueId) } -Parameters $parameters `
        -TimeoutSec $command.TimeoutSec -ThrottleLimit $command.ThrottleLimit -WindowSec $window -Bus $script:Bus
    try {
        while (-not $search.Done -and -not $run.Left) {
            foreach ($answer in @(Step-HolderSearch $search 20)) {
                if ($answer.Kind -ceq 'holder') { $null = $again.Rows.Add($answer.Payload) }
                elseif ($answer.Kind -ceq 'lost') { $again.Lost = $answer.Payload }
                elseif ($answer.Kind -ceq 'failed') {
                    $again.Failed[[string]$answer.Session.InstanceId] = $answer
                    # A session that breaks or is silent may be dead; everything else is an answer.
                    if ('Down', 'Broken', 'TimedOut' -ccontains $answer.Reason) { $again.Dead[[string]$answer.Session.InstanceId] = $answer.Session }
                }
                else { Send-Downstream $run ${function:Write-HolderEvent} $Flow, $answer }
                if ($run.Left) { break }
            }
        }
    }
    finally { Stop-HolderSearch $search }
    return $again
}
