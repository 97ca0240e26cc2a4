# Scheduled tasks: the document that Register-StorageReleaseTask makes, what it refuses, and what it registers and
# reads with a stand-in for Windows' Task Scheduler. Whether the line in the document says what was meant:
# tasks.test.ts.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/standins.ps1"
. "$PSScriptRoot/scheduler.ps1"
. "$PSScriptRoot/askhost.ps1"

$manifest = "$Root/StorageRelease.psd1"
Import-Module $manifest
$id = '60050768028306A7F000000000000011'
$at = @{ Daily = $true; At = '02:00' }

$schemas = @(
    @('ours', [System.IO.Path]::Combine($PSScriptRoot, 'scheduler', 'task.xsd'))
    # A copy of Microsoft's own, where somebody has one; it is not kept here.
    if ($env:STORAGERELEASE_TASK_SCHEMA) { , @('Microsoft''s', $env:STORAGERELEASE_TASK_SCHEMA) }
)
if ($schemas[0] -is [string]) { $schemas = @(, $schemas) }

function Get-SchemaProblem {
    # What .NET's validator says of a document under each schema.
    param([string]$Xml)
    foreach ($schema in $schemas) {
        $set = [System.Xml.Schema.XmlSchemaSet]::new()
        $null = $set.Add('http://schemas.microsoft.com/windows/2004/02/mit/task', $schema[1])
        $settings = [System.Xml.XmlReaderSettings]::new()
        $settings.ValidationType = 'Schema'
        $settings.Schemas = $set
        $settings.ValidationFlags = 'ReportValidationWarnings, ProcessIdentityConstraints'
        $script:problems = @()
        $settings.add_ValidationEventHandler({ param($Sender, $Problem) $null = $Sender;
            $script:problems += $Problem.Message })
        $reader = [System.Xml.XmlReader]::Create([System.IO.StringReader]::new($Xml), $settings)
        try { while ($reader.Read()) { } } finally { $reader.Dispose() }
        foreach ($problem in $script:problems) { '{0}: {1}' -f $schema[0], $problem }
    }
}

function Read-Task {
    # The text of an element.
    param([string]$Xml, [string]$Path)
    $document = [xml]$Xml
    $space = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
    $space.AddNamespace('t', 'http://schemas.microsoft.com/windows/2004/02/mit/task')
    $node = $document.SelectSingleNode('/t:Task/t:' + $Path.Replace('/', '/t:'), $space)
    if ($null -ne $node) { $node.InnerText }
}

function New-FakeTrigger {
    # A trigger as New-ScheduledTaskTrigger gives it.
    param([string]$Class, [hashtable]$With = @{})
    $all = [ordered]@{ Enabled = $true; EndBoundary = $null; ExecutionTimeLimit = $null; Id = $null;
        Repetition = $null; StartBoundary = $null }
    foreach ($name in $With.Keys) { $all[$name] = $With[$name] }
    New-FakeCim $Class @('MSFT_TaskTrigger') 'Root/Microsoft/Windows/TaskScheduler' $all @()
}

# --- the document ------------------------------------------------------------------------------------------------

$start = '2026-11-30T03:00:00+01:00'
$pattern = [pscustomobject]@{ Interval = 'PT15M'; Duration = 'PT8H'; StopAtDurationEnd = $true }
$empty = [pscustomobject]@{ Interval = $null; Duration = $null; StopAtDurationEnd = $false }
$triggers = @(
    , @('MSFT_TaskTimeTrigger', @{ StartBoundary = $start; RandomDelay = 'PT5M'; Repetition = $pattern },
        'TimeTrigger', '^true2026-11-30T03:00:00\+01:00PT15MPT8HtruePT5M$')
    , @('MSFT_TaskTimeTrigger', @{ StartBoundary = $start; EndBoundary = '2027-11-30T03:00:00Z'; RandomDelay = '';
        Repetition = $empty; ExecutionTimeLimit = 'PT1H' }, 'TimeTrigger',
        '^true2026-11-30T03:00:00\+01:002027-11-30T03:00:00ZPT1H$')
    , @('MSFT_TaskDailyTrigger', @{ StartBoundary = '2026-11-30T03:00:00'; DaysInterval = [uint16]2;
        RandomDelay = 'P0DT0H0M0S'; Enabled = $false }, 'CalendarTrigger', '^false2026-11-30T03:00:00P0DT0H0M0S2$')
    , @('MSFT_TaskWeeklyTrigger', @{ StartBoundary = $start; WeeksInterval = [uint16]1; DaysOfWeek = [uint16]65;
        RandomDelay = $null }, 'CalendarTrigger/ScheduleByWeek/DaysOfWeek/Saturday', '^$')
    , @('MSFT_TaskBootTrigger', @{ Delay = 'PT2M' }, 'BootTrigger', '^truePT2M$')
    , @('MSFT_TaskRegistrationTrigger', @{ Delay = '' }, 'RegistrationTrigger', '^true$')
    , @('MSFT_TaskIdleTrigger', @{ }, 'IdleTrigger', '^true$')
    , @('MSFT_TaskLogonTrigger', @{ UserId = 'DOM\M' + [char]0xFC + 'ller & S' + [char]0xF6 + 'hne';
        Delay = 'PT30S' }, 'LogonTrigger/UserId', ('^DOM\\M' + [char]0xFC + 'ller & S' + [char]0xF6 + 'hne$'))
    , @('MSFT_TaskSessionStateChangeTrigger', @{ UserId = ''; Delay = ''; StateChange = [uint32]8 },
        'SessionStateChangeTrigger/StateChange', '^SessionUnlock$')
    , @('MSFT_TaskEventTrigger', @{
        Subscription = '<QueryList><Query Id="0"><Select Path="S">*[System]</Select></Query></QueryList>'
        Delay = 'PT15S'; PeriodOfOccurrence = ''; NumberOfOccurrences = [byte]1; MatchingElement = $null
        ValueQueries = $null }, 'EventTrigger/Subscription', '^<QueryList><Query Id="0">.*</QueryList>$')
)
foreach ($row in $triggers) {
    Test-That "a trigger of the class $($row[0]) becomes $($row[2]), under the schema" {
        $trigger = New-FakeTrigger $row[0] $row[1]
        # As Windows' own, and as it comes from another PowerShell.
        $text = [System.Management.Automation.PSSerializer]::Serialize($trigger, 4)
        $sent = [System.Management.Automation.PSSerializer]::Deserialize($text)
        foreach ($one in $trigger, $sent) {
            $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $id -Trigger $one -AsXml
            Assert-Equal @(Get-SchemaProblem $xml) @()
            Assert-Match (Read-Task $xml ('Triggers/' + $row[2])) $row[3]
            Assert-Match (Read-Task $xml 'RegistrationInfo/Description') "by a trigger of the class $($row[0])"
        }
    }
}

