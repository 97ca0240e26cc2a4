# Decides which computer gets which disk. A disk that was named by number, UniqueId, serial number or path goes to every
# computer in that form. An object of another computer goes to the session with that computer. An object of this computer goes
# to all of them. For objects only their identities are sent: the number may belong to another disk there, or by now.

function script:Resolve-SessionDisk {
    # A target (see New-DiskClaim) with Sent, the argument for the other computers, and To, the indices of these computers.
    param([object]$InputObject, [string]$Set, [hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    $all = @(0..($Work.Computers.Length - 1))
    if ($Set -cne 'InputObject' -and -not (Test-DiskObject $InputObject $Set)) {
        $target = Resolve-NamedClaim $InputObject $Set
        $target.Sent = $InputObject
        $target.To = $all
        return $target
    }
    $target = Resolve-DiskClaim $InputObject -Anywhere
    if ($target.Refused) { return $target }
    if ($null -ne $target.Holder) { return New-HeldRefusal $target 'HolderSession' 'HolderSessionNext' }
    $target.To = $all
    # A device path that was piped as text is treated like one of -Path.
    if (-not $target.Piped) {
        $target.Sent = $InputObject
        return $target
    }
    $at = -1
    if ($null -eq $target.From) {
        $refusal = Get-PlaceRefusal $target
        if ($null -ne $refusal) { return $refusal }
        # A row that says that it is of this computer goes to the session with this computer, where there is one: a list, or what
        # came over a session, has rows of others besides.
        if ($target.Here -or $InputObject.PSObject.TypeNames[0].Contains('#Session')) {
            $at = Find-HomeSession $InputObject @(Get-HereName) $Work $Cmdlet
        }
    }
    else {
        $at = Find-HomeSession $InputObject $target.From $Work $Cmdlet
        if ($at -lt 0) { return New-Refusal $InputObject 'OtherComputer' 'OtherComputerNext' (Get-OtherComputerLine $target.From[0] $target) }
    }
    if (-not (Test-Identified $target)) {
        if ($at -lt 0) { return New-Refusal $InputObject 'NoUniqueId' 'NoUniqueIdNext' }
        $computer = $(if ($null -ne $target.From) { $target.From[0] } else { Get-SessionName $Work.Computers[$at] })
        return New-Refusal $InputObject 'NoIdentityHome' 'NoIdentityHomeNext' $computer, (Get-TypedName $target), (Get-SessionArgument $InputObject $computer)
    }
    # Disks of an array, or of virtual machines, may have one serial number for all: on another computer it finds another disk.
    if ($at -lt 0 -and $Work.Changes -and -not (Test-UniqueId $target.UniqueId)) { return New-Refusal $InputObject 'SerialElsewhere' 'SerialElsewhereNext' (ConvertTo-Literal (Format-SafeText $target.Serial)) }
    $sent = [ordered]@{ UniqueId = $target.UniqueId; SerialNumber = $target.Serial; FriendlyName = $target.FriendlyName }
    if ($at -ge 0) {
        $target.To = @($at)
        # There it is a record, for which the path only tells the kind of the device.
        $sent['DevicePath'] = $(if ($target.SaidPath) { $target.SaidPath } else { $target.Path })
        $sent['IsBoot'] = $target.Boot
        $sent['IsSystem'] = $target.System
        $sent['IsClustered'] = $target.Clustered
        $sent['IsMultipath'] = $target.Multipath
    }
    $target.Number = $null
    $target.Sent = [pscustomobject]$sent
    return $target
}

function script:Get-HereName {
    # The names by which this computer calls itself in rows; not localhost, which a session may call any computer.
    foreach ($name in Get-LocalComputerName) { if ($name -cmatch '[A-Za-z]' -and $name -ne 'localhost') { $name } }
    if ($null -ne $script:Rehearsal -and $script:Rehearsal['Computer']) { $script:Rehearsal['Computer'] }
}

function script:Find-HomeSession {
    # Index of the session with the computer that an object comes from, or -1. Where no name matches, the computers are asked
    # once for their own names.
    param([object]$InputObject, [string[]]$Names, [hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    # Invoke-Command adds the id of its session to each object.
    $runspace = $null
    try { $runspace = Get-PropertyValue $InputObject 'RunspaceId' } catch { $null = $_ }
    for ($round = 0; $round -lt 2; $round++) {
        for ($i = 0; $i -lt $Work.Computers.Length; $i++) {
            $session = $Work.Computers[$i]
            if ($null -ne $runspace -and [string]$runspace -eq [string]$session.InstanceId) { return $i }
        }
        # It came over another session, whatever that is called.
        if ($null -ne (Get-KnownSession ([string]$runspace) -Any)) { return -1 }
        # Its own name before the one by which a session was opened: an alias may be another computer's name.
        foreach ($own in $true, $false) {
            for ($i = 0; $i -lt $Work.Computers.Length; $i++) {
                $session = $Work.Computers[$i]
                $called = $(if ($own) { $script:SessionSelf[$session.InstanceId] } else { $session.ComputerName })
                foreach ($name in $Names) { if (Test-SameComputer $name $called) { return $i } }
            }
        }
        if ($Work.Asked) { return -1 }
        $Work.Asked = $true
        Update-SessionSelf $Work $Cmdlet
    }
    return -1
}

function script:Test-SameComputer {
    # srv1 and SRV1.contoso.com match; two full names, or two addresses, match only when they are equal.
    param([string]$Left, [string]$Right)

    if (-not $Left -or -not $Right) { return $false }
    if ($Left -eq $Right) { return $true }
    if ($Left.Contains('.') -eq $Right.Contains('.')) { return $false }
    return $Left.Split('.')[0] -eq $Right.Split('.')[0]
}

function script:Update-SessionSelf {
    # Asks every computer whose own name is not known, and does not wait long for an answer.
    param([hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    $calls = @(foreach ($session in $Work.Computers) {
            if (-not $script:SessionSelf.ContainsKey($session.InstanceId)) { @{ Session = $session; Parameters = $script:NameQuestion.Parameters } }
        })
    if ($calls.Length -eq 0) { return }
    $fanOut = New-SessionRun $Cmdlet $script:NameQuestion.Command $calls $script:SessionMargin $calls.Length
    try {
        while ($fanOut.Open -gt 0) {
            foreach ($answer in @(Receive-SessionRun $fanOut 100)) {
                if ($answer.Kind -ceq 'object') { $null = ConvertFrom-SessionObject $answer }
            }
        }
    }
    finally { Stop-SessionRun $fanOut }
}
