function Invoke-StorageRelease {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'InputObject')]
    [OutputType('StorageRelease.Result')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'InputObject', ValueFromPipeline)]
        [AllowNull()]
        [AllowEmptyString()]
        [object[]]
        $InputObject,

        # Not [uint32[]]: that would make disk 0 of $null.
        [Parameter(Mandatory, ParameterSetName = 'Number', Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('DiskNumber')]
        [AllowNull()]
        [object[]]
        $Number,

        [Parameter(Mandatory, ParameterSetName = 'UniqueId', ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $UniqueId,

        [Parameter(Mandatory, ParameterSetName = 'Path', ValueFromPipelineByPropertyName)]
        [AllowNull()]
        [AllowEmptyString()]
        [string[]]
        $Path,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 30,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 32,

        [ValidateSet('Boot', 'System', 'Clustered', 'Multipath')]
        [string[]]
        $Allow,

        [switch]
        $Force
    )

    begin {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }

        $failure = Connect-Worker
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
        Write-StoppedRun $PSCmdlet

        $verbose = $VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore'
        # What a question would need: identity and guards are looked at first, so that it names the disk and is not
        # asked in vain.
        $dryRun = [bool]$WhatIfPreference
        $ask = -not $dryRun -and $ConfirmPreference -ne 'None'
        if ($ask -and -not (Test-Questioner)) {
            $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages.NobodyToAsk $script:Messages.NobodyToAskNext $null
            $PSCmdlet.ThrowTerminatingError($failure)
        }

        $run = New-Run $PSCmdlet
        $common = "&group=$($run.Number)&throttle=$ThrottleLimit&timeout=$TimeoutSec&verbose=$([int]$verbose)"
        if ($Allow) { $common += '&allow=' + ($Allow -join ',') }
        # How far requests run ahead of their answers.
        $window = 2 * $ThrottleLimit
        $showProgress = $ProgressPreference -eq 'Continue' -and
            -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)

        # Passes on all that has arrived.
        $emit = {
            while ($run.Replies.Count -gt 0) {
                $reply = $run.Replies.Dequeue()
                switch ($reply.Kind) {
                    'result' {
                        $run.Answered += 1
                        $result = $reply.Payload
                        $result.PSObject.TypeNames.Insert(0, 'StorageRelease.Result')
                        Write-Result $PSCmdlet $result $reply.Category
                    }
                    'plan' {
                        $run.Answered += 1
                        $name = Get-TargetName $reply.Payload
                        if ($reply.Payload.Outcome -ceq 'Accepted') { $text = $script:Messages.WouldSend -f $name }
                        else { $text = $script:Messages.WouldNot -f $name, $reply.Payload.Outcome, $reply.Payload.Message }
                        $null = Request-Confirmation $PSCmdlet $text $text
                    }
                    'verbose' { $PSCmdlet.WriteVerbose($reply.Payload) }
                    'warning' { $PSCmdlet.WriteWarning($reply.Payload) }
                    default {
                        # The worker ended, or did not understand: the request still has its one answer.
                        $run.Answered += 1
                        if ($dryRun) { $PSCmdlet.WriteWarning($reply.Payload) }
                        else {
                            $text = $reply.Payload
                            if ($reply.Kind -ceq 'gone') { $text = $script:Messages.WorkerGone -f $reply.Payload }
                            Write-Result $PSCmdlet (New-LocalResult $reply.Target 'Failed' $text $script:Messages.WorkerGoneNext) 'NotSpecified'
                        }
                    }
                }
            }
            if ($showProgress -and $run.Clock.ElapsedMilliseconds -ge 1000 -and $run.Clock.ElapsedMilliseconds - $run.Shown -ge 200) {
                $run.Shown = $run.Clock.ElapsedMilliseconds
                $progress = [System.Management.Automation.ProgressRecord]::new(
                    1, $script:Messages.Progress, ($script:Messages.ProgressStatus -f $run.Answered, $run.Sent))
                $progress.PercentComplete = [int][System.Math]::Floor(100 * $run.Answered / [System.Math]::Max(1, $run.Sent))
                $PSCmdlet.WriteProgress($progress)
            }
        }
    }

    process {
        $whole = $false
        try {
            switch ($PSCmdlet.ParameterSetName) {
                'Number' { $given = $Number }
                'UniqueId' { $given = $UniqueId }
                'Path' { $given = $Path }
                default { $given = $InputObject }
            }
            if ($null -eq $given) { $given = @($null) }
            foreach ($one in $given) {
                switch ($PSCmdlet.ParameterSetName) {
                    'Number' {
                        $target = New-Target $one
                        $target.Number = ConvertTo-DiskNumber $one
                        if ($null -eq $target.Number) { $target = New-Refusal $one 'BadNumber' 'BadNumberNext' (Format-Text ([string]$one)) }
                    }
                    'UniqueId' {
                        $target = New-Target $one
                        $target.UniqueId = $one
                        if (-not $one) { $target = New-Refusal $one 'EmptyUniqueId' 'NoIdentityNext' }
                    }
                    'Path' {
                        $target = New-Target $one
                        $target.Path = $one
                        if (-not (Test-DevicePath $one)) { $target = New-Refusal $one 'Text' 'TextNext' (Format-Text $one) }
                    }
                    default { $target = Resolve-Target $one }
                }

                if ($target.Refused) {
                    if ($dryRun) { $null = Request-Confirmation $PSCmdlet $target.Message $target.Message }
                    else { Write-Result $PSCmdlet (New-LocalResult $target 'Refused' $target.Message $target.NextStep) $target.Category }
                    continue
                }

                # The worker may have ended since the last disk.
                $failure = Connect-Worker
                if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }

                $fields = $common + (ConvertTo-RequestField $target)
                if ($ask) {
                    # Alone, and looked at before it is asked about: answers of earlier disks may pass meanwhile.
                    $planRun = @{ Replies = [System.Collections.Queue]::new() }
                    $null = Send-Worker $planRun 'plan' $fields $target
                    $plan = $null
                    while ($null -eq $plan) {
                        . $emit
                        Receive-Worker 100
                        while ($planRun.Replies.Count -gt 0) {
                            $reply = $planRun.Replies.Dequeue()
                            if ($reply.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose($reply.Payload) }
                            elseif ($reply.Kind -ceq 'warning') { $PSCmdlet.WriteWarning($reply.Payload) }
                            else { $plan = $reply }
                        }
                    }
                    if ($plan.Kind -cne 'plan') {
                        Write-Result $PSCmdlet (New-LocalResult $target 'Failed' $plan.Payload $script:Messages.WorkerGoneNext) 'NotSpecified'
                        continue
                    }
                    $planned = $plan.Payload
                    $planned.PSObject.TypeNames.Insert(0, 'StorageRelease.Result')
                    if ($planned.Outcome -cne 'Accepted') {
                        # It would not be sent, so there is nothing to ask.
                        Write-Result $PSCmdlet $planned $plan.Category
                        continue
                    }
                    $name = Get-TargetName $planned
                    if (-not (Request-Confirmation $PSCmdlet ($script:Messages.Sending -f $name) ($script:Messages.Ask -f $name))) {
                        $planned.Outcome = 'Refused'
                        $planned.Message = $script:Messages.Declined
                        $planned.NextStep = ''
                        $PSCmdlet.WriteObject($planned)
                        continue
                    }
                }
                $verb = 'release'
                if ($dryRun) { $verb = 'plan' }
                $run.Sent += 1
                $null = Send-Worker $run $verb $fields $target
                Receive-Worker 0
                . $emit
                while ($run.Sent - $run.Answered -ge $window) {
                    Receive-Worker 100
                    . $emit
                }
            }
            $whole = $true
        }
        finally {
            if (-not $whole) { Stop-Run $run }
        }
    }

    end {
        $whole = $false
        try {
            while ($run.Answered -lt $run.Sent) {
                Receive-Worker 100
                . $emit
            }
            $whole = $true
        }
        finally {
            if ($run.Shown -gt 0) {
                $progress = [System.Management.Automation.ProgressRecord]::new(1, $script:Messages.Progress, $script:Messages.Progress)
                $progress.RecordType = 'Completed'
                try { $PSCmdlet.WriteProgress($progress) } catch { $null = $_ }
            }
            if ($whole) { $script:Runs.Remove($run.Number) } else { Stop-Run $run }
        }
    }
}
