# Tab: what it offers for disks, sessions and the rest, what it sends, and that nothing comes into the prompt but that.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
# A machine that is slow is none whose disks hang.
& $module { Import-ModulePart Private; Import-ModulePart Completion; $script:ListPatience.Wait = 20000 }

function Get-Offer {
    # What Tab offers behind a line, without the file names that the shell falls back to.
    param([string]$Line)
    @((TabExpansion2 $Line $Line.Length).CompletionMatches | Where-Object ResultType -ne 'ProviderItem' |
            Where-Object ResultType -ne 'ProviderContainer')
}

function Get-OfferText { param([string]$Line) @(Get-Offer $Line | ForEach-Object { $_.CompletionText }) -join ' ' }

$file = New-TestBus 12 -Roles @{ 0 = '"boot": true, "system": true'; 5 = '"clustered": true' } -Faults @{}
$takesDisks = @($module.ExportedFunctions.Values | Where-Object { $_.Parameters.ContainsKey('UniqueId') -or $_.Name -ceq 'Get-StorageRehearsalDisk' })

Use-Bus $file {
    foreach ($command in $takesDisks) {
        foreach ($parameter in 'Number', 'UniqueId', 'SerialNumber', 'Path') {
            if (-not $command.Parameters.ContainsKey($parameter)) { continue }
            # The path of a log is a file's; a task takes neither numbers nor paths.
            if ("$($command.Name) $parameter" -cin 'Get-StorageReleaseLog Path', 'Register-StorageReleaseTask Path', 'Register-StorageReleaseTask Number') {
                Test-That "$($command.Name) -$parameter offers no disk" { Assert-Equal @(Get-Offer "$($command.Name) -$parameter ").Count 0 }
                continue
            }
            Test-That "$($command.Name) -$parameter offers the disks of the bus" {
                $offers = Get-Offer "$($command.Name) -$parameter "
                $text = @{ Number = '7'; UniqueId = "'$(Get-TestUniqueId 7)'"; SerialNumber = "'FAKE0007'"; Path = '\\.\PhysicalDrive7' }[$parameter]
                $one = @($offers | Where-Object CompletionText -ceq $text)
                Assert-Equal $one.Count 1 ($offers -join ' ')
                Assert-Match $one[0].ToolTip 'FAKE Virtual Disk, serial number FAKE0007, UniqueId 600A0B80001122330000000000000007, iScsi$'
                Assert-Match $one[0].ListItemText 'FAKE Virtual Disk'
            }
        }
    }

    Test-That 'the roles of a disk are in its tooltip' {
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 0').ToolTip ', boot disk, system disk$'
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 5').ToolTip ', clustered$'
    }

    foreach ($row in @(
            , @('a part of a number', 'Invoke-StorageRelease -Number 1', '1 10 11')
            , @('the next one, after a comma', 'Invoke-StorageRelease -Number 3, 1', '1 10 11')
            , @('an array that ends in a comma', 'Invoke-StorageRelease -Number 3,', '0 1 2 3 4 5 6 7 8 9 10 11')
            , @('by position', 'Get-StorageReservation 1', '1 10 11')
            , @('in a pipeline, by the module''s name', 'Get-Item . | StorageRelease\Get-StorageReservation -Number 1', '1 10 11')
            , @('a part of an id', 'Invoke-StorageRelease -UniqueId 600A0B8000112233000000000000001', "'$(Get-TestUniqueId 10)' '$(Get-TestUniqueId 11)'")
            , @('in another case', 'Invoke-StorageRelease -UniqueId 600a0b80001122330000000000000011', "'$(Get-TestUniqueId 11)'")
            , @('its end, which is what differs', 'Invoke-StorageRelease -UniqueId 00000011', "'$(Get-TestUniqueId 11)'")
            , @('behind a quote that is still open', "Invoke-StorageRelease -SerialNumber 'FAKE001", "'FAKE0010' 'FAKE0011'")
            , @('behind a double one', 'Invoke-StorageRelease -SerialNumber "FAKE001', "'FAKE0010' 'FAKE0011'")
            , @('between quotes', "Invoke-StorageRelease -SerialNumber 'FAKE0011'", "'FAKE0011'")
            , @('with wildcards', 'Invoke-StorageRelease -SerialNumber F*11', "'FAKE0011'")
            , @('a pattern that is none', 'Invoke-StorageRelease -SerialNumber [x', '')
            , @('a part of a path', 'Invoke-StorageRelease -Path \\.\PhysicalDrive1', '\\.\PhysicalDrive1 \\.\PhysicalDrive10 \\.\PhysicalDrive11')
            , @('a tape drive by its path', 'Invoke-StorageRelease -Path tape', '\\.\Tape0')
            , @('a colon', 'Invoke-StorageRelease -Number:11', '11')
            , @('what no disk has', 'Invoke-StorageRelease -Number 77', '')
            , @('a kind of guard, after a comma', 'Invoke-StorageRelease -Allow Boot,Sys', 'System')
            , @('a kind of device', 'Get-StorageReservation -DeviceType Tape,C', 'CdRom Changer')
        )) {
        Test-That "$($row[0]): $($row[1])" { Assert-Equal (Get-OfferText $row[1]) $row[2] }
    }

    Test-That 'the name of a model finds its disks' { Assert-Equal (Get-Offer 'Invoke-StorageRelease -Number fake').Count 12 }

    Test-That 'with -Session a number and a path are not offered: they mean other disks there' {
        Assert-Equal (Get-OfferText 'Get-StorageReservation -Session $s -Number ') ''
        Assert-Equal (Get-OfferText 'Get-StorageReservation -Session $s -Path P') ''
        Assert-Equal (Get-Offer 'Get-StorageReservation -Session $s -UniqueId ').Count 12
    }

    Test-That 'what was read of a disk is in its tooltip for a minute, until something changes it' {
        $null = Get-StorageReservation -Number 3
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 3').ToolTip ', Unknown [0-9]+ s ago$'
        # The clock is not turned here: what was seen is made older.
        & $module { foreach ($one in $script:SeenState.Values) { $one[1] -= 30000 } }
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 3').ToolTip ', Unknown [3-5][0-9] s ago$'
        & $module { foreach ($one in $script:SeenState.Values) { $one[1] -= 61000 } }
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 3').ToolTip ', iScsi$'
        $null = Get-StorageReservation -Number 3
        $null = Invoke-StorageRelease -Number 3 -Force
        Assert-Match (Get-Offer 'Invoke-StorageRelease -Number 3').ToolTip ', iScsi$'
    }
}

