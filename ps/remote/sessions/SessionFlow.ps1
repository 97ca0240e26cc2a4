# The counterpart of DiskFlow.ps1 for disks of other computers: the commands call these functions when -Session is given.
# Questions are asked here, once; the other computer is called with -Force, and its guards apply as for a user there. See
# SessionRun.ps1, and SessionDisk.ps1 for which computer gets which disk.

# Seconds that a computer may take beyond a disk's own deadline, to load the module and to start its executable.
$script:SessionMargin = 15

function script:New-SessionFlow {
    # `begin`; see New-CommandFlow.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Command)

    $flow = New-CommandFlow $Cmdlet $Command
    while ($script:SessionLate.Count -gt 0) { $Cmdlet.WriteWarning($script:SessionLate.Dequeue()) }
    $flow.Run = New-SessionWork $Command.Session
    $flow.Run.Unlisted = [bool]$Command.Registrants
    $flow.Run.Changes = [bool]$Command.Changes
    # The calls that are under way, and whether they are plans, which come before the question.
    $flow.Calls = @()
    $flow.Planning = $false
    return $flow
}

function script:Step-SessionFlow {
    # `process`.
    param([hashtable]$Flow)

    $work = $Flow.Run
    $work.Begun = $true
    $set = $Flow.Cmdlet.ParameterSetName
    # The parameter sets are named after their parameter; `All` has none.
    $given = $(if ($set -ceq 'All') { @() } else { $Flow.Cmdlet.MyInvocation.BoundParameters[$set] })
    if ($null -eq $given -and $set -cne 'All') { $given = @($null) }
    foreach ($one in $given) {
        $target = Resolve-SessionDisk $one $set $work $Flow.Cmdlet
        if (-not $target.Refused -and $target.To.Length -gt 1 -and $Flow.Command['OneHost']) { Set-OneHostRefusal $target $Flow.Command $target.To.Length }
        if ($target.Refused) { Write-SessionRefusal $Flow $target } else { $null = $work.Disks.Add($target) }
        if ($work.Left) { break }
    }
    Resume-CallerLoop $work
}

function script:Complete-SessionFlow {
    # `end`.
    param([hashtable]$Flow)

    $work = $Flow.Run
    # An empty pipeline does not mean all disks.
    if (-not $work.Begun) { return }
    if ($Flow.Command['OneHost']) { Limit-SessionDisk $Flow }
    if ($work.Left) { Resume-CallerLoop $work }
    $set = $Flow.Cmdlet.ParameterSetName
    $common = Get-SessionParameter $Flow.Cmdlet.MyInvocation.BoundParameters $Flow
    $Flow.Calls = @(Get-SessionCall $work $set $common)
    if ($null -ne $script:Rehearsal -and $work.Changes) { Limit-SessionRehearsal $Flow }
    if (-not $work.Left -and $Flow.Ask) {
        # The question shows the disk as each computer sees it; the request is sent to that device only.
        $Flow.Planning = $true
        foreach ($call in $Flow.Calls) { $call.Parameters['AsPlan'] = $true }
        Invoke-SessionCall $Flow
        $Flow.Planning = $false
        if (-not $work.Left) { Confirm-SessionPlan $Flow }
        if (-not $work.Left) { $Flow.Calls = @(Get-ConfirmedCall $work $set $common) }
    }
    if (-not $work.Left) { Invoke-SessionCall $Flow }
    Resume-CallerLoop $work
}

function script:Write-SessionRefusal {
    # The result of a disk that goes nowhere; of a dry run, why.
    param([hashtable]$Flow, [hashtable]$Target)

    Set-RefusalCommand $Flow $Target
    if ($Flow.DryRun) {
        Write-WhatIf $Flow $Target.Message
        return
    }
    $result = & $Flow.Command.Local $Target 'Refused' $Target.Message $Target.NextStep $script:Rehearsal $Flow.Command
    Send-Downstream $Flow.Run ${function:Write-SessionEvent} $Flow, @{ Kind = 'own'; Payload = $result; Category = $Target.Category }
}

