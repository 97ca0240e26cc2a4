# The caller's preferences are honoured, whoever the caller is, and leak nowhere. What a question looks like and
# how it is answered: prompt.test.ts.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"
& (Get-Module StorageRelease) { Import-ModulePart Private }

# --- what each command sees --------------------------------------------------------------------------------------

# A command of the module's own scope that begins as all of them do and tells what it then goes by.
$global:Probe = & (Get-Module StorageRelease) {
    function Get-SeenPreference {
        [CmdletBinding(SupportsShouldProcess)]
        param()
        begin { . $script:UseCallerPreference $PSCmdlet $PSBoundParameters }
        process {
            @{
                WhatIf = $WhatIfPreference; Confirm = $ConfirmPreference; ErrorAction = $ErrorActionPreference
                Verbose = $VerbosePreference; Warning = $WarningPreference; Information = $InformationPreference
                Debug = $DebugPreference; Progress = $ProgressPreference
            }
        }
    }
    Get-Command Get-SeenPreference
}

# Variable, what it is set to, the common parameter that sets it, and what that makes of the variable.
$preferences = @(
    , @('WhatIf', '$true', '-WhatIf', 'True')
    , @('Confirm', "'Medium'", '-Confirm', 'Low')
    , @('ErrorAction', "'Stop'", '-ErrorAction Stop', 'Stop')
    , @('Verbose', "'Continue'", '-Verbose', 'Continue')
    , @('Warning', "'SilentlyContinue'", '-WarningAction SilentlyContinue', 'SilentlyContinue')
    , @('Information', "'Continue'", '-InformationAction Continue', 'Continue')
    , @('Debug', "'Continue'", '-Debug', 'Continue|Inquire')
    , @('Progress', "'SilentlyContinue'", '-ProgressAction SilentlyContinue', 'SilentlyContinue')
)
$hasProgressAction = [System.Management.Automation.Cmdlet]::CommonParameters.Contains('ProgressAction')

# How a caller is written: {0} the variable's assignment, {1} the parameter. {2} is a file of its own.
$head = '[CmdletBinding(SupportsShouldProcess)] param()'
$module = '$m = New-Module -Name PreferenceCaller -ScriptBlock ' +
    "{{ function Test-Caller {{ $head {0}; & `$global:Probe }} }}; " +
    'try {{ Import-Module $m; Test-Caller {1} }} finally {{ Remove-Module $m }}'
$callers = @(
    , @('the prompt that sets the variable', '{0}; & $global:Probe')
    , @('the prompt by the parameter', '& $global:Probe {1}')
    , @('a function with the parameter', "function Test-Caller {{ $head & `$global:Probe }}; Test-Caller {1}")
    , @('a function that sets the variable', 'function Test-Caller {{ {0}; & $global:Probe }}; Test-Caller')
    , @('a function inside a function with the parameter',
        "function Test-Inner {{ & `$global:Probe }}; function Test-Caller {{ $head Test-Inner }}; Test-Caller {1}")
    , @('a script block with the parameter', "& {{ $head & `$global:Probe }} {1}")
    , @('a pipeline of a function with the parameter',
        "function Test-Caller {{ $head 1 | ForEach-Object {{ & `$global:Probe }} }}; Test-Caller {1}")
    , @('another module''s function with the parameter', $module.Replace('{0}; ', ''))
    , @('another module''s function that sets the variable', $module.Replace('{1}', ''))
    , @('a script file with the parameter', '& "{2}" {1}', "$head & `$global:Probe")
    , @('a script file that sets the variable', '& "{2}"', '{0}; & $global:Probe')
)

function Read-Here {
    @{
        WhatIf = $WhatIfPreference; Confirm = $ConfirmPreference; ErrorAction = $ErrorActionPreference
        Verbose = $VerbosePreference; Warning = $WarningPreference; Information = $InformationPreference
        Debug = $DebugPreference; Progress = $ProgressPreference
    }
}

