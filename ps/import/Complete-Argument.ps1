function Complete-Argument {
    # What Tab offers for a parameter of these commands; nothing where that cannot be told. It runs in the user's prompt:
    # whatever goes wrong, no error, warning or question comes out, and none is left in $Error.
    [CmdletBinding()]
    param([string]$Parameter, [string]$Word, [System.Collections.IDictionary]$Bound)

    $ErrorActionPreference = 'Stop'
    $WarningPreference = $VerbosePreference = $DebugPreference = $InformationPreference = $ProgressPreference = 'SilentlyContinue'
    $known = $global:Error.Count
    try {
        Import-ModulePart Private $PSCmdlet -Start:($Parameter -ne 'Session' -and $Parameter -ne 'TaskName')
        Import-ModulePart Completion $PSCmdlet
        Get-ArgumentCompletion $PSCmdlet $Parameter $Word $Bound
    }
    catch { $null = $_ }
    # A full list drops as many at its end.
    for ($i = $global:Error.Count - $known; $i -gt 0; $i--) { $global:Error.RemoveAt(0) }
}

function Register-Completion {
    # Not by attributes in the parameter blocks: the script block of such a one is bound to no module and finds nothing here.
    $disks = 'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageRehearsalDisk', 'Get-StorageReleaseLog', 'Get-StorageReservation',
        'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Register-StorageReleaseTask', 'Wait-StorageReservation'
    $sessions = 'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageReservation', 'Invoke-StorageRelease', 'Invoke-StorageReserve',
        'Publish-StorageRelease', 'Test-StorageRelease', 'Wait-StorageReservation'
    $completer = {
        param($Command, $Parameter, $Word, $Ast, $Bound)
        $null = $Command, $Ast
        Complete-Argument $Parameter $Word -Bound $Bound
    }
    foreach ($name in 'Number', 'UniqueId', 'SerialNumber', 'Path') {
        $these = $disks
        # The path of a log is a file's; a task takes neither numbers nor paths.
        if ($name -eq 'Path') { $these = $disks -ne 'Get-StorageReleaseLog' -ne 'Register-StorageReleaseTask' }
        if ($name -eq 'Number') { $these = $disks -ne 'Register-StorageReleaseTask' }
        Microsoft.PowerShell.Core\Register-ArgumentCompleter -CommandName $these -ParameterName $name -ScriptBlock $completer
    }
    Microsoft.PowerShell.Core\Register-ArgumentCompleter -CommandName $sessions -ParameterName Session -ScriptBlock $completer
    Microsoft.PowerShell.Core\Register-ArgumentCompleter -CommandName Get-StorageReleaseTask -ParameterName TaskName -ScriptBlock $completer
}