# --- what it sends, and what it says --------------------------------------------------------------------------------

Test-That 'nothing is sent but lists, and one serves a second Tab' {
    $file = New-TestBus 3
    & $module {
        $script:Counted = [System.Collections.ArrayList]::new()
        $script:Sender = ${function:Send-WorkerRequest}
        function script:Send-WorkerRequest {
            param([hashtable]$Run, [string]$Verb, [string]$Fields, [object]$Target, [switch]$Counts, [switch]$Enters)
            $null = $script:Counted.Add($Verb)
            & $script:Sender @PSBoundParameters
        }
    }
    try {
        Use-Bus $file {
            & $module { $script:Counted.Clear() }
            foreach ($name in 'Number', 'UniqueId', 'SerialNumber', 'Path') { Assert-True (Get-Offer "Invoke-StorageRelease -$name ").Count }
            $sent = & $module { $script:Counted.ToArray() }
            Assert-True ($sent.Count -ge 1 -and $sent.Count -le 4) "$sent"
            Assert-Equal @($sent | Where-Object { $_ -cne 'list' }).Count 0 "$sent"
        }
    }
    finally { & $module { ${function:script:Send-WorkerRequest} = $script:Sender } }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'where disks hang it gives what there is, waits no longer, and the next Tab goes on with the same list' {
    Use-Bus (New-TestBus 3) {
        & $module {
            $script:Held = ${function:Receive-WorkerReply}
            $script:ListPatience.Wait = 100
            # Stands for devices that do not say what they are: nothing arrives.
            function script:Receive-WorkerReply { param([hashtable]$Worker, [int]$Milliseconds) [System.Threading.Thread]::Sleep($Milliseconds) }
        }
        try {
            Assert-Equal (Get-OfferText 'Invoke-StorageRelease -Number ') ''
            $errand = & $module { $script:DiskList.Errand }
        }
        finally { & $module { ${function:script:Receive-WorkerReply} = $script:Held; $script:ListPatience.Wait = 20000 } }
        Assert-Equal (Get-OfferText 'Invoke-StorageRelease -Number ') '0 1 2'
        Assert-True ([object]::ReferenceEquals($errand, (& $module { $script:DiskList.Errand }))) 'one list'
    }
}

Test-That 'a session that leaves the bus ends the worker, even while a list is under way' {
    Use-Bus (New-TestBus 3) {
        & $module { $script:ListPatience.Wait = 0 }
        try { $null = Get-Offer 'Invoke-StorageRelease -Number ' } finally { & $module { $script:ListPatience.Wait = 20000 } }
    }
    Assert-Equal (& $module { $script:Leaving.Count }) 0
    Assert-True ($null -eq (& $module { $script:DiskList }))
}

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    Test-That 'without a storage stack and outside a rehearsal: no disks, nothing started, no output' {
        $before = $Error.Count
        $got = Invoke-Capture { Get-OfferText 'Invoke-StorageRelease -UniqueId 6' }
        Assert-Equal "$($got.Output)" ''
        Assert-Equal ($got.Errors.Count + $got.Warnings.Count + $Error.Count - $before) 0
        Assert-True ($null -eq (& $module { $script:Worker }))
    }

    foreach ($row in @(
            , @('missing', { function script:Get-ExecutablePath { '/nonexistent/storage-release' } }, 'Get-ExecutablePath')
            , @('refused by the check before an elevated start', { function script:Protect-Executable { New-ModuleError 'ModuleWritable' SecurityError 'x' 'y' 'z' } }, 'Protect-Executable')
            , @('of another build', { function script:Get-ModuleBuild { 'other' } }, 'Get-ModuleBuild')
            , @('there, and something throws', { function script:Get-ListedDisk { throw 'x' } }, 'Get-ListedDisk')
        )) {
        Test-That "where the executable is $($row[0]): no disks, no error, no warning, no question" {
            Use-Bus (New-TestBus 2) {
                & $module {
                    param($change, $name)
                    Close-Worker $script:Worker 'test'
                    $script:Kept = (Get-Item "function:$name").ScriptBlock
                    $null = $change
                } $row[1] $row[2]
                & $module $row[1]
                try {
                    $before = $Error.Count
                    $global:WarningPreference = $global:VerbosePreference = $global:DebugPreference = 'Continue'
                    $got = Invoke-Capture { Get-OfferText 'Invoke-StorageRelease -UniqueId 6' }
                    Assert-Equal "$($got.Output)" ''
                    Assert-Equal ($got.Errors.Count + $got.Warnings.Count + $got.Verbose.Count + $got.Debug.Count) 0
                    Assert-Equal $Error.Count $before
                }
                finally {
                    $global:WarningPreference = 'Continue'
                    $global:VerbosePreference = $global:DebugPreference = 'SilentlyContinue'
                    & $module { param($name) Set-Item "function:script:$name" $script:Kept } $row[2]
                }
            }
        }
    }
}