$usual = Read-Here
foreach ($caller in $callers) {
    foreach ($preference in $preferences) {
        $what = $preference[0]
        $byParameter = $caller[1].Contains('{1}')
        if ($what -eq 'Progress' -and $byParameter -and -not $hasProgressAction) { continue }
        Test-That "$what is honoured, called by $($caller[0])" {
            $assignment = "`$${what}Preference = $($preference[1])"
            $file = [System.IO.Path]::Combine($Temp, 'caller.ps1')
            if ($caller.Count -gt 2) {
                $text = $caller[2]
                if ($text.Contains('{0}')) { $text = $text -f $assignment }
                [System.IO.File]::WriteAllText($file, $text)
            }
            $text = $caller[1] -f $assignment, $preference[2], $file
            $seen = & ([scriptblock]::Create($text))
            $wanted = $preference[3]
            if (-not $byParameter) { $wanted = "$(& ([scriptblock]::Create($preference[1])))" }
            Assert-Match "$($seen[$what])" "^($wanted)$"
            foreach ($other in $usual.Keys) {
                if ($other -ne $what) { Assert-Equal "$($seen[$other])" "$($usual[$other])" "$other is as before" }
            }
            $after = Read-Here
            $next = & $global:Probe
            foreach ($other in $usual.Keys) {
                Assert-Equal "$($after[$other])" "$($usual[$other])" "$other leaks into the caller"
                Assert-Equal "$($next[$other])" "$($usual[$other])" "$other leaks into the next call"
            }
        }
    }
}

Test-That 'the parameter goes before the caller''s variable' {
    function Test-Caller {
        [CmdletBinding(SupportsShouldProcess)]
        param()
        $ErrorActionPreference = 'Stop'
        $VerbosePreference = 'Continue'
        & $global:Probe -WhatIf:$false -ErrorAction Continue -Verbose:$false -Confirm:$false
    }
    $seen = Test-Caller -WhatIf
    Assert-Equal $seen.WhatIf $false
    Assert-Equal "$($seen.ErrorAction)" 'Continue'
    Assert-Equal "$($seen.Verbose)" 'SilentlyContinue'
    Assert-Equal "$($seen.Confirm)" 'None'
}

Test-That 'a global variable is seen through another module''s function' {
    $other = New-Module -Name PreferenceCaller -ScriptBlock { function Test-Caller { & $global:Probe } }
    $global:VerbosePreference = 'Continue'
    try {
        Import-Module $other
        Assert-Equal "$((Test-Caller).Verbose)" 'Continue'
    }
    finally {
        $global:VerbosePreference = 'SilentlyContinue'
        Remove-Module $other
    }
}

Test-That 'a job''s preferences are honoured in the job' {
    $file = New-TestBus 3 -Faults @{ 2 = '"status": "0xC0000483"' }
    $job = Start-Job -ArgumentList "$Root/StorageRelease.psd1", $file -ScriptBlock {
        param($Module, $Bus)
        Import-Module $Module
        $WarningPreference = 'SilentlyContinue'
        Enter-StorageRehearsal $Bus
        $ConfirmPreference = 'None'
        $VerbosePreference = 'Continue'
        Invoke-StorageRelease -Number 1
        $VerbosePreference = 'SilentlyContinue'
        $ErrorActionPreference = 'Stop'
        try { Invoke-StorageRelease -Number 2 } catch { "caught $($_.FullyQualifiedErrorId)" }
        $WhatIfPreference = $true
        Invoke-StorageRelease -Number 0
    }
    $null = Wait-Job $job
    Assert-True ($job.ChildJobs[0].Verbose.Count -gt 0)
    $job.ChildJobs[0].Verbose.Clear()
    $got = Invoke-Capture { Receive-Job $job -Wait -AutoRemoveJob }
    Assert-Equal $got.Warnings.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Output.Count 3
    Assert-Equal $got.Output[2] 'caught Failed,Invoke-StorageRelease'
    Assert-Equal (Get-Released $file) 'unit 1'
}

# --- what the commands do ----------------------------------------------------------------------------------------

$global:Call = 'Invoke-StorageRelease'
$bus = New-TestBus 60 -Faults @{ 2 = '"status": "0xC0000483"' }
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
$script:NextDisk = 10
function Step-Disk { $script:NextDisk++; New-TestDisk $script:NextDisk }

