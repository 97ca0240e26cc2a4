function script:New-Errand {
    # Something small that is asked of a worker beside the disks of a run: its replies come into a queue of its own.
    # It takes its turn among the requests of the group with this number, of which so many are at work at once.
    param([hashtable]$Worker, [System.Management.Automation.PSCmdlet]$Cmdlet, [int]$Number, [double]$Limit, [int]$Throttle = 1024, [switch]$Plan)

    return @{
        Replies  = [System.Collections.Queue]::new()
        Worker   = $Worker
        Cmdlet   = $Cmdlet
        Number   = $Number
        Throttle = $Throttle
        Limit    = $Limit
        Plan     = [bool]$Plan
        Stopped  = $false
    }
}
