# What Get-Help says is there, is whole, and works: every example of the help is run. Views and manifest agree.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

$manifest = "$Root/StorageRelease.psd1"
Import-Module $manifest
$module = Get-Module StorageRelease
$commands = @($module.ExportedFunctions.Keys)
$common = [System.Management.Automation.Cmdlet]::CommonParameters +
    [System.Management.Automation.Cmdlet]::OptionalCommonParameters

function Read-Help {
    # The help of a command as texts; PowerShell wraps each in objects of its own.
    param([string]$Command)
    $help = Get-Help $Command -Full
    $description = foreach ($part in $help.description) { $part.Text }
    $parameters = @{}
    foreach ($one in $help.parameters.parameter) {
        $text = ''
        if ($one.PSObject.Properties['description'] -and $one.description) {
            $text = @(foreach ($part in $one.description) { $part.Text }) -join "`n"
        }
        $parameters[[string]$one.name] = $text
    }
    $examples = @()
    foreach ($one in $help.examples.example) {
        $remarks = @(foreach ($part in $one.remarks) { $part.Text }) -join "`n"
        $examples += [pscustomobject]@{ Code = [string]$one.code; Remarks = $remarks.Trim() }
    }
    $outputs = ''
    if ($help.PSObject.Properties['returnValues'] -and $help.returnValues) {
        $outputs = @(foreach ($one in $help.returnValues.returnValue) { $one.type.name }) -join "`n"
    }
    $links = @()
    if ($help.PSObject.Properties['relatedLinks'] -and $help.relatedLinks) {
        $links = @(foreach ($one in $help.relatedLinks.navigationLink) { [string]$one.linkText })
    }
    [pscustomobject]@{
        Synopsis = [string]$help.Synopsis; Description = ($description -join "`n"); Parameters = $parameters
        Examples = $examples; Outputs = $outputs; Links = $links
    }
}

# --- it is there -------------------------------------------------------------------------------------------------

Test-That 'the manifest exports by name exactly the functions that have a file of their own' {
    $files = @(foreach ($file in [System.IO.Directory]::GetFiles("$Root/ps/public", '*.ps1')) {
            [System.IO.Path]::GetFileNameWithoutExtension($file)
        })
    [array]::Sort($files)
    $named = @((Test-ModuleManifest $manifest).ExportedFunctions.Keys)
    [array]::Sort($named)
    Assert-Equal ($named -join ' ') ($files -join ' ')
    $exported = @($commands)
    [array]::Sort($exported)
    Assert-Equal ($exported -join ' ') ($files -join ' ')
    Assert-Equal ($module.ExportedCmdlets.Count + $module.ExportedVariables.Count +
        $module.ExportedAliases.Count) 0
}

$verbs = @(foreach ($name in 'Common', 'Communications', 'Data', 'Diagnostic', 'Lifecycle', 'Other', 'Security') {
        $group = [psobject].Assembly.GetType("System.Management.Automation.Verbs$name")
        foreach ($field in $group.GetFields()) {
            $field.Name
        }
    })
foreach ($command in $commands) {
    $help = Read-Help $command

    Test-That "$command has an approved verb and a singular noun of the module" {
        $verb, $noun = $command -split '-'
        Assert-True ($verbs -ccontains $verb) $verb
        Assert-Match $noun '^Storage(Release|ReleaseTask|ReleaseLog|ReleaseEventSource|Reserve|Reservation|ReservationHolder|ReservationMap|Rehearsal|RehearsalDisk)$'
    }

    Test-That "$command has a synopsis, a description, outputs, links and an example with a word to it" {
        Assert-True ($help.Synopsis.Length -gt 20 -and $help.Synopsis -cnotmatch '^\s*' + $command) $help.Synopsis
        Assert-True ($help.Description.Length -gt 20)
        Assert-True $help.Outputs
        Assert-True ($help.Examples.Count -ge 1)
        foreach ($example in $help.Examples) { Assert-True ($example.Remarks.Length -gt 10) $example.Code }
        foreach ($link in $help.Links) { Assert-True ($commands -ccontains $link) "$link exists" }
    }

    Test-That "$command has a word for each parameter, and for none that it has not" {
        $own = @((Get-Command $command).Parameters.Keys | Where-Object { $common -notcontains $_ })
        foreach ($parameter in $own) {
            Assert-True ($help.Parameters.ContainsKey($parameter) -and
                $help.Parameters[$parameter].Length -gt 10) $parameter
        }
        foreach ($parameter in $help.Parameters.Keys) {
            Assert-True ($own -contains $parameter -or $common -contains $parameter) "$parameter exists"
        }
    }
}

