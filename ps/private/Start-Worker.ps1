function Start-Worker {
    # Starts `storage-release serve` and waits for its hello; returns nothing, or the error record that says why
    # not.
    # One worker serves all pipelines of this session. What the two say to each other: src/worker/protocol.ts.
    $path = Get-Executable
    if (-not [System.IO.File]::Exists($path)) {
        return New-ModuleError 'ExecutableMissing' ObjectNotFound ($script:Messages.ExecutableMissing -f $path) $script:Messages.ExecutableMissingNext $path
    }
    $failure = Lock-Executable $path
    if ($null -ne $failure) { return $failure }

    $start = [System.Diagnostics.ProcessStartInfo]::new($path, 'serve')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    # The user's environment and current directory steer nothing: an allow-list, with values from the system
    # itself.
    $start.EnvironmentVariables.Clear()
    if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
        $windows = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::Windows)
        $start.EnvironmentVariables['SystemRoot'] = $windows
        $start.EnvironmentVariables['windir'] = $windows
        $start.EnvironmentVariables['SystemDrive'] = $windows.Substring(0, 2)
        $start.EnvironmentVariables['PATH'] = [System.Environment]::SystemDirectory
        $start.WorkingDirectory = [System.Environment]::SystemDirectory
    }
    else {
        $start.WorkingDirectory = '/'
    }

    try {
        $process = [System.Diagnostics.Process]::Start($start)
    }
    catch {
        $text = $_.Exception.GetBaseException().Message
        return New-ModuleError 'WorkerStart' ResourceUnavailable ($script:Messages.WorkerStart -f $path, $text) ($script:Messages.WorkerStartNext -f $path) $path
    }
    finally {
        Unlock-Executable
    }
    $worker = @{
        Process  = $process
        Path     = $path
        # Bytes, not text: the text writer of Windows PowerShell begins with a byte order mark.
        Input    = $process.StandardInput.BaseStream
        Output   = $process.StandardOutput.BaseStream
        Buffer   = [byte[]]::new(65536)
        # The one outstanding read, what came after the last line end, and the lines before it: the next one.
        Read     = $null
        Rest     = ''
        Lines    = @('')
        Next     = 0
        # The one outstanding write or flush, and lines that wait for it: in Text those of the next write. Nothing
        # here ever blocks on writing.
        Write    = $null
        Flushing = $false
        Queue    = [System.Collections.Queue]::new()
        Text     = [System.Text.StringBuilder]::new()
        # Unanswered requests: id to @{ Run; Line; Target }.
        Open     = @{}
        LastId   = 0
        # stderr is read to its end all the time, so that its pipe never fills; kept for the error text.
        Errors   = $process.StandardError.ReadToEndAsync()
        Hello    = $null
        # It is on its bus; false for ever where the pipeline that started it was stopped.
        Ready    = $false
        # Says why, once the worker is of no use any more.
        Gone     = $null
    }
    $worker.Read = $worker.Output.ReadAsync($worker.Buffer, 0, $worker.Buffer.Length)
    $script:Worker = $worker

    # While it starts, what its first line will need: .NET takes its time for the first of a kind.
    if ($null -eq $script:ReplyShape) { $null = ConvertFrom-WorkerLine $script:ReplySample }

    $deadline = [System.Diagnostics.Stopwatch]::StartNew()
    while ($null -eq $worker.Hello -and $null -eq $worker.Gone -and $deadline.ElapsedMilliseconds -lt 10000) {
        Receive-Worker 100
    }
    $hello = $worker.Hello
    if ($null -eq $hello) {
        $text = $worker.Gone
        if ($null -eq $text) { $text = 'no answer' }
        Stop-Worker
        return New-ModuleError 'WorkerStart' ResourceUnavailable ($script:Messages.WorkerStart -f $path, $text) ($script:Messages.WorkerStartNext -f $path) $path
    }
    $expected = '{0} {1} protocol {2} build {3}' -f 'storage-release', $ExecutionContext.SessionState.Module.Version, $script:ProtocolVersion, (Get-ModuleBuild)
    $said = '{0} {1} protocol {2} build {3}' -f $hello.Name, $hello.Version, $hello.Protocol, $hello.Build
    if ($said -cne $expected) {
        Stop-Worker
        return New-ModuleError 'WorkerVersion' InvalidOperation ($script:Messages.WorkerHello -f $path, $said, $expected) $script:Messages.WorkerHelloNext $path
    }
}

# Of the protocol that this module speaks (src/worker/protocol.ts).
$script:ProtocolVersion = 2