# --- what devices say is data ---------------------------------------------------------------------------------------

$esc = [char]27
$hostile = "a'b", 'a"b', 'a`b', '$(throw 1)', 'a$(1)', "a$([char]0x2019); throw 1 #", "a$([char]0x201C)b", '; throw 1', '@(throw 1)', '#x1234567', '-Force', '{throw 1}', 'a b  c'
foreach ($text in $hostile) {
    Test-That "'$text' as a serial number comes back as that text, and runs nothing" {
        $row = , @('3', '\\?\scsi#disk&ven_x', $text, $text, "$text-1", 'Fibre', '')
        $offers = @(& $module { param($rows) foreach ($key in 1, 3, 4) { Get-DiskCompletion $rows $key } } $row)
        Assert-Equal $offers.Count 3
        $got = @(foreach ($one in $offers) { [scriptblock]::Create("Use-Argument -Text $($one.CompletionText)") })
        function Use-Argument { param([string]$Text, [switch]$Force) Assert-True (-not $Force); $Text }
        Assert-Equal (& $got[0]) '\\?\scsi#disk&ven_x'
        Assert-Equal (& $got[1]) $text
        Assert-Equal (& $got[2]) "$text-1"
        # And in an array, where digits would be a number.
        Assert-Equal ((& ([scriptblock]::Create("Use-Argument -Text ($($offers[1].CompletionText), 'x')")))) "$text x"
    }
}

