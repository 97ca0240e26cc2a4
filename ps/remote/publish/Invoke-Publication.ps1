function script:Invoke-Publication {
    # The `end` of Publish-StorageRelease: takes all computers at once through the steps of Publication.ps1, or with
    # -Remove of Removal.ps1.
    # -Request: Sessions, Root (folder of what is published), Version, and the command's parameters Scope, Remove, Force,
    # TimeoutSec, ThrottleLimit. Preferences are read by name in the scope of the command, which calls this.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Request)

    $work = New-SessionWork $Request.Sessions
    $package = $null
    if (-not $Request.Remove) { $package = New-ModulePackage $Request.Root }
    $all = @(foreach ($one in $work.Computers) { New-Publication $one })
    $flow = @{
        Cmdlet  = $Cmdlet
        Run     = $work
        Request = $Request
        # All files of the module, and the package for each kind of system, by that system's name.
        Package = $package
        Parts   = @{}
        All     = $all
        # By the index of a call: its computer.
        Calls   = @{}
        FanOut  = New-SessionRun -Cmdlet $Cmdlet -Command '' -Calls @() -TimeoutSec $Request.TimeoutSec `
            -ThrottleLimit ([System.Math]::Max($Request.ThrottleLimit, $all.Length))
        # Whether the versions of the computers were reported; and when the last event arrived.
        Told    = $false
        Heard   = $work.Clock.ElapsedMilliseconds
        DryRun  = [bool]$WhatIfPreference
    }
    $showProgress = Test-ProgressShown
    $decide, $begin, $activity = ${function:Get-PublicationAnswer}, ${function:Start-PublicationCopy}, $script:Messages.ProgressPublish
    if ($Request.Remove) { $decide, $begin, $activity = ${function:Get-RemovalAnswer}, ${function:Start-Removal}, $script:Messages.ProgressRemove }
    try {
        foreach ($one in $all) {
            Send-PublicationStep $flow $one $script:PublishScript.Place @{ Name = 'StorageRelease'; Version = $Request.Version; Scope = $Request.Scope }
        }
        while ($work.Ended -lt $all.Length -and -not $work.Left) {
            foreach ($answer in @(Receive-SessionRun $flow.FanOut 100)) {
                $flow.Heard = $work.Clock.ElapsedMilliseconds
                $one = $flow.Calls[$answer.Call]
                $verdict = & $decide $flow $one $answer
                if ($null -eq $verdict -or -not $verdict.Outcome) { continue }
                Send-Downstream $work ${function:Write-PublicationResult} $flow, $one, $verdict
                if ($work.Left) { break }
            }
            if (-not $work.Left) { & $begin $flow }
            if ($showProgress -and (Test-ProgressDue $work)) { Write-PublicationProgress $flow $activity }
        }
        Resume-CallerLoop $work
    }
    finally {
        Stop-SessionRun $flow.FanOut
        foreach ($part in $flow.Parts.Values) { Remove-ModulePackage $part }
        Complete-FlowProgress $Cmdlet $activity $work
    }
}

function script:Write-PublicationProgress {
    # Shows progress: how much is sent; for a removal, how many computers are done.
    param([hashtable]$Flow, [string]$Activity)

    $count = $Flow.All.Length
    if ($Flow.Request.Remove) {
        Write-FlowProgress $Flow.Cmdlet $Activity ($script:Messages.ProgressRemoved -f $Flow.Run.Ended, $count) ($Flow.Run.Ended / $count)
        return
    }
    $sent = [long]0
    $total = [long]0
    foreach ($one in $Flow.All) {
        $sent += $one.Bytes
        if ($null -ne $one.Package) { $total += [System.Math]::Max($one.Package.Length, 1) }
    }
    $status = $script:Messages.ProgressPublished -f $Flow.Run.Ended, $count, [int]($sent / 1048576), [int]($total / 1048576)
    Write-FlowProgress $Flow.Cmdlet $Activity $status ($sent / [System.Math]::Max($total, 1))
}

function script:Send-PublicationStep {
    # Starts a step on one computer: a script of PublishScript.ps1 or RemoveScript.ps1, as text.
    param([hashtable]$Flow, [hashtable]$One, [scriptblock]$Step, [hashtable]$Parameters)

    $One.Answer = $null
    $Flow.Calls[(Add-SessionCall $Flow.FanOut $One.Session $Parameters $Step.ToString())] = $One
}

function script:Send-PublicationPiece {
    # Sends a computer its next piece or, after the last one, the script that finishes the copy.
    param([hashtable]$Flow, [hashtable]$One)

    $package = $One.Package
    if ($One.Have -lt $package.Length) {
        $One.Phase = 'copy'
        Send-PublicationStep $Flow $One $script:PublishScript.Write @{ Part = $One.Look.Part; Offset = $One.Have; Data = (Read-ModulePackage $package $One.Have $script:PublishPiece) }
        return
    }
    $One.Phase = 'finish'
    Send-PublicationStep $Flow $One $script:PublishScript.Finish @{
        Part = $One.Look.Part; Target = $One.Look.Target; Files = $package.Files; Lengths = $package.Lengths
        Hashes = $package.Hashes; Replace = $Flow.Request.Force; InUse = $One.Look.Users -and $One.Look.Other -eq $One.Look.Target
    }
}

function script:Get-PublicationAnswer {
    # The verdict on a computer after one of its events; null where its steps go on.
    param([hashtable]$Flow, [hashtable]$One, [hashtable]$Answer)

    if ($Answer.Kind -ceq 'object') { $One.Answer = $Answer.Payload }
    elseif ($Answer.Kind -ceq 'failed') { return Get-PublicationFailure $Answer $One }
    elseif ($Answer.Kind -ceq 'done') {
        $version = $Flow.Request.Version
        $Flow.Calls.Remove($Answer.Call)
        if ($One.Phase -ceq 'place') {
            $One.Place = $One.Answer
            $One.Path = $One.Place.Target
            $One.Package = Get-SystemPackage $Flow ([string]$One.Place.System)
            if ($null -eq $One.Package) {
                $system = Format-SafeText $One.Place.System
                return @{ Outcome = 'Failed'; Message = ($script:Messages.PublishSystem -f $system); NextStep = $script:Messages.PublishSystemNext; Category = 'ObjectNotFound' }
            }
            $One.Phase = 'look'
            Send-PublicationStep $Flow $One $script:PublishScript.Look @{
                Name = 'StorageRelease'; Version = $version; Base = $One.Place.Base; Target = $One.Place.Target
                Id = $One.Package.Id; Files = $One.Package.Files; Hashes = $One.Package.Hashes
            }
            return
        }
        if ($One.Phase -ceq 'look') {
            $One.Look = $One.Answer
            $One.Have = $One.Look.Have
            $One.Phase = 'ready'
            return Get-PublicationVerdict $One $version $Flow.Request.Force
        }
        if ($One.Phase -ceq 'finish') {
            $null = $script:SessionVersion.Remove($One.Session.InstanceId)
            return @{ Outcome = 'Published'; Message = $script:Messages.PublishDone; NextStep = (Get-PublicationNext $One.Look $version $One.Look.Target); Category = $null }
        }
        $wanted = [System.Math]::Min($One.Have + $script:PublishPiece, $One.Package.Length)
        if ($One.Answer -ne $wanted) {
            return @{ Outcome = 'Failed'; Message = ($script:Messages.PublishConflict -f $One.Answer, $wanted); NextStep = $script:Messages.PublishAgain; Category = 'ResourceBusy' }
        }
        $One.Bytes += $wanted - $One.Have
        $One.Have = $wanted
        Send-PublicationPiece $Flow $One
    }
}

function script:Start-PublicationCopy {
    # Asks about the computers that were looked at, and starts copying to as many as the throttle allows.
    param([hashtable]$Flow)

    $request = $Flow.Request
    $work = $Flow.Run
    # Nothing is sent before all computers have been looked at, except those that do not answer.
    $ready = @($Flow.All | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'ready' })
    $looking = @($Flow.All | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'place' -or $_.Phase -ceq 'look' }).Length
    $busy = @($Flow.All | Microsoft.PowerShell.Core\Where-Object { $_.Phase -ceq 'copy' -or $_.Phase -ceq 'finish' }).Length
    if ($ready.Length -eq 0) { return }
    if (-not $Flow.Told -and $looking -ne 0 -and $work.Clock.ElapsedMilliseconds - $Flow.Heard -lt $script:PublishPatience) { return }
    if (-not $Flow.Told) {
        $Flow.Told = $true
        $text = Get-PublicationMismatch $Flow.All $request.Version
        if ($text) { $Flow.Cmdlet.WriteWarning($text) }
    }
    foreach ($one in $ready) {
        if ($busy -ge $request.ThrottleLimit) { return }
        $package = $one.Package
        $question = $script:Messages.Publish -f $one.Name, $request.Version, $package.Files.Length, [int]($package.Size / 1048576), $one.Look.Target
        if (-not (Request-Confirmation $Flow.Cmdlet ($question + '.') ($question + '?') $script:Messages.AskPublish)) {
            Skip-Publication $Flow $one
            if ($work.Left) { return }
            continue
        }
        if ($null -eq $package.Path) { Compress-ModulePackage $package }
        $busy += 1
        Send-PublicationPiece $Flow $one
    }
}

function script:Skip-Publication {
    # Ends a computer on which nothing is done: after -WhatIf, or when the question was answered with no.
    param([hashtable]$Flow, [hashtable]$One)

    if ($Flow.DryRun) {
        $One.Phase = 'end'
        $Flow.Run.Ended += 1
        return
    }
    $verdict = @{ Outcome = 'Failed'; Message = $script:Messages.Declined; NextStep = ''; Category = $null }
    Send-Downstream $Flow.Run ${function:Write-PublicationResult} $Flow, $One, $verdict
}

function script:Write-PublicationResult {
    # Gives a computer's one result. Must not contain a loop or a switch: see Send-Downstream.
    param([hashtable]$Flow, [hashtable]$One, [hashtable]$Verdict)

    $One.Phase = 'end'
    $Flow.Run.Ended += 1
    $result = New-PublicationResult -Publication $One -Outcome $Verdict.Outcome -Version $Flow.Request.Version `
        -Message $Verdict.Message -NextStep $Verdict.NextStep
    if ($Flow.Run.Narrow) { Add-NarrowView $result }
    $result
    if ($Verdict.Category) {
        $message = $One.Name + ': ' + $Verdict.Message
        $Flow.Cmdlet.WriteError((New-ModuleError $Verdict.Outcome $Verdict.Category $message $Verdict.NextStep $result))
    }
}
