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
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('StorageRelease.Publication')]
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
            $failure = New-ModuleError 'NotStaged' ObjectNotFound ($script:Messages.PublishNotStaged -f $expected) $script:Messages.PublishNotStagedNext $expected
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
        $work = New-SessionWork $given.ToArray()
        $package = New-ModulePackage $root
        $all = @(foreach ($one in $work.Computers) { New-Publication $one })
        $showProgress = $ProgressPreference -eq 'Continue' -and
            -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)
        # Index of the call to the computer that it is for.
        $calls = @{}
        $fan = New-SessionRun $PSCmdlet '' @() $TimeoutSec ([System.Math]::Max($ThrottleLimit, $all.Length))
        $send = {
            param([hashtable]$One, [string]$Step, [hashtable]$Parameters)
            $One.Answer = $null
            $calls[(Add-SessionCall $fan $One.Session $Parameters $script:PublishScript[$Step].ToString())] = $One
        }
        $next = {
            param([hashtable]$One)
            if ($One.Have -lt $package.Length) {
                $One.Phase = 'copy'
                & $send $One 'Write' @{ Part = $One.Look.Part; Offset = $One.Have; Data = (Read-ModulePackage $package $One.Have $script:PublishPiece) }
                return
            }
            $One.Phase = 'finish'
            & $send $One 'Finish' @{
                Part = $One.Look.Part; Target = $One.Look.Target; Files = $package.Files; Lengths = $package.Lengths
                Hashes = $package.Hashes; Replace = [bool]$Force
            }
        }
        # Gives a computer's one result.
        $pass = {
            $one.Phase = 'end'
            $work.Ended += 1
            $result = New-PublicationResult $one $verdict.Outcome $version $verdict.Message $verdict.NextStep
            $result
            if ($verdict.Category) { $PSCmdlet.WriteError((New-ModuleError $verdict.Outcome $verdict.Category ($one.Name + ': ' + $verdict.Message) $verdict.NextStep $result)) }
        }
        $deliver = {
            $work.Left = 'break'
            do {
                . $pass
                $work.Left = $null
            } while ($(if ($work.Left) { $work.Left = 'continue' }; $false))
        }

        $told = $false
        $heard = $work.Clock.ElapsedMilliseconds
        try {
            foreach ($one in $all) {
                & $send $one 'Look' @{ Name = 'StorageRelease'; Version = $version; Scope = $Scope; Id = $package.Id; Files = $package.Files; Hashes = $package.Hashes }
            }
            while ($work.Ended -lt $all.Length -and -not $work.Left) {
                foreach ($news in @(Receive-SessionRun $fan 100)) {
                    $heard = $work.Clock.ElapsedMilliseconds
                    $one = $calls[$news.Call]
                    $verdict = $null
                    if ($news.Kind -ceq 'object') { $one.Answer = $news.Payload }
                    elseif ($news.Kind -ceq 'failed') { $verdict = Get-PublicationFailure $news $one }
                    elseif ($news.Kind -ceq 'done') {
                        $calls.Remove($news.Call)
                        if ($one.Phase -ceq 'look') {
                            $one.Look = $one.Answer
                            $one.Have = $one.Look.Have
                            $one.Phase = 'ready'
                            $verdict = Get-PublicationVerdict $one $version ([bool]$Force)
                        }
                        elseif ($one.Phase -ceq 'copy') {
                            $wanted = [System.Math]::Min($one.Have + $script:PublishPiece, $package.Length)
                            if ($one.Answer -ne $wanted) {
                                $verdict = @{ Outcome = 'Failed'; Message = ($script:Messages.PublishConflict -f $one.Answer, $wanted); NextStep = $script:Messages.PublishAgain; Category = 'ResourceBusy' }
                            }
                            else {
                                $one.Bytes += $wanted - $one.Have
                                $one.Have = $wanted
                                & $next $one
                            }
                        }
                        else {
                            $null = $script:SessionVersion.Remove($one.Session.InstanceId)
                            $verdict = @{ Outcome = 'Published'; Message = $script:Messages.PublishDone; NextStep = (Get-PublicationNext $one.Look $version $one.Look.Target); Category = $null }
                        }
                    }
                    if ($null -ne $verdict -and $verdict.Outcome) {
                        . $deliver
                        if ($work.Left) { break }
                    }
                }
                # Nothing is sent before all have been looked at, but those that say nothing.
                $ready = @($all | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'ready' })
                $looking = @($all | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'look' }).Length
                $busy = @($all | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'copy' -or $_.Phase -ceq 'finish' }).Length
                if (-not $work.Left -and $ready.Length -gt 0 -and ($told -or $looking -eq 0 -or $work.Clock.ElapsedMilliseconds - $heard -ge $script:PublishPatience)) {
                    if (-not $told) {
                        $told = $true
                        $text = Get-PublicationMismatch $all $version
                        if ($text) { $PSCmdlet.WriteWarning($text) }
                    }
                    foreach ($one in $ready) {
                        if ($busy -ge $ThrottleLimit) { break }
                        $question = $script:Messages.Publish -f $one.Name, $version, $package.Files.Length, [int]($package.Size / 1048576), $one.Look.Target
                        if (-not (Request-Confirmation $PSCmdlet ($question + '.') ($question + '?') $script:Messages.AskPublish)) {
                            if ($WhatIfPreference) {
                                $one.Phase = 'end'
                                $work.Ended += 1
                                continue
                            }
                            $verdict = @{ Outcome = 'Failed'; Message = $script:Messages.Declined; NextStep = ''; Category = $null }
                            . $deliver
                            if ($work.Left) { break }
                            continue
                        }
                        if ($null -eq $package.Path) { Compress-ModulePackage $package }
                        $busy += 1
                        & $next $one
                    }
                }
                if ($showProgress -and $work.Clock.ElapsedMilliseconds -ge 1000 -and $work.Clock.ElapsedMilliseconds - $work.Shown -ge 200) {
                    $work.Shown = $work.Clock.ElapsedMilliseconds
                    $sent = [long]0
                    foreach ($one in $all) { $sent += $one.Bytes }
                    $total = $all.Length * [System.Math]::Max($package.Length, 1)
                    $progress = [System.Management.Automation.ProgressRecord]::new(1, $script:Messages.ProgressPublish,
                        ($script:Messages.ProgressPublished -f $work.Ended, $all.Length, [int]($sent / 1048576), [int]($total / 1048576)))
                    $progress.PercentComplete = [int][System.Math]::Min(100, [System.Math]::Floor(100 * $sent / $total))
                    $PSCmdlet.WriteProgress($progress)
                }
            }
            if ($work.Left -ceq 'break') { break }
            if ($work.Left) { continue }
        }
        finally {
            Stop-SessionRun $fan
            Remove-ModulePackage $package
            if ($work.Shown -gt 0) {
                $progress = [System.Management.Automation.ProgressRecord]::new(1, $script:Messages.ProgressPublish, $script:Messages.ProgressPublish)
                $progress.RecordType = 'Completed'
                try { $PSCmdlet.WriteProgress($progress) } catch { $null = $_ }
            }
        }
    }
}
