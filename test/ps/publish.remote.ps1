# Publish-StorageRelease: the module on computers that lack it.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/remoting.ps1"

$staged = New-StagedModule
Import-Module ([System.IO.Path]::Combine($staged, 'StorageRelease.psd1'))
$module = Get-Module StorageRelease
& $module { Import-ModulePart Private; Import-ModulePart Remote }
$script:Version = [string]$module.Version
$bare = @(New-TestSession 127.0.0.32)[0]
$other, $jea, $dying = @(New-TestSession 127.0.0.33, 127.0.0.24, 127.0.0.34)

function Get-Modules { param([string]$Address) [System.IO.Path]::Combine((Get-TestHostFolder $Address), 'home/.local/share/powershell/Modules/StorageRelease') }
function Get-Copy { param([string]$Address) [System.IO.Path]::Combine((Get-Modules $Address), $script:Version) }
function Get-Tree {
    # Of what is published, without the executables that are none of this system's, and the list that is written there.
    param([string]$Folder)
    $files = @([System.IO.Directory]::GetFiles($Folder, '*', 'AllDirectories') | ForEach-Object { $_.Substring($Folder.Length) } |
            Where-Object { $Folder -ne $staged -or $_ -notmatch '/win-' } | Where-Object { $_ -ne '/published.txt' })
    [array]::Sort($files)
    $files -join ' '
}

Test-That '-WhatIf looks, and sends nothing' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare -Scope CurrentUser -WhatIf }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-True (-not [System.IO.Directory]::Exists((Get-Modules 127.0.0.32)))
}

Test-That 'versions that differ are told before anything is sent' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare, $other -Scope CurrentUser -WhatIf }
    Assert-Equal $got.Warnings.Count 1
    Assert-Match $got.Warnings[0].Message '0\.0\.9 \(127\.0\.0\.33\); none \(127\.0\.0\.32\)'
}

Test-That 'a computer that lacks the module has it afterwards, every byte, and it works' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare, $other -Scope CurrentUser }
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (@($got.Output | ForEach-Object { $_.Outcome }) -join ' ') 'Published Published'
    Assert-Equal $got.Output[0].PSObject.TypeNames[0] 'StorageRelease.Publication'
    Assert-True ($got.Output[0].Bytes -gt 700000)
    Assert-Equal (Get-Tree (Get-Copy 127.0.0.32)) (Get-Tree $staged)
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries((Get-Modules 127.0.0.32)).Length) 1 'nothing else is left there'
    Assert-True ((Get-Tree (Get-Copy 127.0.0.32)) -notmatch '/win-') 'the executables for Windows were not sent'
    Push-Location (Get-Copy 127.0.0.32)
    $checked = @(sha256sum -c published.txt)
    Pop-Location
    Assert-Equal @($checked -match ': OK$').Count ([System.IO.Directory]::GetFiles((Get-Copy 127.0.0.32), '*', 'AllDirectories').Length - 1)
    $one = Get-StorageReservation -Session $bare -Number 1 -ErrorAction SilentlyContinue
    Assert-Match $one.Message 'no Windows storage stack' 'the command is there, and answers'
    $bus = New-TestBus
    Enter-TestRehearsal $bare $bus bench-1
    $one = Get-StorageReservation -Session $bare -Number 1
    Assert-Equal $one.Outcome Read
}

Test-That 'what is there and whole is left alone' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome AlreadyThere
    Assert-Equal $got.Output[0].Bytes 0
    Assert-Equal $got.Output[0].Path (Get-Copy 127.0.0.32)
}