Test-That '-Daily, -AtStartup and several triggers are one task; -At is the time on the clock' {
    $more = (New-FakeTrigger 'MSFT_TaskIdleTrigger'), (New-FakeTrigger 'MSFT_TaskBootTrigger' @{ Delay = '' })
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $id @at -AtStartup -AsXml -Trigger $more
    Assert-Equal @(Get-SchemaProblem $xml) @()
    Assert-Match (Read-Task $xml 'Triggers/CalendarTrigger/StartBoundary') '^\d{4}-\d\d-\d\dT02:00:00$'
    Assert-Equal ([xml]$xml).Task.Triggers.ChildNodes.Count 4
    Assert-Match (Read-Task $xml 'RegistrationInfo/Description') 'every day at 02:00, at startup, by a trigger'
    $utc = [datetime]::SpecifyKind([datetime]'2026-11-30T23:30:00', 'Utc')
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $id -Daily -At $utc -AsXml
    Assert-Equal (Read-Task $xml 'Triggers/CalendarTrigger/StartBoundary') $utc.ToLocalTime().ToString('s')
}

Test-That 'the task runs the executable itself, as SYSTEM, once at a time, and is marked as ours' {
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $id @at -AsXml
    foreach ($row in @(
            , @('RegistrationInfo/Source', 'StorageRelease')
            , @('Principals/Principal/UserId', 'S-1-5-18')
            , @('Principals/Principal/RunLevel', 'HighestAvailable')
            , @('Settings/MultipleInstancesPolicy', 'IgnoreNew')
            , @('Actions/Exec/Arguments', "release id:$id --yes --timeout 30")
        )) { Assert-Equal (Read-Task $xml $row[0]) $row[1] $row[0] }
    Assert-Equal (Read-Task $xml 'Principals/Principal/LogonType') $null
    $place = '^C:\\Program Files\\WindowsPowerShell\\Modules\\StorageRelease\\\d.*\\storage-release\.exe$'
    Assert-Match (Read-Task $xml 'Actions/Exec/Command') $place
    Assert-Match $xml '^<\?xml version="1\.0"\?>\r\n<Task '
}

