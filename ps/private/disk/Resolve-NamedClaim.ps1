function script:Resolve-NamedClaim {
    # Reads what was typed after -Number, -UniqueId, -SerialNumber or -Path. A disk object in the place of a number is read
    # as if it had been piped: Invoke-StorageRelease (Get-Disk 3).
    param([object]$Given, [string]$Set)

    # A number as it is nearly always given: nothing of it has to be read.
    if ($Set -ceq 'Number' -and $Given -is [int] -and $Given -ge 0) {
        $target = New-DiskClaim $Given
        $target['Number'] = [uint32]$Given
        return $target
    }
    if (Test-DiskObject $Given $Set) { return Resolve-DiskClaim $Given }
    $target = New-DiskClaim $Given
    if ($Set -ceq 'Path') {
        # As it was typed: a blank before or after it makes it another path.
        $target['Path'] = $Given
        if (-not (Test-DevicePath $Given)) { return New-Refusal $Given 'Text' 'TextNext' (Format-SafeText $Given) }
        return $target
    }
    $value = Read-Statement $Given $Set $Set $target
    if ($Set -ceq 'Number') {
        $target['Number'] = $value
        if ($null -eq $value) { return New-Refusal $Given 'BadNumber' 'BadNumberNext' (Format-Given $Given) }
        return $target
    }
    if ($target['Unreadable']) { return New-UnreadableRefusal $target 'UnreadableGiven' }
    if ($null -eq $value) { return New-Refusal $Given 'EmptyText' 'NoIdentityNext' $Set }
    $claim = $(if ($Set -ceq 'SerialNumber') { 'Serial' } else { $Set })
    $target[$claim] = $value
    if (-not (Test-Identified $target)) { return New-Refusal $Given 'NoStatement' 'NoStatementNext' $Set, (Format-SafeText $value) }
    return $target
}

function script:Test-DiskObject {
    # Whether what stands where a number would is an object, and none of those that PowerShell makes numbers of.
    param([object]$Given, [string]$Set)

    return $Set -ceq 'Number' -and $null -ne $Given -and $Given -isnot [string] -and $Given -isnot [System.ValueType] -and
        $Given -isnot [System.Collections.IList]
}
