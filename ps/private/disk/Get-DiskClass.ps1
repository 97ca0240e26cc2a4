function script:Get-DiskClass {
    # The class name that decides how an object is read: that of a CIM or WMI object, that of a result of this module,
    # `Record` for a copy of such an object and for a bare record; else the .NET type name.
    param([object]$InputObject)

    $record = Test-Rehydrated $InputObject
    $class = $null
    foreach ($name in $InputObject.PSObject.TypeNames) {
        # After a job, remoting or Export-Clixml the same names stand behind "Deserialized.", after Select-Object the
        # .NET type's behind "Selected.".
        $bare = $name -creplace $script:CopyPrefix, ''
        if ($bare.Length -ne $name.Length) { $record = $true }
        if ($bare -ceq 'StorageRelease.Holder' -or $script:OwnClasses.ContainsKey($bare)) { $class = $bare }
        elseif ($bare -match '^Microsoft\.Management\.Infrastructure\.CimInstance#(?:.*/)?(\w+)$') { $class = $Matches[1] }
        elseif ($bare -match '^System\.Management\.ManagementObject#(?:.*\\)?(\w+)$') { $class = $Matches[1] }
        if ($class) { break }
    }
    if ($class) {
        if ($record -and $script:DiskClasses.ContainsKey($class)) { return 'Record' }
        return $class
    }
    if ($InputObject -isnot [System.Management.Automation.PSCustomObject]) { return $InputObject.GetType().FullName }
    $first = $InputObject.PSObject.TypeNames[0]
    $bare = $first -creplace $script:CopyPrefix, ''
    if ($script:NotDisks.ContainsKey($bare)) { return $bare }
    if ($bare -ceq 'System.Management.Automation.PSCustomObject' -or $bare.StartsWith('CSV:', [System.StringComparison]::OrdinalIgnoreCase) -or
        $first -match '^(Deserialized\.)?Selected\.') { return 'Record' }
    return $bare
}

$script:CopyPrefix = '\A(?:(?:Deserialized|Selected)\.)+'

function script:Test-Rehydrated {
    # Whether a CIM instance comes from no session: PowerShell makes such ones of CLIXML and of what jobs and other
    # computers send, and their type names do not show it. Every query sets the session's id:
    # https://github.com/PowerShell/MMI, CimSyncInstanceEnumerator.cs
    param([object]$InputObject)

    $method = $InputObject.PSObject.Methods['GetCimSessionInstanceId']
    return $null -ne $method -and $method.Invoke() -eq [guid]::Empty
}
