# What DiskCommand.ps1 does with the disks of this computer, for those of others: the commands dot-source these blocks
# instead when -Session is given. What can be asked is asked here, once; the far side is called with -Force, and its
# guards hold as they would for a user there. See SessionRun.ps1, and SessionDisk.ps1 for who gets which disk.

# Seconds that a computer may take beyond a disk's own deadline: it may have to load the module and start its
# executable.
$script:SessionMargin = 15

$script:SessionCommand = @{
    Begin   = {
        $dryRun = $command.Changes -and [bool]$WhatIfPreference
        $ask = $command.Changes -and -not $dryRun -and $ConfirmPreference -ne 'None'
        if ($ask -and -not (Test-Interactive)) {
            $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages.NobodyToAsk $script:Messages.NobodyToAskNext $null
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        while ($script:SessionLate.Count -gt 0) { $PSCmdlet.WriteWarning($script:SessionLate.Dequeue()) }
        $verbose = $VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore'
        $commandName = $PSCmdlet.MyInvocation.MyCommand.Name
        $commandForce = $(if ($command.Changes) { ' -Force' } else { '' })
        $work = New-SessionWork $Session
        $work.Unlisted = [bool]$command.Registrants
        $showProgress = $ProgressPreference -eq 'Continue' -and
            -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)

        # Passes one piece of news on. No loop and no switch in here: see $deliver.
        $pass = {
            if ($news.Kind -ceq 'own') { Write-Result $PSCmdlet (Add-SessionView $news.Payload) $news.Category $work }
            elseif ($news.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose((Get-SessionName $news.Session) + ': ' + $news.Payload) }
            elseif ($news.Kind -ceq 'warning') { $PSCmdlet.WriteWarning((Get-SessionName $news.Session) + ': ' + $news.Payload) }
            elseif ($news.Kind -ceq 'error') { $PSCmdlet.WriteError((ConvertFrom-SessionError $news)) }
            elseif ($news.Kind -ceq 'object') {
                $object = ConvertFrom-SessionObject $news
                if ($null -ne $object) {
                    if ($planning) {
                        $category = Add-SessionPlan $work $object $news $calls[$news.Call]
                        if ($null -ne $category) { Write-Result $PSCmdlet (Add-SessionView $object) $category $work }
                    }
                    elseif ($dryRun) {
                        $text = Get-SessionPlan $object $news $command.CodeName
                        $null = Request-Confirmation $PSCmdlet $text $text $command.Caption
                    }
                    else {
                        Add-SessionView $object
                        if ($command.Verb -ceq 'status' -and -not $work.Unlisted) {
                            $double = Get-SessionDouble $work $object
                            if ($double) { $PSCmdlet.WriteWarning($double) }
                        }
                    }
                }
            }
            else {
                $work.Ended += 1
                if ($news.Kind -ceq 'failed') {
                    if ($dryRun) { $PSCmdlet.WriteWarning($news.Message + ' ' + $news.NextStep) }
                    else { Write-SessionFailure $PSCmdlet $news $command.Local $work $calls[$news.Call].Computer }
                }
            }
        }
        # A `break` or `continue` in a script block downstream is for the caller's loop, not for one of ours: as in
        # DiskCommand.ps1.
        $deliver = {
            $work.Left = 'break'
            do {
                . $pass
                $work.Left = $null
            } while ($(if ($work.Left) { $work.Left = 'continue' }; $false))
        }
        # Makes all calls and passes on what they bring.
        $planning = $false
        $fanOut = {
            $work.Ended = 0
            $fan = New-SessionRun $PSCmdlet $commandName $calls ($TimeoutSec + $script:SessionMargin) $ThrottleLimit
            try {
                while ($fan.Open -gt 0 -and -not $work.Left) {
                    foreach ($one in @(Receive-SessionRun $fan 100)) { $work.News.Enqueue($one) }
                    while ($work.News.Count -gt 0 -and -not $work.Left) {
                        $news = $work.News.Dequeue()
                        . $deliver
                    }
                    if ($showProgress -and $work.Clock.ElapsedMilliseconds -ge 1000 -and $work.Clock.ElapsedMilliseconds - $work.Shown -ge 200) {
                        $work.Shown = $work.Clock.ElapsedMilliseconds
                        $progress = [System.Management.Automation.ProgressRecord]::new(
                            1, $command.Activity, ($script:Messages.ProgressComputers -f $work.Ended, $calls.Length) + (Get-PendingComputer $fan))
                        $progress.PercentComplete = [int][System.Math]::Floor(100 * $work.Ended / $calls.Length)
                        $PSCmdlet.WriteProgress($progress)
                    }
                }
            }
            finally {
                if ($command.Changes -and -not $dryRun -and -not $planning -and ($fan.Open -gt 0 -or $work.News.Count -gt 0)) { Save-SessionNews $fan $work.News }
                Stop-SessionRun $fan
                if ($work.Shown -gt 0) {
                    $progress = [System.Management.Automation.ProgressRecord]::new(1, $command.Activity, $command.Activity)
                    $progress.RecordType = 'Completed'
                    try { $PSCmdlet.WriteProgress($progress) } catch { $null = $_ }
                }
            }
        }
    }

    Process = {
        $work.Begun = $true
        $set = $PSCmdlet.ParameterSetName
        # The parameter sets are named after their parameter; `All` has none.
        $given = $(if ($set -ceq 'All') { @() } else { $PSCmdlet.MyInvocation.BoundParameters[$set] })
        if ($null -eq $given -and $set -cne 'All') { $given = @($null) }
        foreach ($one in $given) {
            $target = Resolve-SessionDisk $one $set $work $PSCmdlet
            if (-not $target.Refused) {
                $null = $work.Disks.Add($target)
                continue
            }
            $target.NextStep = $target.NextStep.Replace('<command>', $commandName).Replace('<-Force>', $commandForce)
            if ($dryRun) {
                $null = Request-Confirmation $PSCmdlet $target.Message $target.Message $command.Caption
                continue
            }
            $news = @{ Kind = 'own'; Payload = (& $command.Local $target 'Refused' $target.Message $target.NextStep); Category = $target.Category }
            . $deliver
            if ($work.Left) { break }
        }
        if ($work.Left -ceq 'break') { break }
        if ($work.Left) { continue }
    }

    End     = {
        # An empty pipeline is not "all disks".
        if (-not $work.Begun) { return }
        $common = Get-SessionParameter $PSCmdlet.MyInvocation.BoundParameters $command.Changes $dryRun $verbose
        $calls = @(Get-SessionCall $work $PSCmdlet.ParameterSetName $common)
        if ($ask) {
            # The question names what each computer says of the disk, and the request goes to that or to nothing.
            $planning = $true
            foreach ($call in $calls) { $call.Parameters['AsPlan'] = $true }
            . $fanOut
            $planning = $false
            if ($work.Left -ceq 'break') { break }
            if ($work.Left) { continue }
            foreach ($question in @(Get-SessionQuestion $work)) {
                if (Request-Confirmation $PSCmdlet ($script:Messages.Sending -f $question.Name, $command.CodeName) ($script:Messages.Ask -f $question.Name, $command.CodeName) $command.Caption) {
                    foreach ($plan in $question.Plans) { $plan.Confirmed = $true }
                    continue
                }
                foreach ($plan in $question.Plans) {
                    $plan.Row.Outcome = 'Refused'
                    $plan.Row.Message = $script:Messages.Declined
                    $plan.Row.NextStep = ''
                    $news = @{ Kind = 'own'; Payload = $plan.Row; Category = $null }
                    . $deliver
                    if ($work.Left) { break }
                }
                if ($work.Left) { break }
            }
            if ($work.Left -ceq 'break') { break }
            if ($work.Left) { continue }
            $calls = @(Get-ConfirmedCall $work $PSCmdlet.ParameterSetName $common)
        }
        . $fanOut
        if ($work.Left -ceq 'break') { break }
        if ($work.Left) { continue }
    }
}

