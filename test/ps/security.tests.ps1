# Attacks on the module: each first as it works where nothing is done against it, then against the module.
# docs/security.md says which attack is shown where.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
& $module { Import-ModulePart Private }

# The first worker of a session brings the shape of replies along.
Use-Bus (New-TestBus 1) { }

# --- replies that ask for types to be built ----------------------------------------------------------------------

$head = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
$asked = @(
    [System.Net.IPAddress]::Loopback, [cultureinfo]'tr-TR', [version]'1.2', [guid]::Empty, [uri]'http://x/', [xml]'<a/>',
    { 'a script' }, @{ A = 1 }, @(1, 2), [byte[]](1, 2), [System.Net.Mail.MailAddress]::new('a@b.c'), [regex]'a',
    [timespan]1, [char]'a', [System.Management.Automation.PSPrimitiveDictionary]::new(), [System.ConsoleColor]'Red',
    [System.Management.Automation.LineBreakpoint]::new($null, 1, { 'run' })
)
# What stands between the ends of a document, as PowerShell's own serializer writes these objects.
$hostile = foreach ($one in $asked) {
    $text = [System.Management.Automation.PSSerializer]::Serialize($one)
    $text = $text.Substring($text.IndexOf('>') + 1)
    $text.Substring(0, $text.LastIndexOf('</Objs>')).Trim()
}
$hostile += '<SS>zz</SS>', '<S N="">x</S>', '<Ref RefId="7"/>', '<Obj RefId="0"><TNRef RefId="0"/><MS></MS></Obj>',
    '<Obj RefId="0"><TN RefId="0"><T>Microsoft.Win32.RegistryKey</T></TN><MS><S N="PSPath">\\evil\share</S></MS></Obj>',
    '<Obj RefId="0"><TN RefId="0"><T>System.IO.FileInfo</T></TN><MS><S N="Name">x</S></MS></Obj>',
    '<Obj RefId="0"><TN RefId="0"><T>Deserialized.System.Security.Cryptography.X509Certificates.X509Certificate2</T></TN><BA>AAAA</BA></Obj>',
    '<S S="output">forged</S>'

# The places in a reply where they could stand, and ways to spell them.
$places = '{0}', '<U32>1</U32>{0}', '<U32>1</U32><S>result</S>{0}', '<U32>1</U32><S>result</S>{0}<S></S>',
    '<U32>1</U32><S>result</S><Obj><MS>{0}</MS></Obj>', '<U32>1</U32><S>result</S><Obj><MS><S N="A">x</S>{0}</MS></Obj><S></S>',
    '<U32>1</U32><S>result</S><Obj RefId="9"><MS>{0}</MS></Obj>', '<U32>1</U32><S>result</S><Obj RefId="9"><LST>{0}</LST></Obj>',
    '<U32>1</U32><S>result</S><Obj RefId="9"><Props>{0}</Props></Obj>', '<U32>1</U32><S>warning</S>{0}{0}'
$spellings = { $args[0] }, { ' ' + $args[0] }, { "<!-- -->" + $args[0] }, { $args[0] -replace '"', "'" }

Test-That 'a thousand hostile replies: the deserializer builds what they ask for, the module lets none come to it' {
    $live = @{}
    $tried = 0
    foreach ($document in $hostile) {
        # Without the defence.
        try {
            foreach ($built in [System.Management.Automation.PSSerializer]::Deserialize($head + $document + '</Objs>')) {
                $live[$built.GetType().FullName] = $built
            }
        }
        catch { $live[$_.Exception.GetBaseException().GetType().FullName] = $_ }
        foreach ($place in $places) {
            foreach ($spelling in $spellings) {
                $line = $head + ($place -f (& $spelling ($document -replace '\r?\n *', ''))) + '</Objs>'
                $reply = & $module { param($line) ConvertFrom-WorkerLine $line } $line
                if ($null -ne $reply) { throw "came through: $line" }
                $tried++
            }
        }
    }
    Assert-Equal $tried 1000
    # Objects that are alive, of a type that the document chose; and an exception that is no XmlException.
    Assert-True $live['System.Net.IPAddress']
    Assert-True $live['System.Management.Automation.LineBreakpoint']
    Assert-True ($live['System.Management.Automation.LineBreakpoint'].Action -is [scriptblock])
    Assert-True (@($live.Keys -like '*Exception').Count -gt 0) ($live.Keys -join ' ')
    # A line with a text in the place of the object does come through.
    $fine = & $module { param($line) ConvertFrom-WorkerLine $line } ($head + '<U32>1</U32><S>warning</S><S>x</S></Objs>')
    Assert-Equal $fine[2] 'x'
}

