function Get-StorageRehearsalDisk {
    [CmdletBinding()]
    [OutputType('StorageRelease.Disk')]
    param(
        [Parameter(Position = 0)]
        [Alias('DiskNumber')]
        [uint32[]]
        $Number,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 5
    )

    begin {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($null -eq $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalNone' InvalidOperation $script:Messages.RehearsalNone $script:Messages.RehearsalNoneNext $null
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $failure = Connect-Worker
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
    }

    end {
        $run = New-Run $PSCmdlet
        $whole = $false
        try {
            $null = Send-Worker $run 'list' "&group=$($run.Number)&timeout=$TimeoutSec" @{}
            while (-not $whole) {
                Receive-Worker 100
                while ($run.Replies.Count -gt 0) {
                    $reply = $run.Replies.Dequeue()
                    if ($reply.Kind -ceq 'disk') {
                        $disk = $reply.Payload
                        if ($Number -and $Number -notcontains $disk.Number) { continue }
                        $disk.PSObject.TypeNames.Insert(0, 'StorageRelease.Disk')
                        $PSCmdlet.WriteObject($disk)
                        continue
                    }
                    $whole = $true
                    if ($reply.Kind -cne 'done') {
                        $PSCmdlet.WriteError((New-ModuleError 'RehearsalList' ReadError ([string]$reply.Payload) '' $null))
                    }
                }
            }
        }
        finally {
            if ($whole) { $script:Runs.Remove($run.Number) } else { Stop-Run $run }
        }
    }
}