function script:Limit-SessionDisk {
    # Refuses what several objects give to several computers: the rows of one LUN, which each of its hosts has told.
    param([hashtable]$Flow)

    $work = $Flow.Run
    $computers = @{}
    foreach ($target in $work.Disks) {
        $key = Get-IdentityKey $target
        if (-not $key) { continue }
        if (-not $computers.ContainsKey($key)) { $computers[$key] = @{} }
        foreach ($index in $target.To) { $computers[$key][$index] = $true }
    }
    foreach ($target in $work.Disks.ToArray()) {
        $key = Get-IdentityKey $target
        if (-not $key -or $computers[$key].Count -lt 2) { continue }
        $work.Disks.Remove($target)
        Set-OneHostRefusal $target $Flow.Command $computers[$key].Count
        Write-SessionRefusal $Flow $target
        if ($work.Left) { return }
    }
}

function script:Limit-SessionRehearsal {
    # A session that rehearses changes no real disk: sends nothing to a computer that does not say that it rehearses, too.
    param([hashtable]$Flow)

    $work = $Flow.Run
    $calls = $Flow.Calls
    $fits = @{}
    $fanOut = New-SessionRun $Flow.Cmdlet $script:NameQuestion.Command @(foreach ($call in $calls) { @{ Session = $call.Session; Parameters = $script:NameQuestion.Parameters } }) $script:SessionMargin $Flow.Command.ThrottleLimit
    try {
        while ($fanOut.Open -gt 0) {
            foreach ($one in @(Receive-SessionRun $fanOut 100)) {
                if ($one.Kind -ceq 'object') { $fits[$one.Call] = (Get-PropertyText $one.Payload 'Bus') -ceq 'Rehearsal' }
                elseif ($one.Kind -ceq 'failed') {
                    $fits[$one.Call] = $false
                    $work.Answers.Enqueue($one)
                }
                elseif ($one.Kind -ceq 'done' -and -not $fits[$one.Call]) {
                    $fits[$one.Call] = $false
                    $about = $script:Messages.SessionReal -f (Get-SessionName $one.Session)
                    $work.Answers.Enqueue(@{ Kind = 'failed'; Session = $one.Session; Call = $one.Call; Reason = 'Real'; Message = $about; NextStep = $script:Messages.SessionRealNext; Record = $null })
                }
            }
        }
    }
    finally { Stop-SessionRun $fanOut }
    while ($work.Answers.Count -gt 0 -and -not $work.Left) { Send-Downstream $work ${function:Write-SessionEvent} $Flow, $work.Answers.Dequeue() }
    $Flow.Calls = @(for ($i = 0; $i -lt $calls.Length; $i++) { if ($fits[$i]) { $calls[$i] } })
}

function script:Get-IdentityKey {
    # The same text for one LUN, whichever host reported it. A UniqueId is enough: not each host reports the serial number,
    # and two LUNs with one identifier are no reason to send both.
    param([hashtable]$Target)

    if (Test-UniqueId $Target.UniqueId) { return 'UniqueId ' + $Target.UniqueId.Trim().ToUpperInvariant() }
    if (Test-Identified $Target) { return 'SerialNumber ' + $Target.Serial.Trim().ToUpperInvariant() }
    return ''
}