Test-That 'a copy in use with other files is left alone without force' {
    [System.IO.File]::AppendAllText([System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/noise.bin'), 'x')
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Running
    Assert-Match $got.Output[0].Message 'this session'
    Assert-Match $got.Output[0].NextStep '-Force'
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Running,Publish-StorageRelease'
}

Test-That 'by force it is exchanged file by file: what runs goes on, and what is right stays' {
    $program = [System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/linux-x64/storage-release')
    $written = [System.IO.File]::GetLastWriteTimeUtc($program)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/obsolete.txt'), 'x')
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare -Scope CurrentUser -Force }
    Assert-Equal $got.Output[0].Outcome Published $got.Output[0].Message
    Assert-Match $got.Output[0].NextStep 'new sessions'
    Assert-Equal (Get-Tree (Get-Copy 127.0.0.32)) (Get-Tree $staged)
    Assert-Equal ([System.IO.File]::GetLastWriteTimeUtc($program)) $written
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries((Get-Modules 127.0.0.32)).Length) 1 'nothing else is left there'
    Assert-Equal (Get-StorageReservation -Session $bare -Number 1).Outcome Read
    Assert-Equal (Publish-StorageRelease -Session $bare -Scope CurrentUser).Outcome AlreadyThere
    # Damaged once more, for the next.
    [System.IO.File]::AppendAllText([System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/noise.bin'), 'x')
}

Test-That 'a copy with other files is replaced by force alone' {
    $script:Again = @(New-TestSession 127.0.0.32)[0]
    $null = Invoke-Command -Session $bare { Remove-Module StorageRelease }
    Remove-PSSession $bare
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].Message 'Files that differ: 1\.'
    Assert-Match $got.Output[0].NextStep '-Force'
    Assert-Equal $got.Errors.Count 1
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Force }
    Assert-Equal $got.Output[0].Outcome Published
    Assert-Equal (Get-Tree (Get-Copy 127.0.0.32)) (Get-Tree $staged)
}

Test-That 'a newer version stays, and only force puts this one beside it' {
    [System.IO.Directory]::Delete((Get-Copy 127.0.0.32), $true)
    $newer = [System.IO.Path]::Combine((Get-Modules 127.0.0.32), '99.0.0')
    $null = [System.IO.Directory]::CreateDirectory($newer)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($newer, 'StorageRelease.psd1'), "@{`n    ModuleVersion = '99.0.0'`n}")
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Newer
    Assert-Equal $got.Errors.Count 0
    Assert-Match $got.Output[0].Message '99\.0\.0'
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Force }
    Assert-Equal $got.Output[0].Outcome Published
    [System.IO.Directory]::Delete((Get-Modules 127.0.0.32), $true)
}

Test-That 'a restricted endpoint is a row of its own' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $jea, $script:Again -Scope CurrentUser -WhatIf:$false }
    $row = @($got.Output | Where-Object ComputerName -EQ 127.0.0.24)
    Assert-Equal $row[0].Outcome Failed
    Assert-Match $row[0].Message 'restricted endpoint'
    Assert-Equal @($got.Output | Where-Object ComputerName -EQ 127.0.0.32)[0].Outcome Published
}

Test-That 'a copy that broke off goes on where it stopped, and nothing of it can be imported before' {
    $process = Get-TestServer $dying
    & $module {
        param($Kill)
        $script:PublishPiece = 8192
        $script:Kill = $Kill
        $script:ReadAll = ${function:Read-ModulePackage}
        function script:Read-ModulePackage {
            param($Package, $Offset, $Count)
            if ($Offset -gt 200000) { & $script:Kill }
            & $script:ReadAll $Package $Offset $Count
        }
    } { Send-TestSignal KILL $process }
    $got = Invoke-Capture { Publish-StorageRelease -Session $dying -Scope CurrentUser }
    & $module { ${function:script:Read-ModulePackage} = $script:ReadAll }
    & $module { $script:PublishPiece = 262144 }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].NextStep 'again'
    $sent = $got.Output[0].Bytes
    Assert-True ($sent -gt 0 -and $sent -lt 700000) "$sent bytes"
    $fresh = @(New-TestSession 127.0.0.34)[0]
    Assert-Equal @(Invoke-Command -Session $fresh { Get-Module -ListAvailable StorageRelease }).Count 0
    $got = Invoke-Capture { Publish-StorageRelease -Session $fresh -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Published
    Assert-True ($got.Output[0].Bytes -lt 700000) "$($got.Output[0].Bytes) bytes more; $sent were there"
    Assert-Equal (Get-Tree (Get-Copy 127.0.0.34)) (Get-Tree $staged)
    Remove-PSSession $fresh
}

Test-That 'what is not what was sent is thrown away' {
    [System.IO.Directory]::Delete((Get-Copy 127.0.0.32), $true)
    $look = & $module { Select-ModulePackage (New-ModulePackage (Get-StagedModule)) 'linux-x64' }
    $part = [System.IO.Path]::Combine((Get-Modules 127.0.0.32), ".part-$script:Version-$($look.Id)")
    $null = [System.IO.Directory]::CreateDirectory($part)
    $noise = [byte[]]::new(1000)
    [System.IO.File]::WriteAllBytes([System.IO.Path]::Combine($part, 'package.gz'), $noise)
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].Message 'differ from those that were sent, and were deleted'
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries((Get-Modules 127.0.0.32)).Length) 0
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Published
}

