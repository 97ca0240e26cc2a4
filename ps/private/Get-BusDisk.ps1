function Get-BusDisk {
    # All disks, tapes and changers of this computer (or of the rehearsal), as objects to be resolved like piped
    # ones.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [int]$TimeoutSec)

    $listing = @{ Replies = [System.Collections.Queue]::new(); Waiting = @{} }
    $null = Send-Worker $listing 'list' "&timeout=$TimeoutSec" @{}
    $disks = [System.Collections.ArrayList]::new()
    while ($true) {
        while ($listing.Replies.Count -gt 0) {
            $reply = $listing.Replies.Dequeue()
            if ($reply.Kind -ceq 'disk') {
                $reply.Payload.PSObject.TypeNames.Insert(0, 'StorageRelease.Disk')
                $null = $disks.Add($reply.Payload)
                continue
            }
            if ($reply.Kind -cne 'done') {
                $Cmdlet.ThrowTerminatingError((New-ModuleError 'DiskList' ReadError ([string]$reply.Payload) '' $null))
            }
            return $disks.ToArray()
        }
        Receive-Worker 100
        Restore-LostReply $listing
    }
}
