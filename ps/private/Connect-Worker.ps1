function Connect-Worker {
    # Makes sure that a worker is there and is on the right bus; returns nothing, or the error record that says
    # why not.
    # -AnyBus: what is asked of it is about no disk of this computer.
    param([switch]$AnyBus)

    if ($null -ne $script:Worker -and -not $script:Worker.Ready) { Stop-Worker }
    elseif ($null -ne $script:Worker) {
        # It may have ended since it was last heard of; then its last words, and the end of them, are on their way.
        Receive-Worker 0
        for ($i = 0; $i -lt 10 -and $null -ne $script:Worker -and $script:Worker.Process.HasExited; $i++) { Receive-Worker 100 }
    }
    $isNew = $null -eq $script:Worker
    if (-not $isNew -and $null -ne $script:Rehearsal) { return }
    if ($isNew) {
        $failure = Start-Worker
        if ($null -ne $failure) { return $failure }
    }
    if ($null -eq $script:Rehearsal) {
        if (-not $AnyBus -and $script:Worker.Hello.Platform -cne 'win32') {
            if ($isNew) { Stop-Worker }
            $examples = [System.IO.Path]::Combine($script:ModuleFolder, 'rehearsal')
            return New-ModuleError 'NoStorageStack' NotImplemented $script:Messages.NoStorageStack ($script:Messages.NoStorageStackNext -f $examples) $null
        }
        $script:Worker.Ready = $true
        return
    }
    $run = @{ Replies = [System.Collections.Queue]::new() }
    $fields = '&file=' + [uri]::EscapeDataString($script:Rehearsal.Path)
    if ($script:Rehearsal.Initiator) { $fields += '&initiator=' + [uri]::EscapeDataString($script:Rehearsal.Initiator) }
    $null = Send-Worker $run 'rehearse' $fields $null
    while ($true) {
        while ($run.Replies.Count -gt 0) {
            $reply = $run.Replies.Dequeue()
            if ($reply.Kind -ceq 'warning') {
                $script:LateWarnings.Enqueue([string]$reply.Payload)
                continue
            }
            if ($reply.Kind -ceq 'done') {
                $script:Rehearsal.Computer = [string]$reply.Payload
                $script:Worker.Ready = $true
                return
            }
            Stop-Worker
            $schema = [System.IO.Path]::Combine($script:ModuleFolder, 'rehearsal', 'rehearsal.schema.json')
            return New-ModuleError 'RehearsalFailed' InvalidData ($script:Messages.RehearsalFailed -f $reply.Payload) ($script:Messages.RehearsalFailedNext -f $schema) $script:Rehearsal.Path
        }
        Receive-Worker 100
    }
}
