function script:Add-PlanPlace {
    # Adds to a row of a plan what the computer that asked over a session needs besides what it shows: which of its disks
    # the row is about, and the category of the error that would go with it.
    param([object]$Row, [hashtable]$Target, [string]$Category)

    $Row.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('Place', $Target['Place']))
    $Row.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('Category', $Category))
    return $Row
}
