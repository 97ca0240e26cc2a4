function script:Switch-Bus {
    # The session goes to another bus: to this rehearsal, or to the real one. Pipelines that are under way stay on the
    # bus that they began with, and end when what they have sent is answered; nothing more is sent there.
    # -Removed: the module goes.
    param([hashtable]$Rehearsal, [switch]$Removed)

    $worker = $script:Worker
    # One that has only been started is of no bus yet. For the real one more is asked of the files: see Protect-Executable.
    $isNew = $null -ne $worker -and -not $worker['Ready'] -and $null -eq $worker['Entry'] -and $null -eq $script:Rehearsal
    if ($isNew -and $null -ne $Rehearsal -and -not $Removed) {
        $worker['Margin'] = 'Stored'
        $worker = $null
    }
    else { $script:Worker = $null }
    $script:Rehearsal = $Rehearsal
    $script:Bus += 1
    # What only Tab waits for keeps no worker.
    if ($null -ne $script:DiskList) { $script:DiskList.Errand['Stopped'] = $true }
    $script:DiskList = $null
    $script:SeenState.Clear()
    if ($Removed) { $script:Removed = $true }
    if ($null -ne $worker) {
        if (-not $worker['Ready']) { Close-Worker $worker 'its start was stopped' }
        else {
            $worker['Leaving'] = $true
            $null = $script:Leaving.Add($worker)
            # What has not been handed to a disk yet is taken back.
            foreach ($run in Get-OpenRun) {
                if ([object]::ReferenceEquals($run['Worker'], $worker)) { Stop-RunRequest $run }
            }
        }
    }
    foreach ($one in $script:Leaving.ToArray()) { Complete-Leaving $one }
}

function script:Complete-Leaving {
    # Sees a worker off that the session has left, when nobody waits for an answer of it any more.
    param([hashtable]$Worker)

    $ids = [object[]]::new($Worker['Open'].Count)
    $Worker['Open'].Keys.CopyTo($ids, 0)
    foreach ($id in $ids) {
        $entry = $Worker['Open'][$id]
        if ($null -eq $entry -or $entry['Verb'] -ceq 'cancel' -or ($entry['Verb'] -ceq 'list' -and $entry['Run']['Stopped'])) { continue }
        # Without the module, only a pipeline that is still under way will ever look.
        if (-not $script:Removed) { return }
        if (-not $entry['Run']['Stopped'] -and $null -ne $entry['Run']['Cmdlet'] -and $null -ne $entry['Run']['Cmdlet'].CommandRuntime) { return }
    }
    Close-Worker $Worker 'stopped' -Gently
}
