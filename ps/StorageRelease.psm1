# The module's frame: all state of this PowerShell session, the function files, and what to do when the module goes.
# Only commands of Microsoft.PowerShell.Core and .NET are called: nothing that a user's alias or proxy could stand
# in for.

Microsoft.PowerShell.Core\Set-StrictMode -Version 2.0

# Under AppLocker or App Control, where a rule does not allow this file. Not a line below would work: said once, and nothing
# is exported. The rules to write: docs/security.md.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') {
    $sentence = 'StorageRelease cannot be imported, because this system runs its files in Constrained Language (App Control or ' +
        'AppLocker): allow every file in {0} by a rule by publisher, by hash or by path.'
    throw ($sentence -f ($PSScriptRoot -replace '[\\/][^\\/]*$', ''))
}

# Folder of this file. The executable lies beside it, in ../dist, in the repository and in the published module
# alike.
$script:ModuleFolder = $PSScriptRoot

# Parts that were read: see Import-ModulePart. The build of the published module writes their SHA-256 at the end of
# this file, and that of each executable that is in it.
$script:LoadedParts = @{}
$script:PartHash = @{}
$script:ExecutableHash = @{}

# The worker of this session, or null: see Start-Worker. Workers that the session has left and that still owe answers:
# see Switch-Bus.
$script:Worker = $null
$script:Leaving = [System.Collections.ArrayList]::new()

# The executable while it is kept from being written to, and whether the user was told that it is in the profile, and who
# else can change the module that is rehearsed with: see Protect-Executable.
$script:LockedExecutable = $null
$script:ToldOfProfile = $false
$script:ToldOfWriter = $false

# What the first line of a worker, or the first disk, makes: see ConvertFrom-WorkerLine and Resolve-DiskClaim.
$script:ReplyShape = $null
$script:EmptyClaim = $null

# File, initiator and host of the rehearsal that was entered, or null.
$script:Rehearsal = $null

# Number of the session's bus: another one with each rehearsal that is entered or left. See Switch-Bus.
$script:Bus = 0

# The module is removed; a pipeline that is under way may still run in it.
$script:Removed = $false

# Runs (one per pipeline) that a reply may still come for, by their number.
$script:Runs = @{}
$script:LastRun = 0

# What the next command tells: late completions, and what became of computers whose pipeline was stopped.
$script:LateWarnings = [System.Collections.Queue]::new()
$script:SessionLate = [System.Collections.Queue]::new()
# By InstanceId of the session: the last command that was stopped there.
$script:SessionStopped = @{}

# Where the errors of results go while Wait-StorageReservation reads: it writes its own. See Write-DiskError.
$script:Problems = $null

# One clock for everything that is received, so that its readings can be compared.
$script:SessionClock = [System.Diagnostics.Stopwatch]::StartNew()

# Of sessions with other computers, by InstanceId: the names that they gave themselves, and those that have said that
# they have this version.
$script:SessionSelf = @{}
$script:SessionVersion = @{}

# What Tab was last told of the bus, and how disks of it were reserved when that was last read, by their paths: see
# Get-ListedDisk and Write-DiskReply.
$script:DiskList = $null
$script:SeenState = @{}

# Names of this computer; a host without a user interface, and PowerShell.BeginInvoke without input: see
# Get-LocalComputerName, Get-SilentHost and Get-BeginInvoke.
$script:LocalNames = $null
$script:SilentHost = $null
$script:BeginInvoke = $null

# Windows' module of scheduled tasks, once it was needed: see Get-TaskCommand.
$script:TaskModule = $null

#region function files
'import', 'public' | Microsoft.PowerShell.Core\ForEach-Object {
    # .NET promises no order of its own.
    $files = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $_), '*.ps1')
    [System.Array]::Sort($files, [System.StringComparer]::Ordinal)
    $files
} | Microsoft.PowerShell.Core\ForEach-Object { . $_ }
#endregion function files

# The manifest limits what is seen; without this line `Import-Module -Verbose` names the functions of ps/import as well.
Microsoft.PowerShell.Core\Export-ModuleMember -Function '*-Storage*'

$ExecutionContext.SessionState.Module.OnRemove = { if ($script:LoadedParts.ContainsKey('Private')) { Switch-Bus $null -Removed } }
