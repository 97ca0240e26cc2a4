# The harness and the stand-ins, tested by themselves.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"

function Read-Case {
    # what Test-That would have reported, without reporting it
    param([string]$Name, [scriptblock]$Body)
    $count = $script:TestCount
    $stdout = [Console]::Out
    $lines = [System.IO.StringWriter]::new()
    [Console]::SetOut($lines)
    try { Test-That $Name $Body }
    finally {
        [Console]::SetOut($stdout)
        $script:TestCount = $count
    }
    $lines.ToString()
}

Test-That 'a failing case is reported as failing, with its reason' {
    $line = Read-Case 'bad' { Assert-Equal 'a' 'b' }
    Assert-Match $line '^@@\{"name":"bad","ok":false,"message":"Expected ''b'', got ''a''\.'
}

Test-That 'a good case is reported as good' {
    $line = Read-Case 'good' { 'output'; Assert-True 1 }
    Assert-Match $line '^@@\{"name":"good","ok":true,"message":"","ms":\d+\.\d\}\s*$'
}

Test-That 'names and messages are ASCII on the line' {
    $line = Read-Case "$([char]0xE4)`"\`n" { throw [char]0x2028 }
    Assert-Match $line '"name":"\\u00e4\\u0022\\u005c\\u000a","ok":false,"message":"\\u2028'
    Assert-Match $line '^[\x20-\x7E\r\n]+$'
}

Test-That 'a script gets the repository and an empty folder of its own' {
    Assert-True ([System.IO.File]::Exists("$Root/package.json"))
    Assert-True ([System.IO.Directory]::Exists($Temp))
    Assert-Equal @([System.IO.Directory]::GetFileSystemEntries($Temp)).Count 0
}

Test-That 'Assert-Equal tells text from number, and types when asked' {
    Assert-Equal ([uint32]3) 3
    Assert-Equal @(1, @('a', $null)) @(1, @('a', $null))
    $null = Assert-Throws { Assert-Equal 3 '3' } -Match 'Expected'
    $null = Assert-Throws { Assert-Equal 'a' 'A' } -Match 'Expected'
    $null = Assert-Throws { Assert-Equal @(1) @(1, 2) } -Match 'Expected'
    $null = Assert-Throws { Assert-Equal 0 $null } -Match 'Expected null'
    $null = Assert-Throws { Assert-Equal ([uint32]3) 3 -Exactly } -Match 'Expected \[Int32\] 3, got \[UInt32\] 3'
}

Test-That 'Assert-Throws wants an error, and that error' {
    $null = Assert-Throws { $null = Assert-Throws { 1 } } -Match 'got none'
    $null = Assert-Throws { Assert-Throws { throw 'x' } -ErrorId 'Other' } -Match "error id 'Other', got 'x'"
    $missing = { Get-Command -Name 'no such thing' -ErrorAction Stop }
    $record = Assert-Throws $missing -ErrorId 'CommandNotFoundException,*'
    Assert-True ($record -is [System.Management.Automation.ErrorRecord])
}

$writes = {
    [CmdletBinding()] param()
    $PSCmdlet.WriteObject('out')
    $PSCmdlet.WriteWarning('careful')
    $PSCmdlet.WriteVerbose('details')
    $PSCmdlet.WriteInformation('note', @('tag'))
    $PSCmdlet.WriteProgress([System.Management.Automation.ProgressRecord]::new(1, 'working', 'on it'))
    $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
            [System.InvalidOperationException]::new('no'), 'MyId', 'InvalidOperation', 7))
    $PSCmdlet.WriteObject(@(1, 2), $false)
}

Test-That 'Invoke-Capture keeps the streams apart in this runspace' {
    $VerbosePreference = 'Continue'
    $got = Invoke-Capture $writes
    Assert-Equal $got.Output @('out', @(1, 2))
    Assert-Equal $got.Errors.Count 1
    Assert-Equal $got.Errors[0].TargetObject 7
    Assert-Equal "$($got.Warnings)" 'careful'
    Assert-Equal "$($got.Verbose)" 'details'
    Assert-Equal "$($got.Information)" 'note'
    Assert-Equal $got.Thrown $null
}

Test-That 'Invoke-Capture -Runspace keeps the streams apart, and sees progress' {
    $got = Invoke-Capture $writes -Runspace -Module @() -Variable @{ VerbosePreference = 'Continue' }
    Assert-Equal @($got.Output).Count 2
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'MyId'
    Assert-Equal "$($got.Warnings)" 'careful'
    Assert-Equal "$($got.Verbose)" 'details'
    Assert-Equal $got.Progress[0].Activity 'working'
    Assert-Equal $got.State 'Completed'
}

Test-That 'Invoke-Capture shows a terminating error and what came before it' {
    $here = Invoke-Capture { 'first'; throw 'stop' }
    Assert-Equal $here.Output @('first')
    Assert-Equal "$($here.Thrown)" 'stop'
    $there = Invoke-Capture { param($A) $A; throw 'stop' } -Runspace -Module @() -ArgumentList 'given'
    Assert-Equal "$($there.Output)" 'given'
    Assert-Equal "$($there.Thrown)" 'stop'
    Assert-Equal $there.State 'Failed'
}

Test-That 'a fake disk has the names and types of an MSFT_Disk' {
    $disk = New-FakeDisk -Number 7 -UniqueId 'ABC' -BusType 'Fibre Channel' -IsBoot $true
    Assert-Equal $disk.PSObject.TypeNames[0] `
        'Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Disk'
    Assert-True ($disk.PSObject.TypeNames -contains 'Microsoft.Management.Infrastructure.CimInstance#MSFT_Disk')
    Assert-Equal $disk.Number ([uint32]7) -Exactly
    Assert-Equal $disk.BusType 'Fibre Channel'
    Assert-Equal $disk.CimInstanceProperties['BusType'].Value ([uint16]6) -Exactly
    Assert-Equal $disk.OperationalStatus 'Online'
    Assert-Equal $disk.IsBoot $true
    Assert-Equal $disk.CimSystemProperties.ClassName 'MSFT_Disk'
    Assert-Equal $disk.CimSystemProperties.ServerName ([Environment]::MachineName)
    Assert-Equal $disk.PSComputerName $null
}

Test-That 'a fake disk can be raw, numberless, of an unknown bus, and another computer''s' {
    Assert-Equal (New-FakeDisk -Raw).BusType ([uint16]9) -Exactly
    Assert-Equal (New-FakeDisk -Number $null).Number $null
    Assert-Equal (New-FakeDisk -BusType 99).BusType ([uint16]99)
    $far = New-FakeDisk -ComputerName 'SRV2'
    Assert-Equal $far.PSComputerName 'SRV2'
    Assert-Equal $far.CimSystemProperties.ServerName 'SRV2'
    $null = Assert-Throws { New-FakeDisk -Nonsense 1 } -Match 'no property Nonsense'
}

Test-That 'the other fakes exist and differ where the real ones do' {
    Assert-Equal (New-FakePhysicalDisk -DeviceId '5').DeviceId '5'
    Assert-Equal (New-FakePhysicalDisk).PSObject.Properties['Number'] $null
    Assert-Equal (New-FakeDiskDrive -Index 4).CimSystemProperties.Namespace 'root/cimv2'
    Assert-Equal (New-FakePartition -DiskNumber 2).DiskNumber ([uint32]2) -Exactly
    Assert-Match (New-FakeVolume).Path '^\\\\\?\\Volume\{'
    Assert-Equal (New-FakeDiskImage).DevicePath '\\.\PhysicalDrive3'
}

Complete-Tests
