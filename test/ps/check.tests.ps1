# Test-StorageRelease: every row that is not Passed is forced here, by real means where this system has them (a copy of the
# module with files changed or missing, rehearsed disks, a session that lacks the module), and where it has not, by
# stand-ins for what Windows would say: each of them is one member of the place (ps/unattended/check/Get-CheckPlace.ps1).
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
& $module { Import-ModulePart Private; Import-ModulePart Unattended }

function Get-Row {
    # The rows of these checks, where the place has these stand-ins.
    param([string[]]$Only, [hashtable]$Place = @{})
    @(& $script:module {
            [CmdletBinding()] param($only, $changes)
            $place = Get-CheckPlace $PSCmdlet
            foreach ($name in $changes.Keys) { $place[$name] = $changes[$name] }
            Invoke-SelfCheck $place -Only $only
        } $Only $Place)
}

function Assert-Row {
    param([object[]]$Rows, [string]$Check, [string]$Status, [string]$Seen, [string]$NextStep = '^$')
    $row = @($Rows | Where-Object Check -ceq $Check)
    Assert-Equal $row.Count 1 $Check
    Assert-Equal $row[0].Status $Status "$($row[0].Seen) $($row[0].NextStep)"
    Assert-Match $row[0].Seen $Seen
    Assert-Match $row[0].NextStep $NextStep
    Assert-Equal $row[0].PSObject.TypeNames[0] 'StorageRelease.Check'
}

# --- what it gives --------------------------------------------------------------------------------------------------

$all = 'PowerShell', 'LanguageMode', 'ExecutionPolicy', 'Elevation', 'ModuleFolder', 'ModuleFiles', 'Executable', 'Quarantine', 'MarkOfTheWeb',
    'Hash', 'Signature', 'Architecture', 'Worker', 'Koffi', 'StorageStack', 'StorageService', 'Disks', 'Duplicates', 'EventSource', 'Tasks'

Test-That 'in a rehearsal, one row for each check, in order, none of them failed, and nothing but rows' {
    Use-Bus (New-TestBus 4) {
        $got = Invoke-Capture { Test-StorageRelease }
        Assert-Equal (@($got.Output | ForEach-Object { $_.Check }) -join ' ') ($all -join ' ')
        Assert-Equal ($got.Errors.Count + $got.Warnings.Count + $got.Verbose.Count + $got.Information.Count) 0
        foreach ($row in $got.Output) {
            Assert-True ('Passed', 'Skipped' -ccontains $row.Status) "$($row.Check): $($row.Seen)"
            Assert-Equal (@($row.PSObject.Properties | ForEach-Object { $_.Name }) -join ' ') 'Check Status Seen NextStep'
            if ($row.Check -cne 'EventSource') { Assert-Equal $row.NextStep '' }
        }
    }
}

Test-That 'nothing is sent but a list' {
    $file = New-TestBus 3
    Use-Bus $file {
        & $module {
            $script:Counted = [System.Collections.ArrayList]::new()
            $script:Sender = ${function:Send-WorkerRequest}
            function script:Send-WorkerRequest {
                param([hashtable]$Run, [string]$Verb, [string]$Fields, [object]$Target, [switch]$Counts, [switch]$Enters)
                $null = $script:Counted.Add($Verb)
                & $script:Sender @PSBoundParameters
            }
        }
        try { $null = Test-StorageRelease } finally { & $module { ${function:script:Send-WorkerRequest} = $script:Sender } }
        Assert-Equal ((& $module { $script:Counted.ToArray() }) -join ' ') 'list'
    }
    Assert-Equal (Get-Released $file) ''
}

