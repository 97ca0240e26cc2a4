function script:Invoke-HolderSearch {
    # The `end` of Find-StorageReservationHolder: asks the hosts, and forwards the worker's decisions.
    # -Request: Wanted (UniqueIds), Serials (serial numbers of disks without one), Kinds (of devices among which they are),
    # and the command's parameters Session, TimeoutSec, ThrottleLimit, WindowSec. Preferences are read by name in the
    # scope of the command, which calls this.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Request)

    $bus = $script:Bus
    $failure = Connect-Worker $Cmdlet -AnyBus
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    Write-LateAnswer $Cmdlet
    # With what it said last, it may have ended.
    $failure = Connect-Worker $Cmdlet -AnyBus
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }

    $parameters = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'Continue'; TimeoutSec = $Request.TimeoutSec; ThrottleLimit = $Request.ThrottleLimit }
    if ($VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore') { $parameters['Verbose'] = $true }
    if ($Request.Kinds.Count -gt 0) { $parameters['DeviceType'] = $Request.Kinds.ToArray() }
    $work = New-SessionWork $Request.Session
    $flow = @{ Cmdlet = $Cmdlet; Run = $work; Serials = $Request.Serials; Told = 0 }
    $showProgress = Test-ProgressShown
    $search = New-HolderSearch -Cmdlet $Cmdlet -Computers $work.Computers -Wanted (Get-WantedParameter $Request) -Parameters $parameters `
        -TimeoutSec $Request.TimeoutSec -ThrottleLimit $Request.ThrottleLimit -WindowSec $Request.WindowSec -Bus $bus
    try {
        while (-not $search.Done -and -not $work.Left) {
            foreach ($answer in @(Step-HolderSearch $search 20)) {
                Send-Downstream $work ${function:Write-SearchEvent} $flow, $answer
                if ($work.Left) { break }
            }
            if ($showProgress -and (Test-ProgressDue $work)) {
                $status = ($script:Messages.ProgressFound -f $search.Finished, $work.Computers.Length, $flow.Told) + (Get-PendingComputer $search.FanOut)
                Write-FlowProgress $Cmdlet $script:Messages.ProgressFind $status ($search.Finished / $work.Computers.Length)
            }
        }
        Resume-CallerLoop $work
        # A disk that no host sees has no UniqueId, so the worker gives no row for it.
        foreach ($one in $Request.Serials) {
            $name = $script:Messages.SerialName -f (Format-SafeText $one)
            $Cmdlet.WriteError((New-ModuleError 'NotFound' ObjectNotFound ($script:Messages.NoHostSees -f $name) $script:Messages.NoHostSeesNext $one -TargetName $name))
        }
    }
    finally {
        Stop-HolderSearch $search
        Complete-FlowProgress $Cmdlet $script:Messages.ProgressFind $work
    }
}

function script:Get-WantedParameter {
    # The parameters of the first question to each host.
    param([hashtable]$Request)

    if ($Request.Serials.Count -eq 0) {
        if ($Request.Wanted.Count -gt 0) { return @{ UniqueId = $Request.Wanted.ToArray() } }
        return @{}
    }
    if ($Request.Wanted.Count -eq 0) { return @{ SerialNumber = $Request.Serials.ToArray() } }
    return @{
        InputObject = @(
            foreach ($one in $Request.Wanted) { [pscustomobject]@{ UniqueId = $one } }
            foreach ($one in $Request.Serials) { [pscustomobject]@{ SerialNumber = $one } }
        )
    }
}

function script:Write-SearchEvent {
    # Forwards one event of a search. Must not contain a loop or a switch around what is written: see Send-Downstream.
    param([hashtable]$Flow, [hashtable]$Answer)

    $cmdlet = $Flow.Cmdlet
    if ($Answer.Kind -ceq 'holder') {
        $holder = $Answer.Payload
        $holder.PSObject.TypeNames.Insert(0, 'StorageRelease.Holder')
        if ($Flow.Run.Narrow) { Add-NarrowView $holder }
        $Flow.Told += 1
        foreach ($one in $Flow.Serials.ToArray()) { if ($one -eq $holder.SerialNumber) { $Flow.Serials.Remove($one) } }
        $holder
        if ($Answer.Category) { $cmdlet.WriteError((New-ModuleError 'NotFound' $Answer.Category ($holder.UniqueId + ': ' + $holder.Message) $holder.NextStep $holder)) }
    }
    elseif ($Answer.Kind -ceq 'verbose') { $cmdlet.WriteVerbose((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
    elseif ($Answer.Kind -ceq 'warning') { $cmdlet.WriteWarning((Get-SessionName $Answer.Session) + ': ' + $Answer.Payload) }
    elseif ($Answer.Kind -ceq 'lost') {
        $cmdlet.ThrowTerminatingError((New-ModuleError 'WorkerGone' ResourceUnavailable ($script:Messages.SearchLost -f $Answer.Payload) $script:Messages.SearchLostNext $null))
    }
    else {
        $row = $script:SessionFailures[$Answer.Reason]
        $cmdlet.WriteError((New-ModuleError $row.Outcome $row.Category $Answer.Message $Answer.NextStep $Answer.Session))
    }
}