Test-That 'Get-Help -Online opens a page for every command' {
    foreach ($command in $commands) {
        $uri = [uri](Get-Command $command).HelpUri
        # There is no page of our own that is known to last: Microsoft's of the request that the command is about.
        Assert-Match $uri.AbsoluteUri '^https://learn\.microsoft\.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_[a-z_]+$'
    }
    if ([Environment]::OSVersion.Platform -eq 'Win32NT') { return }
    # What opens a page on this system, as far as PowerShell can tell: a program of that name.
    [System.IO.File]::WriteAllText("$Temp/xdg-open", "#!/bin/sh`n:`n")
    & /bin/chmod +x "$Temp/xdg-open"
    $before = [Environment]::GetEnvironmentVariable('PATH')
    try {
        [Environment]::SetEnvironmentVariable('PATH', $Temp + ':' + $before)
        foreach ($command in $commands) {
            $got = Invoke-Capture { Get-Help $command -Online }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Errors.Count 0 $command
        }
    }
    finally { [Environment]::SetEnvironmentVariable('PATH', $before) }
}

Test-That 'the help is ASCII and fits a screen of 120 columns' {
    foreach ($command in $commands) {
        $text = Read-Help $command
        foreach ($part in @($text.Synopsis, $text.Description, $text.Outputs) + @($text.Parameters.Values)) {
            Assert-True ($part -cnotmatch '[^\x0A\x0D\x20-\x7E]')
            foreach ($line in $part -split "`n") { Assert-True ($line.Length -le 120) $line }
        }
    }
}

# --- the result --------------------------------------------------------------------------------------------------

