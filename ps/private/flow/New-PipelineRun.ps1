function script:New-PipelineRun {
    # One pipeline's share of the worker: what it has sent, what came back, what it may still ask.
    # -Bus: number of the bus that it began with. -Limit: milliseconds that each of its requests may take.
    # -Plan: they only look what would happen.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [int]$Bus, [double]$Limit, [int]$Throttle = 1024, [switch]$Plan)

    $script:LastRun += 1
    $run = @{
        Number    = $script:LastRun
        Cmdlet    = $Cmdlet
        # It stays on this bus, or ends: see Switch-Bus. Its rehearsal, or null.
        Bus       = $Bus
        Rehearsal = $script:Rehearsal
        # Where its requests go; another when that one has ended.
        Worker    = $script:Worker
        Limit     = $Limit
        Throttle  = $Throttle
        Plan      = [bool]$Plan
        # Replies that Receive-WorkerReply has sorted to this run.
        Replies   = [System.Collections.Queue]::new()
        # The reply that is being passed on, until it is out.
        Passing   = $null
        # Whether its requests change something: then one without an answer leaves an open question behind.
        Changes   = $false
        # Whether its results are not given, but for their errors: see Write-Result.
        Unlisted  = $false
        # See Add-NarrowView.
        Narrow    = Test-NarrowScreen
        Sent      = 0
        Answered  = 0
        Clock     = [System.Diagnostics.Stopwatch]::StartNew()
        # Milliseconds on the clock when progress was last shown; 0: never.
        Shown     = 0
        # Milliseconds on the clock when answers were last looked for.
        Looked    = 0
        # The warning was given that a piped object was identified by its number or path alone.
        ByNumber  = $false
        # It ended before all its answers were in.
        Stopped   = $false
        # 'break' or 'continue' when a script block downstream has left its loop.
        Left      = $null
    }
    $script:Runs[$run['Number']] = $run
    return $run
}

function script:Get-OpenRun {
    # All runs that a reply may still come for; others may begin and end while they are gone through.
    $runs = [object[]]::new($script:Runs.Count)
    $script:Runs.Values.CopyTo($runs, 0)
    return $runs
}
