function Get-BusDisk {
    # All devices of these kinds, disks without any, of this computer or of the rehearsal, as objects to be resolved like
    # piped ones.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [int]$TimeoutSec, [string[]]$DeviceType)

    if (-not $DeviceType) { $DeviceType = 'Disk' }

    $listing = @{ Replies = [System.Collections.Queue]::new(); Waiting = @{} }
    $null = Send-Worker $listing 'list' "&timeout=$TimeoutSec&devices=$([uri]::EscapeDataString($DeviceType -join ','))" @{}
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
