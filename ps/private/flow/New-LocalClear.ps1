function script:New-LocalClear {
    # As New-LocalResult, for Clear-StorageReservation. Same properties, same order as src/verbs/clear/clear-result.ts.
    # -Command: its method is the one that was asked for.
    param(
        [hashtable]$Target, [string]$Outcome, [string]$Message, [string]$NextStep,
        [hashtable]$Rehearsal = $script:Rehearsal, [hashtable]$Command
    )

    $result = New-LocalResult $Target $Outcome $Message $NextStep $Rehearsal
    $names = 'Method', 'HolderKey', 'Type', 'KeyCount', 'Registrants', 'Removed', 'KeysLeft', 'GenerationBefore', 'GenerationAfter', 'OwnKey'
    foreach ($name in $names) { $result.PSObject.Properties.Add([psnoteproperty]::new($name, $null)) }
    $result.Method = $Command['CodeName']
    # What became of a request that was lost is not known.
    $left = $null
    if ($Outcome -ceq 'Refused') { $left = $false }
    $result.PSObject.Properties.Add([psnoteproperty]::new('OwnKeyLeft', $left))
    $result.PSObject.Properties.Add([psnoteproperty]::new('Undone', $null))
    $null = $result.PSObject.TypeNames.Remove('StorageRelease.Result')
    $result.PSObject.TypeNames.Insert(0, 'StorageRelease.ClearResult')
    return $result
}

# -Method in any case, spelt as the ValidateSet has it.
$script:MethodNames = @{ Release = 'Release'; Clear = 'Clear'; Preempt = 'Preempt'; Reset = 'Reset' }
