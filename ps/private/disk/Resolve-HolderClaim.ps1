function script:Resolve-HolderClaim {
    # A target with what was found of a disk, for DiskFlow.ps1. Whether a command can do anything with it is another
    # question: Resolve-HolderRelease and Resolve-HolderClear.
    param([object]$InputObject)

    $target = New-DiskClaim $InputObject
    $target['Holder'] = $InputObject
    $target['UniqueId'] = Get-PropertyText $InputObject 'UniqueId'
    $target['Serial'] = Get-PropertyText $InputObject 'SerialNumber'
    $target['FriendlyName'] = Get-PropertyText $InputObject 'FriendlyName'
    $target['HolderName'] = Format-SafeText (Get-PropertyText $InputObject 'Holder')
    return $target
}

function script:Resolve-HolderRelease {
    # Whether it is held where it can be released. Sets Refused where it is not.
    param([hashtable]$Target)

    $found = $Target['Holder']
    $state = Get-PropertyText $found 'State'
    if ($state -cne 'HeldBy' -or -not $Target['UniqueId']) {
        $Target['Refused'] = $true
        $Target['Category'] = 'InvalidOperation'
        $Target['Message'] = $script:Messages['HolderNotHeld'] -f $state, (Get-PropertyText $found 'Message')
        $Target['NextStep'] = [string](Get-PropertyText $found 'NextStep')
        return
    }
    $Target['HolderAt'] = Get-KnownSession (Get-PropertyText $found 'HolderSession')
    # Any host that is locked out can prove it; the one that was found to be first.
    $proof = Get-PropertyText $found 'ProofSession'
    $Target['Proofs'] = [System.Collections.Queue]::new()
    if ($proof) {
        foreach ($id in @($proof) + @([string](Get-PropertyText $found 'SeenBySession') -split ',')) {
            $session = Get-KnownSession $id
            if ($null -eq $session -or ($null -ne $Target['HolderAt'] -and $session.InstanceId -eq $Target['HolderAt'].InstanceId)) { continue }
            if ($Target['Proofs'].ToArray() -notcontains $session) { $Target['Proofs'].Enqueue($session) }
        }
        if ($Target['Proofs'].Count -gt 0) { $Target['ProofAt'] = $Target['Proofs'].Dequeue() }
    }
    $why = ''
    if ($null -eq $Target['HolderAt']) { $why = $script:Messages['HolderGone'] -f $Target['HolderName'] }
    elseif ($proof -and $null -eq $Target['ProofAt']) { $why = $script:Messages['HolderProofGone'] }
    if ($why) {
        $Target['Refused'] = $true
        $Target['Category'] = 'ConnectionError'
        $Target['Message'] = $why
        $Target['NextStep'] = $script:Messages['HolderGoneNext']
    }
}
