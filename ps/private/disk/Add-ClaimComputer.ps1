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

function script:Add-SessionComputer {
    # Invoke-Command adds its session's RunspaceId to each object. Where that session is open, the object is of the session's
    # computer, whatever it is called: 127.0.0.1 may be a forwarded port, or a container.
    param([object]$InputObject, [hashtable]$Target)

    $session = Get-KnownSession ([string](Get-PropertyValue $InputObject 'RunspaceId')) -Any
    if ($null -eq $session) { return }
    $name = $script:SessionSelf[$session.InstanceId]
    if (-not $name) {
        # By WinRM it is the computer of that name. Windows PowerShell knows no other transport but to virtual machines.
        $transport = [string](Get-PropertyValue $session 'Transport')
        if (-not $transport -or $transport -eq 'WSMan') { return }
        $name = $session.ComputerName
    }
    elseif ((Get-LocalComputerName) -contains $name) { return }
    $Target['From'] = @(Format-SafeText $name)
    $Target['Here'] = $false
}
