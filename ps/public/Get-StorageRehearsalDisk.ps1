function Get-StorageRehearsalDisk {
    <#
    .SYNOPSIS
    Gets the disks of the current rehearsal.

    .DESCRIPTION
    Stands in for Get-Disk while a rehearsal is under way: one object per disk, tape and changer that the host of the
    rehearsal sees, with what the device says of itself.

    .PARAMETER Number
    Only the disks of these numbers.

    .PARAMETER TimeoutSec
    Seconds that a disk may take to report its identity. A disk that hangs is listed by its path alone.

    .OUTPUTS
    StorageRelease.Disk

    .EXAMPLE
    Get-StorageRehearsalDisk

    Lists the disks.

    .EXAMPLE
    Get-StorageRehearsalDisk 3 | Invoke-StorageRelease -Force

    Releases disk 3 of the rehearsal.

    .LINK
    Enter-StorageRehearsal
    #>
    [CmdletBinding(HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Disk', 'StorageRelease.Disk#Properties')]
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
        Import-ModulePart Private $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($null -eq $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalNone' InvalidOperation -Message $script:Messages['RehearsalNone'] -NextStep $script:Messages['RehearsalNoneNext']
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $bus = $script:Bus
        $failure = Connect-Worker $PSCmdlet
        if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
    }

    end {
        if ($bus -ne $script:Bus) { $PSCmdlet.ThrowTerminatingError((New-BusError)) }
        $run = New-PipelineRun $PSCmdlet $bus (1000 * $TimeoutSec)
        $given = @{}
        $whole = $false
        try {
            $failure = Connect-Run $run
            if ($null -ne $failure) { $PSCmdlet.ThrowTerminatingError($failure) }
            $null = Send-WorkerRequest $run 'list' "&group=$($run['Number'])&timeout=$TimeoutSec" $null
            while (-not $whole -and -not $run['Left']) {
                Receive-WorkerReply $run['Worker'] 100
                while ($run['Replies'].Count -gt 0 -and -not $run['Left']) {
                    $reply = $run['Replies'].Dequeue()
                    if ($reply['Kind'] -ceq 'disk') {
                        $disk = $reply['Payload']
                        if ($null -ne $Number -and $Number -notcontains $disk.Number) { continue }
                        if ($null -ne $disk.Number) { $given[$disk.Number] = $true }
                        $disk.PSObject.TypeNames.Insert(0, 'StorageRelease.Disk')
                        Send-Downstream $run { param($Disk) $Disk } $disk
                        continue
                    }
                    if ($reply['Kind'] -ceq 'warning') {
                        $PSCmdlet.WriteWarning($reply['Payload'])
                        continue
                    }
                    $whole = $true
                    if ($reply['Kind'] -cne 'done') {
                        $answer = Get-LostAnswer $reply
                        $PSCmdlet.WriteError((New-ModuleError 'RehearsalList' ReadError -Message $answer['Message'] -NextStep $answer['NextStep']))
                        continue
                    }
                    foreach ($one in $Number) {
                        if ($given.ContainsKey($one)) { continue }
                        $message = $script:Messages['RehearsalNoDisk'] -f $one, $script:Rehearsal['Computer']
                        $PSCmdlet.WriteError((New-ModuleError 'NotFound' ObjectNotFound -Message $message -NextStep $script:Messages['RehearsalNoDiskNext'] -Target $one -TargetName ('Disk {0}' -f $one)))
                    }
                }
            }
            Resume-CallerLoop $run
        }
        finally {
            if ($whole) { $script:Runs.Remove($run['Number']) } else { Stop-PipelineRun $run }
        }
    }
}
