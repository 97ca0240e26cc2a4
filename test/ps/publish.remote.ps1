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
function Get-Tree { param([string]$Folder) $files = @([System.IO.Directory]::GetFiles($Folder, '*', 'AllDirectories') | ForEach-Object { $_.Substring($Folder.Length) }); [array]::Sort($files); $files -join ' ' }

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

Test-That 'a copy in use with other files is not replaced, not even by force' {
    [System.IO.File]::AppendAllText([System.IO.Path]::Combine((Get-Copy 127.0.0.32), 'dist/noise.bin'), 'x')
    $got = Invoke-Capture { Publish-StorageRelease -Session $bare -Scope CurrentUser -Force }
    Assert-Equal $got.Output[0].Outcome Running
    Assert-Match $got.Output[0].Message 'this session'
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'Running,Publish-StorageRelease'
}

Test-That 'a copy with other files is replaced by force alone' {
    $script:Again = @(New-TestSession 127.0.0.32)[0]
    $null = Invoke-Command -Session $bare { Remove-Module StorageRelease }
    Remove-PSSession $bare
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].Message '1 of its files'
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
    $look = & $module { New-ModulePackage (Get-StagedModule) }
    $part = [System.IO.Path]::Combine((Get-Modules 127.0.0.32), ".part-$script:Version-$($look.Id)")
    $null = [System.IO.Directory]::CreateDirectory($part)
    $noise = [byte[]]::new(1000)
    [System.IO.File]::WriteAllBytes([System.IO.Path]::Combine($part, 'package.gz'), $noise)
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Failed
    Assert-Match $got.Output[0].Message 'thrown away'
    Assert-Equal ([System.IO.Directory]::GetFileSystemEntries((Get-Modules 127.0.0.32)).Length) 0
    $got = Invoke-Capture { Publish-StorageRelease -Session $script:Again -Scope CurrentUser }
    Assert-Equal $got.Output[0].Outcome Published
}

Test-That 'files that unpack well and are other ones are found by their hashes' {
    [System.IO.Directory]::Delete((Get-Copy 127.0.0.32), $true)
    $noise = [System.IO.Path]::Combine($staged, 'dist', 'noise.bin')
    $package = & $module { New-ModulePackage (Get-StagedModule) }
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

Test-That 'a repository without a staged module of this build says how to make one' {
    Remove-Module StorageRelease
    Import-Module "$Root/StorageRelease.psd1"
    if (-not (& (Get-Module StorageRelease) { Import-ModulePart Private; Import-ModulePart Remote; Get-StagedModule })) {
        $null = Assert-Throws { Publish-StorageRelease -Session $script:Again } -ErrorId 'NotStaged,Publish-StorageRelease'
    }
}

Remove-PSSession $script:Again, $other, $jea
Complete-Tests
