function script:Get-PlanText {
    # Fills a message with the names of disks and what is to be sent to them: the control code or, where a command has a
    # plan, the sentence of that plan.
    param([hashtable]$Command, [string]$Name, [object]$Plan, [string]$Key)

    if ($Command['Tells']) { return $script:Messages['Clear' + $Key] -f $Name, $Plan.Message }
    return $script:Messages[$Key] -f $Name, $Command['CodeName']
}