function script:New-SessionWork {
    # One command's share of the computers: which they are, and what disks go to them.
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
        # Targets, each with Sent (what the far side gets for it) and To (indices of computers).
        Disks     = [System.Collections.ArrayList]::new()
        Begun     = $false
        # The computers were asked for the names that they give themselves.
        Asked     = $false
        Ended     = 0
        # What the computers say would happen, where it is asked about: see Add-SessionPlan.
        Plans     = [System.Collections.ArrayList]::new()
        # What has arrived and was not passed on yet.
        News      = [System.Collections.Queue]::new()
        Clock     = [System.Diagnostics.Stopwatch]::StartNew()
        Shown     = 0
        # See Write-Result; and DiskCommand.ps1 for Left.
        Passing   = $null
        Unlisted  = $false
        # What of its disks' identities came before: see Get-SessionDouble.
        Doubles   = @{}
        Left      = $null
    }
}

function script:Get-SessionParameter {
    # The parameters that every computer gets. Its own preferences decide nothing: those of this session have.
    param([System.Collections.IDictionary]$Bound, [bool]$Changes, [bool]$DryRun, [bool]$Verbose)

    $parameters = @{ ErrorAction = 'Continue'; WarningAction = 'Continue' }
    foreach ($name in 'TimeoutSec', 'ThrottleLimit', 'Allow', 'DeviceType') { if ($Bound.ContainsKey($name)) { $parameters[$name] = $Bound[$name] } }
    foreach ($name in 'Verify', 'Detailed', 'Registrants') { if ($Bound.ContainsKey($name)) { $parameters[$name] = [bool]$Bound[$name] } }
    if ($Changes) {
        $parameters['Force'] = $true
        $parameters['WhatIf'] = $false
        if ($DryRun) { $parameters['AsPlan'] = $true }
    }
    if ($Verbose) { $parameters['Verbose'] = $true }
    return $parameters
}

