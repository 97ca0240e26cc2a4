function script:Get-SessionChoice {
    # The open sessions, and the variables of the user that hold any, as rows for Get-ArgumentCompletion.
    # The module sees its own variables and those of the user.
    $variables = $ExecutionContext.InvokeProvider.Item.Get('Microsoft.PowerShell.Core\Variable::*')
    foreach ($variable in $variables) {
        # Only of these types: enumerating an object of another type could run its code.
        $held = $variable.Value
        if ($held -isnot [System.Management.Automation.Runspaces.PSSession] -and $held -isnot [object[]] -and
            $held -isnot [System.Management.Automation.Runspaces.PSSession[]]) { continue }
        if ($variable.Name -notmatch '^[A-Za-z][A-Za-z0-9_]*$' -or @($held).Length -eq 0) { continue }
        $computers = @(foreach ($one in $held) { if ($one -is [System.Management.Automation.Runspaces.PSSession]) { $one.ComputerName } })
        if ($computers.Length -ne @($held).Length) { continue }
        $name = '$' + $variable.Name
        $more = $computers -join ', '
        , @($name, $more, $name, ($script:Messages.SessionsIn -f $name, $more))
    }
    foreach ($one in Microsoft.PowerShell.Core\Get-PSSession) {
        if ([string]$one.Runspace.RunspaceStateInfo.State -cne 'Opened') { continue }
        $more = $script:Messages.SessionNamed -f $one.Name, $one.ComputerName, $one.Availability
        , @($one.ComputerName, $one.Name, ('(Get-PSSession -Id {0})' -f $one.Id), $more)
    }
}

function script:Get-TaskChoice {
    # Our scheduled tasks, as rows for Get-ArgumentCompletion.
    $command = $ExecutionContext.SessionState.Module.ExportedFunctions['Get-StorageReleaseTask']
    if ($null -eq $command) { return }
    foreach ($task in & $command) {
        $name = Get-PropertyText $task 'TaskName'
        $text = ConvertTo-Argument $name
        if ($null -ne $text) { , @($name, '', $text, $name) }
    }
}