Test-That 'files that unpack well and are other ones are found by their hashes' {
    [System.IO.Directory]::Delete((Get-Copy 127.0.0.32), $true)
    $noise = [System.IO.Path]::Combine($staged, 'dist', 'noise.bin')
    $package = & $module { Select-ModulePackage (New-ModulePackage (Get-StagedModule)) 'linux-x64' }
    $part = [System.IO.Path]::Combine((Get-Modules 127.0.0.32), ".part-$script:Version-$($package.Id)")
    $bytes = [System.IO.File]::ReadAllBytes($noise)
    $bytes[5] = $bytes[5] -bxor 1
    [System.IO.File]::WriteAllBytes($noise, $bytes)
    try { & $module { param($p) Compress-ModulePackage $p } $package }
    finally {
        $bytes[5] = $bytes[5] -bxor 1
        [System.IO.File]::WriteAllBytes($noise, $bytes)
    }
    # As if all of it had arrived, and a little more.
    $null = [System.IO.Directory]::CreateDirectory($part)
    $wrong = [System.IO.File]::ReadAllBytes($package.Path) + [byte[]]::new(1000)
    [System.IO.File]::WriteAllBytes([System.IO.Path]::Combine($part, 'package.gz'), $wrong)
    & $module { param($p) Remove-ModulePackage $p } $package
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].Message 'noise\.bin: its SHA-256'
    Assert-True (-not [System.IO.Directory]::Exists((Get-Copy 127.0.0.32)))
}

Test-That 'a piece that is not the next one is not written' {
    $write = [scriptblock]::Create((& $module { $script:PublishScript.Write.ToString() }))
    $part = [System.IO.Path]::Combine($Temp, 'part')
    Assert-Equal (& $write $part 5 ([byte[]](1, 2))) 0
    Assert-Equal (& $write $part 0 ([byte[]](1, 2))) 2
    Assert-Equal (& $write $part 0 ([byte[]](3, 4))) 2
    Assert-Equal (& $write $part 2 ([byte[]](5))) 3
    Assert-Equal ([System.IO.File]::ReadAllBytes([System.IO.Path]::Combine($part, 'package.gz')) -join ' ') '1 2 5'
}

Test-That 'removing is asked about, and -WhatIf deletes nothing' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Published
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove -WhatIf }
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Errors.Count 0
    Assert-Equal (Get-Tree (Get-Copy 127.0.0.32)) (Get-Tree $staged)
}

Test-That 'what was changed or added keeps a copy from being removed, but for -Force' {
    $copy = Get-Copy 127.0.0.32
    [System.IO.File]::AppendAllText([System.IO.Path]::Combine($copy, 'dist/noise.bin'), 'x')
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($copy, 'notes.txt'), 'mine')
    # Nobody follows a link: what it leads to is not counted, and stays.
    $elsewhere = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($Temp, 'elsewhere')).FullName
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($elsewhere, 'kept.txt'), 'kept')
    $null = New-Item -ItemType SymbolicLink -Path ([System.IO.Path]::Combine($copy, 'link')) -Target $elsewhere
    $tree = Get-Tree $copy
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Failed,Publish-StorageRelease'
    Assert-Equal ([string]$got.Errors[0].CategoryInfo.Category) ResourceExists
    Assert-Match $got.Output[0].Message '^Files of this copy that were changed or added .*: 3; the first is .*Nothing was deleted'
    Assert-Equal (Get-Tree $copy) $tree
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove -Force }
    Assert-Equal $got.Output[0].Outcome Removed
    Assert-Match $got.Output[0].Message 'Such files: 3\.'
    Assert-True (-not [System.IO.Directory]::Exists((Get-Modules 127.0.0.32)))
    Assert-True ([System.IO.File]::Exists([System.IO.Path]::Combine($elsewhere, 'kept.txt')))
}