function script:Invoke-SessionCall {
    # Makes all calls and forwards their events.
    param([hashtable]$Flow)

    $work = $Flow.Run
    $command = $Flow.Command
    $cmdlet = $Flow.Cmdlet
    $calls = $Flow.Calls
    $work.Ended = 0
    $fanOut = New-SessionRun -Cmdlet $cmdlet -Command $cmdlet.MyInvocation.MyCommand.Name -Calls $calls `
        -TimeoutSec ($command.TimeoutSec + $command.RetrySec + $script:SessionMargin) -ThrottleLimit $command.ThrottleLimit
    try {
        while ($fanOut.Open -gt 0 -and -not $work.Left) {
            foreach ($one in @(Receive-SessionRun $fanOut 100)) { $work.Answers.Enqueue($one) }
            while ($work.Answers.Count -gt 0 -and -not $work.Left) {
                Send-Downstream $work ${function:Write-SessionEvent} $Flow, $work.Answers.Dequeue()
            }
            if ($Flow.ShowProgress -and (Test-ProgressDue $work)) {
                $status = ($script:Messages.ProgressComputers -f $work.Ended, $calls.Length) + (Get-PendingComputer $fanOut)
                Write-FlowProgress $cmdlet $command.Activity $status ($work.Ended / $calls.Length)
            }
        }
    }
    finally {
        if ($command.Changes -and -not $Flow.DryRun -and -not $Flow.Planning -and ($fanOut.Open -gt 0 -or $work.Answers.Count -gt 0)) { Save-SessionAnswer $fanOut $work.Answers }
        Stop-SessionRun $fanOut
        Complete-FlowProgress $cmdlet $command.Activity $work
    }
}

function script:Write-SessionEvent {
    # Forwards one event of a computer. Must not contain a loop or a switch: see Send-Downstream.
    param([hashtable]$Flow, [hashtable]$Answer)

    $work = $Flow.Run
    $cmdlet = $Flow.Cmdlet
    if ($Answer.Kind -ceq 'own') { Write-Result $cmdlet (Add-SessionView $Answer.Payload) $Answer.Category $work }
    elseif ($Answer.Kind -ceq 'verbose') { $cmdlet.WriteVerbose((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
    elseif ($Answer.Kind -ceq 'warning') { $cmdlet.WriteWarning((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
    elseif ($Answer.Kind -ceq 'error') { Write-DiskError $cmdlet (ConvertFrom-SessionError $Answer) }
    elseif ($Answer.Kind -ceq 'object') {
        $object = ConvertFrom-SessionObject $Answer
        if ($null -eq $object) { return }
        if ($Flow.Planning) {
            $category = Add-SessionPlan $work $object $Flow.Calls[$Answer.Call]
            if ($null -ne $category) { Write-Result $cmdlet (Add-SessionView $object) $category $work }
        }
        elseif ($Flow.DryRun) { Write-WhatIf $Flow (Get-SessionPlan $object $Answer $Flow.Command) }
        else {
            Add-SessionRow $Flow.Calls[$Answer.Call] $object
            $object = Add-SessionView $object
            if ($work.Narrow) { Add-NarrowView $object }
            $object
            if ($Flow.Command.Verb -ceq 'status' -and -not $work.Unlisted) {
                $double = Get-SessionDouble $work $object
                if ($double) { $cmdlet.WriteWarning($double) }
            }
        }
    }
    else {
        $work.Ended += 1
        if ($Answer.Kind -ceq 'failed') {
            if ($Flow.DryRun) { $cmdlet.WriteWarning($Answer.Message + ' ' + $Answer.NextStep) }
            else { Add-SessionFailure $Flow $Answer }
        }
    }
}

function script:Confirm-SessionPlan {
    # Asks about each disk, once for all computers that describe it alike; a disk that was declined gets its result.
    param([hashtable]$Flow)

    foreach ($question in @(Get-SessionQuestion $Flow.Run $Flow.Command)) {
        if (Confirm-Sending $Flow $question.Name $question.Plans[0].Row) {
            foreach ($plan in $question.Plans) { $plan.Confirmed = $true }
            continue
        }
        foreach ($plan in $question.Plans) {
            $plan.Row.Outcome = 'Refused'
            $plan.Row.Message = $script:Messages.Declined
            $plan.Row.NextStep = ''
            Send-Downstream $Flow.Run ${function:Write-SessionEvent} $Flow, @{ Kind = 'own'; Payload = $plan.Row; Category = $null }
            if ($Flow.Run.Left) { return }
        }
    }
}

function script:New-SessionWork {
    # The computers of one command, and the disks that go to them.
    param([System.Management.Automation.Runspaces.PSSession[]]$Session)

    $computers = [System.Collections.ArrayList]::new()
    $seen = @{}
    foreach ($one in $Session) {
        if ($seen.ContainsKey($one.InstanceId)) { continue }
        $seen[$one.InstanceId] = $true
        $null = $computers.Add($one)
    }
    return @{
        Computers = $computers.ToArray()
        # Targets, each with Sent (the argument for the other computers) and To (their indices).
        Disks     = [System.Collections.ArrayList]::new()
        Begun     = $false
        Changes   = $false
        # Whether the computers were asked for their own names.
        Asked     = $false
        Ended     = 0
        # The plans of the computers for the question: see Add-SessionPlan.
        Plans     = [System.Collections.ArrayList]::new()
        # Events that have arrived and were not forwarded yet.
        Answers   = [System.Collections.Queue]::new()
        Clock     = [System.Diagnostics.Stopwatch]::StartNew()
        Shown     = 0
        # See Write-Result; and Send-Downstream for Left.
        Passing   = $null
        Unlisted  = $false
        # See Add-NarrowView.
        Narrow    = Test-NarrowScreen
        # Identities of the disks so far: see Get-SessionDouble.
        Doubles   = @{}
        Left      = $null
    }
}

function script:Get-SessionParameter {
    # The parameters for every computer. The preferences of this session apply, not those of the other computer.
    param([System.Collections.IDictionary]$Bound, [hashtable]$Flow)

    $parameters = @{ ErrorAction = 'Continue'; WarningAction = 'Continue' }
    $names = 'TimeoutSec', 'ThrottleLimit', 'RetrySec', 'Allow', 'DeviceType', 'Method', 'HolderKey', 'OwnKey'
    foreach ($name in $names) { if ($Bound.ContainsKey($name)) { $parameters[$name] = $Bound[$name] } }
    foreach ($name in 'Verify', 'Detailed', 'Registrants', 'Abort') { if ($Bound.ContainsKey($name)) { $parameters[$name] = [bool]$Bound[$name] } }
    if ($Flow.Command.Changes) {
        $parameters['Force'] = $true
        $parameters['WhatIf'] = $false
        if ($Flow.DryRun) { $parameters['AsPlan'] = $true }
    }
    if ($Flow.Verbose) { $parameters['Verbose'] = $true }
    return $parameters
}

function script:Get-SessionCall {
    # One call for each computer that gets disks, with its index as Computer and its disks as Targets.
    param([hashtable]$Work, [string]$Set, [hashtable]$Common)

    $lists = @(foreach ($one in $Work.Computers) { , [System.Collections.ArrayList]::new() })
    foreach ($target in $Work.Disks) { foreach ($index in $target.To) { $null = $lists[$index].Add($target) } }
    for ($i = 0; $i -lt $lists.Length; $i++) {
        if ($Set -cne 'All' -and $lists[$i].Count -eq 0) { continue }
        $parameters = $Common.Clone()
        if ($Set -cne 'All') { $parameters[$Set] = @(foreach ($target in $lists[$i]) { , $target.Sent }) }
        # Answered: the places of Targets that have a row, see Add-SessionRow.
        @{ Session = $Work.Computers[$i]; Parameters = $parameters; Computer = $i; Targets = $lists[$i]; Answered = @{}; Unplaced = 0; Places = $null }
    }
}

function script:Get-ConfirmedCall {
    # Like Get-SessionCall, for the disks that were confirmed: with the digest that the question showed for each disk.
    param([hashtable]$Work, [string]$Set, [hashtable]$Common)

    for ($i = 0; $i -lt $Work.Computers.Length; $i++) {
        $targets = [System.Collections.ArrayList]::new()
        $shown = [System.Collections.ArrayList]::new()
        foreach ($plan in $Work.Plans) {
            if ($plan.Computer -ne $i -or -not $plan.Confirmed) { continue }
            $null = $targets.Add($plan.Target)
            $null = $shown.Add($plan.Shown)
        }
        if ($targets.Count -eq 0) { continue }
        $parameters = $Common.Clone()
        $parameters[$Set] = @(foreach ($target in $targets) { , $target.Sent })
        $parameters['Shown'] = [string[]]$shown.ToArray()
        @{ Session = $Work.Computers[$i]; Parameters = $parameters; Computer = $i; Targets = $targets; Answered = @{}; Unplaced = 0; Places = $null }
    }
}

function script:Add-SessionPlan {
    # Keeps a computer's plan for a disk, for the question. A plan that would send nothing is a result already: then the
    # category of its error is returned, or an empty text.
    param([hashtable]$Work, [object]$Row, [hashtable]$Call)

    $place = Get-PropertyValue $Row 'Place'
    $category = [string](Get-PropertyValue $Row 'Category')
    $shown = [string](Get-PropertyValue $Row 'Shown')
    foreach ($name in 'Place', 'Category', 'Shown') { $Row.PSObject.Properties.Remove($name) }
    if ($place -is [int]) { $Call.Answered[$place] = $true }
    if ($Row.Outcome -cne 'Accepted') { return $category }
    # Anything else can come only from a computer that is not trustworthy.
    if ($place -isnot [int] -or $place -lt 0 -or $place -ge $Call.Targets.Count -or $shown -cnotmatch '\A(?:[0-9a-f]{64}){1,2}\z') {
        $Row.Outcome = 'Failed'
        $Row.Message = $script:Messages.SessionNotShown
        $Row.NextStep = $script:Messages.SessionVersionNext
        return 'InvalidData'
    }
    $null = $Work.Plans.Add(@{ Computer = $Call.Computer; Place = $place; Target = $Call.Targets[$place]; Row = $Row; Shown = $shown; Confirmed = $false })
}

function script:Get-SessionQuestion {
    # One question for each disk, with all computers that describe it alike and, where the question shows the plan, have the
    # same plan for it; in the order in which the disks were given.
    param([hashtable]$Work, [hashtable]$Command)

    foreach ($target in $Work.Disks) {
        $groups = [ordered]@{}
        foreach ($plan in $Work.Plans) {
            if (-not [object]::ReferenceEquals($plan.Target, $target)) { continue }
            $name = Get-DiskName $plan.Row
            $said = $name + $(if ($Command['Tells']) { "`n" + $plan.Row.Message })
            if (-not $groups.Contains($said)) { $groups[$said] = @{ Disk = $name; Plans = [System.Collections.ArrayList]::new() } }
            $null = $groups[$said].Plans.Add($plan)
        }
        foreach ($group in $groups.Values) {
            $indices = @(foreach ($plan in $group.Plans) { $plan.Computer })
            [System.Array]::Sort($indices)
            @{ Name = ($script:Messages.SessionDisk -f $group.Disk, (Get-SessionList $Work $indices)); Plans = $group.Plans }
        }
    }
}

