function script:New-TaskError {
    # An error of these texts (TaskMessages): the key of what happened, whose next step has the key with Next
    # behind it, and what both are about. $Id is API.
    param(
        [string]$Id,
        [System.Management.Automation.ErrorCategory]$Category,
        [string]$Key,
        [object[]]$About,
        [object]$Target
    )

    $next = $script:TaskMessages[$Key + 'Next'] -f $About
    return New-ModuleError $Id $Category ($script:TaskMessages[$Key] -f $About) $next $Target
}
