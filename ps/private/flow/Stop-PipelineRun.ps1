function script:Stop-PipelineRun {
    # A pipeline ends before all its answers are in (Ctrl+C, Select-Object -First, a failing neighbour): what has
    # not been sent to a disk yet is taken back, and what becomes of the rest is told by the next command.
    # Called from `finally` blocks: nothing here writes to the host or waits.
    param([hashtable]$Run)

    $Run['Stopped'] = $true
    # What Ctrl+C has kept from coming out is told later; what a neighbour stumbled over has come out.
    if ($null -ne $Run['Passing'] -and (Test-PipelineStopped $Run['Cmdlet'])) { $Run['Replies'].Enqueue($Run['Passing']) }
    $Run['Passing'] = $null
    $worker = $Run['Worker']
    if ($null -eq $worker -or $null -ne $worker['Gone']) { return }
    Stop-RunRequest $Run
    # The next command of a module that is gone never comes.
    if ($script:Removed) { Complete-Leaving $worker }
}

function script:Stop-RunRequest {
    # Takes back what of a run has not been handed to a disk yet; each of these requests still has its answer.
    param([hashtable]$Run)

    $null = Send-WorkerRequest (New-Errand $Run['Worker'] $null $Run['Number'] 0) 'cancel' ('&group=' + $Run['Number']) $null
}