Test-That 'a category that is no text is no reply, and nothing throws' {
    foreach ($category in '<U32>5</U32>', '<B>true</B>', '<Obj><MS></MS></Obj>', '<S>Nonsense</S>') {
        $line = $head + '<U32>1</U32><S>done</S><S>x</S>' + $category + '</Objs>'
        Assert-True ($null -eq (& $module { param($line) ConvertFrom-WorkerLine $line } $line)) $category
    }
}

Test-That 'a document of references that grows a thousandfold is too long to be looked at' {
    $names = -join (1..200 | ForEach-Object { "<T>Type$_</T>" })
    $bomb = $head + '<Obj RefId="0"><TN RefId="0">' + $names + '</TN><MS></MS></Obj>' + ('<Obj><TNRef RefId="0"/><MS></MS></Obj>' * 300) + '</Objs>'
    $built = [System.Management.Automation.PSSerializer]::Deserialize($bomb)
    $count = 0
    foreach ($one in $built) { $count += $one.PSObject.TypeNames.Count }
    Assert-True ($count -gt 50000) $count
    Assert-True ($null -eq (& $module { param($line) ConvertFrom-WorkerLine $line } $bomb)) 'no TNRef'
    $long = $head + '<U32>1</U32><S>warning</S><S>' + ('x' * 65536) + '</S></Objs>'
    Assert-True ($null -eq (& $module { param($line) ConvertFrom-WorkerLine $line } $long)) 'no line past 64 KiB'
}

# --- what a session may hold before the module comes -------------------------------------------------------------

Test-That 'functions and aliases of the user stand in for no command of the module' {
    $names = @(Microsoft.PowerShell.Core\Get-Command -CommandType Cmdlet -Module Microsoft.PowerShell.Core).Name +
        'Write-Output', 'Write-Error', 'Write-Warning', 'New-Object', 'Join-Path', 'Get-Item', 'Test-Path', 'Start-Process', 'Add-Type'
    $body = {
        param($names, $manifest, $file)
        $global:Caught = @()
        foreach ($name in $names) {
            $text = [scriptblock]::Create("`$global:Caught += '$name'")
            Microsoft.PowerShell.Core\Import-Module (Microsoft.PowerShell.Core\New-Module -Name "Evil$name" -ScriptBlock (
                    [scriptblock]::Create("function global:$name { `$global:Caught += '$name' }"))) -Global
        }
        # Names of the module's own functions, too.
        function global:Start-Worker { $global:Caught += 'Start-Worker' }
        function global:Test-DevicePath { $global:Caught += 'Test-DevicePath'; $true }
        function global:Get-ExecutablePath { $global:Caught += 'Get-ExecutablePath'; '/bin/false' }
        Set-StrictMode -Version 2.0
        $control = $global:Caught -join ' '
        $global:Caught = @()
        Microsoft.PowerShell.Core\Import-Module $manifest
        Enter-StorageRehearsal $file 3>$null
        $results = @(Get-StorageRehearsalDisk | Invoke-StorageRelease -Force)
        $states = @(Get-StorageReservation)
        Exit-StorageRehearsal
        $control
        $global:Caught -join ' '
        $results.Count
        $states.Count
    }
    $got = Invoke-Capture $body -Runspace -Module @() -ArgumentList $names, ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')), (New-TestBus 3)
    if ($got.Thrown) { throw $got.Thrown }
    Assert-Equal $got.Output[0] 'Set-StrictMode' 'without a module before its name, the function is called'
    Assert-Equal $got.Output[1] ''
    Assert-Equal $got.Output[2] 6
    Assert-True ($got.Output[3] -ge 3)
}

