# What Publish-StorageRelease runs on the other computer, run here: files that are held open for a moment, and a system
# that the module has no executable for.
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

Test-That 'what stays in the way is an error, after ten seconds, and what arrived is kept' {
    $arrival = New-Arrival 'kept'
    [System.IO.File]::WriteAllText($arrival.Target, 'in the way')
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $null = Assert-Throws { & $steps.Finish @arrival }
    Assert-True ($watch.ElapsedMilliseconds -ge 10000 -and $watch.ElapsedMilliseconds -lt 20000) $watch.ElapsedMilliseconds
    Assert-True ([System.IO.File]::Exists([System.IO.Path]::Combine($arrival.Part, 'package.gz')))
}

Test-That 'a system that it has no executable for is refused at the first look' {
    $look = @{ Name = 'StorageRelease'; Version = '0.1.0'; Scope = 'CurrentUser'; Id = 'x'; Files = @('dist/solaris/storage-release'); Hashes = @('') }
    $null = Assert-Throws { & $steps.Look @look } -Match 'has no dist/(linux-x64/storage-release|win-x64/storage-release\.exe)'
    $look.Files += 'dist/linux-x64/storage-release', 'dist/win-x64/storage-release.exe'
    $look.Hashes += '', ''
    Assert-True (& $steps.Look @look).Target
}

Complete-Tests