Test-That 'each computer has one result, and nothing goes but what was published' {
    # 127.0.0.32 has a copy that was not published; 127.0.0.33 one that was, beside another version; the third takes no scripts.
    $foreign = Get-Copy 127.0.0.32
    $null = [System.IO.Directory]::CreateDirectory($foreign)
    [System.IO.File]::Copy([System.IO.Path]::Combine($staged, 'StorageRelease.psd1'), [System.IO.Path]::Combine($foreign, 'StorageRelease.psd1'))
    $beside = [System.IO.Path]::Combine((Get-Modules 127.0.0.33), '0.0.9')
    $null = [System.IO.Directory]::CreateDirectory($beside)
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again, $other, $jea -Scope CurrentUser -Remove }
    $rows = @{}
    foreach ($row in $got.Output) { $rows[$row.ComputerName] = $row }
    Assert-Equal $got.Output.Count 3
    Assert-Equal $rows['127.0.0.32'].Outcome NotPublished
    Assert-Match $rows['127.0.0.32'].NextStep 'Uninstall-PSResource'
    Assert-True ([System.IO.Directory]::Exists($foreign))
    Assert-Equal $rows['127.0.0.33'].Outcome Removed
    Assert-Equal $rows['127.0.0.33'].Version $script:Version
    Assert-Equal $rows['127.0.0.33'].Path (Get-Copy 127.0.0.33)
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries((Get-Modules 127.0.0.33)) -join ' ') $beside
    Assert-Equal $rows['127.0.0.24'].Outcome Failed
    Assert-Match $rows['127.0.0.24'].Message 'restricted endpoint'
    $ids = @($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId } | Sort-Object) -join ' '
    Assert-Equal $ids 'Failed,Publish-StorageRelease NotPublished,Publish-StorageRelease'
    [System.IO.Directory]::Delete((Get-Modules 127.0.0.32), $true)
}

Test-That 'a version that is not there is no error, and another one is removed by its number' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $other -Scope CurrentUser -Remove }
    Assert-Equal $got.Output[0].Outcome NotThere
    Assert-Equal $got.Errors.Count 0
    $list = [System.IO.Path]::Combine((Get-Modules 127.0.0.33), '0.0.9', 'published.txt')
    [System.IO.File]::WriteAllText($list, '')
    $got = Invoke-Capture { Publish-StorageRelease -Session $other -Scope CurrentUser -Remove -Version 0.0.9 }
    Assert-Equal $got.Output[0].Outcome Removed
    Assert-Equal $got.Output[0].Version 0.0.9
    Assert-True (-not [System.IO.Directory]::Exists((Get-Modules 127.0.0.33)))
    $null = Assert-Throws { Publish-StorageRelease -Session $other -Remove -Version '..' } -ErrorId 'ParameterArgumentValidationError,Publish-StorageRelease'
}

Test-That 'a version in use stays whole, also with -Force, and goes once it is not' {
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Published
    # In the place of a worker, whose first thread has another name on Linux than its file.
    $program = [System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/linux-x64/storage-release')
    [System.IO.File]::Copy('/bin/cat', $program, $true)
    $worker = [System.Diagnostics.ProcessStartInfo]::new($program)
    $worker.RedirectStandardInput = $true
    $worker = [System.Diagnostics.Process]::Start($worker)
    try {
        $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove -Force }
        Assert-Equal $got.Output[0].Outcome Running
        Assert-Match $got.Output[0].Message "process $($worker.Id)"
        Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Running,Publish-StorageRelease'
        Assert-Equal (Get-Tree (Get-Copy 127.0.0.32)) (Get-Tree $staged)
    }
    finally {
        $worker.StandardInput.Close()
        $worker.WaitForExit()
    }
    $null = Invoke-Command -Session $script:Again { Import-Module StorageRelease }
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove -Force }
    Assert-Equal $got.Output[0].Outcome Running
    Assert-Match $got.Output[0].Message 'this session'
    $null = Invoke-Command -Session $script:Again { Remove-Module StorageRelease }
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove -Force }
    Assert-Equal $got.Output[0].Outcome Removed
}

Test-That 'what broken copies have left goes, too' {
    $part = [System.IO.Path]::Combine((Get-Modules 127.0.0.32), ".part-$script:Version-0011")
    $null = [System.IO.Directory]::CreateDirectory($part)
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser -Remove }
    Assert-Equal $got.Output[0].Outcome Removed
    Assert-Match $got.Output[0].Message 'broken or replaced copies'
    Assert-True (-not [System.IO.Directory]::Exists((Get-Modules 127.0.0.32)))
}

Test-That 'a repository without a staged module of this build says how to make one' {
    Remove-Module StorageRelease
    Import-Module "$Root/StorageRelease.psd1"
    if (-not (& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote; Get-StagedModule })) {
        $null = Assert-Throws { Publish-StorageRelease -Session $script:Again } -ErrorId 'NotStaged,Publish-StorageRelease'
    }
}

Remove-PSSession $script:Again, $other, $jea
Complete-Tests