Test-That 'whatever Windows throws instead of an answer, the row says so, and no error comes out' {
    $broken = @{ OnWindows = $true; Version = [version]'5.1' }
    foreach ($name in 'Framework', 'LanguageMode', 'Policies', 'Elevated', 'Writer', 'Marked', 'Signature', 'Architecture', 'Listing', 'ServiceStart', 'MessageFile', 'Tasks') {
        $broken[$name] = { throw 'no such thing' }
    }
    Use-Bus (New-TestBus 2) {
        $ErrorActionPreference = 'Stop'
        $got = Invoke-Capture { Get-Row -Place $broken }
        if ($got.Thrown) { throw $got.Thrown }
        Assert-Equal $got.Errors.Count 0
        foreach ($name in 'PowerShell', 'LanguageMode', 'ExecutionPolicy', 'Elevation', 'ModuleFolder', 'MarkOfTheWeb', 'Signature', 'Architecture',
            'StorageStack', 'StorageService', 'EventSource', 'Tasks') {
            Assert-Row $got.Output $name Failed 'could not be made: no such thing' 'Test-StorageRelease -Report'
        }
        # What needs the list has not failed by itself.
        Assert-Row $got.Output Disks Skipped 'StorageStack has not passed'
    }
}

# --- by stand-ins for what Windows says -----------------------------------------------------------------------------