Test-That 'an id of digits alone stays a text in an array' {
    $offer = & $module { Get-DiskCompletion (, @('3', 'p', 'n', '5007', '600507680180852000000000000001E5', '', '')) 4 }
    Assert-Equal (& ([scriptblock]::Create("@($($offer.CompletionText), 'x')[0]"))) '600507680180852000000000000001E5'
}

foreach ($unsafe in "a${esc}[2Jb", "a`nInvoke-It", "a`rb", "a$([char]0x202E)b", "a$([char]0)b", "a$([char]0x9B)b") {
    Test-That "a text with U+$(([int][char]$unsafe[1]).ToString('X4')) is offered as no id or path, and shown clean" {
        $row = , @('3', $unsafe, $unsafe, $unsafe, $unsafe, 'Fibre', '')
        Assert-Equal @(& $module { param($rows) foreach ($key in 1, 3, 4) { Get-DiskCompletion $rows $key } } $row).Count 0
        $offer = & $module { param($rows) Get-DiskCompletion $rows 0 } $row
        Assert-Equal $offer.CompletionText '3'
        foreach ($shown in $offer.ListItemText, $offer.ToolTip) { Assert-True ($shown -cnotmatch '[\p{Cc}\p{Cf}]') $shown }
    }
}

Test-That 'a text that identifies no disk is not offered, nor one text twice' {
    $rows = foreach ($serial in '0', 'N/A', '0123456789ABCDEF', 'To Be Filled By O.E.M.', '00000000', '1234567890', 'XXXXXXXX', 'GOOD-0000001', 'good-0000001', '2') {
        , @('3', 'p', 'n', $serial, '', '', '')
    }
    $offers = & $module { param($rows) Get-DiskCompletion $rows 3 } $rows
    Assert-Equal (@($offers | ForEach-Object { $_.CompletionText }) -join ' ') "'GOOD-0000001'"
}

Test-That 'the check without a call accepts no text that the rule calls a placeholder' {
    $words = & $module { Initialize-Placeholder; @($script:PlaceholderWords) + @(foreach ($run in $script:CountedText) { foreach ($n in 4, 7, 8, 16, 24) { if ($n -le $run.Length) { $run.Substring(0, $n) } } }) }
    $words += '0 0 0 0 0 0 0 0', '000-000-000', '11111111', '--------1', 'eui.0000000000000000', '3141463431303031', 'naa.0123456789abcdef', ' 00000000'
    foreach ($word in @($words) + @($words | ForEach-Object { $_.ToUpperInvariant() })) {
        if (& $module { param($word) Test-Placeholder $word } $word) { Assert-True (-not (& $module { param($word) $script:NoPlaceholder.IsMatch($word) } $word)) $word }
    }
}

Test-That 'rows with another number of columns are no disks' {
    $offers = & $module { Get-SortedDisk ([System.Collections.ArrayList]@((, 'x'), @('1', '2', '3', '4', '5', '6', '7', '8'), @('3', 'p', 'n', 's', 'u', 'b', ''), @('', 'q', 'n', 's', 'u', 'b', ''), @('1', 'p', 'n', 's', 'u', 'b', ''))) }
    Assert-Equal (@($offers | ForEach-Object { $_[0] }) -join ',') '1,3,'
}

