# What the commands that take piped disks have in common: one request for each disk that goes in, results out as
# they come, nothing lost when the pipeline ends early. Each command dot-sources these blocks as its own begin,
# process and end, so that they run in its scope, with its parameters, its preferences and its $PSCmdlet:
#
#   begin {
#       $command = @{ ... }
#       . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
#       . $script:DiskCommand.Begin
#   }
#
# $command says what differs:
#   Verb      of the request (src/worker/protocol.ts)
#   Fields    more of its fields, form-encoded
#   Changes   whether it asks, and obeys -WhatIf
#   CodeName  what is sent, for its questions
#   Caption   of its questions
#   Type      type name of its results
#   Local     makes a result that the executable gave none for
#   Activity  what its progress bar says
#   AsPlan    whether what would happen is given as rows
#   Registrants  whether registrants are given instead of reservations
#   Shown     what was shown of each disk that is given, in their order, where that was done elsewhere
#   Tries     how often a request may take all of its time, one after the other

$script:DiskCommand = @{
    Begin   = {
        $bus = $script:Bus
        # What comes by the pipeline may be of other computers (HolderRelease.ps1).
        $failure = Connect-Worker $PSCmdlet -AnyBus:($PSCmdlet.MyInvocation.ExpectingInput -or $PSCmdlet.MyInvocation.BoundParameters.ContainsKey('InputObject'))
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
        $holders = [System.Collections.ArrayList]::new()
        Write-LateAnswer $PSCmdlet

        $verbose = $VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore'
        # What a question would need: identity and guards are looked at first, so that it names the disk and is not
        # asked in vain.
        # As rows, for a computer that asks from afar and shows them itself.
        $asPlan = [bool]$command.AsPlan
        $dryRun = $command.Changes -and ($asPlan -or [bool]$WhatIfPreference)
        $ask = $command.Changes -and -not $dryRun -and $ConfirmPreference -ne 'None'
        if ($ask -and -not (Test-Interactive)) {
            $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages.NobodyToAsk $script:Messages.NobodyToAskNext $null
            $PSCmdlet.ThrowTerminatingError($failure)
        }

        if ($bus -ne $script:Bus) { $PSCmdlet.ThrowTerminatingError((New-BusError)) }
        $run = New-PipelineRun $PSCmdlet $bus (1000 * $TimeoutSec * $command.Tries) $ThrottleLimit -Plan:$dryRun
        $run.Changes = $command.Changes -and -not $dryRun
        $run.Unlisted = [bool]$command.Registrants
        $common = "&group=$($run.Number)&throttle=$ThrottleLimit&timeout=$TimeoutSec&verbose=$([int]$verbose)"
        $common += $command.Fields
        # How the sentences about input that is no disk call this command.
        $commandName = $PSCmdlet.MyInvocation.MyCommand.Name
        $commandForce = $(if ($command.Changes) { ' -Force' } else { '' })
        # The disk that a question is about.
        $asked = $null
        # How far requests run ahead of their answers.
        $window = 2 * $ThrottleLimit
        $showProgress = $ProgressPreference -eq 'Continue' -and
            -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)

        # Passes one reply on. No loop and no switch in here: see $emit.
        $pass = {
            if ($reply.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose($reply.Payload) }
            elseif ($reply.Kind -ceq 'warning') { $PSCmdlet.WriteWarning($reply.Payload) }
            elseif ($reply.Kind -ceq 'registrant') {
                # Beside a reservation they are in its property of that name.
                if ($command.Registrants) {
                    $reply.Payload.PSObject.TypeNames.Insert(0, 'StorageRelease.Registrant')
                    $reply.Payload
                }
            }
            elseif ($reply.Kind -ceq 'local') { Write-Result $PSCmdlet $reply.Payload $reply.Category $run }
            else {
                $run.Answered += 1
                if ($reply.Kind -ceq 'plan' -and $asPlan) {
                    $reply.Payload.PSObject.TypeNames.Insert(0, $command.Type)
                    Add-PlanPlace $reply.Payload $reply.Target $reply.Category
                }
                elseif ($reply.Kind -ceq 'result' -or $reply.Kind -ceq 'reservation') {
                    $result = $reply.Payload
                    $result.PSObject.TypeNames.Insert(0, $command.Type)
                    Write-Result $PSCmdlet $result $reply.Category $run
                }
                elseif ($reply.Kind -ceq 'plan') {
                    if ($reply.Payload.Outcome -ceq 'Accepted') { $text = Get-PlanText $command $reply.Payload 'WouldSend' }
                    else { $text = $script:Messages.WouldNot -f (Get-DiskName $reply.Payload), $reply.Payload.Outcome, $reply.Payload.Message }
                    $null = Request-Confirmation $PSCmdlet $text $text $command.Caption
                }
                # The worker ended, or did not understand: the request still has its one answer.
                else {
                    $answer = Get-LostAnswer $reply
                    $result = & $command.Local $reply.Target $answer.Outcome $answer.Message $answer.NextStep $run.Rehearsal
                    if ($dryRun -and -not $asPlan) { $PSCmdlet.WriteWarning($answer.Message) }
                    elseif ($asPlan) { Write-Result $PSCmdlet (Add-PlanPlace $result $reply.Target) $answer.Category $run }
                    else { Write-Result $PSCmdlet $result $answer.Category $run }
                }
            }
        }
        # Passes on all that has arrived. A `break` or `continue` in a script block downstream takes effect on the
        # nearest loop of the whole stack, and that is one of ours: it is caught by the inner loop here (only
        # `continue` comes to the condition) and repeated where none of our loops is left, so that the caller's
        # own loop gets it.
        $emit = {
            while ($run.Replies.Count -gt 0 -and -not $run.Left) {
                $reply = $run.Replies.Dequeue()
                $run.Passing = $reply
                $run.Left = 'break'
                do {
                    # Most replies, without a call: each costs as much as reading one of them.
                    if (-not $reply.Category -and -not $run.Unlisted -and ($reply.Kind -ceq 'result' -or $reply.Kind -ceq 'reservation')) {
                        $run.Answered += 1
                        $reply.Payload.PSObject.TypeNames.Insert(0, $command.Type)
                        $reply.Payload
                        $run.Passing = $null
                    }
                    else { . $pass }
                    $run.Left = $null
                } while ($(if ($run.Left) { $run.Left = 'continue' }; $false))
                if (-not $run.ByNumber -and ($reply.Kind -ceq 'result' -or $reply.Kind -ceq 'reservation') -and $reply.Target.Piped) {
                    $by = $reply.Payload.PSObject.Properties['IdentifiedBy']
                    if ($null -ne $by -and ($by.Value -ceq 'Number' -or $by.Value -ceq 'Path')) {
                        $run.ByNumber = $true
                        $PSCmdlet.WriteWarning(($script:Messages.ByNumber -f (Get-DiskName $reply.Payload -Short), $by.Value.ToLowerInvariant()))
                    }
                }
            }
            if ($showProgress -and $run.Clock.ElapsedMilliseconds -ge 1000 -and $run.Clock.ElapsedMilliseconds - $run.Shown -ge 200) {
                $run.Shown = $run.Clock.ElapsedMilliseconds
                $progress = [System.Management.Automation.ProgressRecord]::new(
                    1, $command.Activity, ($script:Messages.ProgressStatus -f $run.Answered, $run.Sent) + (Get-PendingDisk $run))
                $progress.PercentComplete = [int][System.Math]::Floor(100 * $run.Answered / [System.Math]::Max(1, $run.Sent))
                $PSCmdlet.WriteProgress($progress)
            }
        }
        # Makes sure of the worker before something is sent. Where there is none any more, or the session has left the
        # bus, the pipeline ends: what it has sent is answered first.
        $reach = {
            $failure = Connect-Run $run
            if ($null -ne $failure) {
                if ($null -ne $asked) {
                    $result = & $command.Local $asked 'Failed' ($script:Messages.RequestRefused -f $failure.Exception.Message) $failure.ErrorDetails.RecommendedAction $run.Rehearsal
                    $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $result; Category = [string]$failure.CategoryInfo.Category })
                }
                . $emit
                while ($run.Answered -lt $run.Sent -and -not $run.Left) {
                    Receive-WorkerReply $run.Worker 100
                    . $emit
                }
                if (-not $run.Left) { $PSCmdlet.ThrowTerminatingError($failure) }
            }
        }
        # Takes the progress bar away. From `finally`, where the pipeline may be ending under it.
        $complete = {
            if ($run.Shown -gt 0) {
                $progress = [System.Management.Automation.ProgressRecord]::new(1, $command.Activity, $command.Activity)
                $progress.RecordType = 'Completed'
                try { $PSCmdlet.WriteProgress($progress) } catch { $null = $_ }
            }
        }
    }

    Process = {
        $whole = $false
        try {
            $set = $PSCmdlet.ParameterSetName
            # The parameter sets are named after their parameter; `All` has none.
            if ($set -ceq 'All') { $given = @(Get-WorkerDisk $run $TimeoutSec $DeviceType) }
            else { $given = $PSCmdlet.MyInvocation.BoundParameters[$set] }
            if ($null -eq $given) { $given = @($null) }
            $place = -1
            foreach ($one in $given) {
                if ($run.Left) { break }
                $place += 1
                if ($set -ceq 'InputObject') { $target = Resolve-DiskClaim $one }
                elseif ($set -cne 'All') { $target = Resolve-NamedClaim $one $set }
                else {
                    $target = Resolve-DiskClaim $one
                    $target.Piped = $false
                }
                if ($DeviceType -and -not $target.Devices) { $target.Devices = $DeviceType -join ',' }
                if ($null -ne $target.Holder -and $command.Verb -cne 'release') { $target = New-Refusal $one 'HolderOnly' 'HolderOnlyNext' }

                if ($target.Refused) {
                    $target.NextStep = $target.NextStep.Replace('<command>', $commandName).Replace('<-Force>', $commandForce)
                    if ($dryRun -and -not $asPlan) { $null = Request-Confirmation $PSCmdlet $target.Message $target.Message $command.Caption }
                    else {
                        $result = & $command.Local $target 'Refused' $target.Message $target.NextStep $run.Rehearsal
                        if ($asPlan) {
                            $target.Place = $place
                            $result = Add-PlanPlace $result $target
                        }
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $result; Category = $target.Category })
                    }
                    . $emit
                    continue
                }

                if ($null -ne $target.Holder) {
                    $name = $script:Messages.SessionDisk -f (Get-DiskName (New-LocalResult $target '' '' '')), $target.HolderName
                    if ($dryRun) {
                        $text = $script:Messages.WouldSend -f $name, $command.CodeName
                        $null = Request-Confirmation $PSCmdlet $text $text $command.Caption
                    }
                    elseif ($ask -and -not (Request-Confirmation $PSCmdlet ($script:Messages.Sending -f $name, $command.CodeName) ($script:Messages.Ask -f $name, $command.CodeName) $command.Caption)) {
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = (& $command.Local $target 'Refused' $script:Messages.Declined ''); Category = $null })
                        . $emit
                    }
                    else { $null = $holders.Add($target) }
                    continue
                }

                # Since the last disk the worker may have ended, or be about to, or the session have left the bus.
                $worker = $run.Worker
                if ($run.Bus -ne $script:Bus -or $null -eq $worker -or $null -ne $worker.Gone -or -not $worker.Ready -or $worker.Process.HasExited -or
                    ($null -eq $run.Rehearsal -and $worker.Hello.Platform -cne 'win32') -or
                    ($worker.Open.Count -eq 0 -and $script:SessionClock.ElapsedMilliseconds - $worker.Talked -ge $script:Patience.Idle)) {
                    . $reach
                    if ($run.Left) { break }
                }

                $fields = $common
                if ($null -ne $target.Number) { $fields += '&number=' + $target.Number }
                foreach ($field in $script:TextFields) {
                    $text = $target[$field[0]]
                    if ($text) { $fields += $field[1] + [uri]::EscapeDataString($text) }
                }
                foreach ($field in $script:FlagFields) {
                    $flag = $target[$field[0]]
                    if ($null -ne $flag) { $fields += $field[1] + [int]$flag }
                }
                if ($asPlan) { $target.Place = $place }
                if ($null -ne $command.Shown) { $fields += '&shown=' + $command.Shown[$place] }
                if ($ask) {
                    # Alone, and looked at before it is asked about: answers of earlier disks may pass meanwhile.
                    $asked = $target
                    $planRun = New-Errand $run.Worker $PSCmdlet $run.Number $run.Limit $ThrottleLimit -Plan
                    $null = Send-WorkerRequest $planRun $command.Verb $fields $target
                    $plan = $null
                    while ($null -eq $plan -and -not $run.Left) {
                        . $emit
                        Receive-WorkerReply $planRun.Worker 100
                        while ($planRun.Replies.Count -gt 0) {
                            $reply = $planRun.Replies.Dequeue()
                            if ($reply.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose($reply.Payload) }
                            elseif ($reply.Kind -ceq 'warning') { $PSCmdlet.WriteWarning($reply.Payload) }
                            else { $plan = $reply }
                        }
                    }
                    if ($run.Left) { break }
                    if ($run.Bus -ne $script:Bus) { . $reach }
                    if ($run.Left) { break }
                    if ($plan.Kind -cne 'plan') {
                        $answer = Get-LostAnswer $plan
                        $result = & $command.Local $target $answer.Outcome $answer.Message $answer.NextStep $run.Rehearsal
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $result; Category = $answer.Category })
                        $asked = $null
                        . $emit
                        continue
                    }
                    $planned = $plan.Payload
                    $planned.PSObject.TypeNames.Insert(0, $command.Type)
                    # What the question is about: the request goes to this device, or nowhere.
                    $shown = $planned.Shown
                    $planned.PSObject.Properties.Remove('Shown')
                    if ($planned.Outcome -cne 'Accepted') {
                        # It would not be sent, so there is nothing to ask.
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $planned; Category = $plan.Category })
                        $asked = $null
                        . $emit
                        continue
                    }
                    if (-not (Request-Confirmation $PSCmdlet (Get-PlanText $command $planned 'Sending') (Get-PlanText $command $planned 'Ask') $command.Caption)) {
                        $planned.Outcome = 'Refused'
                        $planned.Message = $script:Messages.Declined
                        $planned.NextStep = ''
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $planned; Category = $null })
                        $asked = $null
                        . $emit
                        continue
                    }
                    $fields += '&shown=' + $shown
                    if ($command['Tells'] -and $null -ne $planned.GenerationBefore) { $fields += '&generation=' + $planned.GenerationBefore }
                    # Somebody may have taken long to answer.
                    . $reach
                    if ($run.Left) { break }
                    $asked = $null
                }
                $null = Send-WorkerRequest $run $command.Verb $fields $target -Counts
                # Where disks come fast, one look for answers does for several of them.
                if ($run.Sent % $script:DisksALook -eq 0 -or $run.Clock.ElapsedMilliseconds - $run.Looked -ge 10) {
                    $run.Looked = $run.Clock.ElapsedMilliseconds
                    Receive-WorkerReply $run.Worker 0
                    . $emit
                }
                while ($run.Sent - $run.Answered -ge $window -and -not $run.Left) {
                    Receive-WorkerReply $run.Worker 100
                    . $emit
                }
            }
            if ($run.Left -ceq 'break') { break }
            if ($run.Left) { continue }
            $whole = $true
        }
        finally {
            if (-not $whole) {
                Stop-PipelineRun $run
                . $complete
            }
        }
    }

    End     = {
        $whole = $false
        try {
            while ($run.Answered -lt $run.Sent -and -not $run.Left) {
                Receive-WorkerReply $run.Worker 100
                . $emit
            }
            if ($holders.Count -gt 0 -and -not $run.Left) {
                Import-ModulePart Remote $PSCmdlet
                . $script:HolderFlow
            }
            if ($run.Left -ceq 'break') { break }
            if ($run.Left) { continue }
            $whole = $true
        }
        finally {
            if ($whole) { $script:Runs.Remove($run.Number) } else { Stop-PipelineRun $run }
            . $complete
        }
    }
}

# Fields of a request, and where their values stand in a target (New-DiskClaim).
$script:TextFields = @(
    , @('Path', '&path=')
    , @('UniqueId', '&uniqueId=')
    , @('Serial', '&serialNumber=')
    , @('FriendlyName', '&friendlyName=')
    , @('Devices', '&devices=')
)
$script:FlagFields = @(
    , @('Boot', '&boot=')
    , @('System', '&system=')
    , @('Clustered', '&clustered=')
    , @('Multipath', '&multipath=')
)

$script:DisksALook = 8