foreach ($row in @(
        , @('PowerShell', 'Failed', 'a PowerShell that is too old', @{ Version = [version]'4.0' }, 'needs Windows PowerShell 5\.1', 'Install PowerShell 7')
        , @('PowerShell', 'Warning', 'PowerShell 6', @{ Version = [version]'6.2.7' }, 'not maintained', 'Install PowerShell 7')
        , @('PowerShell', 'Failed', '.NET Framework 4.7.1', @{ Version = [version]'5.1'; Framework = { 461308 } }, 'release 461308', '4\.8')
        , @('PowerShell', 'Passed', 'Windows PowerShell 5.1 on .NET Framework 4.8', @{ Version = [version]'5.1.26100.1'; Framework = { 528040 } }, '5\.1\.26100\.1', '^$')
        , @('LanguageMode', 'Warning', 'a policy that constrains scripts', @{ LanguageMode = { 'ConstrainedLanguage' } }, 'ConstrainedLanguage', 'by a publisher, hash or path rule')
        , @('ExecutionPolicy', 'Warning', 'Windows 11 as it comes, with 5.1', @{ Version = [version]'5.1'; Policies = { foreach ($scope in 'MachinePolicy', 'UserPolicy', 'Process', 'CurrentUser', 'LocalMachine') { @{ Scope = $scope; ExecutionPolicy = $(if ($scope -eq 'Process') { 'Bypass' } else { 'Undefined' }) } } } }, '^Restricted in a new session', '^Set-ExecutionPolicy -Scope CurrentUser RemoteSigned')
        , @('ExecutionPolicy', 'Warning', 'a group policy', @{ Policies = { @{ Scope = 'MachinePolicy'; ExecutionPolicy = 'AllSigned' }, @{ Scope = 'LocalMachine'; ExecutionPolicy = 'RemoteSigned' } } }, '^AllSigned', 'group policy')
        , @('ExecutionPolicy', 'Passed', 'a server as it comes', @{ Policies = { @{ Scope = 'MachinePolicy'; ExecutionPolicy = 'Undefined' }, @{ Scope = 'LocalMachine'; ExecutionPolicy = 'RemoteSigned' } } }, '^RemoteSigned', '^$')
        , @('Elevation', 'Warning', 'a session that is not elevated', @{ Elevated = { $false } }, 'not elevated', 'Run as administrator')
        , @('Elevation', 'Passed', 'one that is', @{ Elevated = { $true } }, 'is elevated', '^$')
        , @('ModuleFolder', 'Failed', 'a folder that others may change', @{ Writer = { @{ Path = 'C:\Tools'; Who = 'BUILTIN\Users'; Own = $false } } }, 'C:\\Tools can be changed by BUILTIN\\Users', 'Copy-Item -Recurse')
        , @('ModuleFolder', 'Warning', 'one in the profile', @{ Writer = { @{ Path = $null; Who = $null; Own = $true } } }, 'this account, and so every program that it runs, can change', 'for all users')
        , @('ModuleFolder', 'Passed', 'Program Files', @{ Writer = { @{ Path = $null; Who = $null; Own = $false } } }, 'Only administrators', '^$')
        , @('MarkOfTheWeb', 'Failed', 'files that a browser brought', @{ Marked = { param($Path) $Path -like '*StorageRelease.psm1' } }, '^Files marked .*: 1; the first is .*StorageRelease\.psm1', '^Get-ChildItem -Recurse -LiteralPath .* \| Unblock-File$')
        , @('MarkOfTheWeb', 'Passed', 'files that were unblocked', @{ Marked = { $false } }, 'No file', '^$')
        , @('Signature', 'Failed', 'a signature over another file', @{ Signature = { @{ Status = 'HashMismatch'; StatusMessage = 'The contents were changed.' } } }, 'HashMismatch: The contents', 'Do not use this copy')
        , @('Signature', 'Failed', 'one of somebody who is not trusted', @{ Signature = { @{ Status = 'NotTrusted'; StatusMessage = 'x' } } }, 'NotTrusted', 'Do not use this copy')
        , @('Signature', 'Passed', 'none', @{ Signature = { @{ Status = 'NotSigned'; StatusMessage = 'x' } } }, 'Not signed', '^$')
        , @('Signature', 'Passed', 'a valid one', @{ Signature = { @{ Status = 'Valid'; SignerCertificate = @{ Subject = 'CN=Example' } } } }, 'CN=Example', '^$')
        , @('Architecture', 'Failed', 'a 32-bit Windows', @{ Architecture = { 'X86' } }, 'is X86', 'x64')
        , @('Architecture', 'Passed', 'Windows on ARM', @{ Architecture = { 'Arm64' }; Target = 'win-x64' }, 'by emulation', '^$')
        , @('Architecture', 'Passed', 'Windows on ARM, its own', @{ Architecture = { 'Arm64' }; Target = 'win-arm64' }, 'executable for win-arm64', '^$')
        , @('Architecture', 'Failed', 'Linux on ARM', @{ Architecture = { 'Arm64' }; OnWindows = $false }, 'is Arm64', 'x64')
        , @('StorageService', 'Warning', 'a provider that is disabled', @{ ServiceStart = { param($Name) if ($Name -eq 'smphost') { 4 } else { 2 } } }, 'missing: smphost\.', '^Set-Service -Name smphost')
        , @('StorageService', 'Warning', 'WMI that is not there', @{ ServiceStart = { param($Name) if ($Name -eq 'smphost') { 3 } } }, 'missing: Winmgmt\.', '^Set-Service -Name Winmgmt')
        , @('StorageService', 'Passed', 'services as they come', @{ ServiceStart = { 3 } }, 'smphost, Winmgmt', '^$')
        , @('EventSource', 'Warning', 'a message file that is gone', @{ MessageFile = { '/nonexistent/EventLogMessages.dll' } }, 'EventLogMessages\.dll is missing', 'Register-StorageReleaseEventSource')
        , @('EventSource', 'Passed', 'one that is there', @{ MessageFile = { $PSCommandPath } }, '^Registered', '^$')
        , @('EventSource', 'Passed', 'no source, which is a choice', @{ MessageFile = { } }, 'Not registered', 'If events are wanted')
        , @('Tasks', 'Failed', 'a task of a version that was removed', @{ Tasks = { , @(@{ TaskName = 'Nightly'; CommandLine = '"/nonexistent/a b/storage-release.exe" release id:6005' }) } }, 'Nightly \(/nonexistent/a b/storage-release\.exe\)', '^Register them again .* -Force\.$')
        , @('Tasks', 'Passed', 'one whose executable is there', @{ Tasks = { , @(@{ TaskName = 'Nightly'; CommandLine = "$PSHOME/pwsh release" }) } }, '^Tasks of this module, .*: 1; .*: Nightly$', '^$')
        , @('Tasks', 'Passed', 'no tasks', @{ Tasks = { , @() } }, 'No task', '^$')
    )) {
    Test-That "$($row[0]) is $($row[1]) with $($row[2]) (a stand-in)" {
        $place = @{ OnWindows = $true; Executable = $PSCommandPath }
        foreach ($name in $row[3].Keys) { $place[$name] = $row[3][$name] }
        # What has to pass before is not looked at here.
        Assert-Row (Get-Row $row[0] $place) $row[0] $row[1] $row[4] $row[5]
    }
}