function script:Get-SessionCall {
    # One call for each computer that has something to do, with its index as Computer, and what it is about as Targets.
    param([hashtable]$Work, [string]$Set, [hashtable]$Common)

    $lists = @(foreach ($one in $Work.Computers) { , [System.Collections.ArrayList]::new() })
    foreach ($target in $Work.Disks) { foreach ($index in $target.To) { $null = $lists[$index].Add($target) } }
    for ($i = 0; $i -lt $lists.Length; $i++) {
        if ($Set -cne 'All' -and $lists[$i].Count -eq 0) { continue }
        $parameters = $Common.Clone()
        if ($Set -cne 'All') { $parameters[$Set] = @(foreach ($target in $lists[$i]) { , $target.Sent }) }
        @{ Session = $Work.Computers[$i]; Parameters = $parameters; Computer = $i; Targets = $lists[$i] }
    }
}

function script:Get-ConfirmedCall {
    # As Get-SessionCall, of what was answered with yes: with what was shown of each disk.
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
        @{ Session = $Work.Computers[$i]; Parameters = $parameters; Computer = $i; Targets = $targets }
    }
}

function script:Add-SessionPlan {
    # Keeps what a computer would do with a disk, to be asked about. What it would not do is its row already: then the
    # category of the error that goes with it is returned, or an empty text.
    param([hashtable]$Work, [object]$Row, [hashtable]$News, [hashtable]$Call)

    $place = Get-PropertyValue $Row 'Place'
    $category = [string](Get-PropertyValue $Row 'Category')
    $shown = [string](Get-PropertyValue $Row 'Shown')
    foreach ($name in 'Place', 'Category', 'Shown') { $Row.PSObject.Properties.Remove($name) }
    if ($Row.Outcome -cne 'Accepted') { return $category }
    # Nobody but a computer that is not what it seems says anything else.
    if ($place -isnot [int] -or $place -lt 0 -or $place -ge $Call.Targets.Count -or $shown -cnotmatch '\A[0-9a-f]{64}\z') {
        $Row.Outcome = 'Failed'
        $Row.Message = $script:Messages.SessionNotShown
        $Row.NextStep = $script:Messages.SessionVersionNext
        return 'InvalidData'
    }
    $null = $Work.Plans.Add(@{ Computer = $Call.Computer; Place = $place; Target = $Call.Targets[$place]; Row = $Row; Shown = $shown; Confirmed = $false })
}

function script:Get-SessionQuestion {
    # One question for each disk, with all the computers that call it the same, in the order in which the disks were
    # given.
    param([hashtable]$Work)

    foreach ($target in $Work.Disks) {
        $groups = [ordered]@{}
        foreach ($plan in $Work.Plans) {
            if (-not [object]::ReferenceEquals($plan.Target, $target)) { continue }
            $name = Get-DiskName $plan.Row
            if (-not $groups.Contains($name)) { $groups[$name] = [System.Collections.ArrayList]::new() }
            $null = $groups[$name].Add($plan)
        }
        foreach ($name in $groups.Keys) {
            $indices = @(foreach ($plan in $groups[$name]) { $plan.Computer })
            [System.Array]::Sort($indices)
            @{ Name = ($script:Messages.SessionDisk -f $name, (Get-SessionList $Work $indices)); Plans = $groups[$name] }
        }
    }
}

function script:Get-SessionList {
    # The names of computers, or of the first of many.
    param([hashtable]$Work, [int[]]$Indices)

    $names = @(foreach ($index in $Indices) { Get-SessionName $Work.Computers[$index] })
    if ($names.Length -gt 8) { $names = @($names[0..6]) + ($script:Messages.SessionMore -f ($names.Length - 7)) }
    return $names -join ', '
}

function script:Get-SessionTarget {
    # The disk that a computer's own row is about: the only one that it was asked for, or none in particular.
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
    param([object]$Plan, [hashtable]$News, [string]$CodeName)

    $name = $script:Messages.SessionDisk -f (Get-DiskName $Plan), (Get-SessionName $News.Session)
    if ($Plan.Outcome -ceq 'Accepted') { return $script:Messages.WouldSend -f $name, $CodeName }
    return $script:Messages.WouldNot -f $name, $Plan.Outcome, $Plan.Message
}