$umlaut = 'L' + [char]0xFC + 'n ' + [char]0x20AC + [char]::ConvertFromUtf32(0x1F4BE)
$texts = @(
    , @('blanks and quotation marks', 'FAKE "one" \', 'C:\Program Files\a "b"\x.log')
    , @('umlauts and beyond', $umlaut, ('D:\' + $umlaut + '\x.log'))
    , @('signs of XML', 'a&b<c>d''e]]>f', 'C:\R&D <x>\x.log')
    , @('a long path', ('S1' * 512), ('C:\' + ('long folder\' * 60) + 'x.log'))
    , @('a network path', 'S1', '\\server\share\x.log')
)
foreach ($row in $texts) {
    Test-That "$($row[0]): the document is valid, and says what was given" {
        $disk = New-FakeDisk -Number 3 -UniqueId '' -SerialNumber $row[1] -FriendlyName $row[1]
        $xml = $disk | Register-StorageReleaseTask 'Release LUN' @at -AsXml -LogPath $row[2]
        Assert-Equal @(Get-SchemaProblem $xml) @()
        $words = & (Get-Module StorageRelease) {
            param($Line) ConvertFrom-CommandLine $Line } (Read-Task $xml 'Actions/Exec/Arguments')
        Assert-Equal $words @('release', "serial:$($row[1])", '--yes', '--timeout', '30', '--log', $row[2])
    }
}

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    foreach ($row in @(
            , @('LogPath', 'x.log', 'log', 'release\.log')
            , @('LogPath', '/var/log/x.log', 'log', 'release\.log')
            , @('From', 'disks.csv', 'list', 'disks\.csv')
            , @('From', '/tmp/disks.csv', 'list', 'disks\.csv')
            , @('From', 'Temp:/disks.csv', 'list', 'disks\.csv')
            , @('LogPath', '~/x.log', 'log', 'release\.log')
        )) {
        Test-That "a task for another computer cannot name -$($row[0]) $($row[1]) of this one; a rehearsed line, to try here, can" {
            $given = @{ $row[0] = $row[1] }
            if ($row[0] -ceq 'LogPath') { $given.UniqueId = $id }
            $caught = Assert-Throws { Register-StorageReleaseTask 'Release LUN' @at @given -AsXml } 'TaskText,Register-StorageReleaseTask'
            Assert-Match "$caught" "^The path of the $($row[2]) is /.*, which is not a full path of Windows"
            Assert-Match $caught.ErrorDetails.RecommendedAction "-$($row[0]) C:\\ProgramData\\StorageRelease\\$($row[3])$"
            Use-Bus (New-TestBus 1) { Assert-Match (Register-StorageReleaseTask 'Release LUN' @at @given -AsXml) '(?:--log|--from) /' }
        }
    }
}

Test-That 'the control: what no schema takes is found invalid' {
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $id @at -AsXml
    foreach ($row in @(
            , @('<Source>StorageRelease</Source>', '<Sauce>StorageRelease</Sauce>')
            , @('<RunLevel>HighestAvailable<', '<RunLevel>Highest<')
            , @('T02:00:00<', 'T2:00<')
            , @('PT6M30S', '390')
            , @('Context="System"', 'Context="Nobody"')
        )) {
        Assert-True $xml.Contains($row[0]) $row[0]
        $found = @(Get-SchemaProblem $xml.Replace($row[0], $row[1]))
        # Microsoft's takes any context that is an id.
        foreach ($schema in $schemas) {
            Assert-True (@($found -like "$($schema[0]):*").Count -ge 1) "$($schema[0]): $($row[1])" }
    }
}

foreach ($row in @(
        , @(1, 30, 'PT6M30S')
        , @(32, 30, 'PT6M30S')
        , @(33, 30, 'PT7M')
        , @(64, 600, 'PT26M')
        , @(1, 86400, 'P1DT6M')
    )) {
    Test-That "$($row[0]) disks of $($row[1]) seconds: Windows ends the task after $($row[2])" {
        $ids = for ($i = 0; $i -lt $row[0]; $i++) { Get-TestUniqueId $i }
        $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $ids @at -AsXml -TimeoutSec $row[1] -Verify
        Assert-Equal (Read-Task $xml 'Settings/ExecutionTimeLimit') $row[2]
        Assert-Equal @(Get-SchemaProblem $xml) @()
    }
}

Test-That 'a character that XML does not allow is replaced in the description, and the task is registered' {
    $disk = [pscustomobject]@{ UniqueId = Get-TestUniqueId 1; FriendlyName = "a$([char]0xffff)b" }
    $xml = $disk | Register-StorageReleaseTask T @at -AsXml
    Assert-Match (Read-Task $xml 'RegistrationInfo/Description') 'a\?b'
}

Test-That '-RetrySec stands on the line, and in the time that the task may take' {
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId (Get-TestUniqueId 1) -AtStartup -AsXml -RetrySec 600
    Assert-Equal (Read-Task $xml 'Settings/ExecutionTimeLimit') 'PT16M30S'
    Assert-Equal (Read-Task $xml 'Actions/Exec/Arguments') "release id:$(Get-TestUniqueId 1) --yes --timeout 30 --retry 600"
}

Test-That 'a list is taken to have 10,000 disks; -Allow, -Verify and -From stand on the line' {
    $xml = Register-StorageReleaseTask 'Release LUN' -From 'C:\Lists\my disks.csv' @at -AsXml -Allow Clustered,
        Multipath -Verify
    Assert-Equal (Read-Task $xml 'Settings/ExecutionTimeLimit') 'PT2H42M30S'
    $line = 'release --yes --allow Clustered,Multipath --timeout 30 --verify --from "C:\Lists\my disks.csv"'
    Assert-Equal (Read-Task $xml 'Actions/Exec/Arguments') $line
    Assert-Equal @(Get-SchemaProblem $xml) @()
}

Test-That 'more than a screen of disks is shortened in the description, and not on the line' {
    $ids = for ($i = 0; $i -lt 100; $i++) { Get-TestUniqueId $i }
    $xml = Register-StorageReleaseTask 'Release LUN' -UniqueId $ids @at -AsXml
    Assert-Match (Read-Task $xml 'RegistrationInfo/Description') '80 more disks'
    Assert-Equal ([regex]::Matches((Read-Task $xml 'Actions/Exec/Arguments'), 'id:')).Count 100
}

# --- by which name -----------------------------------------------------------------------------------------------

foreach ($row in @(
        , @('its UniqueId', @{ UniqueId = $id; SerialNumber = 'S1' }, "id:$id")
        , @('its serial number, where Windows made the UniqueId up', @{
            UniqueId = '{11111111-2222-3333-4444-555555555555}'; SerialNumber = 'S1' }, 'serial:S1')
        , @('its serial number, where the UniqueId is a filler', @{ UniqueId = '0000000000000000';
            SerialNumber = ' S1 ' }, 'serial:S1')
    )) {
    Test-That "a piped disk is named by $($row[0]), never by its number" {
        $with = $row[1]
        $xml = New-FakeDisk -Number 3 @with | Register-StorageReleaseTask 'Release LUN' @at -AsXml
        Assert-Equal (Read-Task $xml 'Actions/Exec/Arguments') "release $($row[2]) --yes --timeout 30"
        $named = '^Releases FAKE Virtual Disk, (UniqueId|serial number) ' + ($row[2] -replace '^\w+:', '')
        Assert-Match (Read-Task $xml 'RegistrationInfo/Description') $named
    }
}

Test-That 'records, results and disks of a rehearsal are taken, each once' {
    $records = @([pscustomobject]@{ Number = 7; UniqueId = $id }, [pscustomobject]@{ Serial = 'S1' },
        [pscustomobject]@{ UniqueId = $id.ToLowerInvariant() })
    $xml = $records | Register-StorageReleaseTask 'Release LUN' @at -AsXml
    Assert-Equal (Read-Task $xml 'Actions/Exec/Arguments') "release id:$id serial:S1 --yes --timeout 30"
    $bus = New-TestBus 2
    Enter-StorageRehearsal $bus -Initiator bench-1 -WarningAction SilentlyContinue
    try {
        $xml = Get-StorageRehearsalDisk 1 | Register-StorageReleaseTask 'Release LUN' @at -AsXml
        $line = "release id:$(Get-TestUniqueId 1) --yes --timeout 30 --rehearsal $bus --initiator bench-1"
        Assert-Equal (Read-Task $xml 'Actions/Exec/Arguments') $line
        $xml = Invoke-StorageRelease -Number 1 -Force | Register-StorageReleaseTask 'Release LUN' @at -AsXml
        Assert-Match (Read-Task $xml 'Actions/Exec/Arguments') "^release id:$(Get-TestUniqueId 1) "
        $got = Invoke-Capture { Get-StorageRehearsalDisk | Where-Object { $_.DevicePath -match 'Tape' } |
            Register-StorageReleaseTask 'Release LUN' -Daily -At 02:00 -AsXml }
        Assert-Equal $got.Output.Count 0
        Assert-Match "$($got.Errors[0])" 'is not a disk'
    }
    finally { Exit-StorageRehearsal }
}

$cim = New-FakeDisk -Number 3 -UniqueId '' -SerialNumber 'N/A'
foreach ($row in @(
        , @('a disk that states nothing', $cim, 'states no UniqueId and no serial number')
        , @('a device path', '\\.\PhysicalDrive3', 'states no UniqueId')
        , @('a tape drive', '\\.\Tape0', 'is not a disk')
        , @('a number', 3, 'number alone')
        , @('nothing', $null, 'Nothing')
        , @('a record without an identity', ([pscustomobject]@{ Number = 3 }), 'This record states no UniqueId')
        , @('a disk of another computer', (New-FakeDisk -Number 3 -ComputerName far), 'comes from far')
        , @('a serial number that names a variable', ([pscustomobject]@{ SerialNumber = 'A%TEMP%B' }), 'a %')
        , @('a UniqueId with a placeholder', ([pscustomobject]@{ UniqueId = 'X$(Arg0)X' }), 'a \$\(')
    )) {
    Test-That "piped, $($row[0]) is refused with what to do, and no task is made" {
        $given = $row[1]
        $got = Invoke-Capture { , $given | ForEach-Object { $_ } | Register-StorageReleaseTask 'Release LUN' `
            -Daily -At 02:00 -AsXml }
        if ($null -eq $given) { $got = Invoke-Capture { Register-StorageReleaseTask 'Release LUN' `
            -Daily -At 02:00 -AsXml -InputObject $null } }
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors.Count 1
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Refused,Register-StorageReleaseTask'
        Assert-Match "$($got.Errors[0])" $row[2]
        $next = $got.Errors[0].ErrorDetails.RecommendedAction
        Assert-True $next
        Assert-True ($next -cnotmatch '-Number|-Session|<command>|<-Force>') $next
    }
}

foreach ($row in @(
        , @(@{ Number = 3 }, 'TaskByNumber', 'by its number')
        , @(@{ Path = '\\.\PhysicalDrive3' }, 'TaskByNumber', 'by its path')
        , @(@{ UniqueId = $id; From = $null }, 'ParameterArgument*', '')
        , @(@{ From = '-' }, 'TaskText', 'no standard input')
        , @(@{ From = 'C:\%TEMP%\x.csv' }, 'TaskText', 'a %')
        , @(@{ UniqueId = $id; LogPath = 'C:\$(Arg0)\x.log' }, 'TaskText', 'the log|log "C')
        , @(@{ UniqueId = $id; At = '02:00' }, 'TaskTrigger', '-Daily is missing')
        , @(@{ UniqueId = $id; Daily = $true; Bare = $true }, 'TaskTrigger', 'needs a time')
        , @(@{ UniqueId = $id; Daily = $true; Bare = $true; At = 2 }, 'TaskTrigger', 'a number is not accepted')
        , @(@{ UniqueId = $id; LogPath = 'Env:x' }, 'TaskText', 'a path of the provider Environment')
        , @(@{ UniqueId = $id; LogPath = 'Registry::x' }, 'TaskText', 'a path of the provider Registry')
        , @(@{ UniqueId = $id; Bare = $true }, 'TaskTrigger', 'needs a trigger that starts it')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = 'Daily' }, 'TaskTriggerForm',
            'System.String cannot be read')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskTrigger' @{
            StartBoundary = $start }) }, 'TaskTriggerForm', 'MSFT_TaskTrigger cannot be read')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskTimeTrigger' @{
            RandomDelay = '' }) }, 'TaskTriggerForm', 'StartBoundary is ""')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskTimeTrigger' @{
            StartBoundary = 'tonight' }) }, 'TaskTriggerForm', 'StartBoundary is "tonight"')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskWeeklyTrigger' @{
            StartBoundary = $start; DaysOfWeek = 0 }) }, 'TaskTriggerForm', 'DaysOfWeek is "0"')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskSessionStateChangeTrigger' @{
            StateChange = 5 }) }, 'TaskTriggerForm', 'StateChange is "5"')
        , @(@{ UniqueId = $id; Bare = $true; Trigger = (New-FakeTrigger 'MSFT_TaskBootTrigger' @{
            Delay = 'soon' }) }, 'TaskTriggerForm', 'Delay is "soon"')
        , @(@{ UniqueId = @(for ($i = 0; $i -lt 1000; $i++) { Get-TestUniqueId $i }) }, 'TaskTooLong',
            'characters long')
    )) {
    Test-That "refused: $($row[1]), $($row[2])" {
        $with = $row[0].Clone()
        if ($with['Bare']) { $with.Remove('Bare') }
        elseif (-not $with['At']) { $with += @{ Daily = $true; At = '02:00' } }
        $caught = Assert-Throws { Register-StorageReleaseTask 'Release LUN' @with -AsXml } `
            -ErrorId "$($row[1]),Register-StorageReleaseTask"
        Assert-Match "$caught" $row[2]
        if ($row[2]) { Assert-True $caught.ErrorDetails.RecommendedAction }
    }
}

foreach ($bad in '', ' ', 'a\b', 'a/b', 'a*', 'a?', 'a[b]', '%x%', ' a', 'a ', 'a.', "a`tb", ('x' * 201), 'a:b',
    '"a"') {
    Test-That "'$($bad.Substring(0, [System.Math]::Min(9, $bad.Length)))' is refused as a name" {
        $null = Assert-Throws { Register-StorageReleaseTask $bad -UniqueId $id @at -AsXml } `
            -ErrorId 'TaskName,Register-StorageReleaseTask'
    }
}
Test-That 'other names are taken' {
    foreach ($good in 'a', 'Release LUN 3', $umlaut, ('x' * 200), "it's & (that)") {
        Assert-True (Register-StorageReleaseTask $good -UniqueId $id @at -AsXml) }
}

# --- where there is no Task Scheduler ----------------------------------------------------------------------------

Test-That 'without Windows'' module it says so, with the line to type elsewhere; in a rehearsal it refuses' {
    $caught = Assert-Throws { Register-StorageReleaseTask 'It''s' -UniqueId $id `
        -Daily -At 02:00 -Confirm:$false } -ErrorId 'TaskScheduler,Register-StorageReleaseTask'
    Assert-Match $caught.ErrorDetails.RecommendedAction "-AsXml.*-TaskName 'It''s' -TaskPath"
    $caught = Assert-Throws { Get-StorageReleaseTask } -ErrorId 'TaskScheduler,Get-StorageReleaseTask'
    Assert-Match $caught.ErrorDetails.RecommendedAction '^Run Get-StorageReleaseTask on the Windows computer'
    Enter-StorageRehearsal (New-TestBus 2) -WarningAction SilentlyContinue
    try {
        foreach ($switch in 'Force', 'WhatIf') {
            $with = @{ $switch = $true }
            $caught = Assert-Throws { Get-StorageRehearsalDisk 1 |
                Register-StorageReleaseTask 'Release LUN' @at @with } `
                -ErrorId 'TaskRehearsal,Register-StorageReleaseTask'
            Assert-Match $caught.ErrorDetails.RecommendedAction '-AsXml'
        }
    }
    finally { Exit-StorageRehearsal }
}

# --- registration, with stand-ins --------------------------------------------------------------------------------

$windows = New-TestBus 4 -Roles @{ 0 = '"boot": true'; 2 = '"clustered": true' }
$disk1 = New-FakeDisk -Number 1 -UniqueId (Get-TestUniqueId 1) -SerialNumber (Get-TestSerial 1)

Use-Scheduler $windows {
    $module = Get-Module StorageRelease

    Test-That 'a piped disk is checked, and the task is registered; one object, nothing sent to the disk' {
        $got = Invoke-Capture { $disk1 | Register-StorageReleaseTask 'Release LUN' `
            -Daily -At 02:00 -Verify -LogPath C:\Logs\x.log -Confirm:$false }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Errors.Count 0
        Assert-Equal $got.Output.Count 1
        $task = $got.Output[0]
        Assert-Equal $task.PSObject.TypeNames[0] 'StorageRelease.Task'
        Assert-Equal $task.TaskName 'Release LUN'
        Assert-Equal $task.TaskPath '\StorageRelease\'
        Assert-Equal $task.Disks "id:$(Get-TestUniqueId 1)"
        Assert-Equal $task.LogPath 'C:\Logs\x.log'
        Assert-Equal $task.LastResult 'NeverRun'
        Assert-Equal $task.LastRunTime $null
        Assert-Equal $task.NextRunTime ([datetime]'2027-01-01T02:00:00')
        $line = '^"[^"]+/storage-release" release id:\w+ --yes --timeout 30 --verify --log C:\\Logs\\x\.log$'
        Assert-Match $task.CommandLine $line
        Assert-Equal @(Get-SchemaProblem $global:StandInTasks['Release LUN'].Xml) @()
        Assert-Equal $global:StandInTasks['Release LUN'].Path '\StorageRelease\'
        Assert-Equal (Get-Released $windows) ''
    }

    Test-That 'a task of this name that is ours stays unless -Force; another''s stays whatever is said' {
        $caught = Assert-Throws { $disk1 |
            Register-StorageReleaseTask 'release lun' -AtStartup -Confirm:$false } `
            -ErrorId 'TaskExists,Register-StorageReleaseTask'
        Assert-Match $caught.ErrorDetails.RecommendedAction '-Force'
        Assert-Equal $global:StandInTasks['Release LUN'].Forced $false
        $null = $disk1 | Register-StorageReleaseTask 'Release LUN' -AtStartup -Force
        Assert-Equal $global:StandInTasks['Release LUN'].Forced $true
        Assert-Match $global:StandInTasks['Release LUN'].Xml '<BootTrigger>'
        $global:StandInTasks['Other'] = $global:StandInTasks['Release LUN'].Clone()
        $global:StandInTasks['Other'].Xml = $global:StandInTasks['Other'].Xml.Replace('<Source>StorageRelease<',
            '<Source>Somebody<')
        $before = $global:StandInTasks['Other'].Xml
        $null = Assert-Throws { $disk1 | Register-StorageReleaseTask 'Other' -AtStartup -Force } `
            -ErrorId 'TaskForeign,Register-StorageReleaseTask'
        Assert-Equal $global:StandInTasks['Other'].Xml $before
        Assert-Equal @(Get-StorageReleaseTask).Count 1 'another''s is not shown'
        $global:StandInTasks.Remove('Other')
    }

    Test-That '-WhatIf says what would be registered, and registers nothing; it needs no elevated session' {
        & $module { function script:Test-Elevated { $false } }
        try {
            $got = Invoke-Capture { $disk1 | Register-StorageReleaseTask 'New' `
                -Daily -At 02:00 -WhatIf } -Runspace:$false
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Output.Count 0
            Assert-Equal $got.Errors.Count 0
            $caught = Assert-Throws { $disk1 | Register-StorageReleaseTask 'New' `
                -Daily -At 02:00 -Confirm:$false } -ErrorId 'TaskElevation,Register-StorageReleaseTask'
            Assert-Match $caught.ErrorDetails.RecommendedAction 'Run as administrator'
        }
        finally { & $module { function script:Test-Elevated { $true } } }
        Assert-True (-not $global:StandInTasks.ContainsKey('New'))
    }

    Test-That 'with nobody to ask it says which switch answers' {
        $null = Assert-Throws { $disk1 | Register-StorageReleaseTask 'New' -Daily -At 02:00 -Confirm } `
            -ErrorId 'NobodyToAsk,Register-StorageReleaseTask'
        Assert-True (-not $global:StandInTasks.ContainsKey('New'))
    }

    foreach ($row in @(
            , @(0, 1)
            , @(2, 0)
        )) {
        Test-That "the question names task, time and disk; answer $($row[0]): $($row[1]) tasks" {
            $asking = New-AskHost ([scriptblock]::Create($row[0]))
            $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
            $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($asking.Host, $state)
            $space.Open()
            try {
                $shell = [System.Management.Automation.PowerShell]::Create()
                $shell.Runspace = $space
                $null = $shell.AddScript({
                        param($Manifest, $StandIns, $Folder, $Id)
                        $module = Import-Module $Manifest -PassThru
                        & $module ([scriptblock]::Create($StandIns)) $Folder
                        Register-StorageReleaseTask 'Asked' -UniqueId $Id -Daily -At 02:00
                        Remove-Module StorageRelease
                    }.ToString())
                $null = $shell.AddArgument($module.Path.Replace('ps/StorageRelease.psm1', 'StorageRelease.psd1'))
                $null = $shell.AddArgument($script:StandIns)
                $null = $shell.AddArgument([System.IO.Path]::Combine($PSScriptRoot, 'scheduler'))
                $null = $shell.AddArgument((Get-TestUniqueId 1))
                $made = @($shell.Invoke())
                Assert-Equal @($shell.Streams.Error).Count 0
            }
            finally { $space.Dispose() }
            Assert-Equal @($asking.Asked).Count 1
            Assert-Match $asking.Asked[0] '\\StorageRelease\\Asked\? The task runs as SYSTEM, every day at 02:00, and releases the disk'
            Assert-Match $asking.Asked[0] (Get-TestUniqueId 1)
            Assert-Equal $made.Count $row[1]
        }
    }

    foreach ($row in @(
            , @('a boot disk', 0, 'Refused', 'Boot disk', @{})
            , @('a clustered disk', 2, 'Refused', 'Allow Clustered|luster', @{})
            , @('a disk that is not there', 9, 'NotFound', 'No disk of this computer', @{})
        )) {
        Test-That "$($row[0]) is an error with the id of its outcome; with -Force a warning, and a task" {
            $number = $row[1]
            $got = Invoke-Capture { Register-StorageReleaseTask 'Doubtful' -UniqueId (Get-TestUniqueId $number) `
                -Daily -At 02:00 -Confirm:$false }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal $got.Output.Count 0
            Assert-Equal $got.Errors.Count 1
            Assert-Equal $got.Errors[0].FullyQualifiedErrorId "$($row[2]),Register-StorageReleaseTask"
            Assert-Match "$($got.Errors[0])" $row[3]
            Assert-Match "$($got.Errors[0])" 'The task was not registered'
            Assert-Match $got.Errors[0].ErrorDetails.RecommendedAction '-Force registers'
            Assert-True (-not $global:StandInTasks.ContainsKey('Doubtful'))
            $got = Invoke-Capture { Register-StorageReleaseTask 'Doubtful' -UniqueId (Get-TestUniqueId $number) `
                -Daily -At 02:00 -Force }
            Assert-Equal $got.Output.Count 1
            Assert-Equal $got.Errors.Count 0
            Assert-Match "$($got.Warnings)" 'registered all the same'
            $global:StandInTasks.Remove('Doubtful')
        }
    }

    Test-That '-Allow is asked for as the task will have it' {
        $task = Register-StorageReleaseTask 'Doubtful' -SerialNumber (Get-TestSerial 2) -Allow Clustered `
            -Daily -At 02:00 -Confirm:$false
        Assert-Match $task.CommandLine '--allow Clustered'
        Assert-Equal $task.Disks "serial:$(Get-TestSerial 2)"
        $global:StandInTasks.Remove('Doubtful')
    }

    Test-That 'one disk of several that is refused keeps the task from being registered' {
        $got = Invoke-Capture { $disk1, $null, (New-FakeDisk -Number 8 -UniqueId '' -SerialNumber '') |
            Register-StorageReleaseTask 'Several' -Daily -At 02:00 -Force }
        Assert-Equal @($got.Errors | Where-Object {
            $_.FullyQualifiedErrorId -eq 'Refused,Register-StorageReleaseTask' }).Count 2
        Assert-Equal $got.Output.Count 0
        Assert-True (-not $global:StandInTasks.ContainsKey('Several'))
    }

    foreach ($row in @(
            , @('others', { @{ Path = 'C:\Tools'; Who = 'BUILTIN\Users'; Own = $false } },
                'C:\\Tools can be changed by BUILTIN\\Users')
            , @('this account without elevation', { @{ Path = $null; Who = $null; Own = $true } },
                'your own account')
            , @('nobody knows who', { throw 'no such right' }, 'no such right')
        )) {
        Test-That "where $($row[0]) may write, nothing is registered that SYSTEM would run or read" {
            $writer = $row[1]
            $nobody = { @{ Path = $null; Who = $null; Own = $false } }
            & $module { param($Writer) ${function:script:Get-UntrustedWriter} = $Writer } $writer
            $caught = Assert-Throws { $disk1 | Register-StorageReleaseTask 'New' -Daily -At 02:00 -Force } `
                -ErrorId 'ModuleWritable,Register-StorageReleaseTask' -Match $row[2]
            Assert-Match "$caught" 'as SYSTEM'
            Assert-Equal ([string]$caught.CategoryInfo.Category) 'SecurityError'
            Assert-Match $caught.ErrorDetails.RecommendedAction 'Copy-Item'
            & $module { param($Writer, $Nobody) ${function:script:Get-UntrustedWriter} = $Nobody;
                ${function:script:Get-ListWriter} = $Writer } $writer $nobody
            $null = Assert-Throws { Register-StorageReleaseTask 'New' -From 'C:\Lists\x.csv' `
                -Daily -At 02:00 -Force } -ErrorId 'TaskListWritable,Register-StorageReleaseTask'
            & $module { param($Nobody) ${function:script:Get-ListWriter} = $Nobody } $nobody
            Assert-True (-not $global:StandInTasks.ContainsKey('New'))
        }
    }

    Test-That 'a list is looked at by the executable, without its log; what it says is the reason' {
        # A stand-in for the executable: it answers by what it was told.
        & $module { $script:Asked = @() }
        & $module { function script:Invoke-Executable { param($Cmdlet, $Arguments) $null = $Cmdlet;
            $script:Asked += $Arguments; @{ Code = $script:Ends; Output = '';
            Errors = "Disk 3: NotFound`n  no such disk" } } }
        & $module { $script:Ends = 7 }
        $got = Invoke-Capture {
            Register-StorageReleaseTask 'List' -From 'C:\Lists\my disks.csv' -LogPath C:\x.log `
            -Daily -At 02:00 -Confirm:$false }
        Assert-Equal $got.Output.Count 0
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'NotFound,Register-StorageReleaseTask'
        Assert-Match "$($got.Errors[0])" 'my disks\.csv would end as NotFound: Disk 3: NotFound no such disk'
        Assert-Equal (& $module {
            $script:Asked[0] }) 'release --dry-run --timeout 30 --from "C:\Lists\my disks.csv"'
        & $module { $script:Ends = 0 }
        $task = Register-StorageReleaseTask 'List' -From 'C:\Lists\my disks.csv' -Daily -At 02:00 -Confirm:$false
        Assert-Equal $task.From 'C:\Lists\my disks.csv'
        Assert-Equal $task.Disks ''
        Assert-Match ($task | Out-String -Width 80) ' \.\.\.ts\\my disks\.csv\s*$'
        $global:StandInTasks.Remove('List')
    }

    Test-That 'what Windows does not take is one error with its sentence' {
        & $module { $script:TaskModule = @{ ExportedCommands = @{ 'Get-ScheduledTask' = { @() };
            'Register-ScheduledTask' = { throw 'The task XML contains a value which is out of range.' } } } }
        try {
            $caught = Assert-Throws { $disk1 | Register-StorageReleaseTask 'New' -Daily -At 02:00 -Force } `
                -ErrorId 'TaskRegister,Register-StorageReleaseTask' -Match 'out of range'
            Assert-Match $caught.ErrorDetails.RecommendedAction '-AsXml'
            & $module { $script:TaskModule.ExportedCommands['Get-ScheduledTask'] = {
                throw 'the service is not running' } }
            $null = Assert-Throws { Get-StorageReleaseTask } -ErrorId 'TaskUnread,Get-StorageReleaseTask' `
                -Match 'not running'
        }
        finally { & $module { $script:TaskModule = $null } }
    }

    Test-That 'a task that was registered meanwhile is not replaced, although there was none before' {
        # A stand-in that sees no task, and the one that registers.
        $real = Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'scheduler',
            'ScheduledTasks.psm1')) -PassThru
        & $module {
            param($Register)
            $script:TaskModule = @{ ExportedCommands = @{ 'Get-ScheduledTask' = { @() };
                'Register-ScheduledTask' = $Register } }
        } $real.ExportedCommands['Register-ScheduledTask']
        $before = $global:StandInTasks['Release LUN'].Xml
        try {
            $null = Assert-Throws { $disk1 | Register-StorageReleaseTask 'Release LUN' -Daily -At 05:00 -Force } `
                -ErrorId 'TaskRegister,Register-StorageReleaseTask' -Match 'already exists'
        }
        finally {
            & $module { $script:TaskModule = $null }
            Remove-Module ScheduledTasks
        }
        Assert-Equal $global:StandInTasks['Release LUN'].Xml $before
    }

    Test-That 'no module or function of that name is called but Windows'' own' {
        $global:Planted = @()
        foreach ($name in 'Register-ScheduledTask', 'Get-ScheduledTask', 'Get-ScheduledTaskInfo') {
            Set-Item "function:global:$name" { $global:Planted += $MyInvocation.MyCommand.Name }
        }
        $planted = New-Module -Name ScheduledTasks { function Get-ScheduledTask { $global:Planted += 'module' };
            Export-ModuleMember -Function * } |
            Import-Module -PassThru
        try {
            Assert-True ($disk1 | Register-StorageReleaseTask 'Planted' -AtStartup -Confirm:$false)
            Assert-True (Get-StorageReleaseTask Planted)
        }
        finally {
            Remove-Module $planted
            foreach ($name in 'Register-ScheduledTask', 'Get-ScheduledTask', 'Get-ScheduledTaskInfo') {
                Remove-Item "function:$name" -ErrorAction Ignore }
        }
        Assert-Equal $global:Planted.Count 0
        $global:StandInTasks.Remove('Planted')
    }

    # --- what is read --------------------------------------------------------------------------------------------

    foreach ($row in @(
            , @(0, 'Accepted')
            , @(3, 'Refused')
            , @(9, 'TimedOut')
            , @(2, 'Usage')
            , @(0x41301, 'Running')
            , @(0x41303, 'NeverRun')
            , @(0x41306, 'Stopped')
            , @(0x41302, '0x00041302')
            , @([uint32]2147942402, '0x80070002')
            , @(77, '0x0000004D')
        )) {
        Test-That "the result $($row[0]) is $($row[1])" {
            $global:StandInTasks['Release LUN'].Result = [uint32]$row[0]
            $task = Get-StorageReleaseTask 'Release LUN'
            Assert-Equal $task.LastResult $row[1]
            Assert-Equal $task.LastResultCode ([uint32]$row[0])
            Assert-Equal ($null -eq $task.LastRunTime) ($row[0] -eq 0x41303)
        }
    }

    Test-That 'what Windows does not tell of the last run is empty, and no success' {
        foreach ($answer in { [pscustomobject]@{ LastTaskResult = $null } }, { throw 'access denied' }) {
            $task = & $module {
                param($Answer)
                $script:TaskModule = @{ ExportedCommands = @{ 'Get-ScheduledTaskInfo' = $Answer } }
                try { New-TaskObject $null ([pscustomobject]@{ TaskName = 'x'; TaskPath = '\StorageRelease\' }) }
                finally { $script:TaskModule = $null }
            } $answer
            Assert-Equal $task.LastResult ''
            Assert-Equal $task.LastResultCode $null
            Assert-Equal $task.NextRunTime $null
        }
    }

    Test-That 'at 80 columns a row shows which disk it is by the end of its id, and how many there are' {
        $task = Get-StorageReleaseTask 'Release LUN'
        $row = 'Release LUN +Ready +2027-01-01 02:00 \S+ +\.\.\.000000000000001\s*$'
        Assert-Match ($task | Out-String -Width 80) $row
        $task.Disks = 'id:1234 "serial:a b id" serial:5'
        Assert-Match ($task | Out-String -Width 80) ' 3 disks\s*$'
        $task.Disks = 'serial:S1'
        Assert-Match ($task | Out-String -Width 80) ' serial:S1\s*$'
    }

    Test-That 'names and wildcards; a name that there is none of is an error' {
        $null = $disk1 | Register-StorageReleaseTask 'Second' -AtStartup -Confirm:$false
        Assert-Equal (@(Get-StorageReleaseTask).TaskName -join ',') 'Release LUN,Second'
        Assert-Equal @(Get-StorageReleaseTask S*, second).Count 1
        Assert-Equal @(Get-StorageReleaseTask x*).Count 0
        $got = Invoke-Capture { Get-StorageReleaseTask nobody, Second }
        Assert-Equal $got.Output.Count 1
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'TaskNotFound,Get-StorageReleaseTask'
        $null = $global:StandInTasks.Remove('Second')
    }

    Test-That 'a task whose executable is gone is told of, with what to do' {
        $global:StandInTasks['Old'] = $global:StandInTasks['Release LUN'].Clone()
        $global:StandInTasks['Old'].Xml = $global:StandInTasks['Old'].Xml -replace '<Command>[^<]+<',
            '<Command>/nowhere/storage-release.exe<'
        $got = Invoke-Capture { Get-StorageReleaseTask Old }
        Assert-Equal $got.Output.Count 1
        Assert-Match "$($got.Warnings)" 'no longer exists\. Register the task again with -Force'
        $global:StandInTasks.Remove('Old')
    }

    Test-That 'the last record of the log is shown where there is one; a log that cannot be read costs nothing' {
        & $module { function script:Get-StorageReleaseLog { [CmdletBinding()]param($Path,
            $Last) [pscustomobject]@{ Path = $Path; Last = $Last; Outcome = 'Accepted' } } }
        $null = $disk1 | Register-StorageReleaseTask 'Logged' -AtStartup -LogPath C:\x.log -Confirm:$false
        $task = Get-StorageReleaseTask Logged
        Assert-Equal $task.LastRecord.Path 'C:\x.log'
        Assert-Equal $task.LastRecord.Last 1
        & $module { function script:Get-StorageReleaseLog { [CmdletBinding()]param($Path,
            $Last) throw 'no such file' } }
        $got = Invoke-Capture { Get-StorageReleaseTask Logged }
        Assert-Equal $got.Output[0].LastRecord $null
        Assert-Equal $got.Errors.Count 0
        $global:StandInTasks.Remove('Logged')
    }

    Test-That 'piped to a command that releases it is refused: a task is not a disk' {
        $got = Invoke-Capture { Get-StorageReleaseTask | Invoke-StorageRelease -Force }
        Assert-Equal $got.Output[0].Outcome 'Refused'
        Assert-Equal (Get-Released $windows) ''
    }

    # --- the examples of the help --------------------------------------------------------------------------------

    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'scheduler', 'ScheduledTasks.psm1'))
    function Get-Disk { param([uint32]$Number) $null = $Number; $disk1 }
    function New-ScheduledTaskTrigger { param([switch]$Weekly, [string]$DaysOfWeek,
        [string]$At) New-FakeTrigger 'MSFT_TaskWeeklyTrigger' @{ StartBoundary = "2026-11-30T${At}:00";
        DaysOfWeek = 1; WeeksInterval = 1 } }
    foreach ($command in 'Register-StorageReleaseTask', 'Get-StorageReleaseTask') {
        $number = 0
        foreach ($example in (Get-Help $command -Full).examples.example) {
            $number++
            # The first lines up to the remarks, as the other examples are read; what stands for the disk there is
            # disk 1 here.
            $code = ([string]$example.code).Replace($id, (Get-TestUniqueId 1))
            Test-That "example $number of $command works: $(($code -split "`n")[0])" {
                $ConfirmPreference = 'None'
                if ($command -like 'Register-*') { $global:StandInTasks.Clear() }
                elseif ($global:StandInTasks.Count -eq 0) { $null = $disk1 |
                    Register-StorageReleaseTask 'Release LUN' -AtStartup }
                $got = Invoke-Capture ([scriptblock]::Create($code))
                if ($got.Thrown) { throw $got.Thrown }
                if ($got.Errors.Count) { throw "$($got.Errors)" }
                if ($code -cmatch '-WhatIf') { Assert-Equal $global:StandInTasks.Count 0 }
                elseif ($code -cmatch '-AsXml') { Assert-Equal @(Get-SchemaProblem $got.Output[0]) @() }
                elseif ($code -cmatch 'Unregister') { Assert-Equal $global:StandInTasks.Count 0 }
                elseif ($code -cmatch 'Start-') { Assert-Equal (Get-StorageReleaseTask).State 'Running' }
                else { Assert-True ($got.Output.Count -ge 1) }
            }
        }
    }
    Remove-Module ScheduledTasks
}

Complete-Tests
