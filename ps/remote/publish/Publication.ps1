# The steps of Publish-StorageRelease, for all computers at once: find the place, look at it, copy piece by piece, finish.

# Bytes of one piece. Encoded they take a third more, which is below WinRM's smallest default quota (500 KB for a message).
# A command may get 50 MB and an object 10 MB, so every piece is a command of its own.
$script:PublishPiece = 262144

# After so many milliseconds without an answer the question is asked without the computers that have not answered.
$script:PublishPatience = 5000

function script:New-Publication {
    # One computer's state.
    param([System.Management.Automation.Runspaces.PSSession]$Session)

    return @{
        Session = $Session
        Name    = Get-SessionName $Session
        # place, look, ready, copy, finish, end; of a removal place, look, ready, remove, end
        Phase   = 'place'
        # The results of the steps (see PublishScript.ps1), and the package for this system.
        Place   = $null
        Look    = $null
        Package = $null
        Answer  = $null
        Path    = $null
        # How much the computer has, and how much of that this command has sent.
        Have    = [long]0
        Bytes   = [long]0
    }
}

function script:New-PublicationResult {
    param([hashtable]$Publication, [string]$Outcome, [string]$Version, [string]$Message, [string]$NextStep)

    $result = [pscustomobject]@{
        ComputerName = $Publication.Name
        Outcome      = $Outcome
        Path         = $Publication.Path
        Version      = $Version
        Bytes        = $Publication.Bytes
        Message      = $Message
        NextStep     = $NextStep
    }
    $result.PSObject.TypeNames.Insert(0, 'StorageRelease.Publication')
    return $result
}

function script:Get-PublicationVerdict {
    # The verdict after looking at the computer: Outcome (null: copy), Message, NextStep and the category of the error.
    param([hashtable]$Publication, [string]$Version, [bool]$Force)

    $look = $Publication.Look
    $Publication.Path = $look.Target
    if ($look.Same) {
        $Publication.Path = $look.Same
        return @{ Outcome = 'AlreadyThere'; Message = $script:Messages.PublishAlready; NextStep = (Get-PublicationNext $look $Version $look.Same); Category = $null }
    }
    if ($look.Other -and $look.Users -and -not $Force) {
        $Publication.Path = $look.Other
        return @{ Outcome = 'Running'; Message = ($script:Messages.PublishRunning -f (Format-SafeText $look.Users)); NextStep = $script:Messages.PublishRunningNext; Category = 'ResourceBusy' }
    }
    if ($Force) { return @{ Outcome = $null } }
    if ($look.Other) {
        $Publication.Path = $look.Other
        return @{ Outcome = 'Failed'; Message = ($script:Messages.PublishOther -f $look.Wrong); NextStep = $script:Messages.PublishOtherNext; Category = 'ResourceExists' }
    }
    if ($look.Newest -and [version]$look.Newest -gt [version]$Version) {
        $Publication.Path = $null
        return @{ Outcome = 'Newer'; Message = ($script:Messages.PublishNewer -f $look.Newest); NextStep = $script:Messages.PublishNewerNext; Category = $null }
    }
    return @{ Outcome = $null }
}

function script:Get-PublicationNext {
    # What is still missing on that computer before the module can be used.
    param([object]$Look, [string]$Version, [string]$Path)

    if ($Look.Other -and $Look.Users) { return $script:Messages.PublishInUse -f (Format-SafeText $Look.Users) }
    if ($Look.Loaded -and $Look.Loaded -cne $Version) { return $script:Messages.PublishLoaded -f (Format-SafeText $Look.Loaded) }
    if (-not $Look.InPath -and $Path -ceq $Look.Target) { return $script:Messages.PublishOutside -f (Format-SafeText $Look.Base) }
    return ''
}

function script:Get-PublicationMismatch {
    # A sentence with the versions of the computers; empty when all have the same.
    param([hashtable[]]$Publications, [string]$Version)

    $names = @{}
    foreach ($one in $Publications) {
        if ($null -eq $one.Look) { continue }
        $newest = $one.Look.Newest
        if (-not $newest) { $newest = $script:Messages.PublishNone }
        if (-not $names.ContainsKey($newest)) { $names[$newest] = [System.Collections.ArrayList]::new() }
        $null = $names[$newest].Add($one.Name)
    }
    if ($names.Count -lt 2) { return '' }
    $keys = @($names.Keys)
    [array]::Sort($keys)
    $parts = foreach ($key in $keys) { '{0} ({1})' -f $key, ($names[$key] -join ', ') }
    return $script:Messages.PublishVersions -f ($parts -join '; '), $Version
}

function script:Get-PublicationFailure {
    # The verdict on a computer whose step failed.
    param([hashtable]$Answer, [hashtable]$Publication)

    if ($null -ne $Answer.Record -and $Answer.Record.FullyQualifiedErrorId -ceq 'ScriptsNotAllowed') {
        return @{ Outcome = 'Failed'; Message = ($script:Messages.PublishRestricted -f $Publication.Name); NextStep = $script:Messages.PublishRestrictedNext; Category = 'PermissionDenied' }
    }
    $next = $Answer.NextStep
    if ($Publication.Phase -in 'copy', 'finish') { $next = $script:Messages.PublishAgain }
    return @{ Outcome = 'Failed'; Message = $Answer.Message; NextStep = $next; Category = $script:SessionFailures[$Answer.Reason].Category }
}