function script:ConvertFrom-SessionObject {
    # One of our objects as it was there: remoting puts "Deserialized." before its type name, and no view knows that.
    # Null for anything else.
    param([hashtable]$News)

    $object = $News.Payload
    $name = $object.PSObject.TypeNames[0]
    if (-not $name.StartsWith('Deserialized.StorageRelease.')) { return $null }
    $object.PSObject.TypeNames.Clear()
    $object.PSObject.TypeNames.Add($name.Substring(13))
    $object.PSObject.TypeNames.Add('System.Management.Automation.PSCustomObject')
    $object.PSObject.TypeNames.Add('System.Object')
    # What the computer calls itself: objects that come back find their way home by it.
    $script:SessionSelf[$News.Session.InstanceId] = [string](Get-PropertyValue $object 'ComputerName')
    return $object
}

function script:ConvertFrom-SessionError {
    # An error as this command would have written it, with the computer's name before its text.
    param([hashtable]$News)

    $record = $News.Payload
    $next = ''
    if ($null -ne $record.ErrorDetails) { $next = $record.ErrorDetails.RecommendedAction }
    $target = $record.TargetObject
    $code = $null
    if ($target -is [psobject] -and $target.PSObject.TypeNames[0].StartsWith('Deserialized.StorageRelease.')) {
        $target = ConvertFrom-SessionObject @{ Payload = $target; Session = $News.Session }
        $code = Get-PropertyValue $target 'Win32Error'
    }
    $id = $record.FullyQualifiedErrorId.Split(',')[0]
    $message = (Get-SessionName $News.Session) + ': ' + $record.Exception.Message
    return New-ModuleError $id $record.CategoryInfo.Category $message $next $target $code -TargetName $record.CategoryInfo.TargetName
}

function script:Write-SessionFailure {
    # The one row, and its error, that a computer costs which could not be asked or did not finish.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$News, [scriptblock]$Local, [hashtable]$Work, [int]$Computer)

    $row = $script:SessionFailures[$News.Reason]
    $category = $row.Category
    if ($null -ne $News.Record) { $category = $News.Record.CategoryInfo.Category }
    $result = & $Local (Get-SessionTarget $Work $Computer) $row.Outcome $News.Message $News.NextStep
    $result.ComputerName = Get-SessionName $News.Session
    # Nothing was heard of its disks, nor of what kind they are.
    $result.Bus = $null
    Write-Result $Cmdlet (Add-SessionView $result) $category $Work
}

function script:Save-SessionNews {
    # A command that changes something ends before it has passed everything on: the next one tells what had arrived, and
    # which computers were still at work. What those did is told by their own next command. From `finally`: no waiting.
    param([hashtable]$Fan, [System.Collections.Queue]$News)

    foreach ($call in $Fan.Active.ToArray()) { Read-SessionCall $Fan $call }
    foreach ($one in $Fan.Events.ToArray()) { $News.Enqueue($one) }
    while ($News.Count -gt 0) {
        $one = $News.Dequeue()
        if ($one.Kind -cne 'object') { continue }
        $name = $script:Messages.SessionDisk -f (Get-DiskName $one.Payload -Short), (Get-SessionName $one.Session)
        $script:SessionLate.Enqueue(($script:Messages.Stopped -f $name, $one.Payload.Outcome, $one.Payload.Message))
    }
    foreach ($call in $Fan.Active) {
        if ($null -eq $call.Asking) { $script:SessionLate.Enqueue(($script:Messages.SessionStopped -f (Get-SessionName $call.Session))) }
    }
}

function script:Add-SessionView {
    # What is listed of many computers is shown with the computer's name: by a type name before its own.
    param([object]$InputObject)

    $InputObject.PSObject.TypeNames.Insert(0, $InputObject.PSObject.TypeNames[0] + '#Session')
    return $InputObject
}

$script:SessionFailures = @{
    Down     = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
    Broken   = @{ Outcome = 'Failed'; Category = 'ConnectionError' }
    Busy     = @{ Outcome = 'Failed'; Category = 'ResourceBusy' }
    TimedOut = @{ Outcome = 'TimedOut'; Category = 'OperationTimeout' }
    NoModule = @{ Outcome = 'Failed'; Category = 'NotInstalled' }
    Version  = @{ Outcome = 'Failed'; Category = 'InvalidOperation' }
    Command  = @{ Outcome = 'Failed'; Category = 'NotSpecified' }
}