Test-That 'no variable of the environment or the session switches a rehearsal on' {
    $file = New-TestBus 3
    $names = 'STORAGERELEASE_REHEARSAL', 'STORAGE_RELEASE_REHEARSAL', 'STORAGERELEASE_BUS', 'REHEARSAL'
    try {
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $file) }
        $global:Rehearsal = @{ Path = $file; Initiator = $null; Computer = $null }
        $script:Rehearsal = $global:Rehearsal
        $caught = Assert-Throws { Get-StorageRehearsalDisk } -ErrorId 'RehearsalNone,*'
        # The control: entered, the same file answers.
        Use-Bus $file { Assert-Equal @(Get-StorageRehearsalDisk).Count 6 }
        if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
            $caught = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } -ErrorId 'NoStorageStack,*'
        }
    }
    finally {
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $null) }
        $global:Rehearsal = $null
    }
    Assert-Equal (Get-Released $file) ''
}

# --- an executable that was changed ------------------------------------------------------------------------------

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'a changed executable (not here: test/lab/security.test.ts)' { }
    Complete-Tests
    return
}

$dist = [System.IO.Path]::Combine($Temp, 'changed', 'dist')
$folder = [System.IO.Path]::Combine($dist, 'linux-x64')
$null = [System.IO.Directory]::CreateDirectory($folder)
$program = [System.IO.Path]::Combine($folder, 'storage-release')
& /bin/cp ([System.IO.Path]::Combine($Root, 'dist', 'linux-x64', 'storage-release')) $program
$hashes = [System.IO.Path]::Combine($dist, 'hashes.txt')
[System.IO.File]::Copy([System.IO.Path]::Combine($Root, 'dist', 'hashes.txt'), $hashes)

function Get-Problem {
    & $module { param($path) $problem = Get-ExecutableProblem $path; Unprotect-Executable; $problem } $program
}

function Set-Bytes {
    # Writes a text over another of the same length, the first that is found; returns where it stands.
    param([string]$Old, [string]$New)
    $line = & /bin/grep -abo -m1 -F -- $Old $program | ForEach-Object { $_ } | Microsoft.PowerShell.Core\Where-Object { $_ }
    $at = [long]([string]@($line)[0]).Split(':')[0]
    $stream = [System.IO.FileStream]::new($program, 'Open', 'Write')
    try {
        $null = $stream.Seek($at, 'Begin')
        $stream.Write([System.Text.Encoding]::ASCII.GetBytes($New), 0, $New.Length)
    }
    finally { $stream.Dispose() }
}

Test-That 'an executable as it was built has no problem, and stays open while it is looked at' {
    Assert-True ($null -eq (Get-Problem))
    Assert-True ($null -eq (& $module { param($path) Get-StrayFile $path } $program))
    $null = & $module { param($path) Get-ExecutableProblem $path } $program
    try { $null = Assert-Throws { [System.IO.FileStream]::new($program, 'Open', 'ReadWrite', 'None').Dispose() } }
    finally { & $module { Unprotect-Executable } }
    [System.IO.FileStream]::new($program, 'Open', 'ReadWrite', 'ReadWrite').Dispose()
}

Test-That 'a flipped fuse makes plain Node of it, and is seen' {
    $fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'
    Set-Bytes ($fuse + '1') ($fuse + '0')
    try {
        Assert-Match ([string](& $program -p '40 + 2')) '^42$'
        Assert-Match (Get-Problem) 'is not the one that this module was built with \(SHA-256 [0-9a-f]{64}\)'
    }
    finally { Set-Bytes ($fuse + '0') ($fuse + '1') }
    Assert-True ($null -eq (Get-Problem))
}

Test-That 'a changed program in it runs, and is seen' {
    Set-Bytes 'Name a command: ' 'Nobody asks me: '
    try {
        Assert-Match ([string](& $program 2>&1)) 'Nobody asks me'
        Assert-Match (Get-Problem) 'is not the one that this module was built with'
    }
    finally { Set-Bytes 'Nobody asks me: ' 'Name a command: ' }
    Assert-True ($null -eq (Get-Problem))
}