# --- the worker and the disks ---------------------------------------------------------------------------------------

foreach ($row in @(
        , @('Koffi', 'Failed', 'an addon that is missing', 'The native addon C:\x\koffi.node is missing.', 'koffi\.node is missing', 'Install StorageRelease again')
        , @('StorageStack', 'Failed', 'a list that does not come', 'This computer did not list its devices within 10 s.', 'within 10 s', 'disk management')
    )) {
    Test-That "$($row[0]) is $($row[1]) with $($row[2]) (a stand-in for the reply)" {
        $said = $row[3]
        # On Windows, outside a rehearsal.
        Assert-Row (Get-Row $row[0] @{ OnWindows = $true; Listing = { @{ Rows = @(); Error = $said } }.GetNewClosure() }) $row[0] $row[1] $row[4] $row[5]
    }
}

Test-That 'Worker is Warning where it takes long to start (a stand-in for how long that is)' {
    Use-Bus (New-TestBus 1) { Assert-Row (Get-Row Worker @{ SlowStart = -1 }) Worker Warning 'took \d+ ms to start' 'on-access scanning' }
}

Test-That 'Disks is Warning where there is none' {
    Use-Bus (New-TestBus 0) { Assert-Row (Get-Row Disks) Disks Warning 'No disk' 'zoning' }
}

Test-That 'Disks is Warning where some do not say what they are (a stand-in for the rows)' {
    $rows = @('3', '\\.\PhysicalDrive3', 'IBM 2145', 'S', '6005', 'Fibre', ''), @('5', '\\.\PhysicalDrive5', '', '', '', '', ''), @('', '\\.\Tape0', '', '', '', '', '')
    Assert-Row (Get-Row Disks @{ List = @{ Rows = $rows; Error = $null } }) Disks Warning '^1 of 2 disks .*: 5$' 'mpclaim'
}

Test-That 'Duplicates is Warning where disks state one identity; which it is, is not said' {
    Use-Bus (Copy-Bus '../../test/cases/p11-lun-twice-no-mpio.bus.json') {
        $rows = Get-Row Duplicates
        Assert-Row $rows Duplicates Warning '\d+ and \d+' 'MPIO'
        foreach ($disk in Get-StorageRehearsalDisk) { foreach ($text in $disk.UniqueId, $disk.SerialNumber) { if ($text) { Assert-True (-not $rows[0].Seen.Contains($text)) $text } } }
    }
}

# --- copies of the module -------------------------------------------------------------------------------------------

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'copies of the module (not here: their executables are scripts)' { }
    Complete-Tests
    return
}

$script:Copies = 0
function New-Copy {
    # A copy of the module as it stands in the repository, whose executable is this shell script; returns its folder.
    param([string]$Script = 'exit 3', [switch]$Without)
    $script:Copies++
    $folder = [System.IO.Path]::Combine($Temp, "copy $script:Copies")
    $null = [System.IO.Directory]::CreateDirectory("$folder/dist/linux-x64")
    & /bin/cp -r "$Root/ps" "$Root/StorageRelease.psd1" $folder
    & /bin/cp "$Root/dist/build.txt" "$folder/dist"
    $program = "$folder/dist/linux-x64/storage-release"
    if (-not $Without) {
        [System.IO.File]::WriteAllText($program, "#!/bin/sh`n$Script`n")
        & /bin/chmod +x $program
        $hash = & $module { param($path) Get-FileHashText $path } $program
        [System.IO.File]::WriteAllText("$folder/dist/hashes.txt", "$hash  linux-x64/storage-release`n")
    }
    $folder
}