$file = New-TestBus 3
Enter-StorageRehearsal $file -WarningAction SilentlyContinue
# One object of each kind, with as many of its properties filled as a disk can fill.
$results = @{
    'Invoke-StorageReserve' = Invoke-StorageReserve -Number 1 -Force -Verify
    'Invoke-StorageRelease' = Invoke-StorageRelease -Number 1 -Force -Verify
}
$disk = Get-StorageRehearsalDisk 1
Exit-StorageRehearsal
# As Get-StorageReleaseTask makes it of a task that Windows knows; a stand-in answers for Windows.
$results['Get-StorageReleaseTask'] = & $module {
    Import-ModulePart Unattended
    $script:TaskModule = @{ ExportedCommands = @{ 'Get-ScheduledTaskInfo' = {
                [pscustomobject]@{ LastTaskResult = [uint32]0; LastRunTime = [datetime]'2026-11-29'; NextRunTime = [datetime]'2026-11-30' }
            } } }
    $action = [pscustomobject]@{ Execute = ''; Arguments = 'release id:1234 --yes --log x --from y' }
    New-TaskObject $null ([pscustomobject]@{ TaskName = 'x'; TaskPath = '\'; State = 'Ready'; Description = 'd'; Actions = @($action) })
    $script:TaskModule = $null
}
Enter-StorageRehearsal (Copy-Bus 'two-host-cluster.json') -WarningAction SilentlyContinue
$registrant, $null = Get-StorageReservation -Number 1 -Registrants
$results['Get-StorageReservation'] = Get-StorageReservation -Number 1 -Detailed
$results['Wait-StorageReservation'] = Wait-StorageReservation -Number 1 -State Persistent -TimeoutSec 1 -ErrorAction Ignore
Exit-StorageRehearsal
# What a host alone, locked out, says of who holds its disk.
$results['Find-StorageReservationHolder'] = & $module {
    Import-ModulePart Remote
    $null = Connect-Worker $null -AnyBus
    $search = @{ Run = New-PipelineRun $null $script:Bus 30000; Rows = [System.Text.StringBuilder]::new(); Untaken = 0 }
    $search.Id = Send-WorkerRequest $search.Run 'witness' '&step=begin&window=1000&epoch=1767225600000' $null
    Add-SearchRow $search 'h', 'one', 'no session'
    Add-SearchRow $search @('o', 0, 1.5, 2.5, 'ID', 3, $true, 'HeldByAnotherHost', 'Read', 'CHECK_VERIFY: x; READ KEYS: 0 keys', 1,
        'Virtual Disk', 'S', [datetime]::UtcNow, 0.5, 'one', 'Rehearsal', '\\.\PhysicalDrive3', '')
    Send-SearchRow $search
    Add-SearchRow $search 'd', 0
    Send-SearchRow $search
    $holder = $null
    while ($null -eq $holder) {
        Receive-WorkerReply $search.Run.Worker 100
        foreach ($reply in $search.Run.Replies.ToArray()) { if ($reply.Kind -ceq 'holder') { $holder = $reply.Payload } }
    }
    Close-Worker $search.Run.Worker 'done'
    $script:Runs.Clear()
    $holder.PSObject.TypeNames.Insert(0, 'StorageRelease.Holder')
    $holder
}

function Get-PropertyName {
    param([object]$InputObject)
    @(foreach ($property in $InputObject.PSObject.Properties) { $property.Name }) -join ' '
}

$types = @{
    uint32 = [uint32]; string = [string]; int = [int]; uint64 = [uint64]; double = [double]; datetime = [datetime]
    bool = [bool]; object = [object]
}
foreach ($command in 'Invoke-StorageRelease', 'Invoke-StorageReserve', 'Get-StorageReservation', 'Find-StorageReservationHolder',
    'Get-StorageReleaseTask') {
    $result = $results[$command]
    $outputs = (Read-Help $command).Outputs
    $documented = [regex]::Matches($outputs, '(?m)^(\w+) \[(\w+)\]\s+(\S.*)$')

    Test-That "OUTPUTS of $command names every property of a result, in order, and none besides" {
        $told = @(foreach ($match in $documented) { $match.Groups[1].Value })
        Assert-Equal ($told -join ' ') (Get-PropertyName $result)
        Assert-Match $outputs ('(?m)^' + [regex]::Escape($result.PSObject.TypeNames[0]) + '$')
    }

    Test-That "OUTPUTS of $command gives each property the type that it has" {
        foreach ($match in $documented) {
            $value = $result.PSObject.Properties[$match.Groups[1].Value].Value
            if ($null -eq $value) { continue }
            Assert-Equal $value.GetType() $types[$match.Groups[2].Value] $match.Groups[1].Value
        }
    }

    Test-That "the type that $command declares is the type that it gives" {
        $declared = @(foreach ($type in (Get-Command $command).OutputType) { $type.Name })
        Assert-Equal $declared[0] $result.PSObject.TypeNames[0]
    }
}

Test-That 'OUTPUTS of Get-StorageReservation names every property of a registrant, in order' {
    $told = [regex]::Match((Read-Help 'Get-StorageReservation').Outputs,
        '(?s)StorageRelease\.Registrant, with -Registrants: (.*?)\.\s*$').Groups[1].Value
    Assert-Equal ($told -replace ',\s+', ' ') (Get-PropertyName $registrant)
    Assert-Equal $registrant.PSObject.TypeNames[0] 'StorageRelease.Registrant'
}

Test-That 'OUTPUTS of Publish-StorageRelease names every property of what it gives, in order' {
    $made = & $module { New-PublicationResult @{ Name = 'a'; Path = 'b'; Bytes = [long]1 } 'Failed' '1' 'm' 'n' }
    $told = [regex]::Matches((Read-Help 'Publish-StorageRelease').Outputs, '(?m)^(\w+) \[(\w+)\]\s+(\S.*)$')
    Assert-Equal (@(foreach ($match in $told) { $match.Groups[1].Value }) -join ' ') (Get-PropertyName $made)
    Assert-Equal $made.PSObject.TypeNames[0] 'StorageRelease.Publication'
}

Test-That 'OUTPUTS names every outcome, and every state' {
    $always = 'NotSupported', 'Conflict', 'AccessDenied', 'NotFound', 'NotReady', 'InUse', 'IdentityChanged',
        'Refused', 'TimedOut', 'Failed'
    foreach ($row in @('Invoke-StorageRelease', 'Accepted', 'StillHeld'), @('Invoke-StorageReserve', 'Reserved')) {
        $said = (Read-Help $row[0]).Outputs
        foreach ($outcome in $row[1..($row.Count - 1)] + $always) { Assert-Match $said "\b$outcome\b" }
    }
    $said = (Read-Help 'Get-StorageReservation').Outputs
    foreach ($state in 'Free', 'HeldByThisHost', 'HeldByAnotherHost', 'Persistent', 'NotSupported', 'Unknown') {
        Assert-Match $said "\b$state\b"
    }
}

Test-That 'the help of -Allow names each kind that the parameter takes' {
    foreach ($command in 'Invoke-StorageRelease', 'Invoke-StorageReserve') {
        $set = (Get-Command $command).Parameters['Allow'].Attributes |
            Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
        $said = (Read-Help $command).Parameters['Allow']
        foreach ($kind in $set.ValidValues) { Assert-Match $said "\b$kind\b" }
    }
}

Test-That 'release and reserve take the same parameters' {
    $release = (Get-Command Invoke-StorageRelease).ScriptBlock.Ast.Body.ParamBlock.Parameters
    $reserve = (Get-Command Invoke-StorageReserve).ScriptBlock.Ast.Body.ParamBlock.Parameters
    Assert-Equal ($reserve -join "`n") ($release -join "`n")
}

# --- the examples ------------------------------------------------------------------------------------------------

# Stand-ins for what this system lacks. They are functions, so they go before cmdlets of the same name.
function Get-Disk {
    param([uint32[]]$Number)
    foreach ($disk in Get-StorageRehearsalDisk) {
        if ($null -eq $disk.Number -or ($null -ne $Number -and $Number -notcontains $disk.Number)) { continue }
        $type = 'iSCSI'
        if ($disk.Number % 2 -eq 0) { $type = 'Fibre Channel' }
        New-FakeDisk -Number $disk.Number -UniqueId $disk.UniqueId -SerialNumber $disk.SerialNumber `
            -BusType $type `
            -IsBoot $disk.IsBoot -IsSystem $disk.IsSystem -IsClustered $disk.IsClustered
    }
}
function Get-PhysicalDisk {
    foreach ($disk in Get-Disk) {
        New-FakePhysicalDisk -DeviceId "$($disk.Number)" -UniqueId $disk.UniqueId -SerialNumber $disk.SerialNumber
    }
}
# What Import-Csv reads: records whose number is long another disk's.
[System.IO.File]::WriteAllText("$Temp/disks.csv", "Number,UniqueId`n7,$(Get-TestUniqueId 1)`n7,$(Get-TestUniqueId 2)`n")
$null = Use-Bus (New-TestBus) { Invoke-StorageRelease -Number 1 -Force -LogPath "$Temp/release.log" }
$known = 'Sort-Object', 'Get-Disk', 'Get-PhysicalDisk', 'Import-Csv', 'Format-List', 'Where-Object', 'ForEach-Object'

foreach ($command in $commands) {
    $number = 0
    foreach ($example in (Read-Help $command).Examples) {
        $number++
        # Those run in help.remote.ps1, where there are other computers; in tasks.tests.ps1, where there are tasks; and in
        # tasks.test.ts, in a shell whose exit code is looked at.
        if ($example.Code -cmatch '-Session|StorageReleaseTask|\bexit\b') { continue }
        # Its own test has a registry.
        if ($command -clike '*EventSource') { continue }
        Test-That "example $number of $command works: $(($example.Code -split "`n")[0])" {
            $bus = New-TestBus 8 -Name 'bus.json' -Roles @{ 0 = '"boot": true, "system": true';
                5 = '"clustered": true' }
            # What is cleared there is a disk that dead hosts left reserved.
            if ($command -ceq 'Clear-StorageReservation') { $bus = Copy-Bus 'stale-reservations.json' }
            $body = [scriptblock]::Create($example.Code)
            $used = $body.Ast.FindAll({ param($Node) $Node -is `
                [System.Management.Automation.Language.CommandAst] }, $true)
            foreach ($one in $used) {
                Assert-True (($commands + $known) -ccontains $one.GetCommandName()) `
                    "$($one.GetCommandName()) is known here"
            }
            $location = $ExecutionContext.SessionState.Path
            $before = $location.CurrentLocation.Path
            $null = $location.SetLocation($Temp)
            # Stands for the Yes of somebody at the prompt.
            $ConfirmPreference = 'None'
            $WarningPreference = 'SilentlyContinue'
            try {
                if ($example.Code -cnotmatch 'Enter-StorageRehearsal') { Enter-StorageRehearsal $bus }
                $got = Invoke-Capture $body
            }
            finally {
                if (& $module { $null -ne $script:Rehearsal }) { Exit-StorageRehearsal }
                $null = $location.SetLocation($before)
            }
            if ($got.Thrown) { throw $got.Thrown }
            foreach ($record in $got.Errors) {
                Assert-Equal $record.FullyQualifiedErrorId 'Refused,Invoke-StorageRelease' "$record"
            }
            if ($example.Code -cmatch 'Invoke-StorageRelease' -and $example.Code -cnotmatch '-WhatIf|TimedOut') {
                if ($example.Code -cmatch 'Format-List') {
                    Assert-Match ($got.Output | Out-String) '(?m)^Outcome +: Accepted' 'a disk is released'
                }
                else {
                    Assert-True (@($got.Output | Where-Object { $_.Outcome -eq 'Accepted' }).Count -ge 1) `
                        'a disk is released'
                }
                Assert-True (Get-Released $bus)
            }
            if ($command -ceq 'Clear-StorageReservation' -and $example.Code -cnotmatch '-WhatIf') {
                Assert-Match "$(@($got.Output)[0].Outcome)" '^(Cleared|Preempted|Reset)$'
            }
            if ($example.Code -cmatch '-WhatIf') { Assert-Equal (Get-Released $bus) '' }
            if ($command -eq 'Get-StorageRehearsalDisk') { Assert-True ($got.Output.Count -ge 1) }
        }
    }
}

