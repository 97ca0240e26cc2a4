function script:Add-ClaimComputer {
    # One more name of a computer that an object bears: into $Target.From, unless it is this computer's.
    param([object]$Value, [string]$Name, [hashtable]$Target)

    $computer = Read-Statement $Value 'Computer' $Name $Target
    if ($null -eq $computer) { return }
    # In a rehearsal, this computer is the initiator that was chosen.
    if ((Get-LocalComputerName) -contains $computer -or ($null -ne $script:Rehearsal -and $script:Rehearsal['Computer'] -eq $computer)) {
        $Target['Here'] = $true
        return
    }
    if ($null -eq $Target['From']) { $Target['From'] = @() }
    $Target['From'] += Format-SafeText $computer
}
