function script:Get-PlanText {
    # A sentence about what is to be sent to a disk: what it is called or, where a command wants that, what the plan says.
    param([hashtable]$Command, [object]$Plan, [string]$Key)

    $name = Get-DiskName $Plan
    if ($Command['Tells']) { return $script:Messages['Clear' + $Key] -f $name, $Plan.Message }
    return $script:Messages[$Key] -f $name, $Command.CodeName
}