Test-That 'the first line of each example, all that Windows PowerShell shows as code, is the whole command or says what it is' {
    $seen = 0
    foreach ($command in $commands) {
        $text = [System.IO.File]::ReadAllText("$Root/ps/public/$command.ps1")
        foreach ($example in [regex]::Matches($text, '(?m)^    \.EXAMPLE\r?\n((?:    \S.*\r?\n|     +\S.*\r?\n)+)')) {
            $lines = @($example.Groups[1].Value.Trim() -split '\r?\n')
            $seen++
            if ($lines.Count -gt 1) { Assert-Match $lines[0] '^# [A-Z]' "$command" }
            $problems = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($lines[0], [ref]$null, [ref]$problems)
            Assert-Equal $problems.Count 0 $lines[0]
            Assert-True (-not $lines[0].EndsWith('|')) $lines[0]
        }
    }
    Assert-True ($seen -ge 25) $seen
}

# --- the views ---------------------------------------------------------------------------------------------------

$views = [xml][System.IO.File]::ReadAllText("$Root/ps/StorageRelease.format.ps1xml")

Test-That 'a table has at most five columns, and 30 characters for the last one within 80' {
    $tables = $views.SelectNodes('//TableControl')
    Assert-True ($tables.Count -ge 10) "$($tables.Count) tables"
    foreach ($table in $tables) {
        $headers = $table.SelectNodes('.//TableColumnHeader')
        Assert-True ($headers.Count -le 5)
        Assert-Equal $table.SelectNodes('.//TableColumnItem').Count $headers.Count
        $width = 0
        foreach ($cell in $table.SelectNodes('.//TableColumnHeader/Width')) { $width += [int]$cell.InnerText + 1 }
        Assert-True ($width -le 50 -or $table.SelectSingleNode('.//TableColumnHeader[last()]/Label').InnerText -cne 'Message') "$width are taken"
    }
}

