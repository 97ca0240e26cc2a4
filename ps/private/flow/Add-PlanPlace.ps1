function script:Add-PlanPlace {
    # What a computer that asks from afar has to know of a row of a plan, beside what it shows: which of the disks that it
    # gave it is about, and the category of the error that would go with it.
    param([object]$Row, [hashtable]$Target, [string]$Category)

    $Row.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('Place', $Target.Place))
    $Row.PSObject.Properties.Add([System.Management.Automation.PSNoteProperty]::new('Category', $Category))
    return $Row
}
