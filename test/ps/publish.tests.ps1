# What Publish-StorageRelease runs on the other computer, run here: files that are held open for a moment; and what it
# sends to which system.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
$steps = & $module { Import-ModulePart Private; Import-ModulePart Remote; $script:PublishScript }

function New-Arrival {
    # A copy of one file that has arrived beside its target, and what goes with it.
    param([string]$Name)
    $part = [System.IO.Path]::Combine($Temp, $Name, '.part')
    $null = [System.IO.Directory]::CreateDirectory($part)
    $bytes = [System.Text.Encoding]::ASCII.GetBytes('content')
    $file = [System.IO.File]::Create([System.IO.Path]::Combine($part, 'package.gz'))
    $zip = [System.IO.Compression.GZipStream]::new($file, [System.IO.Compression.CompressionMode]::Compress)
    $zip.Write($bytes, 0, $bytes.Length)
    $zip.Dispose()
    $sha = [System.Security.Cryptography.SHA256]::Create()
    @{
        Part = $part; Target = [System.IO.Path]::Combine($Temp, $Name, '0.1.0'); Files = @('a.txt'); Lengths = @([long]$bytes.Length)
        Hashes = @([System.BitConverter]::ToString($sha.ComputeHash($bytes)).Replace('-', '')); Replace = $false
    }
}

Test-That 'what is in the way for a second is waited for' {
    # On Windows a file that an antivirus program reads keeps its folder from being moved; here a file has the target's name.
    $arrival = New-Arrival 'held'
    [System.IO.File]::WriteAllText($arrival.Target, 'in the way')
    $shell = [System.Management.Automation.PowerShell]::Create()
    $null = $shell.AddScript('param($file) [System.Threading.Thread]::Sleep(1000); [System.IO.File]::Delete($file)').AddArgument($arrival.Target)
    $clearing = $shell.BeginInvoke()
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Assert-Equal (& $steps.Finish @arrival) $arrival.Target
    Assert-True ($watch.ElapsedMilliseconds -lt 9000) $watch.ElapsedMilliseconds
    Assert-Equal ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($arrival.Target, 'a.txt'))) 'content'
    Assert-True (-not [System.IO.Directory]::Exists($arrival.Part))
    $null = $shell.EndInvoke($clearing)
}

Test-That 'a copy that cannot be replaced is an error, after ten seconds, and what arrived is kept; a copy in use is exchanged file by file, or stays as it was' {
    $arrival = New-Arrival 'used'
    $arrival.Replace = $true
    $arrival.InUse = $true
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($arrival.Target, 'a.txt', 'in the way'))
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($arrival.Target, 'other.txt'), 'old')
    # A folder has the new file's name. Tried for ten seconds, while another test waits as long.
    $shell = [System.Management.Automation.PowerShell]::Create()
    $null = $shell.AddScript($steps.Finish.ToString()).AddParameters($arrival)
    $exchanging = $shell.BeginInvoke()
    $kept = New-Arrival 'kept'
    [System.IO.File]::WriteAllText($kept.Target, 'in the way')
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $null = Assert-Throws { & $steps.Finish @kept }
    Assert-True ($watch.ElapsedMilliseconds -ge 10000 -and $watch.ElapsedMilliseconds -lt 20000) $watch.ElapsedMilliseconds
    Assert-True ([System.IO.File]::Exists([System.IO.Path]::Combine($kept.Part, 'package.gz')))
    $null = Assert-Throws { $shell.EndInvoke($exchanging) }
    Assert-Equal ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($arrival.Target, 'other.txt'))) 'old'
    [System.IO.Directory]::Delete([System.IO.Path]::Combine($arrival.Target, 'a.txt'), $true)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($arrival.Target, 'a.txt'), 'old')
    $aside = [System.IO.Path]::Combine($Temp, 'used', '.old')
    $null = [System.IO.Directory]::CreateDirectory($aside)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($aside, 'left'), 'of an earlier copy')
    Assert-Equal (& $steps.Finish @arrival) $arrival.Target
    Assert-Equal ([System.IO.File]::ReadAllText([System.IO.Path]::Combine($arrival.Target, 'a.txt'))) 'content'
    Assert-True (-not [System.IO.File]::Exists([System.IO.Path]::Combine($arrival.Target, 'other.txt')))
    Assert-True (-not [System.IO.Directory]::Exists($arrival.Part))
    Assert-True (-not [System.IO.Directory]::Exists($aside))
}

Test-That 'a system gets its own executable and no other; Windows on Arm another one where there is none for it' {
    function Select-Name {
        param([string]$System, [string[]]$Files)
        $whole = @{ Root = $Temp; Files = $Files; Lengths = @(1) * $Files.Length; Hashes = @('AA') * $Files.Length }
        $part = & $module { param($whole, $system) Select-ModulePackage $whole $system } $whole $System
        if ($null -ne $part) {
            Assert-Equal $part.Size $part.Files.Length
            Assert-Equal $part.Hashes.Length $part.Files.Length
            $part.Files -join ' '
        }
    }
    $files = 'dist/linux-x64/storage-release', 'dist/win-arm64/storage-release.exe', 'dist/win-x64/koffi.node', 'dist/win-x64/storage-release.exe', 'ps/a.ps1'
    Assert-Equal (Select-Name win-x64 $files) 'dist/win-x64/koffi.node dist/win-x64/storage-release.exe ps/a.ps1'
    Assert-Equal (Select-Name win-arm64 $files) 'dist/win-arm64/storage-release.exe ps/a.ps1'
    Assert-Equal (Select-Name linux-x64 $files) 'dist/linux-x64/storage-release ps/a.ps1'
    Assert-Equal (Select-Name win-arm64 $files[2..4]) 'dist/win-x64/koffi.node dist/win-x64/storage-release.exe ps/a.ps1'
    Assert-Equal (Select-Name linux-x64 $files[1..4]) $null
    Assert-Equal (Select-Name win-x64 $files[0, 1, 4]) $null
}

Test-That 'the place is this system''s, by scope' {
    $place = & $steps.Place 'StorageRelease' '0.1.0' 'AllUsers'
    Assert-Match $place.Target '[\\/]Modules[\\/]StorageRelease[\\/]0\.1\.0$'
    Assert-True ($place.Target.StartsWith($place.Base))
    Assert-Match $place.System '^(linux-x64|win-x64|win-arm64)$'
}

Complete-Tests