$script = [System.IO.Path]::Combine($Temp, 'release.ps1')
[System.IO.File]::WriteAllText($script, "$head `$global:Disk | & `$global:Call @global:More")
$other = New-Module -Name ReleaseCaller -ScriptBlock {
    function Release-ByModule { [CmdletBinding(SupportsShouldProcess)] param() $global:Disk |
        & $global:Call @global:More }
}
Import-Module $other -DisableNameChecking
function Release-ByFunction {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $global:Disk | & $global:Call @global:More
}
function Release-ByVariable {
    $WhatIfPreference = $script:Want['WhatIf']
    if ($script:Want['Confirm']) { $ConfirmPreference = $script:Want['Confirm'] }
    if ($script:Want['ErrorAction']) { $ErrorActionPreference = $script:Want['ErrorAction'] }
    if ($script:Want['Verbose']) { $VerbosePreference = $script:Want['Verbose'] }
    $global:Disk | & $global:Call @global:More
}

# Each calls ours, whichever $Call is, with -WhatIf and the like of its own, never with ours.
$ways = @(
    , @('the prompt', { param($Switches) $global:Disk | & $global:Call @Switches @global:More })
    , @('a function', { param($Switches) Release-ByFunction @Switches })
    , @('a script file', { param($Switches) & $script @Switches })
    , @('another module', { param($Switches) Release-ByModule @Switches })
    , @('a function that sets variables', {
            param($Switches)
            $script:Want = @{ WhatIf = [bool]$Switches['WhatIf']; ErrorAction = $Switches['ErrorAction'] }
            if ($Switches.ContainsKey('Confirm')) { $script:Want['Confirm'] = $(if ($Switches['Confirm']) {
                'Low' } else { 'None' }) }
            if ($Switches['Verbose']) { $script:Want['Verbose'] = 'Continue' }
            Release-ByVariable
        })
)
foreach ($way in $ways) {
    Test-That "-WhatIf of $($way[0]) releases nothing and returns nothing, -Force or not" {
        foreach ($more in @{}, @{ Force = $true }) {
            $global:More = $more
            $global:Disk = Step-Disk
            $before = Get-Released $bus
            $got = Invoke-Capture { & $way[1] @{ WhatIf = $true } }
            Assert-Equal $got.Thrown $null
            Assert-Equal $got.Output.Count 0
            Assert-Equal $got.Errors.Count 0
            Assert-Equal (Get-Released $bus) $before
        }
    }

    Test-That "-WhatIf of $($way[0]) says what it would refuse, and writes no error" {
        $global:More = @{}
        $global:Disk = @($null, 'C:', (New-FakeVolume), (New-FakeDisk -Number 77))
        $got = Invoke-Capture { & $way[1] @{ WhatIf = $true } }
        Assert-Equal $got.Thrown $null
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors.Count 0
    }

    Test-That "-Confirm:`$false of $($way[0]) is as good as -Force" {
        $global:More = @{}
        $global:Disk = Step-Disk
        $got = Invoke-Capture { & $way[1] @{ Confirm = $false } }
        Assert-Equal $got.Thrown $null
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Output[0].Outcome 'Accepted'
    }

    Test-That "-Confirm of $($way[0]) asks, and with nobody there sends nothing" {
        $global:More = @{}
        $global:Disk = Step-Disk
        $before = Get-Released $bus
        $caught = Assert-Throws { & $way[1] @{ Confirm = $true } } -ErrorId 'NobodyToAsk,*'
        Assert-Match $caught.ErrorDetails.RecommendedAction '-Force'
        Assert-Equal (Get-Released $bus) $before
    }

    Test-That "-ErrorAction Stop of $($way[0]) stops at the first disk that fails" {
        $global:More = @{ Force = $true; ThrottleLimit = 1 }
        $global:Disk = New-TestDisk 2
        $null = Assert-Throws { & $way[1] @{ ErrorAction = 'Stop' } } -ErrorId 'Failed,Invoke-StorageRelease'
        $got = Invoke-Capture { & $way[1] @{} }
        Assert-Equal $got.Thrown $null 'and no other call does'
        Assert-Equal $got.Errors.Count 1
    }

    Test-That "-ErrorAction SilentlyContinue of $($way[0]) says nothing" {
        $global:More = @{ Force = $true }
        $global:Disk = New-TestDisk 2
        $got = Invoke-Capture { & $way[1] @{ ErrorAction = 'SilentlyContinue' } }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output.Count 1
    }

    Test-That "-Verbose of $($way[0]) tells the steps with their numbers, and only then" {
        $global:More = @{ Force = $true }
        $global:Disk = Step-Disk
        $got = Invoke-Capture { & $way[1] @{} }
        Assert-Equal $got.Verbose.Count 0
        $global:Disk = Step-Disk
        $got = Invoke-Capture { & $way[1] @{ Verbose = $true } }
        $said = (@(foreach ($line in $got.Verbose) { "$line" }) -join "`n")
        Assert-Match $said '0x002D4814'
        Assert-Match $said "PhysicalDrive$($global:Disk.Number)\b"
    }
}