function script:Set-OneHostRefusal {
    # Where only one host may send this command: the error for a disk that would go to several computers.
    param([hashtable]$Target, [hashtable]$Command, [int]$Computers)

    $Target.Refused = $true
    $Target.Message = $script:Messages.OneHost -f $Command.CodeName, $Computers
    $Target.NextStep = $script:Messages.OneHostNext
    $Target.Category = 'InvalidArgument'
}

function script:Get-SessionList {
    # The names of computers, or of the first of many.
    param([hashtable]$Work, [int[]]$Indices)

    $names = Get-SessionLabel @(foreach ($index in $Indices) { $Work.Computers[$index] })
    if ($names.Length -gt 8) { $names = @($names[0..6]) + ($script:Messages.SessionMore -f ($names.Length - 7)) }
    return $names -join ', '
}

function script:Get-SessionTarget {
    # The disk for a row about the computer itself: the only disk that it was asked for, or none in particular.
    param([hashtable]$Work, [int]$Computer)

    $only = $null
    foreach ($target in $Work.Disks) {
        if ($target.To -notcontains $Computer) { continue }
        if ($null -ne $only) { return New-DiskClaim $null }
        $only = $target
    }
    if ($null -eq $only) { return New-DiskClaim $null }
    return $only
}

function script:Get-SessionPlan {
    # What would happen to a disk there, in a sentence.
    param([object]$Plan, [hashtable]$Answer, [hashtable]$Command)

    $name = $script:Messages.SessionDisk -f (Get-DiskName $Plan), (Get-SessionName $Answer.Session)
    if ($Plan.Outcome -ceq 'Accepted') { return Get-PlanText $Command $name $Plan 'WouldSend' }
    return $script:Messages.WouldNot -f $name, $Plan.Outcome, $Plan.Message
}

