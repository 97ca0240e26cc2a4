function Invoke-StorageRelease {
    <#
    .SYNOPSIS
    Releases disks that this host had reserved, and says honestly what happened to each.

    .DESCRIPTION
    Sends IOCTL_STORAGE_RELEASE to each disk that is piped or named. The class driver makes of it the SCSI command
    RELEASE(6), or RELEASE(10) where the device knows only that.

    A reservation can be released only by the initiator that made it, over the path it was made on. A device answers
    "good" also to a host that held nothing. So the best outcome is called Accepted: the device completed the request.
    It is no proof that anything had been reserved.

    Nothing here frees a disk that another host has reserved, and nothing frees persistent reservations, which failover
    clusters use. The result says which tool does.

    Every disk that goes in comes out as exactly one result, as soon as it is known; one that could not be released also
    writes one non-terminating error whose TargetObject is that result. Nothing else is written to the pipeline.

    Before anything is sent, the opened device must be the one that was named: its number, its UniqueId and its serial
    number are compared. Boot, system and clustered disks and disks with more than one path are refused unless their
    kind is named with -Allow; -Force does not pass that guard.

    Releasing needs an elevated session. -WhatIf does not.

    .PARAMETER InputObject
    The disk to release: what Get-Disk, Get-PhysicalDisk, Mount-DiskImage -PassThru or Get-CimInstance Win32_DiskDrive
    give; a result of this command, to try again; a record with a UniqueId, as Import-Csv and ConvertFrom-Json give; or
    a text that is a device path.

    Partitions and volumes are refused, and so are objects from another computer: their numbers mean other disks here.

    .PARAMETER Number
    Disk numbers, as Get-Disk shows them.

    .PARAMETER UniqueId
    Unique ids, as Get-Disk shows them. The disk is searched among those of this computer. Better than a number, which may
    be another disk's after the next restart.

    .PARAMETER Path
    Device paths: \\.\PhysicalDrive3, \\.\Tape0, \\.\Changer0, \\.\CdRom0, or a device-interface path such as the Path of
    Get-Disk. Nothing else below \\.\ and \\?\ is opened.

    .PARAMETER TimeoutSec
    Seconds for all that is done to one disk, its open included. After that its outcome is TimedOut: the request is
    still in the driver, which may take minutes to give up, and whether anything is released is unknown. A disk that
    hangs delays no other.

    .PARAMETER ThrottleLimit
    How many disks are worked on at the same time.

    .PARAMETER Allow
    Kinds of disk that are not refused: Boot, System, Clustered, Multipath.

    .PARAMETER Force
    Asks no question. Guards hold all the same.

    .INPUTS
    Disk objects of the Storage module, Win32_DiskDrive, results of this command, records with a UniqueId, device paths.

    .OUTPUTS
    StorageRelease.Result

    Number [uint32]             Disk number; empty for tapes, and where none is known.
    DevicePath [string]         The path that was opened.
    FriendlyName [string]       Vendor and product.
    SerialNumber [string]       As the device says it.
    UniqueId [string]           Identifier of page 83h, as Get-Disk shows it.
    BusType [string]            Name of STORAGE_BUS_TYPE: Fibre, iScsi, Sas, Sata, Nvme, ...
    Outcome [string]            Accepted, NotSupported, Conflict, AccessDenied, NotFound, NotReady, InUse,
                                IdentityChanged, Refused, TimedOut or Failed.
    NtStatus [uint32]           What the driver answered.
    NtStatusName [string]       Its name, as STATUS_DEVICE_BUSY.
    Win32Error [int]            The Windows error code of it.
    Information [uint64]        Bytes that the driver reported; 0 for this request.
    ReservationBefore [string]  Empty: nobody looked.
    ReservationAfter [string]   Empty: nobody looked.
    DurationMs [double]         From the open to the answer, in milliseconds.
    StartedAt [datetime]        When the disk's turn came, UTC.
    ComputerName [string]       The computer whose disk it is.
    Bus [string]                Windows, or Rehearsal.
    Message [string]            What happened, in a sentence.
    NextStep [string]           What to do about it.

    .EXAMPLE
    Invoke-StorageRelease -Number 3 -WhatIf

    Says what would happen to disk 3, guards included, and sends nothing.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease

    Asks, and releases disk 3.

    .EXAMPLE
    Get-Disk | Where-Object BusType -eq 'Fibre Channel' | Invoke-StorageRelease -Force

    Releases all disks of the Fibre Channel bus without a question. Boot, system, clustered and multipath disks among
    them are refused.

    .EXAMPLE
    Get-Disk 3 | Invoke-StorageRelease -Force | Format-List

    Shows everything that is known of the outcome.

    .EXAMPLE
    $results = Get-Disk | Invoke-StorageRelease -Force -ErrorAction SilentlyContinue
    $results | Where-Object Outcome -eq 'TimedOut' | Invoke-StorageRelease -Force -TimeoutSec 300

    Gives those that did not answer in time five minutes more.

    .EXAMPLE
    Import-Csv disks.csv | Invoke-StorageRelease -Force

    Releases the disks that a list names by their UniqueId, whatever their numbers are today.

    .EXAMPLE
    Invoke-StorageRelease -Path \\.\Tape0 -Force

    Releases a tape drive. The request is the storage class's, not the disk's alone.

    .EXAMPLE
    Get-Disk 5 | Invoke-StorageRelease -Allow Clustered -Force

    Sends the request to a disk of a failover cluster. The cluster's persistent reservation stays.

    .LINK
    Get-StorageRehearsalDisk

    .LINK
    Enter-StorageRehearsal
    #>
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
        if ($Allow) { $common += '&allow=' + [uri]::EscapeDataString($Allow -join ',') }
        # How far requests run ahead of their answers.
        $window = 2 * $ThrottleLimit
        $showProgress = $ProgressPreference -eq 'Continue' -and
            -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)

        # Passes one reply on. No loop and no switch in here: see $emit.
        $pass = {
            if ($reply.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose($reply.Payload) }
            elseif ($reply.Kind -ceq 'warning') { $PSCmdlet.WriteWarning($reply.Payload) }
            elseif ($reply.Kind -ceq 'local') { Write-Result $PSCmdlet $reply.Payload $reply.Category }
            else {
                $run.Answered += 1
                if ($reply.Kind -ceq 'result') {
                    $result = $reply.Payload
                    $result.PSObject.TypeNames.Insert(0, 'StorageRelease.Result')
                    Write-Result $PSCmdlet $result $reply.Category
                }
                elseif ($reply.Kind -ceq 'plan') {
                    $name = Get-TargetName $reply.Payload
                    if ($reply.Payload.Outcome -ceq 'Accepted') { $text = $script:Messages.WouldSend -f $name }
                    else { $text = $script:Messages.WouldNot -f $name, $reply.Payload.Outcome, $reply.Payload.Message }
                    $null = Request-Confirmation $PSCmdlet $text $text
                }
                # The worker ended, or did not understand: the request still has its one answer.
                elseif ($dryRun) { $PSCmdlet.WriteWarning($reply.Payload) }
                else {
                    $text = $reply.Payload
                    if ($reply.Kind -ceq 'gone') { $text = $script:Messages.WorkerGone -f $reply.Payload }
                    Write-Result $PSCmdlet (New-LocalResult $reply.Target 'Failed' $text $script:Messages.WorkerGoneNext) 'NotSpecified'
                }
            }
        }
        # Passes on all that has arrived. A `break` or `continue` in a script block downstream takes effect on the nearest
        # loop of the whole stack, and that is one of ours: it is caught by the inner loop here (only `continue` comes to
        # the condition) and repeated where none of our loops is left, so that the caller's own loop gets it.
        $emit = {
            while ($run.Replies.Count -gt 0 -and -not $run.Left) {
                $reply = $run.Replies.Dequeue()
                $run.Left = 'break'
                do {
                    . $pass
                    $run.Left = $null
                } while ($(if ($run.Left) { $run.Left = 'continue' }; $false))
            }
            if ($showProgress -and $run.Clock.ElapsedMilliseconds -ge 1000 -and $run.Clock.ElapsedMilliseconds - $run.Shown -ge 200) {
                $run.Shown = $run.Clock.ElapsedMilliseconds
                $progress = [System.Management.Automation.ProgressRecord]::new(
                    1, $script:Messages.Progress, ($script:Messages.ProgressStatus -f $run.Answered, $run.Sent))
                $progress.PercentComplete = [int][System.Math]::Floor(100 * $run.Answered / [System.Math]::Max(1, $run.Sent))
                $PSCmdlet.WriteProgress($progress)
            }
        }
        # Takes the progress bar away. From `finally`, where the pipeline may be ending under it.
        $complete = {
            if ($run.Shown -gt 0) {
                $progress = [System.Management.Automation.ProgressRecord]::new(1, $script:Messages.Progress, $script:Messages.Progress)
                $progress.RecordType = 'Completed'
                try { $PSCmdlet.WriteProgress($progress) } catch { $null = $_ }
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
                if ($run.Left) { break }
                switch ($PSCmdlet.ParameterSetName) {
                    'Number' {
                        $target = New-Target $one
                        $target.Number = ConvertTo-DiskNumber $one
                        if ($null -eq $target.Number) { $target = New-Refusal $one 'BadNumber' 'BadNumberNext' (Format-Text ([string]$one)) }
                    }
                    'UniqueId' {
                        $target = New-Target $one
                        $target.UniqueId = $one
                        if ([string]::IsNullOrWhiteSpace($one)) { $target = New-Refusal $one 'EmptyUniqueId' 'NoIdentityNext' }
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
                    else {
                        $result = New-LocalResult $target 'Refused' $target.Message $target.NextStep
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $result; Category = $target.Category })
                    }
                    . $emit
                    continue
                }

                # The worker may have ended since the last disk.
                $failure = Connect-Worker
                if ($null -ne $failure) {
                    # What the old one still said, or left open, comes first.
                    . $emit
                    $PSCmdlet.ThrowTerminatingError($failure)
                }

                $fields = $common + (ConvertTo-RequestField $target)
                if ($ask) {
                    # Alone, and looked at before it is asked about: answers of earlier disks may pass meanwhile.
                    $planRun = @{ Replies = [System.Collections.Queue]::new() }
                    $null = Send-Worker $planRun 'plan' $fields $target
                    $plan = $null
                    while ($null -eq $plan -and -not $run.Left) {
                        . $emit
                        Receive-Worker 100
                        while ($planRun.Replies.Count -gt 0) {
                            $reply = $planRun.Replies.Dequeue()
                            if ($reply.Kind -ceq 'verbose') { $PSCmdlet.WriteVerbose($reply.Payload) }
                            elseif ($reply.Kind -ceq 'warning') { $PSCmdlet.WriteWarning($reply.Payload) }
                            else { $plan = $reply }
                        }
                    }
                    if ($run.Left) { break }
                    if ($plan.Kind -cne 'plan') {
                        $result = New-LocalResult $target 'Failed' $plan.Payload $script:Messages.WorkerGoneNext
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $result; Category = 'NotSpecified' })
                        . $emit
                        continue
                    }
                    $planned = $plan.Payload
                    $planned.PSObject.TypeNames.Insert(0, 'StorageRelease.Result')
                    if ($planned.Outcome -cne 'Accepted') {
                        # It would not be sent, so there is nothing to ask.
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $planned; Category = $plan.Category })
                        . $emit
                        continue
                    }
                    $name = Get-TargetName $planned
                    if (-not (Request-Confirmation $PSCmdlet ($script:Messages.Sending -f $name) ($script:Messages.Ask -f $name))) {
                        $planned.Outcome = 'Refused'
                        $planned.Message = $script:Messages.Declined
                        $planned.NextStep = ''
                        $run.Replies.Enqueue(@{ Kind = 'local'; Payload = $planned; Category = $null })
                        . $emit
                        continue
                    }
                }
                $verb = 'release'
                if ($dryRun) { $verb = 'plan' }
                $run.Sent += 1
                $null = Send-Worker $run $verb $fields $target
                Receive-Worker 0
                . $emit
                while ($run.Sent - $run.Answered -ge $window -and -not $run.Left) {
                    Receive-Worker 100
                    . $emit
                }
            }
            if ($run.Left -ceq 'break') { break }
            if ($run.Left) { continue }
            $whole = $true
        }
        finally {
            if (-not $whole) {
                Stop-Run $run
                . $complete
            }
        }
    }

    end {
        $whole = $false
        try {
            while ($run.Answered -lt $run.Sent -and -not $run.Left) {
                Receive-Worker 100
                . $emit
            }
            if ($run.Left -ceq 'break') { break }
            if ($run.Left) { continue }
            $whole = $true
        }
        finally {
            if ($whole) { $script:Runs.Remove($run.Number) } else { Stop-Run $run }
            . $complete
        }
    }
}