# --- sessions, tasks, and who else has such names --------------------------------------------------------------------

if ([System.Management.Automation.Runspaces.PSSession].GetMethod('Create')) {
    function New-LocalSession {
        # A session with another PowerShell process of this computer: no network, but a real one.
        [CmdletBinding()]
        param()
        $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateOutOfProcessRunspace($null)
        $space.Open()
        [System.Management.Automation.Runspaces.PSSession]::Create($space, 'Process', $PSCmdlet)
    }

    Test-That '-Session offers variables that hold sessions, and open sessions, each as something that binds' {
        $global:TestHosts = @(New-LocalSession)
        $global:TestOther = 'no session', $global:TestHosts[0]
        $global:TestOne = $global:TestHosts[0]
        try {
            foreach ($command in @($module.ExportedFunctions.Values | Where-Object { $_.Parameters.ContainsKey('Session') })) {
                $texts = @(Get-Offer "$($command.Name) -Session " | ForEach-Object { $_.CompletionText })
                Assert-Equal ($texts -join ' ') "`$TestHosts `$TestOne (Get-PSSession -Id $($global:TestHosts[0].Id))" $command.Name
            }
            Assert-Equal (Get-OfferText 'Get-StorageReservation -Session localh') "(Get-PSSession -Id $($global:TestHosts[0].Id))"
            foreach ($text in $texts) {
                $bound = & ([scriptblock]::Create("function Use-Session { param([System.Management.Automation.Runspaces.PSSession[]]`$Session) `$Session }; Use-Session -Session $text"))
                Assert-Equal $bound.Id $global:TestHosts[0].Id
            }
        }
        finally {
            $global:TestHosts | Remove-PSSession
            $global:TestHosts = $global:TestOther = $global:TestOne = $null
        }
        Assert-Equal (Get-OfferText 'Get-StorageReservation -Session ') ''
    }
}

Test-That 'a name of a task is offered as one argument, and nothing where there are no tasks' {
    $offers = & $module {
        function Get-StorageReleaseTask { foreach ($name in 'Nightly', "it's `$(1)") { [pscustomobject]@{ TaskName = $name } } }
        function script:Get-OurTask { ${function:Get-StorageReleaseTask} }
        # Stands for the command of that name.
        $rows = foreach ($task in Get-StorageReleaseTask) { , @($task.TaskName, '', (ConvertTo-Argument $task.TaskName), $task.TaskName) }
        foreach ($row in $rows) { $row[2] }
    }
    Assert-Equal ($offers -join ' ') "Nightly 'it''s `$(1)'"
    # Here Windows' Task Scheduler is missing, and the command ends with an error.
    $line = 'Get-StorageReleaseTask -TaskName '
    Assert-Equal @((TabExpansion2 $line $line.Length).CompletionMatches | Where-Object ResultType -eq ParameterValue).Count 0
}

Test-That 'functions of the user with the names of ours are not called, nor do the user''s preferences matter' {
    $got = Invoke-Capture -Runspace -ArgumentList (New-TestBus 3) {
        param($file)
        $global:Caught = @()
        foreach ($name in 'Complete-Argument', 'Get-ArgumentCompletion', 'Get-DiskCompletion', 'Get-ListedDisk', 'Import-ModulePart', 'Get-PSSession', 'Format-SafeText') {
            Set-Item "function:global:$name" ([scriptblock]::Create("`$global:Caught += '$name'"))
        }
        Set-StrictMode -Version Latest
        $ErrorActionPreference = 'Stop'
        Enter-StorageRehearsal $file 3>$null
        & (Get-Module StorageRelease) { Import-ModulePart Completion; $script:ListPatience.Wait = 20000 }
        $line = 'Invoke-StorageRelease -Number '
        (@((TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }) -join ' ')
        Exit-StorageRehearsal
        $global:Caught.Count
    }
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output[0] '0 1 2'
    Assert-Equal $got.Output[1] 0
}

Complete-Tests