function script:ConvertFrom-SessionObject {
    # One of our objects with its original type name: remoting puts "Deserialized." before it, for which there is no view.
    # Null for any other object.
    param([hashtable]$Answer)

    $object = $Answer.Payload
    $name = $object.PSObject.TypeNames[0]
    if (-not $name.StartsWith('Deserialized.StorageRelease.')) { return $null }
    $object.PSObject.TypeNames.Clear()
    $object.PSObject.TypeNames.Add($name.Substring(13))
    $object.PSObject.TypeNames.Add('System.Management.Automation.PSCustomObject')
    $object.PSObject.TypeNames.Add('System.Object')
    # The computer's own name: an object that is piped back goes to its session by that name.
    $script:SessionSelf[$Answer.Session.InstanceId] = [string](Get-PropertyValue $object 'ComputerName')
    $step = Get-PropertyValue $object 'NextStep'
    if ($step) { $object.NextStep = ConvertTo-SessionStep ([string]$step) $object $Answer.Session }
    return $object
}

function script:ConvertTo-SessionStep {
    # A next step of another computer, changed so that it can be typed here: with a session to that computer, and the device
    # by its identity. Here, the number or path of that computer would be another device.
    param([string]$Text, [object]$Row, [System.Management.Automation.Runspaces.PSSession]$Session)

    if (-not $script:DeviceArgument.IsMatch($Text)) { return $Text }
    $name = '-ComputerName'
    if ([string](Get-PropertyValue $Session 'Transport') -eq 'SSH') { $name = '-HostName' }
    $there = " -Session (New-PSSession $name " + (ConvertTo-Literal (Format-SafeText $Session.ComputerName)) + ')'
    $own = $null
    $number = Get-PropertyValue $Row 'Number'
    if ($null -ne $number -and (Get-PropertyValue $Row 'IdentifiedBy')) {
        foreach ($property in 'UniqueId', 'SerialNumber') {
            $value = [string](Get-PropertyValue $Row $property)
            # PowerShell treats typographic quotes as single quotes, too: only ASCII goes into a line to type.
            if ($value -cnotmatch '\A[ -~]+\z' -or (Test-Placeholder $value) -or ($property -eq 'UniqueId' -and -not (Test-UniqueId $value))) { continue }
            $own = "-$property " + (ConvertTo-Literal $value)
            break
        }
    }
    $typed = [System.Text.StringBuilder]::new()
    $at = 0
    foreach ($match in $script:DeviceArgument.Matches($Text)) {
        $argument = $match.Groups[1].Value
        if ($null -ne $own -and $argument -ceq "-Number $number") { $argument = $own }
        $null = $typed.Append($Text, $at, $match.Groups[1].Index - $at).Append($argument).Append($there)
        $at = $match.Index + $match.Length
    }
    # The line names the host.
    return $typed.Append($Text, $at, $Text.Length - $at).ToString().Replace(' on this host takes the key', ' takes the key')
}

