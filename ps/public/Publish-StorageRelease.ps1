function Publish-StorageRelease {
    <#
    .SYNOPSIS
    Publishes this version of the module to other computers, or removes a version that it published.

    .DESCRIPTION
    Copies the module that is in use here (in the repository: the one that the build has staged) to every computer that
    does not have it, into a folder of its own for this version. Nothing but the sessions is used: no share, no download.
    Of the executables, only the one for that computer's system is sent.

    What is sent is compressed, in pieces of 256 KB, each within the default quotas of WinRM. It is written into a folder
    beside the target; when all is there, every file is read back and its SHA-256 compared, and only then the whole is
    moved into its place. A copy that was interrupted goes on where it stopped when the command is run again.

    A version that is there already and is whole is left alone. A newer version and a copy with other files are left
    alone, too, and the result says so; -Force changes that. Computers that have different versions are named before
    anything is sent.

    -Remove removes a version that this command had published, and nothing else: a copy that was installed in another
    way is left alone. Every file is compared with the SHA-256 that was written down when it was published; where a file
    differs or was added, nothing is deleted, unless -Force is given. A version that a process, a session or a scheduled
    task uses is not removed, even with -Force. The folder gets another name in one step before anything in it is
    deleted, so that there is never half a module.

    Every computer gives exactly one result; a computer where it failed also writes one error.

    .PARAMETER Session
    Sessions with the computers (New-PSSession). They have to be of a user who may write to the target, and not of a
    restricted (JEA) endpoint.

    .PARAMETER Scope
    AllUsers: Program Files\WindowsPowerShell\Modules, where Windows PowerShell and PowerShell 7 both look and only
    administrators write. CurrentUser: the modules folder in the documents of the sessions' user. An elevated session
    should not load what its user can write to without elevation, so AllUsers is the default.

    .PARAMETER Remove
    Removes a version that this command had published.

    .PARAMETER Version
    With -Remove: the version to remove, such as 0.1.0. Without it, the version that is running here.

    .PARAMETER Force
    Puts this version there also where a newer one is (beside it), and replaces a copy of this version whose files are
    other ones. Where that copy is in use, its files are renamed aside one by one and removed by the next copy; sessions
    that have it loaded go on with the old ones, and have to be opened anew. With -Remove: removes a copy also where
    files of it were changed or added.

    .PARAMETER TimeoutSec
    Seconds that a computer may go without a response before it is given up.

    .PARAMETER ThrottleLimit
    How many computers are copied to at the same time.

    .OUTPUTS
    StorageRelease.Publication

    ComputerName [string]  As the computer calls itself; as the session calls it, where it has not said.
    Outcome [string]       Published, AlreadyThere, Newer, Running or Failed; with -Remove: Removed, NotThere, NotPublished,
                           Running or Failed.
    Path [string]          The folder that this version is in, was in, or would be in.
    Version [string]       The version that was published or removed.
    Bytes [long]           How much this command sent.
    Message [string]       What happened, in a sentence.
    NextStep [string]      What to do about it.

    .EXAMPLE
    # Three servers
    $hosts = New-PSSession -ComputerName server1, server2, server3
    Publish-StorageRelease -Session $hosts

    Puts the module on three servers.

    .EXAMPLE
    Publish-StorageRelease -Session $hosts -WhatIf

    Says which of them lack it, and sends nothing.

    .EXAMPLE
    Publish-StorageRelease -Session $hosts | Where-Object Outcome -eq 'Failed' | Format-List

    Shows what went wrong, and what to do about it.

    .EXAMPLE
    Publish-StorageRelease -Session $hosts -Remove -Version 0.1.0

    Removes version 0.1.0, which had been published before this one.

    .LINK
    Get-StorageReservation

    .LINK
    Invoke-StorageRelease
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Publish',
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Publication', 'StorageRelease.Publication#Properties')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.Runspaces.PSSession[]]
        $Session,

        [ValidateSet('AllUsers', 'CurrentUser')]
        [string]
        $Scope = 'AllUsers',

        [Parameter(Mandatory, ParameterSetName = 'Remove')]
        [switch]
        $Remove,

        [Parameter(ParameterSetName = 'Remove')]
        [ValidatePattern('\A[0-9]+(\.[0-9]+){1,3}\z')]
        [string]
        $Version,

        [switch]
        $Force,

        [ValidateRange(1, 86400)]
        [int]
        $TimeoutSec = 60,

        [ValidateRange(1, 1024)]
        [int]
        $ThrottleLimit = 8
    )

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Remote $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $root = $null
        if (-not $Remove) { $root = Get-StagedModule }
        if (-not $Remove -and -not $root) {
            $expected = Get-StagedModule -Expected
            $failure = New-ModuleError 'NotStaged' ObjectNotFound -Message ($script:Messages['PublishNotStaged'] -f $expected) -NextStep $script:Messages['PublishNotStagedNext'] -Target $expected
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $wanted = [string]$ExecutionContext.SessionState.Module.Version
        if ($Version) { $wanted = $Version }
        $given = [System.Collections.ArrayList]::new()
    }

    process {
        foreach ($one in $Session) { $null = $given.Add($one) }
    }

    end {
        if ($given.Count -eq 0) { return }
        Invoke-Publication $PSCmdlet @{
            Sessions      = $given.ToArray()
            Root          = $root
            Version       = $wanted
            Scope         = $Scope
            Remove        = [bool]$Remove
            Force         = [bool]$Force
            TimeoutSec    = $TimeoutSec
            ThrottleLimit = $ThrottleLimit
        }
    }
}
