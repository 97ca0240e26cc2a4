# Before a disk that was found is cleared: whether it still is as it was found. What the object says is as old as the object,
# and anybody may have edited it; it is believed in which disk is meant, and which sessions reach the hosts that see it.

# Seconds between the readings of a search, as -WindowSec of the finder without its parameter.
$script:AgainWindowSec = 15

function script:Confirm-HolderAgain {
    # Now, what the hosts say of the disk, where it is what was found and no host that answers holds it, with Dead, the
    # sessions that do not answer, by InstanceId. Otherwise End, the end of this disk.
    param([hashtable]$Flow, [hashtable]$Target)

    $found = $Target.Holder
    $state = Get-PropertyText $found 'State'
    $next = $script:Messages.HolderChangedNext
    $holders = [System.Collections.ArrayList]::new()
    $sessions = [System.Collections.ArrayList]::new()
    # A session that broke is one with a host that does not answer; of one that was removed nobody knows.
    foreach ($id in @(Get-HolderClearSession $found 'HolderSession')) {
        $session = Get-HolderSession $id -Any
        if ($null -eq $session) {
            return New-AgainEnd $Flow $Target 'ConnectionError' ($script:Messages.HolderGone -f $Target.HolderName) $script:Messages.HolderGoneNext
        }
        $null = $holders.Add($session)
        if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
    }
    foreach ($id in @(Get-HolderClearSession $found 'SeenBySession')) {
        $session = Get-HolderSession $id
        if ($null -ne $session) {
            if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
        }
        # Each of these may be the one that has reserved it by now.
        elseif ($state -ceq 'HeldByUnlistedHost') {
            return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderWitnessGone $script:Messages.HolderGoneNext
        }
    }
    # What did not answer then may hold it, and answer now.
    foreach ($id in @(Get-HolderClearSession $found 'NotAskedSession')) {
        $session = Get-HolderSession $id -Any
        if ($null -eq $session) { return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderSilentGone $script:Messages.HolderGoneNext }
        if (-not $sessions.Contains($session)) { $null = $sessions.Add($session) }
    }
    if ($sessions.Count -eq 0) { return New-AgainEnd $Flow $Target 'ConnectionError' $script:Messages.HolderNoSender $script:Messages.HolderNoSenderNext }

    $again = Invoke-HolderAgain $Flow $Target $sessions.ToArray()
    if ($Flow.Run.Left) { return $again }
    if ($again.Lost) { return New-AgainEnd $Flow $Target 'ResourceUnavailable' ($script:Messages.SearchLost -f $again.Lost) $script:Messages.SearchLostNext }
    $now = $(if ($again.Rows.Count -eq 1) { $again.Rows[0] } else { $null })
    $held = @(if ($null -ne $now) { Get-HolderClearSession $now 'HolderSession' })
    # What was found to hold it, and answers anything, is alive; whether it does hold it, its answer may not tell.
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
    param([hashtable]$Flow, [hashtable]$Target, [hashtable]$News)

    $message = $script:Messages.HolderUnasked -f (Get-SessionName $News.Session), $News.Message
    return New-AgainEnd $Flow $Target 'ConnectionError' $message ($script:Messages.HolderUnaskedNext -f $News.NextStep)
}

function script:New-AgainEnd {
    param([hashtable]$Flow, [hashtable]$Target, [string]$Category, [string]$Message, [string]$NextStep)

    return @{ End = (New-HolderClearEnd $Flow $Target $Message $NextStep $Category) }
}

function script:Test-SameHolding {
    # Whether two objects of the finder say the same of who holds a disk, and how.
    param([object]$Found, [object]$Now)

    # Of serial numbers a host writes the one that answered first, as it has it.
    $serials = @(foreach ($one in $Found, $Now) { $text = Get-PropertyText $one 'SerialNumber'; if ($text) { $text.Trim() } })
    if ($serials.Length -eq 2 -and $serials[0] -ne $serials[1]) { return $false }
    foreach ($name in 'Bus', 'HolderKey', 'Type', 'Generation') {
        if ([string](Get-PropertyValue $Found $name) -cne [string](Get-PropertyValue $Now $name)) { return $false }
    }
    # PRgeneration does not move with RELEASE and RESERVE: of two hosts that have one key, the other may hold it by now.
    return (Get-HoldingText $Found) -ceq (Get-HoldingText $Now)
}

function script:Get-HoldingText {
    # Who has registered and who of these holds, in one order; not which host that is, as a host that died has no name any
    # more. Empty where the disk did not tell.
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
    # A search for the holder of one disk, among these sessions: Rows, what it gave; Failed, the sessions that did not answer
    # it, each with its event, and Dead, those of them that did not answer anything; Lost, why the search ended early.
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
    # Hosts that are slow now were slow when the disk was found.
    $window = $script:AgainWindowSec
    $was = Get-PropertyValue $Target.Holder 'WindowMs'
    if ($was -is [double]) { $window = [int][System.Math]::Min(3600, [System.Math]::Max($window, [System.Math]::Ceiling($was / 500))) }
    $search = New-HolderSearch -Cmdlet $Flow.Cmdlet -Computers $Sessions -Wanted @{ UniqueId = @($Target.UniqueId) } -Parameters $parameters `
        -TimeoutSec $command.TimeoutSec -ThrottleLimit $command.ThrottleLimit -WindowSec $window -Bus $script:Bus
    try {
        while (-not $search.Done -and -not $run.Left) {
            foreach ($news in @(Step-HolderSearch $search 20)) {
                if ($news.Kind -ceq 'holder') { $null = $again.Rows.Add($news.Payload) }
                elseif ($news.Kind -ceq 'lost') { $again.Lost = $news.Payload }
                elseif ($news.Kind -ceq 'failed') {
                    $again.Failed[[string]$news.Session.InstanceId] = $news
                    # What breaks or is silent may be dead; all else is an answer.
                    if ('Down', 'Broken', 'TimedOut' -ccontains $news.Reason) { $again.Dead[[string]$news.Session.InstanceId] = $news.Session }
                }
                else { Send-Downstream $run ${function:Write-HolderEvent} $Flow, $news }
                if ($run.Left) { break }
            }
        }
    }
    finally { Stop-HolderSearch $search }
    return $again
}
