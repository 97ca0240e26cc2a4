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

$ExecutionContext.SessionState.Module.OnRemove = { Stop-Worker }
