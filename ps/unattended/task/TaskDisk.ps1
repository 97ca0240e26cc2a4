# A task names a disk by its UniqueId or its serial number, never by its number or path of today.

function script:Resolve-TaskDisk {
    # Resolves one given disk: Word for the command line, Name for people, By and Value of its identity; or Refused, with Message
    # and NextStep.
    param([object]$Given, [string]$Set)

    $texts = $script:TaskMessages
    if ($Set -ceq 'InputObject') { $claim = Resolve-DiskClaim $Given }
    else { $claim = Resolve-NamedClaim $Given $Set }
    if ($null -ne $claim.Holder) { $claim = New-Refusal $Given 'HolderOnly' 'HolderOnlyNext' }
    if ($claim.Refused) {
        $next = $claim.NextStep.Replace('<command>', 'Register-StorageReleaseTask NAME').Replace('<-Force>', '')
        # For a disk of another computer, the next step must not propose its number or path, which would be refused here, too.
        if ($next -cmatch '-Session \(New-PSSession') { $next = $texts.ElsewhereNext }
        elseif ($next -cmatch '-(?:Number|Path|Session)\b') { $next = $texts.DiskNext }
        return New-TaskRefusal $claim.Message $next
    }
    $name = Get-DiskName @{
        Number = $claim.Number; DevicePath = $claim.Path; FriendlyName = $claim.FriendlyName
        SerialNumber = $claim.Serial; UniqueId = $claim.UniqueId
    }
    # The command line searches only among disks for these.
    $kind = 'Disk'
    if ($claim.Devices) { $kind = $claim.Devices }
    elseif ($claim.Path) { $kind = Get-DeviceKind $claim.Path }
    if ($kind -cne 'Disk') { return New-TaskRefusal ($texts.NotADisk -f $name) $texts.NotADiskNext }

    $disk = @{ Refused = $false; By = 'UniqueId'; Value = $claim.UniqueId; Word = ''; Same = ''; Name = '' }
    if (-not (Test-UniqueId $claim.UniqueId)) {
        if (-not $claim.Serial -or (Test-Placeholder $claim.Serial)) {
            return New-TaskRefusal ($texts.NoIdentity -f $name) $texts.NoIdentityNext
        }
        $disk.By = 'SerialNumber'
        $disk.Value = $claim.Serial
    }
    $disk.Value = $disk.Value.Trim()
    $unsafe = Get-TaskUnsafe $disk.Value
    if ($unsafe) {
        return New-TaskRefusal ($texts.Text -f $disk.By, (Format-SafeText $disk.Value), $unsafe) $texts.TextNext
    }
    $disk.Word = $(if ($disk.By -ceq 'UniqueId') { 'id:' } else { 'serial:' }) + $disk.Value
    # Compared like devices: only A to Z are case-insensitive.
    $disk.Same = $(if ($disk.Word -cmatch $script:NotAscii) { $disk.Word } else { $disk.Word.ToLowerInvariant() })
    # Not by its number, which may be another disk's by the time that somebody reads this.
    $by = $(if ($disk.By -ceq 'UniqueId') { $texts.ById } else { $texts.BySerial }) -f $disk.Value
    if ($claim.FriendlyName) { $disk.Name = Format-SafeText ('{0}, {1}' -f $claim.FriendlyName, $by) }
    else { $disk.Name = Format-SafeText ($texts.TheDisk -f $by) }
    return $disk
}

# At most so many lines of the executable about a list are shown.
$script:ToldLines = 6

function script:New-TaskRefusal {
    param([string]$Message, [string]$NextStep)

    return @{ Refused = $true; Message = $Message; NextStep = $NextStep }
}

function script:Get-TaskPlan {
    # Plans the release of the disks, named as the task names them, as Invoke-StorageRelease -WhatIf does. Returns rows with
    # Outcome, Message and NextStep for the disks that would be refused.
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
    # The same for a list: the executable reads it, as the task will, and plans its disks.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    $words = @()
    for ($i = 0; $i -lt $Task.Words.Count; $i++) {
        # This run must not write to the log of the task.
        if ($Task.Words[$i] -ceq '--log') { $i += 1 }
        elseif ($Task.Words[$i] -ceq '--yes') { $words += '--dry-run' }
        else { $words += $Task.Words[$i] }
    }
    $run = Invoke-Executable $Cmdlet (ConvertTo-CommandLine $words)
    if ($run.Code -eq 0) { return }
    $outcome = ConvertFrom-ExitCode $run.Code
    if (-not $outcome -or $outcome -ceq 'Usage') { $outcome = 'Failed' }
    # Messages are on stderr, the table is on stdout.
    $said = $run.Errors.Trim()
    if (-not $said) { $said = $run.Output.Trim() }
    $lines = @(foreach ($line in $said -split '\s*\n\s*') { Format-SafeText $line })
    if ($lines.Count -gt $script:ToldLines) { $lines = $lines[0..($script:ToldLines - 1)] + '...' }
    $about = (Format-SafeText $Task.From), $outcome, ($lines -join ' ')
    $message = $script:TaskMessages.ListFails -f $about
    return [pscustomobject]@{ Outcome = $outcome; Category = 'InvalidData'; Message = $message; NextStep = '' }
}
