function Get-DiskClass {
    # The class name that decides how an object is read: that of a CIM object, `StorageRelease.Disk` or
    # `StorageRelease.Result` for our own, `Record` for a bare record, else the .NET type name.
    param([object]$InputObject)

    $system = Read-Property $InputObject 'CimSystemProperties'
    if ($null -ne $system) {
        $name = Read-Property $system 'ClassName'
        if ($name) { return [string]$name }
    }
    foreach ($name in $InputObject.PSObject.TypeNames) {
        # After a job, remoting or Export-Clixml the same names stand behind "Deserialized.".
        $bare = $name
        if ($bare.StartsWith('Deserialized.')) { $bare = $bare.Substring(13) }
        if ($bare -eq 'StorageRelease.Disk' -or $bare -eq 'StorageRelease.Result' -or $bare -eq 'StorageRelease.Reservation' -or $bare -eq 'StorageRelease.Holder') { return $bare }
        if ($bare -match '^Microsoft\.Management\.Infrastructure\.CimInstance#(?:.*/)?(\w+)$') { return $Matches[1] }
        if ($bare -match '^System\.Management\.ManagementObject#(?:.*\\)?(\w+)$') { return $Matches[1] }
    }
    if ($InputObject -is [System.Management.Automation.PSCustomObject]) {
        $first = $InputObject.PSObject.TypeNames[0]
        if ($first -eq 'System.Management.Automation.PSCustomObject' -or
            $first -eq 'Deserialized.System.Management.Automation.PSCustomObject' -or
            $first -like 'Selected.*' -or $first -like 'Deserialized.Selected.*' -or $first -like 'CSV:*') {
            return 'Record'
        }
        if ($first.StartsWith('Deserialized.')) { $first = $first.Substring(13) }
        return $first
    }
    return $InputObject.GetType().FullName
}