Test-That '-Confirm goes before -Force' {
    $disk = Step-Disk
    $before = Get-Released $bus
    $null = Assert-Throws { $disk | Invoke-StorageRelease -Force -Confirm } -ErrorId 'NobodyToAsk,*'
    Assert-Equal (Get-Released $bus) $before
}

Test-That 'without -Force, and with nobody there, it is one error that names the switch' {
    $disk = Step-Disk
    $before = Get-Released $bus
    $got = Invoke-Capture { $disk | Invoke-StorageRelease }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-Equal $got.Thrown.FullyQualifiedErrorId 'NobodyToAsk,Invoke-StorageRelease'
    Assert-Match $got.Thrown.ErrorDetails.RecommendedAction '-Force'
    Assert-Equal (Get-Released $bus) $before
}

Test-That '$ConfirmPreference High asks, None does not' {
    $global:Disk = Step-Disk
    $before = Get-Released $bus
    $null = Assert-Throws { $ConfirmPreference = 'High'; $global:Disk |
        Invoke-StorageRelease } -ErrorId 'NobodyToAsk,*'
    Assert-Equal (Get-Released $bus) $before
    $got = Invoke-Capture { $ConfirmPreference = 'None'; $global:Disk | Invoke-StorageRelease }
    Assert-Equal $got.Output[0].Outcome 'Accepted'
}

Test-That '-WhatIf:$false inside a function called with -WhatIf does release' {
    function Test-Caller {
        [CmdletBinding(SupportsShouldProcess)]
        param()
        $global:Disk | Invoke-StorageRelease -Force -WhatIf:$false
    }
    $global:Disk = Step-Disk
    $got = Invoke-Capture { Test-Caller -WhatIf }
    Assert-Equal $got.Output[0].Outcome 'Accepted'
}

Test-That '-WhatIf looks at the disks without touching one: the file stays as it is' {
    $before = [System.IO.File]::ReadAllText($bus)
    $got = Invoke-Capture { Get-StorageRehearsalDisk | Invoke-StorageRelease -WhatIf -Allow Boot, System,
        Clustered, Multipath }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-Equal ([System.IO.File]::ReadAllText($bus)) $before
}

Exit-StorageRehearsal

# Disks that nobody holds, so that a reservation shows.
$bus = New-TestBus 8
Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
$null = Invoke-StorageRelease -Number 1, 2, 3, 4, 5, 6, 7 -Force
$global:Disk = New-TestDisk 1
foreach ($way in $ways) {
    Test-That "-WhatIf and -Confirm of $($way[0]) reserve nothing, -Force or not" {
        $global:Call = 'Invoke-StorageReserve'
        $before = [System.IO.File]::ReadAllText($bus)
        foreach ($more in @{}, @{ Force = $true }) {
            $global:More = $more
            $got = Invoke-Capture { & $way[1] @{ WhatIf = $true } }
            Assert-Equal $got.Thrown $null
            Assert-Equal $got.Output.Count 0
            Assert-Equal $got.Errors.Count 0
        }
        $global:More = @{}
        $null = Assert-Throws { & $way[1] @{ Confirm = $true } } -ErrorId 'NobodyToAsk,Invoke-StorageReserve'
        Assert-Equal ([System.IO.File]::ReadAllText($bus)) $before
    }

    Test-That "-Confirm:`$false of $($way[0]) reserves" {
        $global:Call = 'Invoke-StorageReserve'
        $global:More = @{}
        $got = Invoke-Capture { & $way[1] @{ Confirm = $false } }
        Assert-Equal $got.Thrown $null
        Assert-Equal $got.Output[0].Outcome 'Reserved'
        Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted'
    }

    # It has neither parameter of its own.
    if ($way[0] -eq 'the prompt') { continue }
    Test-That "-WhatIf and -Confirm of $($way[0]) do not keep Get-StorageReservation from reading" {
        $global:Call = 'Get-StorageReservation'
        $global:More = @{}
        foreach ($switch in 'WhatIf', 'Confirm') {
            $got = Invoke-Capture { & $way[1] @{ $switch = $true } }
            Assert-Equal $got.Thrown $null
            Assert-Equal $got.Errors.Count 0
            Assert-Equal $got.Output.Count 1
            Assert-Equal $got.Output[0].Outcome 'Read'
        }
    }
}

