# What differs between .NET Framework and .NET (ps/private/shared/DotNetDifference.ps1). On .NET, the way that .NET
# Framework goes is tried as far as .NET can go it.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

$module = Import-Module ([System.IO.Path]::Combine($Root, 'StorageRelease.psd1')) -PassThru
& $module { Import-ModulePart Private }
$onFramework = & $module { $script:OnFramework }

Test-That 'the shell is told by its version' {
    Assert-Equal $onFramework ($PSVersionTable.PSEdition -eq 'Desktop') -Exactly
}

$high = [string][char]0xD83D
$low = [string][char]0xDE00
foreach ($row in @(
        , @('nothing', '', '')
        , @('what a form cannot hold', "a b&c=d+e%`n", 'a%20b%26c%3Dd%2Be%25%0A')
        , @('other letters', [string][char]0xE4, '%C3%A4')
        , @('a pair', ($high + $low), '%F0%9F%98%80')
        , @('half a pair at the end', ('x' + $high), 'x%EF%BF%BD')
        , @('half a pair in front', ($low + 'x'), '%EF%BF%BDx')
        , @('two first halves and one second', ($high + $high + $low), '%EF%BF%BD%F0%9F%98%80')
        , @('a pair where the parts meet', (('x' * 31999) + $high + $low), (('x' * 31999) + '%F0%9F%98%80'))
        , @('half a pair where the parts meet', (('x' * 31999) + $high + 'x'), (('x' * 31999) + '%EF%BF%BDx'))
        , @('more than .NET Framework takes', ('x&' * 70000), ('x%26' * 70000))
    )) {
    Test-That "a field with $($row[0]), in both ways" {
        Assert-True ((& $module { param($text) ConvertTo-Field $text } $row[1]) -ceq $row[2])
        Assert-True ((& $module { param($text) ConvertTo-FieldByPart $text } $row[1]) -ceq $row[2])
    }
}

Test-That 'no part is longer than .NET Framework takes, and none ends within a pair' {
    # The control says what the parts are for.
    if ($onFramework) { $null = Assert-Throws { [uri]::EscapeDataString('x' * 65520) } }
    Assert-Equal (& $module { [uri]::EscapeDataString('x' * 32000).Length }) 32000
}

function New-Pipe {
    # A pipe that is written to as a process of .NET Framework is: by a FileStream, with this buffer.
    param([int]$Buffer)
    $pipe = [System.IO.Pipes.AnonymousPipeServerStream]::new([System.IO.Pipes.PipeDirection]::In)
    # The end that is written to, which the pipe itself no longer closes.
    $handle = [Microsoft.Win32.SafeHandles.SafeFileHandle]::new($pipe.ClientSafePipeHandle.DangerousGetHandle(), $false)
    @{ Reader = $pipe; Writer = [System.IO.FileStream]::new($handle, [System.IO.FileAccess]::Write, $Buffer, $false); Read = $null }
}

function Test-Arrival {
    # Whether one byte that is written has come to the reader, without a flush.
    param([System.IO.Stream]$Writer, $Pipe)
    $buffer = [byte[]]::new(1)
    $read = $Pipe.Reader.ReadAsync($buffer, 0, 1)
    $Writer.Write([byte[]](65), 0, 1)
    $read.Wait(500)
}

Test-That 'for .NET Framework: a stream that keeps no byte back, where the one of the process does' {
    $control = New-Pipe 4096
    Assert-True (-not (Test-Arrival $control.Writer $control)) 'a buffer of 4,096 keeps it'
    $control.Writer.Flush()
    $pipe = New-Pipe 4096
    try {
        $writer = & $module { param($stream) $script:OnFramework = $true; Get-PipeWriter $stream } $pipe.Writer
        Assert-True (-not [object]::ReferenceEquals($writer, $pipe.Writer))
        Assert-Equal $writer.GetType().FullName 'System.IO.FileStream'
        Assert-True (Test-Arrival $writer $pipe)
    }
    finally { & $module { param($before) $script:OnFramework = $before } $onFramework }
}

if (-not $onFramework) {
    Test-That 'for .NET: the stream of the process itself' {
        $pipe = New-Pipe 4096
        Assert-True ([object]::ReferenceEquals((& $module { param($stream) Get-PipeWriter $stream } $pipe.Writer), $pipe.Writer))
    }
}

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    function Measure-Queue {
        # Writes 400 lines of 1,000 characters to a process that never reads: for how many milliseconds the longest of 20
        # calls kept its caller, how many lines were left, and what it said of the worker.
        param([bool]$Framework)
        $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sleep', '60')
        $start.UseShellExecute = $false
        $start.RedirectStandardInput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $stream = $process.StandardInput.BaseStream
        if ($Framework) {
            # What a process of .NET Framework has here.
            $handle = [Microsoft.Win32.SafeHandles.SafeFileHandle]::new($stream.SafePipeHandle.DangerousGetHandle(), $false)
            $stream = [System.IO.FileStream]::new($handle, [System.IO.FileAccess]::Write, 4096, $false)
        }
        $worker = @{
            Gone = $null; Ending = $null; Input = $stream; Writer = $null; Write = $null; Flushing = $false
            Queue = [System.Collections.Queue]::new(); Text = [System.Text.StringBuilder]::new(); Written = 0; LastId = 400; Talked = 0
        }
        foreach ($i in 1..400) { $worker.Queue.Enqueue('x' * 1000) }
        $longest = 0
        try {
            foreach ($i in 1..20) {
                $watch = [System.Diagnostics.Stopwatch]::StartNew()
                & $module { param($worker, $framework) $script:OnFramework = $framework; Write-WorkerQueue $worker } $worker $Framework
                $longest = [System.Math]::Max($longest, $watch.ElapsedMilliseconds)
                [System.Threading.Thread]::Sleep(20)
            }
        }
        finally {
            & $module { param($before) $script:OnFramework = $before } $onFramework
            $process.Kill()
        }
        @{ Longest = $longest; Left = $worker.Queue.Count; Ending = $worker.Ending }
    }

    foreach ($framework in $false, $true) {
        Test-That "nobody waits for a worker that never reads$(if ($framework) { ', as on .NET Framework' })" {
            $got = Measure-Queue $framework
            Assert-True ($got.Longest -lt 1000) "it kept its caller for $($got.Longest) ms"
            # What fits into the pipe has gone, and the rest has not.
            Assert-True ($got.Left -gt 200 -and $got.Left -lt 400) $got.Left
            Assert-Equal $got.Ending $null
        }
    }
}

Complete-Tests
