function script:Add-ClaimComputer {
    # One more name of a computer that an object bears: into $Target.From, unless it is this computer's.
    param([object]$Value, [string]$Name, [hashtable]$Target)

    $computer = Read-Statement $Value 'Computer' $Name $Target
    if ($null -eq $computer -or (Get-LocalComputerName) -contains $computer) { return }
    # In a rehearsal, this computer is the initiator that was chosen.
    if ($null -ne $script:Rehearsal -and $script:Rehearsal['Computer'] -eq $computer) { return }
    if ($null -eq $Target['From']) { $Target['From'] = @() }
    $Target['From'] += Format-SafeText $computer
}