# The argument of a line to type that names a device by number or path.
$script:DeviceArgument = [regex]::new(
    '\b(?:(?:Clear|Get|Wait)-StorageReservation|Invoke-Storage(?:Release|Reserve)) (-(?:Number [0-9]+(?:, [0-9]+)*|Path [^\s,;]+[^\s,;.]))')

function script:ConvertFrom-SessionError {
    # An error as this command would have written it, with the computer's name before its text.
    param([hashtable]$Answer)

    $record = $Answer.Payload
    $next = ''
    if ($null -ne $record.ErrorDetails) { $next = $record.ErrorDetails.RecommendedAction }
    $target = $record.TargetObject
    $code = $null
    if ($target -is [psobject] -and $target.PSObject.TypeNames[0].StartsWith('Deserialized.StorageRelease.')) {
        $next = ConvertTo-SessionStep ([string]$next) $target $Answer.Session
        $target = ConvertFrom-SessionObject @{ Payload = $target; Session = $Answer.Session }
        $code = Get-PropertyValue $target 'Win32Error'
    }
    $id = $record.FullyQualifiedErrorId.Split(',')[0]
    $message = (Get-SessionName $Answer.Session) + ': ' + $record.Exception.Message
    return New-ModuleError $id $record.CategoryInfo.Category $message $next $target $code -TargetName $record.CategoryInfo.TargetName
}

function script:Add-SessionRow {
    # Notes which of the objects that were piped for a computer a row is about.
    param([hashtable]$Call, [object]$Row)

    # The registrants of a disk stand beside its row.
    if ($Call.Targets.Count -eq 0 -or $null -eq $Row.PSObject.Properties['Outcome']) { return }
    if ($null -eq $Call.Places) {
        $Call.Places = @{}
        for ($i = 0; $i -lt $Call.Targets.Count; $i++) {
            foreach ($key in @(Get-RowKey $Call.Targets[$i].UniqueId $Call.Targets[$i].Serial)) {
                if (-not $Call.Places.ContainsKey($key)) { $Call.Places[$key] = [System.Collections.Queue]::new() }
                $Call.Places[$key].Enqueue($i)
            }
        }
    }
    foreach ($key in @(Get-RowKey (Get-PropertyValue $Row 'UniqueId') (Get-PropertyValue $Row 'SerialNumber'))) {
        $places = $Call.Places[$key]
        while ($null -ne $places -and $places.Count -gt 0) {
            $place = $places.Dequeue()
            if ($Call.Answered.ContainsKey($place)) { continue }
            $Call.Answered[$place] = $true
            return
        }
    }
    # The device has names that no object stated: which one it was cannot be told.
    $Call.Unplaced += 1
}

