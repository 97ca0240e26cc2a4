# How a task names a disk: by its UniqueId or its serial number, never by what it is called today.

function script:Resolve-TaskDisk {
    # What was given for one disk: Word on the command line, Name for people, and By and Value of its identity; or
    # Refused, with Message and NextStep.
    param([object]$Given, [string]$Set)

    $texts = $script:TaskMessages
    if ($Set -ceq 'InputObject') { $claim = Resolve-DiskClaim $Given }
    else { $claim = Resolve-NamedClaim $Given $Set }
    if ($null -ne $claim.Holder) { $claim = New-Refusal $Given 'HolderOnly' 'HolderOnlyNext' }
    if ($claim.Refused) {
        $next = $claim.NextStep.Replace('<command>', 'Register-StorageReleaseTask NAME').Replace('<-Force>', '')
        # A disk of another computer. Else: its number or path would be refused here, too.
        if ($next -cmatch '-Session \(New-PSSession') { $next = $texts.ElsewhereNext }
        elseif ($next -cmatch '-(?:Number|Path|Session)\b') { $next = $texts.DiskNext }
        return New-TaskRefusal $claim.Message $next
    }
    $name = Get-DiskName @{
        Number = $claim.Number; DevicePath = $claim.Path; FriendlyName = $claim.FriendlyName
        SerialNumber = $claim.Serial; UniqueId = $claim.UniqueId
    }
    # The command line looks for them among disks.
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
    # As devices are compared: only A to Z are one in both cases.
    $disk.Same = $(if ($disk.Word -cmatch $script:NotAscii) { $disk.Word } else { $disk.Word.ToLowerInvariant() })
    # Not by its number: by the time that somebody reads it, that may be another disk's.
    $by = $(if ($disk.By -ceq 'UniqueId') { $texts.ById } else { $texts.BySerial }) -f $disk.Value
    if ($claim.FriendlyName) { $disk.Name = Format-SafeText ('{0}, {1}' -f $claim.FriendlyName, $by) }
    else { $disk.Name = Format-SafeText ($texts.TheDisk -f $by) }
    return $disk
}

# How much of what the executable says of a list is told.
$script:ToldLines = 6

function script:New-TaskRefusal {
    param([string]$Message, [string]$NextStep)

    return @{ Refused = $true; Message = $Message; NextStep = $NextStep }
}

function script:Get-TaskPlan {
    # What would become of the disks, asked by the names that the task uses: rows with Outcome, Message and
    # NextStep of those that would not be sent to. The same plan that Invoke-StorageRelease -WhatIf shows.
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

    $words = @()
    for ($i = 0; $i -lt $Task.Words.Count; $i++) {
        # What it says is wanted here, and not in the log.
        if ($Task.Words[$i] -ceq '--log') { $i += 1 }
        elseif ($Task.Words[$i] -ceq '--yes') { $words += '--dry-run' }
        else { $words += $Task.Words[$i] }
    }
    $run = Invoke-Executable $Cmdlet (ConvertTo-CommandLine $words)
    if ($run.Code -eq 0) { return }
    $outcome = ConvertFrom-ExitCode $run.Code
    if (-not $outcome -or $outcome -ceq 'Usage') { $outcome = 'Failed' }
    # Its remarks are on stderr; its table is on stdout.
    $said = $run.Errors.Trim()
    if (-not $said) { $said = $run.Output.Trim() }
    $lines = @(foreach ($line in $said -split '\s*\n\s*') { Format-SafeText $line })
    if ($lines.Count -gt $script:ToldLines) { $lines = $lines[0..($script:ToldLines - 1)] + '...' }
    $about = (Format-SafeText $Task.From), $outcome, ($lines -join ' ')
    $message = $script:TaskMessages.ListFails -f $about
    return [pscustomobject]@{ Outcome = $outcome; Category = 'InvalidData'; Message = $message; NextStep = '' }
}