function Publish-Copy {
    # Makes the published form of a copy: one file a part, and their hashes in the psm1.
    param([string]$Folder)
    $tail = ''
    $text = [System.IO.File]::ReadAllText("$Folder/ps/StorageRelease.psm1")
    $region = [regex]::Match($text, '(?s)#region function files.*?#endregion function files')
    $read = foreach ($part in 'import', 'public') { foreach ($file in [System.IO.Directory]::GetFiles("$Folder/ps/$part", '*.ps1')) { [System.IO.File]::ReadAllText($file) } }
    foreach ($part in 'Start', 'Private', 'Completion', 'Remote', 'Unattended') {
        $files = [System.IO.Directory]::GetFiles("$Folder/ps/$($part.ToLowerInvariant())", '*.ps1', 'AllDirectories')
        [System.Array]::Sort($files, [System.StringComparer]::Ordinal)
        $late = "$Folder/ps/StorageRelease.$part.ps1"
        [System.IO.File]::WriteAllText($late, (@(foreach ($file in $files) { [System.IO.File]::ReadAllText($file) }) -join "`n"))
        $tail += "`n`$script:PartHash['$part'] = '$(& $module { param($path) Get-FileHashText $path } $late)'"
        [System.IO.Directory]::Delete("$Folder/ps/$($part.ToLowerInvariant())", $true)
    }
    [System.IO.File]::WriteAllText("$Folder/ps/StorageRelease.psm1", $text.Replace($region.Value, ($read -join "`n")) + $tail)
    & /bin/cp "$Folder/dist/build.txt" "$Folder/ps"
}

function Test-Copy {
    # The rows of a copy, in a runspace of its own, and what else comes out.
    param([string]$Folder, [string]$Report)
    $got = Invoke-Capture -Runspace -Module @("$Folder/StorageRelease.psd1") -ArgumentList $Report {
        param($report)
        $ErrorActionPreference = 'Stop'
        if ($report) { Test-StorageRelease -Report $report } else { Test-StorageRelease }
    }
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal ($got.Errors.Count + $got.Warnings.Count) 0
    $got.Output
}

Test-That 'an executable that was taken away: Executable and Quarantine are Failed, and what needs it is Skipped' {
    $rows = Test-Copy (New-Copy -Without)
    Assert-Row $rows Executable Failed 'storage-release is missing' 'Install StorageRelease again'
    Assert-Row $rows Quarantine Failed 'antivirus program may have moved it away' 'Get-MpThreatDetection'
    foreach ($name in 'Hash', 'Worker') { Assert-Row $rows $name Skipped 'Executable has not passed' }
    Assert-Row $rows StorageStack Skipped 'Worker has not passed'
}

Test-That 'the addon that was taken away while the executable is there: Quarantine is Failed' {
    $folder = [System.IO.Path]::Combine((New-Copy), 'dist', 'linux-x64')
    $rows = Get-Row Quarantine @{ Folder = $folder; Beside = 'storage-release', 'koffi.node' }
    Assert-Row $rows Quarantine Failed '^[^,]*koffi\.node is missing, ' 'allow the file by its hash'
}

Test-That 'a repository that was not built: Quarantine is Warning' {
    $folder = New-Copy -Without
    [System.IO.Directory]::Delete("$folder/dist/linux-x64")
    $rows = Test-Copy $folder
    Assert-Row $rows Executable Failed 'missing' 'npm run build'
    Assert-Row $rows Quarantine Warning 'Nothing was built or installed' 'npm run build'
}

Test-That 'a package that has no executable for this system: Architecture and Executable are Failed, and Quarantine says nothing' {
    $folder = New-Copy -Without
    Publish-Copy $folder
    [System.IO.File]::AppendAllText("$folder/ps/StorageRelease.psm1", "`n`$script:ExecutableHash['win-x64/storage-release.exe'] = '$('a' * 64)'")
    $rows = Test-Copy $folder
    $next = '^Real disks can be released only on Windows\.'
    Assert-Row $rows Architecture Failed '^This package of StorageRelease has no executable for this system \(linux-x64\), only for win-x64\.$' $next
    Assert-Row $rows Executable Failed 'missing' $next
    Assert-Row $rows Quarantine Skipped 'no executable for linux-x64'
    Assert-Row $rows Worker Skipped 'Executable has not passed'
}

