# How a task names a disk: by its UniqueId or its serial number, never by what it is called today.

function script:Resolve-TaskDisk {
    # What was given for one disk: Word on the command line, Name for people, and By and Value of its identity; or Refused,
    # with Message and NextStep.
    param([object]$Given, [string]$Set)

    if ($Set -ceq 'InputObject') { $claim = Resolve-DiskClaim $Given }
    else { $claim = Resolve-NamedClaim $Given $Set }
    if ($null -ne $claim.Holder) { $claim = New-Refusal $Given 'HolderOnly' 'HolderOnlyNext' }
    if ($claim.Refused) {
        $next = $claim.NextStep.Replace('<command>', 'Register-StorageReleaseTask NAME').Replace('<-Force>', '')
        # Its number or path would be refused here, too.
        if ($next -cmatch '-(?:Number|Path)\b') { $next = $script:TaskMessages.DiskNext }
        return New-TaskRefusal $claim.Message $next
    }
    $shown = @{ Number = $claim.Number; DevicePath = $claim.Path; FriendlyName = $claim.FriendlyName; SerialNumber = $claim.Serial; UniqueId = $claim.UniqueId }
    $name = Get-DiskName $shown
    # The command line searches them among disks.
    $kind = $(if ($claim.Devices) { $claim.Devices } elseif ($claim.Path) { Get-DeviceKind $claim.Path } else { 'Disk' })
    if ($kind -and $kind -cne 'Disk') { return New-TaskRefusal ($script:TaskMessages.NotADisk -f $name) $script:TaskMessages.NotADiskNext }
    if (Test-UniqueId $claim.UniqueId) { $disk = @{ By = 'UniqueId'; Value = $claim.UniqueId.Trim(); Prefix = 'id:' } }
    elseif ($claim.Serial -and -not (Test-Placeholder $claim.Serial)) { $disk = @{ By = 'SerialNumber'; Value = $claim.Serial.Trim(); Prefix = 'serial:' } }
    else { return New-TaskRefusal ($script:TaskMessages.NoIdentity -f $name) $script:TaskMessages.NoIdentityNext }
    $unsafe = Get-TaskUnsafe $disk.Value
    if ($unsafe) { return New-TaskRefusal ($script:TaskMessages.Text -f $disk.By, (Format-SafeText $disk.Value), $unsafe) $script:TaskMessages.TextNext }
    $disk.Refused = $false
    $disk.Word = $disk.Prefix + $disk.Value
    # Not by its number: by the time that somebody reads it, it may be another disk's.
    $shown.Number = $null
    $shown.DevicePath = $null
    $disk.Name = Get-TaskDiskName $shown $disk
    return $disk
}

function script:Get-TaskDiskName {
    # How the description calls a disk: what it is, and the identity that the task goes by.
    param([hashtable]$Shown, [hashtable]$Disk)

    $by = $(if ($Disk.By -ceq 'UniqueId') { 'UniqueId ' } else { 'serial number ' }) + $Disk.Value
    if ($Shown.FriendlyName) { return Format-SafeText ('{0}, {1}' -f $Shown.FriendlyName, $by) }
    return Format-SafeText ('the disk with {0}' -f $by)
}

function script:New-TaskRefusal {
    param([string]$Message, [string]$NextStep)

    return @{ Refused = $true; Message = $Message; NextStep = $NextStep }
}

function script:Get-TaskPlan {
    # What would become of the disks, asked by the names that the task uses: rows with Outcome, Message and NextStep of those
    # that would not be sent to. The same plan that Invoke-StorageRelease -WhatIf shows.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    if ($Task.From) { return Get-TaskListPlan $Cmdlet $Task }
    $common = @{ AsPlan = $true; TimeoutSec = $Task.TimeoutSec; ErrorAction = 'Ignore' }
    if ($Task.Allow) { $common.Allow = $Task.Allow }
    foreach ($by in 'UniqueId', 'SerialNumber') {
        $values = @(foreach ($disk in $Task.Disks) { if ($disk.By -ceq $by) { $disk.Value } })
        if ($values.Count -eq 0) { continue }
        $named = @{ $by = $values }
        foreach ($row in Invoke-StorageRelease @common @named) { if ($row.Outcome -cne 'Accepted') { $row } }
    }
}

function script:Get-TaskListPlan {
    # Of a list: the executable reads it, as the task will, and looks at its disks.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    $words = @(foreach ($word in $Task.Words) { if ($word -ceq '--yes') { '--dry-run' } else { $word } })
    # What it says comes to the screen here, not into the log.
    $log = [System.Array]::IndexOf($words, '--log')
    if ($log -ge 0) { $words = @($words[0..($log - 1)]) + @($words[($log + 2)..($words.Count)]) }
    $run = Invoke-Executable $Cmdlet (ConvertTo-CommandLine $words)
    if ($run.Code -eq 0) { return }
    $outcome = ConvertFrom-ExitCode $run.Code
    if (-not $outcome -or $outcome -ceq 'Usage') { $outcome = 'Failed' }
    # What it remarks stands on stderr; a table on stdout.
    $said = $run.Errors.Trim()
    if (-not $said) { $said = $run.Output.Trim() }
    $said = Format-SafeText ($said -replace '\s+', ' ')
    return [pscustomobject]@{ Outcome = $outcome; Category = 'InvalidData'; Message = ($script:TaskMessages.ListFails -f (Format-SafeText $Task.From), $outcome, $said); NextStep = '' }
}
