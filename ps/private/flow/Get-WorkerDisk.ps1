function script:Get-WorkerDisk {
    # All devices of these kinds, disks without any, of a pipeline's bus, as objects to be resolved like piped ones.
    param([hashtable]$Run, [int]$TimeoutSec, [string[]]$DeviceType)

    if (-not $DeviceType) { $DeviceType = 'Disk' }
    $failure = Connect-Run $Run
    if ($null -ne $failure) { $Run['Cmdlet'].ThrowTerminatingError($failure) }
    $listing = New-Errand $Run['Worker'] $Run['Cmdlet'] 0 (1000 * $TimeoutSec)
    $null = Send-WorkerRequest $listing 'list' "&timeout=$TimeoutSec&devices=$(ConvertTo-Field ($DeviceType -join ','))" $null
    $disks = [System.Collections.ArrayList]::new()
    while ($true) {
        while ($listing['Replies'].Count -gt 0) {
            $reply = $listing['Replies'].Dequeue()
            if ($reply['Kind'] -ceq 'disk') {
                $reply['Payload'].PSObject.TypeNames.Insert(0, 'StorageRelease.Disk')
                $null = $disks.Add($reply['Payload'])
                continue
            }
            if ($reply['Kind'] -ceq 'warning') {
                $Run['Cmdlet'].WriteWarning($reply['Payload'])
                continue
            }
            if ($reply['Kind'] -cne 'done') {
                $answer = Get-LostAnswer $reply
                $Run['Cmdlet'].ThrowTerminatingError((New-ModuleError 'DiskList' ReadError $answer['Message'] $answer['NextStep'] $null))
            }
            return $disks.ToArray()
        }
        Receive-WorkerReply $Run['Worker'] 100
    }
}