Test-That 'an executable that was changed, or that no hash is known of: Hash is Failed' {
    $folder = New-Copy
    Assert-Row (Test-Copy $folder) Hash Passed 'as built'
    [System.IO.File]::AppendAllText("$folder/dist/linux-x64/storage-release", "`n")
    Assert-Row (Test-Copy $folder) Hash Failed 'is not the one that this module was built with' 'Do not use this copy'
    [System.IO.File]::Delete("$folder/dist/hashes.txt")
    Assert-Row (Test-Copy $folder) Hash Failed 'recorded no hash' 'Do not use this copy'
}

Test-That 'an executable that ends at once, or is of another build: Worker is Failed, with the error that a command would end with' {
    Assert-Row (Test-Copy (New-Copy)) Worker Failed 'did not start' '--version'
    $other = New-Copy "exec '$Root/dist/linux-x64/storage-release' serve"
    [System.IO.File]::WriteAllText("$other/dist/build.txt", 'another')
    Assert-Row (Test-Copy $other) Worker Failed 'does not belong to this module' 'same version'
}

Test-That 'parts that were changed or are missing after the build: ModuleFiles is Failed, and the other checks are made' {
    $folder = New-Copy
    Publish-Copy $folder
    Assert-Row (Test-Copy $folder) ModuleFiles Passed 'are those of build'
    [System.IO.File]::AppendAllText("$folder/ps/StorageRelease.Remote.ps1", '#')
    Assert-Row (Test-Copy $folder) ModuleFiles Failed 'StorageRelease\.Remote\.ps1' 'Do not use this copy'
    [System.IO.File]::Delete("$folder/ps/StorageRelease.Remote.ps1")
    Assert-Row (Test-Copy $folder) ModuleFiles Failed 'StorageRelease\.Remote\.ps1' 'Do not use this copy'
    [System.IO.File]::Delete("$folder/ps/build.txt")
    [System.IO.File]::Delete("$folder/dist/build.txt")
    Assert-Row (Test-Copy $folder) ModuleFiles Failed 'build\.txt is missing' 'Install StorageRelease again'
    # What all commands need does not even parse.
    & /bin/cp "$Root/dist/build.txt" "$folder/ps"
    [System.IO.File]::AppendAllText("$folder/ps/StorageRelease.Private.ps1", "`nthrow 'torn'")
    $report = "$Temp/torn.txt"
    $rows = Test-Copy $folder $report
    Assert-Row $rows ModuleFiles Failed 'torn' 'Do not use this copy'
    Assert-Row $rows PowerShell Passed 'PowerShell 7'
    Assert-Row $rows Worker Failed 'cannot be read: torn' 'Do not use this copy'
    Assert-Row $rows Report Passed 'torn\.txt'
    Assert-Match ([System.IO.File]::ReadAllText($report)) 'Failed +ModuleFiles'
    [System.IO.File]::Delete("$folder/ps/StorageRelease.Unattended.ps1")
    $rows = @(Test-Copy $folder)
    Assert-Equal $rows.Count 1
    Assert-Row $rows ModuleFiles Failed 'Unattended' 'Do not use this copy'
}

# --- the report -----------------------------------------------------------------------------------------------------

Test-That 'the report has every row, and nothing that says whose computer or whose disks they are, unless it is asked for' {
    $file = New-TestBus 3
    Use-Bus $file {
        $report = "$Temp/report.txt"
        [System.IO.File]::WriteAllText($report, 'what was there before')
        $rows = @(Test-StorageRelease -Report $report)
        Assert-Row $rows Report Passed 'report\.txt'
        $bytes = [System.IO.File]::ReadAllBytes($report)
        Assert-True ($bytes[0] -ne 0xEF) 'no byte order mark'
        $text = [System.IO.File]::ReadAllText($report)
        Assert-Match $text '^StorageRelease self-check\r\nmodule +0\.1\.0\r\n'
        foreach ($check in $all) { Assert-Match $text "(?m)^(Passed|Skipped) +$check`: " }
        Assert-Match $text "(?m)^sha256 +$((& $module { param($path) Get-FileHashText $path } "$Root/dist/linux-x64/storage-release")) storage-release"
        $secrets = @('bench-1', 'FAKE000', '600A0B80', [Environment]::MachineName, [System.Net.Dns]::GetHostName()) | Where-Object { $_.Length -gt 1 }
        foreach ($secret in $secrets) { Assert-True ($text.IndexOf($secret, [System.StringComparison]::OrdinalIgnoreCase) -lt 0) $secret }
        $user = [Environment]::UserName
        if ($user.Length -gt 1) { Assert-True ($text -notmatch ('(?<![A-Za-z0-9])' + [regex]::Escape($user) + '(?![A-Za-z0-9])')) $user }

        $null = Test-StorageRelease -Report $report -IncludeSerialNumber
        $text = [System.IO.File]::ReadAllText($report)
        foreach ($disk in Get-StorageRehearsalDisk | Where-Object UniqueId) { Assert-True $text.Contains("| $($disk.SerialNumber) | $($disk.UniqueId) |") "$disk" }
    }
}

