function script:Resolve-HolderClaim {
    # A target with what was found of a disk, for DiskFlow.ps1.
    param([object]$InputObject)

    $target = New-DiskClaim $InputObject
    $target.Holder = $InputObject
    $target.UniqueId = Get-PropertyText $InputObject 'UniqueId'
    $target.Serial = Get-PropertyText $InputObject 'SerialNumber'
    $target.FriendlyName = Get-PropertyText $InputObject 'FriendlyName'
    $state = Get-PropertyText $InputObject 'State'
    if ($state -cne 'HeldBy' -or -not $target.UniqueId) {
        $target.Refused = $true
        $target.Category = 'InvalidOperation'
        $target.Message = $script:Messages.HolderNotHeld -f $state, (Get-PropertyText $InputObject 'Message')
        $target.NextStep = [string](Get-PropertyText $InputObject 'NextStep')
        return $target
    }
    $target.HolderName = Format-SafeText (Get-PropertyText $InputObject 'Holder')
    $target.HolderAt = Get-HolderSession (Get-PropertyText $InputObject 'HolderSession')
    $proof = Get-PropertyText $InputObject 'ProofSession'
    $target.ProofAt = Get-HolderSession $proof
    if ($null -eq $target.HolderAt -or ($proof -and $null -eq $target.ProofAt)) {
        $target.Refused = $true
        $target.Category = 'ConnectionError'
        $target.Message = $script:Messages.HolderGone -f $target.HolderName
        $target.NextStep = $script:Messages.HolderGoneNext
    }
    return $target
}

function script:Get-HolderSession {
    # The open session with this InstanceId, or null.
    param([string]$InstanceId)

    $id = [guid]::Empty
    if (-not [guid]::TryParse($InstanceId, [ref]$id)) { return $null }
    foreach ($one in @(Microsoft.PowerShell.Core\Get-PSSession -InstanceId $id -ErrorAction Ignore)) {
        if ($null -ne $one -and [string]$one.Runspace.RunspaceStateInfo.State -ceq 'Opened') { return $one }
    }
    return $null
}