Test-That 'the finder''s table tells LUNs of one array apart: their ids differ at the end' {
    $rows = foreach ($id in '60050768028306A7F000000000000011', '60050768028306A7F000000000000012', '', 'short') {
        $row = [pscustomobject]@{ UniqueId = $id; FriendlyName = 'IBM 2145'; SerialNumber = '0200a0c1d2XX00'; State = 'HeldBy'; Holder = 'server2'; Message = 'x' }
        $row.PSObject.TypeNames.Insert(0, 'StorageRelease.Holder')
        $row
    }
    $text = $rows | Out-String -Width 80
    foreach ($shown in '\.\.\.0000000000011', '\.\.\.0000000000012', '0200a0c1d2XX00', 'short') { Assert-Match $text "(?m)^$shown +HeldBy +server2" }
}

Test-That 'the list shows every property of a result, in order' {
    $shown = @(foreach ($item in $views.SelectNodes('//ListItem')) {
            $label = $item.SelectSingleNode('Label')
            if ($null -eq $label) { $label = $item.SelectSingleNode('PropertyName') }
            $label.InnerText
        })
    # NtStatus and its name share a line.
    $all = Get-PropertyName $results['Invoke-StorageRelease']
    Assert-Equal ($shown -join ' ') ($all -replace ' NtStatusName', '')
}