Test-That 'names are replaced wherever they are a word, and no other text changes' {
    $hidden = & $module {
        $names = [ordered]@{ 'C:\Users\jane' = '<profile>'; 'srv1.corp.example' = '<computer>'; 'srv1' = '<computer>'; 'jane' = '<user>' }
        Hide-Name 'C:\Users\Jane\Documents on SRV1 and srv1.corp.example, CORP\jane, srv10, janet, \\srv1\share' $names
    }
    Assert-Equal $hidden '<profile>\Documents on <computer> and <computer>, CORP\<user>, srv10, janet, \\<computer>\share'
}

Test-That 'a report that cannot be written is a Failed row' {
    $rows = @(Test-StorageRelease -Report "$Temp/no such folder/report.txt")
    Assert-Row $rows Report Failed 'no such folder' 'may write to'
    Use-Bus (New-TestBus 1) { Assert-Row @(Test-StorageRelease -Report $Temp) Report Failed ' is a folder, not a file\.$' 'may write to' }
}

Test-That 'a relative path is below PowerShell''s current folder, not that of the process' {
    $location = $ExecutionContext.SessionState.Path
    $null = $location.PushCurrentLocation('check')
    $null = $location.SetLocation($Temp)
    try { $rows = @(Test-StorageRelease -Report relative.txt) } finally { $null = $location.PopLocation('check') }
    Assert-Row $rows Report Passed 'relative\.txt'
    Assert-True ([System.IO.File]::Exists("$Temp/relative.txt"))
}

# --- other computers ------------------------------------------------------------------------------------------------

if ([System.Management.Automation.Runspaces.PSSession].GetMethod('Create')) {
    Test-That 'sessions: one without the module, with it, with another version of it, and one that is closed' {
        function New-LocalSession {
            # A session with another PowerShell process of this computer: no network, but a real one.
            [CmdletBinding()]
            param()
            $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateOutOfProcessRunspace($null)
            $space.Open()
            [System.Management.Automation.Runspaces.PSSession]::Create($space, 'Process', $PSCmdlet)
        }
        $session = New-LocalSession
        try {
            Assert-Row @(Test-StorageRelease -Session $session) Session Failed 'has no command Invoke-StorageRelease' 'Publish-StorageRelease'
            Invoke-Command -Session $session -ArgumentList "$Root/StorageRelease.psd1" { param($path) Import-Module $path }
            Assert-Row @(Test-StorageRelease -Session $session) Session Passed ': version 0\.1\.0'
            $other = New-Copy
            [System.IO.File]::WriteAllText("$other/StorageRelease.psd1", [System.IO.File]::ReadAllText("$other/StorageRelease.psd1").Replace("'0.1.0'", "'0.0.9'"))
            Invoke-Command -Session $session -ArgumentList "$other/StorageRelease.psd1" { param($path) Remove-Module StorageRelease; Import-Module $path }
            Assert-Row @(Test-StorageRelease -Session $session) Session Failed 'version 0\.0\.9' 'Publish-StorageRelease'
        }
        finally { Remove-PSSession $session }
        Assert-Row @(Test-StorageRelease -Session $session) Session Failed 'is Closed' 'New-PSSession'
    }
}

Complete-Tests
