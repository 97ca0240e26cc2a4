# The module's frame: state of this PowerShell session, the function files, and what to do when the module goes.
# Only commands of Microsoft.PowerShell.Core and .NET are called: nothing that a user's alias or proxy could stand
# in for.

Microsoft.PowerShell.Core\Set-StrictMode -Version 2.0

# Folder of this file. The executable lies beside it, in ../dist, in the repository and in the published module
# alike.
$script:ModuleFolder = $PSScriptRoot

# The worker of this session, or null. See private/Start-Worker.ps1.
$script:Worker = $null

# File, initiator and host of the rehearsal that was entered, or null.
$script:Rehearsal = $null

# Number of the session's bus: another one with each rehearsal that is entered or left. See private/Switch-Bus.ps1.
$script:Bus = 0

# The module is removed; a pipeline that is under way may still run in it.
$script:Removed = $false

# Runs (one per pipeline) that a reply may still come for, by their number.
$script:Runs = @{}
$script:LastRun = 0

#region function files
foreach ($script:Part in 'private', 'public') {
    # .NET promises no order of its own.
    $script:Files = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $script:Part), '*.ps1')
    [System.Array]::Sort($script:Files, [System.StringComparer]::Ordinal)
    foreach ($script:File in $script:Files) { . $script:File }
}
#endregion function files

$ExecutionContext.SessionState.Module.OnRemove = { Switch-Bus $null -Removed }