foreach ($stray in 'dbghelp.dll', 'version.dll', 'storage-release.exe.local', 'node.config.json') {
    Test-That "$stray beside the executable is seen" {
        $file = [System.IO.Path]::Combine($folder, $stray)
        [System.IO.File]::WriteAllText($file, '')
        try { Assert-Match (& $module { param($path) Get-StrayFile $path } $program) ([regex]::Escape($stray)) }
        finally { [System.IO.File]::Delete($file) }
    }
}

Test-That 'an executable that cannot be checked is as bad as a changed one' {
    [System.IO.File]::Delete($hashes)
    Assert-Match (Get-Problem) 'recorded no hash'
    [System.IO.File]::WriteAllText($hashes, 'nonsense')
    Assert-Match (Get-Problem) 'recorded no hash'
}

Test-That 'an elevated session starts the executable of the build, and no other; without the check, any' {
    # A stand-in says that the session is elevated; what a changed executable does is to leave a mark.
    $copy = [System.IO.Path]::Combine($Temp, 'changed')
    & /bin/cp -r "$Root/ps" "$Root/StorageRelease.psd1" $copy
    foreach ($name in 'hashes.txt', 'build.txt') { [System.IO.File]::Copy("$Root/dist/$name", "$dist/$name", $true) }
    Remove-Module StorageRelease
    $copied = Import-Module "$copy/StorageRelease.psd1" -PassThru
    $before = [Environment]::GetEnvironmentVariable('HOME')
    try {
        & $copied { Import-ModulePart Private; function script:Test-Elevated { $true }; function script:Get-UntrustedWriter { @{ Path = $null; Who = $null; Own = $true } } }
        $file = New-TestBus 2
        # As it was built, in this user's own folder: it runs, and there is a warning, once.
        [Environment]::SetEnvironmentVariable('HOME', $Temp)
        foreach ($count in 1, 0) {
            $got = Invoke-Capture { Enter-StorageRehearsal $file }
            if ($got.Thrown) { throw $got.Thrown }
            Assert-Equal @($got.Warnings | Where-Object { "$_" -like '*in your profile*' }).Count $count
            Exit-StorageRehearsal
        }
        [Environment]::SetEnvironmentVariable('HOME', $before)

        [System.IO.File]::Delete($program)
        [System.IO.File]::WriteAllText($program, "#!/bin/sh`n: > '$copy/mark.txt'`n")
        & /bin/chmod +x $program
        & $copied { function script:Test-Elevated { $false } }
        $null = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId 'WorkerStart,*'
        Assert-True ([System.IO.File]::Exists("$copy/mark.txt")) 'the control: it ran'
        [System.IO.File]::Delete("$copy/mark.txt")
        & $copied { function script:Test-Elevated { $true } }
        $caught = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId 'ExecutableChanged,Enter-StorageRehearsal'
        Assert-Equal ([string]$caught.CategoryInfo.Category) 'SecurityError'
        Assert-Match $caught.ErrorDetails.RecommendedAction 'Do not use this copy'
        & $copied { function script:Get-UntrustedWriter { @{ Path = 'C:\Tools'; Who = 'BUILTIN\Users'; Own = $false } } }
        $caught = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } -ErrorId 'ModuleWritable,Invoke-StorageRelease' `
            -Match 'C:\\Tools can be changed by BUILTIN\\Users'
        & $copied { function script:Get-UntrustedWriter { throw 'no such right' } }
        $caught = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } -ErrorId 'ModuleWritable,*' -Match 'no such right'
        # A rehearsal is not refused for who else may write; for what was changed it is.
        $null = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId 'ExecutableChanged,Enter-StorageRehearsal'
        Assert-True (-not [System.IO.File]::Exists("$copy/mark.txt")) 'nothing ran'
        # Where only administrators could have changed it, it is not hashed; what lies beside it is looked at all the same.
        & $copied { function script:Get-UntrustedWriter { @{ Path = $null; Who = $null; Own = $false } } }
        $null = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId 'WorkerStart,*'
        [System.IO.File]::WriteAllText("$folder/userenv.dll", '')
        $null = Assert-Throws { Enter-StorageRehearsal $file } -ErrorId 'ExecutableChanged,*' -Match 'userenv\.dll'
    }
    finally {
        [Environment]::SetEnvironmentVariable('HOME', $before)
        Remove-Module StorageRelease
    }
}

Test-That 'elevated, where others may write: a rehearsal is told of it once and goes on, a real release is refused with the line to type' {
    # Stand-ins say that the session is elevated, and who may write.
    $copy = [System.IO.Path]::Combine($Temp, "o'pen")
    $null = [System.IO.Directory]::CreateDirectory("$copy/dist/linux-x64")
    & /bin/cp -r "$Root/ps" "$Root/StorageRelease.psd1" $copy
    foreach ($name in 'hashes.txt', 'build.txt') { [System.IO.File]::Copy("$Root/dist/$name", "$copy/dist/$name") }
    & /bin/cp "$Root/dist/linux-x64/storage-release" "$copy/dist/linux-x64/storage-release"
    $copied = Import-Module "$copy/StorageRelease.psd1" -PassThru
    try {
        foreach ($row in @(
                , @({ @{ Path = 'C:\'; Who = 'NT AUTHORITY\Authenticated Users'; Own = $false } }, 'C:\\ can be changed by NT AUTHORITY\\Authenticated Users')
                , @({ throw 'no such right' }, 'no such right')
                , @({ throw 'It is on a network share.' }, 'on a network share')
            )) {
            & $copied {
                param($writer)
                Import-ModulePart Private
                $script:ToldOfWriter = $false
                $script:ToldOfProfile = $true
                function script:Test-Elevated { $true }
                ${function:script:Get-UntrustedWriter} = $writer
            } $row[0]
            $file = New-TestBus 2
            foreach ($count in 1, 0) {
                $got = Invoke-Capture { Enter-StorageRehearsal $file }
                if ($got.Thrown) { throw $got.Thrown }
                Assert-Equal @($got.Warnings | Where-Object { "$_" -match $row[1] -and "$_" -match 'requests to real disks will be refused' }).Count $count
                Assert-Equal (Invoke-StorageRelease -Number 0 -Force).Outcome 'Accepted'
                Exit-StorageRehearsal
            }
            $caught = Assert-Throws { Invoke-StorageRelease -Number 1 -Force } -ErrorId 'ModuleWritable,Invoke-StorageRelease' -Match $row[1]
            # The line is one that PowerShell takes, and names the staged module.
            $line = [regex]::Match($caught.ErrorDetails.RecommendedAction, 'Copy-Item .*').Value
            $problems = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($line, [ref]$null, [ref]$problems)
            Assert-Equal $problems.Count 0 $line
            $texts = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.StringConstantExpressionAst] }, $true) | ForEach-Object { $_.Value })
            $version = [string]$copied.Version
            Assert-True ($texts -ccontains "$copy/dist/module/StorageRelease/$version") $line
            Assert-True ($texts[-1].Replace('\', '/').EndsWith("WindowsPowerShell/Modules/StorageRelease/$version")) $line
        }
    }
    finally { Remove-Module StorageRelease }
}

Test-That 'a network share is told by its path' {
    $module = Import-Module "$Root/StorageRelease.psd1" -PassThru
    $paths = '\\server\share\StorageRelease', '//server/share', '\\?\UNC\server\share\x', '\\.\UNC\server\share', '/usr/share/x', 'dist'
    $said = & $module { param($paths) Import-ModulePart Private; foreach ($path in $paths) { Test-NetworkPath $path } } $paths
    Assert-Equal ($said -join ' ') 'True True True True False False'
    $caught = Assert-Throws { & $module { Get-UntrustedWriter '\\server\share\StorageRelease\dist\win-x64\storage-release.exe' } } -Match 'network share'
}

Complete-Tests
