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

# Which parameters of which commands: here and not in a function, whose compiling would take a quarter of the import. Not by
# attributes in the parameter blocks: the script block of such a one is bound to no module and finds nothing here.
$script:TabCompleter = {
    param($Command, $Parameter, $Word, $Ast, $Bound)
    $null = $Command, $Ast
    Complete-Argument $Parameter $Word -Bound $Bound
}
$script:TabDisks = 'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageRehearsalDisk', 'Get-StorageReleaseLog',
    'Get-StorageReservation', 'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Register-StorageReleaseTask', 'Wait-StorageReservation'
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName UniqueId -CommandName $script:TabDisks -ScriptBlock $script:TabCompleter
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName SerialNumber -CommandName $script:TabDisks -ScriptBlock $script:TabCompleter
# A task takes neither numbers nor paths, and the path of a log is a file's.
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName Number -ScriptBlock $script:TabCompleter -CommandName @(
    'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageRehearsalDisk', 'Get-StorageReleaseLog',
    'Get-StorageReservation', 'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Wait-StorageReservation')
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName Path -ScriptBlock $script:TabCompleter -CommandName @(
    'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageRehearsalDisk', 'Get-StorageReservation',
    'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Wait-StorageReservation')
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName Session -ScriptBlock $script:TabCompleter -CommandName @(
    'Clear-StorageReservation', 'Find-StorageReservationHolder', 'Get-StorageReservation', 'Invoke-StorageRelease', 'Invoke-StorageReserve',
    'Publish-StorageRelease', 'Test-StorageRelease', 'Wait-StorageReservation')
Microsoft.PowerShell.Core\Register-ArgumentCompleter -ParameterName TaskName -CommandName Get-StorageReleaseTask -ScriptBlock $script:TabCompleter