$objects = @{
    'StorageRelease.Disk'        = $disk
    'StorageRelease.Result'      = $results['Invoke-StorageRelease']
    'StorageRelease.Reservation' = $results['Get-StorageReservation']
    'StorageRelease.ClearResult' = & $module { New-LocalClear (New-DiskClaim 'x') 'Refused' '' '' -Command @{ CodeName = 'Clear' } }
    'StorageRelease.Registrant'  = $registrant
    'StorageRelease.Holder'      = $results['Find-StorageReservationHolder']
    'StorageRelease.LogRecord'   = Get-StorageReleaseLog "$Temp/release.log"
    'StorageRelease.WaitResult'  = $results['Wait-StorageReservation']
    'StorageRelease.Task'        = $results['Get-StorageReleaseTask']
    'StorageRelease.Check'       = & $module { Import-ModulePart Unattended; New-Check 'Hash' 'Failed' 'x' 'y' }
    'StorageRelease.Publication' = & $module { New-PublicationResult @{ Name = 'a'; Path = 'b'; Bytes = 1 } 'Failed' '1' 'm' 'n' }
}

Test-That '[OutputType] gives Tab the names of all properties, and none that is not there' {
    $types = [xml][System.IO.File]::ReadAllText("$Root/ps/StorageRelease.types.ps1xml")
    foreach ($command in $commands) {
        $declared = @(foreach ($type in (Get-Command $command).OutputType) { $type.Name }) -match '^StorageRelease\.\w+$'
        $names = @(foreach ($name in $declared) { foreach ($property in $objects[$name].PSObject.Properties) { $property.Name } })
        # A text has this one.
        if ((Get-Command $command).OutputType.Type -contains [string]) { $names += 'Length' }
        # What a file has, PowerShell says.
        if ((Get-Command $command).OutputType.Type -contains [System.IO.FileInfo]) { continue }
        $expected = @($names | Sort-Object -Unique)
        foreach ($line in "$command | Where-Object ", "$command | Sort-Object -Property ", "$command | Select-Object ", "$command | ForEach-Object { `$_.") {
            $offered = @((TabExpansion2 $line $line.Length).CompletionMatches | Where-Object ResultType -eq 'Property' |
                    ForEach-Object { $_.CompletionText }) | Sort-Object -Unique
            Assert-Equal ($offered -join ' ') ($expected -join ' ') $line
        }
    }
    # No object bears such a name, and each is declared.
    $all = @(foreach ($command in $commands) { foreach ($type in (Get-Command $command).OutputType) { $type.Name } })
    foreach ($type in $types.SelectNodes('//Type')) {
        Assert-Match $type.Name '^StorageRelease\.\w+#Properties$'
        Assert-True ($all -ccontains $type.Name) $type.Name
    }
}

Test-That 'every property that a view names exists' {
    foreach ($view in $views.SelectNodes('//View')) {
        # '#Session' and '#Narrow' are other views of the same object.
        $object = $objects[$view.SelectSingleNode('.//TypeName').InnerText.Split('#')[0]]
        foreach ($name in $view.SelectNodes('.//PropertyName')) {
            Assert-True ($null -ne $object.PSObject.Properties[$name.InnerText]) $name.InnerText
        }
        foreach ($block in $view.SelectNodes('.//ScriptBlock')) {
            foreach ($name in [regex]::Matches($block.InnerText, '\$_\.(\w+)')) {
                Assert-True ($null -ne $object.PSObject.Properties[$name.Groups[1].Value]) $name.Value
            }
        }
    }
}

Test-That 'what a view computes, it computes without an error, for a disk and for a tape' {
    foreach ($block in $views.SelectNodes('//ScriptBlock')) {
        foreach ($number in 3, $null) {
            $body = [scriptblock]::Create($block.InnerText)
            $object = [pscustomobject]@{
                Number = $number; DevicePath = '\\.\Tape0'; NtStatus = [uint32]0; NtStatusName = 'STATUS_SUCCESS'
                LoggedAt = [datetime]::UtcNow; IsBoot = $true; IsSystem = $false; IsClustered = $false; IsMultipath = $false
            }
            $shown = $object | ForEach-Object $body
            if ($block.InnerText -cmatch 'DevicePath') {
                Assert-Equal "$shown" $(if ($number) { '3' } else { 'Tape0' })
            }
        }
    }
}

Complete-Tests