function script:Get-RowKey {
    # One text for each identity, compared as the devices' own are.
    param([object]$UniqueId, [object]$SerialNumber)

    if ($UniqueId) { 'UniqueId ' + ([string]$UniqueId).Trim().ToUpperInvariant() }
    if ($SerialNumber) { 'SerialNumber ' + ([string]$SerialNumber).Trim().ToUpperInvariant() }
}

function script:Get-LostTarget {
    # What a computer that could not be asked, or did not finish, owes results for: each object that was piped for it and has none.
    # Disks that were named by a parameter, or none at all, count as one.
    param([hashtable]$Work, [hashtable]$Call)

    $lost = [System.Collections.ArrayList]::new()
    $named = $Call.Targets.Count -eq 0
    for ($i = 0; $i -lt $Call.Targets.Count; $i++) {
        if (-not $Call.Targets[$i].Piped) { $named = $true }
        elseif (-not $Call.Answered.ContainsKey($i)) { $null = $lost.Add($Call.Targets[$i]) }
    }
    # Some of these have a row, and which is not known: so many fewer are lost, and none is called by a name.
    if ($Call.Unplaced -gt 0) {
        $count = $lost.Count - $Call.Unplaced
        $lost.Clear()
        for ($i = 0; $i -lt $count; $i++) { $null = $lost.Add((New-DiskClaim $null)) }
    }
    if ($named) { $null = $lost.Add((Get-SessionTarget $Work $Call.Computer)) }
    return $lost.ToArray()
}

function script:Add-SessionFailure {
    # The rows, each with its error, for a computer that could not be asked or did not finish: they take their turn.
    param([hashtable]$Flow, [hashtable]$Answer)

    $row = $script:SessionFailures[$Answer.Reason]
    $category = $row.Category
    if ($null -ne $Answer.Record) { $category = $Answer.Record.CategoryInfo.Category }
    foreach ($target in @(Get-LostTarget $Flow.Run $Flow.Calls[$Answer.Call])) {
        $result = & $Flow.Command.Local $target $row.Outcome $Answer.Message $Answer.NextStep $script:Rehearsal $Flow.Command
        $result.ComputerName = Get-SessionName $Answer.Session
        # Nothing is known about its disks, not even whether they are rehearsed.
        $result.Bus = $null
        $Flow.Run.Answers.Enqueue(@{ Kind = 'own'; Payload = $result; Category = $category })
    }
}

function script:Save-SessionAnswer {
    # A command that changes something was stopped before it forwarded everything: the next command reports the results that
    # had arrived, and the computers that were still at work. These report theirs in their own next command. Called from
    # `finally`: must not wait.
    param([hashtable]$FanOut, [System.Collections.Queue]$Answers)

    foreach ($call in $FanOut.Active.ToArray()) { Read-SessionCall $FanOut $call }
    foreach ($one in $FanOut.Events.ToArray()) { $Answers.Enqueue($one) }
    while ($Answers.Count -gt 0) {
        $one = $Answers.Dequeue()
        if ($one.Kind -cne 'object') { continue }
        $name = $script:Messages.SessionDisk -f (Get-DiskName $one.Payload -Short), (Get-SessionName $one.Session)
        $script:SessionLate.Enqueue(($script:Messages.Stopped -f $name, $one.Payload.Outcome, $one.Payload.Message))
    }
    foreach ($call in $FanOut.Active) {
        if ($null -eq $call.Asking) { $script:SessionLate.Enqueue(($script:Messages.SessionStopped -f (Get-SessionName $call.Session))) }
    }
}

function script:Add-SessionView {
    # Adds a type name, so that lists of many computers are displayed with the computer's name.
    param([object]$InputObject)

    $InputObject.PSObject.TypeNames.Insert(0, $InputObject.PSObject.TypeNames[0] + '#Session')
    return $InputObject
}

$script:SessionFailures = @{
    Down     = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
    Broken   = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
    Busy     = @{ Outcome = 'Failed'; Category = 'ResourceBusy' }
    TimedOut = @{ Outcome = 'TimedOut'; Category = 'OperationTimeout' }
    Real     = @{ Outcome = 'Refused'; Category = 'InvalidArgument' }
    NoModule = @{ Outcome = 'Failed'; Category = 'NotInstalled' }
    Version  = @{ Outcome = 'Failed'; Category = 'InvalidOperation' }
    Command  = @{ Outcome = 'Failed'; Category = 'NotSpecified' }
}
