function script:Get-PlanText {
    # A sentence about what is to be sent to the disks that are named so: the control code or, where a command tells more,
    # what its plan says.
    param([hashtable]$Command, [string]$Name, [object]$Plan, [string]$Key)

    if ($Command['Tells']) { return $script:Messages['Clear' + $Key] -f $Name, $Plan.Message }
    return $script:Messages[$Key] -f $Name, $Command.CodeName
}
