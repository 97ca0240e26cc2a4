function script:Connect-Worker {
    # Makes sure that a worker is there and is on the session's bus; returns nothing, or the error record that says
    # why not.
    # An event action may call a command of ours while a pipeline waits here. Then both wait for the same worker, each
    # takes the next step where it can be taken, and neither starts another.
    # -AnyBus: what is asked of it is about no disk of this computer.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [switch]$AnyBus)

    $bus = $script:Bus
    $worker = $script:Worker
    if ($null -ne $worker) {
        if ($worker['Ready']) { Confirm-Worker $worker }
        elseif ($null -eq $worker['Starter'].CommandRuntime) { Close-Worker $worker 'its start was stopped' }
    }
    $starting = $null
    while ($true) {
        if ($bus -ne $script:Bus) { return New-BusError }
        if ($null -ne $starting -and $null -ne $starting['Gone']) {
            if ($null -ne $starting['Failure']) { return $starting['Failure'] }
            return New-StartError $starting['Path'] $starting['Gone']
        }
        $worker = $script:Worker
        if ($null -eq $worker) {
            $failure = Start-Worker $Cmdlet
            if ($null -ne $failure) { return $failure }
            continue
        }
        if ($worker['Ready']) { break }
        $starting = $worker
        Step-WorkerStart $worker
    }
    if ($null -eq $script:Rehearsal -and -not $AnyBus -and $worker['Hello'].Platform -cne 'win32') {
        if ($null -ne $starting) { Close-Worker $worker 'stopped' -Gently }
        $examples = [System.IO.Path]::Combine($script:ModuleFolder, 'rehearsal')
        return New-ModuleError 'NoStorageStack' NotImplemented $script:Messages['NoStorageStack'] ($script:Messages['NoStorageStackNext'] -f $examples) $null
    }
}

function script:Step-WorkerStart {
    # Waits a moment for what a worker that starts says next, and goes on from there.
    param([hashtable]$Worker)

    # While it starts, what its first line will need: .NET takes its time for the first of a kind.
    if ($null -eq $script:ReplyShape) { $null = ConvertFrom-WorkerLine $script:ReplySample }
    Receive-WorkerReply $Worker 100
    if ($null -eq $Worker['Hello'] -or $null -ne $Worker['Gone']) { return }
    if ($null -eq $Worker['Entry']) {
        $hello = $Worker['Hello']
        $expected = '{0} {1} protocol {2} build {3}' -f 'storage-release', $ExecutionContext.SessionState.Module.Version, $script:ProtocolVersion, (Get-ModuleBuild)
        $said = '{0} {1} protocol {2} build {3}' -f $hello.Name, $hello.Version, $hello.Protocol, $hello.Build
        if ($said -cne $expected) {
            $Worker['Failure'] = New-ModuleError 'WorkerVersion' InvalidOperation ($script:Messages['WorkerHello'] -f $Worker['Path'], (Format-SafeText $said), $expected) $script:Messages['WorkerHelloNext'] $Worker['Path']
            Close-Worker $Worker 'it is another build'
            return
        }
        if ($null -eq $script:Rehearsal) {
            $Worker['Ready'] = $true
            $Worker['ReadyAfter'] = $script:SessionClock.ElapsedMilliseconds - $Worker['Started']
            return
        }
        $fields = '&file=' + (ConvertTo-Field $script:Rehearsal['Path'])
        if ($script:Rehearsal['Initiator']) { $fields += '&initiator=' + (ConvertTo-Field $script:Rehearsal['Initiator']) }
        $null = Send-WorkerRequest (New-Errand $Worker $null 0 0) 'rehearse' $fields $null -Enters
        return
    }
    while ($Worker['Entry']['Replies'].Count -gt 0) {
        $reply = $Worker['Entry']['Replies'].Dequeue()
        if ($reply['Kind'] -ceq 'warning') { $script:LateWarnings.Enqueue([string]$reply['Payload']) }
        elseif ($reply['Kind'] -ceq 'done') {
            $script:Rehearsal['Computer'] = [string]$reply['Payload']
            $Worker['Ready'] = $true
            $Worker['ReadyAfter'] = $script:SessionClock.ElapsedMilliseconds - $Worker['Started']
        }
        elseif ($reply['Kind'] -ceq 'error') {
            $schema = [System.IO.Path]::Combine($script:ModuleFolder, 'rehearsal', 'rehearsal.schema.json')
            $Worker['Failure'] = New-ModuleError 'RehearsalFailed' InvalidData ($script:Messages['RehearsalFailed'] -f $reply['Payload']) ($script:Messages['RehearsalFailedNext'] -f $schema) $script:Rehearsal['Path']
            Close-Worker $Worker 'stopped' -Gently
        }
    }
}

function script:Confirm-Worker {
    # Makes sure that a worker that was there before still is: it may have ended since it was last heard of, or be
    # about to, after a minute without work.
    param([hashtable]$Worker)

    # Its last words, and the end of them, may be on their way.
    Receive-WorkerReply $Worker 0
    for ($i = 0; $i -lt 10 -and $null -eq $Worker['Gone'] -and $Worker['Process'].HasExited; $i++) { Receive-WorkerReply $Worker 100 }
    if ($null -eq $Worker['Gone'] -and $Worker['Process'].HasExited) { Close-Worker $Worker 'it ended' }
    if ($null -ne $Worker['Gone'] -or $Worker['Open'].Count -gt 0 -or
        $script:SessionClock.ElapsedMilliseconds - $Worker['Talked'] -lt $script:Patience['Idle']) { return }
    # Nothing is ever sent twice, so nothing that matters is sent to one that may not look at it any more.
    $script:LastRun += 1
    $errand = New-Errand $Worker $null $script:LastRun 0
    $null = Send-WorkerRequest $errand 'cancel' ('&group=' + $errand['Number']) $null
    while ($errand['Replies'].Count -eq 0) { Receive-WorkerReply $Worker 100 }
}

function script:Connect-Run {
    # Makes sure that a pipeline has a worker on the bus that it began with; returns nothing, or the error record that
    # says why it cannot go on. The one that was there when the pipeline began may have ended since.
    # -AnyBus: see Connect-Worker.
    param([hashtable]$Run, [switch]$AnyBus)

    if ($Run['Bus'] -ne $script:Bus) { return New-BusError }
    $failure = Connect-Worker $Run['Cmdlet'] -AnyBus:$AnyBus
    if ($null -ne $failure) { return $failure }
    if ($Run['Bus'] -ne $script:Bus) { return New-BusError }
    $Run['Worker'] = $script:Worker
}

function script:New-BusError {
    # Of a pipeline whose bus the session has left.
    return New-ModuleError 'BusChanged' InvalidOperation $script:Messages['BusChanged'] $script:Messages['BusChangedNext'] $null
}
