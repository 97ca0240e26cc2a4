function script:New-TaskError {
    # An error with texts of TaskMessages: -Key is the key of the message; the key of its next step ends with Next. Both get the
    # same arguments. $Id is API.
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
