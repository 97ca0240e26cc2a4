function Publish-StorageRelease {
    <#
    .SYNOPSIS
    Puts this version of the module on other computers.

    .DESCRIPTION
    Copies the module that is in use here (in the repository: the one that the build has staged) to every computer that
    has not got it, into a folder of its own for this version. Nothing but the sessions is used: no share, no download.

    What is sent is compressed, in pieces of 256 KB, each within the default quotas of WinRM. It is written into a folder
    beside the target; when all is there, every file is read back and its SHA-256 compared, and only then the whole is
    moved into its place. A copy that was interrupted goes on where it stopped when the command is run again.

    A version that is there already and is whole is left alone. A newer version, a copy with other files, and one that is
    in use are left alone, too, and the result says so. Computers that have different versions are named before anything
    is sent.

    Every computer gives exactly one result; one that could not be published to also writes one error.

    .PARAMETER Session
    Sessions with the computers (New-PSSession). They have to be of a user who may write to the target, and not of a
    restricted (JEA) endpoint.

    .PARAMETER Scope
    AllUsers: Program Files\WindowsPowerShell\Modules, where Windows PowerShell and PowerShell 7 both look and only
    administrators write. CurrentUser: the modules folder in the documents of the sessions' user. An elevated session
    should not load what its user can write to without elevation, so AllUsers is the default.

    .PARAMETER Force
    Puts this version there also where a newer one is (beside it), and replaces a copy of this version whose files are
    other ones. What is in use is not replaced all the same.

    .PARAMETER TimeoutSec
    Seconds that a computer may say nothing before it is given up.

    .PARAMETER ThrottleLimit
    How many computers are copied to at the same time.

    .OUTPUTS
    StorageRelease.Publication

    ComputerName [string]  As the session calls it.
    Outcome [string]       Published, AlreadyThere, Newer, Running or Failed.
    Path [string]          The folder that this version is in, or would be.
    Version [string]       This version.
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

    .LINK
    Get-StorageReservation

    .LINK
    Invoke-StorageRelease
    #>
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Request-Confirmation calls it.')]
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium',
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
        $root = Get-StagedModule
        if (-not $root) {
            $expected = Get-StagedModule -Expected
            $failure = New-ModuleError 'NotStaged' ObjectNotFound -Message ($script:Messages.PublishNotStaged -f $expected) -NextStep $script:Messages.PublishNotStagedNext -Target $expected
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $version = [string]$ExecutionContext.SessionState.Module.Version
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
            Version       = $version
            Scope         = $Scope
            Force         = [bool]$Force
            TimeoutSec    = $TimeoutSec
            ThrottleLimit = $ThrottleLimit
        }
    }
}