Remove-Module $other
Exit-StorageRehearsal

Test-That 'the warning of entering is the caller''s to silence, or to stop at' {
    function Test-Caller { [CmdletBinding()] param($File) Enter-StorageRehearsal $File; Exit-StorageRehearsal }
    $file = New-TestBus 1
    Assert-Equal (Invoke-Capture { Test-Caller $file }).Warnings.Count 1
    Assert-Equal (Invoke-Capture { Test-Caller $file -WarningAction SilentlyContinue }).Warnings.Count 0
    $got = Invoke-Capture { $WarningPreference = 'SilentlyContinue'; Enter-StorageRehearsal $file;
        Exit-StorageRehearsal }
    Assert-Equal $got.Warnings.Count 0
    $got = Invoke-Capture { Enter-StorageRehearsal $file -WarningAction Stop }
    Assert-True ($null -ne $got.Thrown)
    $null = Invoke-Capture { Exit-StorageRehearsal }
}

# --- progress ----------------------------------------------------------------------------------------------------

$progressBody = {
    param($Bus, $Parameter)
    Enter-StorageRehearsal $Bus
    try { Invoke-StorageRelease -Force @Parameter }
    finally { Exit-StorageRehearsal }
}

Test-That 'no progress for fast work' {
    $got = Invoke-Capture -Runspace $progressBody -ArgumentList (New-TestBus 4), @{ Number = 1, 2, 3 }
    Assert-Equal $got.Output.Count 3
    Assert-Equal $got.Progress.Count 0
}

Test-That 'progress for work of more than a second, completed at its end' {
    $file = New-TestBus 4 -Faults @{ 2 = '"delayMs": 1500' }
    $got = Invoke-Capture -Runspace $progressBody -ArgumentList $file, @{ Number = 1, 2, 3 }
    Assert-Equal $got.Output.Count 3
    Assert-True ($got.Progress.Count -ge 2)
    Assert-True ($got.Progress.Count -le 8) 'not more often than five times a second'
    $last = $got.Progress[$got.Progress.Count - 1]
    Assert-Equal "$($last.RecordType)" 'Completed'
    Assert-Equal $last.ActivityId $got.Progress[0].ActivityId
    Assert-Match $got.Progress[0].StatusDescription '^2 of 3 disks answered; waiting for Disk 2, until \d\d:\d\d:\d\d at the latest$'
    Assert-Equal $got.Progress[0].PercentComplete 66
}

Test-That 'progress is completed also when an error ends the pipeline' {
    # The second is over in `process` when the error comes, and `end` is never reached.
    $file = New-TestBus 8 -Faults @{ 1 = '"delayMs": 1500'; 2 = '"status": "0xC0000483"' }
    $got = Invoke-Capture -Runspace $progressBody -ArgumentList $file, @{
        Number = 1, 2, 3, 4, 5, 6, 7; ThrottleLimit = 1; ErrorAction = 'Stop'
    }
    Assert-Equal $got.Thrown.FullyQualifiedErrorId 'Failed,Invoke-StorageRelease'
    Assert-True ($got.Progress.Count -ge 2)
    Assert-Equal "$($got.Progress[$got.Progress.Count - 1].RecordType)" 'Completed'
}

Test-That 'no progress under $ProgressPreference SilentlyContinue' {
    $file = New-TestBus 4 -Faults @{ 2 = '"delayMs": 1300' }
    $got = Invoke-Capture -Runspace $progressBody -ArgumentList $file, @{ Number = 1, 2 } -Variable @{
        ProgressPreference = 'SilentlyContinue'
    }
    Assert-Equal $got.Output.Count 2
    Assert-Equal $got.Progress.Count 0
}

Complete-Tests
