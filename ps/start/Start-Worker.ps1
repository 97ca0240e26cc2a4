function script:Start-Worker {
    # Starts `storage-release serve`; returns nothing, or the error record that says why it did not start. It can be
    # used once Connect-Worker has read its hello.
    # One worker serves all pipelines of this session. What the two say to each other: src/worker/protocol.ts.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $path = Get-ExecutablePath
    if (-not [System.IO.File]::Exists($path)) {
        return New-MissingError $path
    }
    $failure = Protect-Executable $path
    if ($null -ne $failure) { return $failure }

    $start = New-ExecutableStart $path 'serve'

    try {
        # An event action may have called a command of ours meanwhile, and that has started one.
        if ($null -ne $script:Worker) { return }
        $process = [System.Diagnostics.Process]::Start($start)
        # From here to the end of the block nothing can come between.
        $output = $process.StandardOutput.BaseStream
        $buffer = [byte[]]::new(65536)
        $errors = $process.StandardError.BaseStream
        $errorPart = [byte[]]::new(65536)
        $script:Worker = @{
            Process   = $process
            Path      = $path
            # How much longer than its own deadline a request may take: a key of $script:Patience.
            Margin    = $(if ($null -eq $script:Rehearsal) { 'Answer' } else { 'Stored' })
            # Whose start it is: one whose pipeline was stopped is not continued.
            Starter   = $Cmdlet
            # Bytes, not text: the text writer of Windows PowerShell begins with a byte order mark.
            Input     = $process.StandardInput.BaseStream
            # Through which it is written to: made of that when it is first needed, because nothing can come between there.
            Writer    = $null
            Output    = $output
            Buffer    = $buffer
            # The one outstanding read, what came after the last line end, and the lines before it: the next one.
            Read      = $output.ReadAsync($buffer, 0, $buffer.Length)
            Rest      = ''
            Lines     = @('')
            Next      = 0
            # The one outstanding write or flush, and lines that wait for it: in Text those of the next write. Nothing
            # here ever blocks on writing.
            Write     = $null
            Flushing  = $false
            Queue     = [System.Collections.Queue]::new()
            Text      = [System.Text.StringBuilder]::new()
            # The last id whose line was handed to the pipe: what is after it was not sent, whatever becomes of the worker.
            Written   = 0
            # Unanswered requests: see Send-WorkerRequest.
            Open      = @{}
            LastId    = 0
            # stderr is read whenever something is looked for, so that its pipe never fills, and its end is kept.
            Errors    = $errors
            ErrorRead = $errors.ReadAsync($errorPart, 0, $errorPart.Length)
            ErrorPart = $errorPart
            ErrorEnd  = ''
            Hello     = $null
            # The errand that enters the rehearsal, once it was asked for.
            Entry     = $null
            # When it was started, and how many milliseconds later it was on its bus.
            Started   = $script:SessionClock.ElapsedMilliseconds
            ReadyAfter = [long]0
            # It is on its bus; false for ever where the pipeline that started it was stopped.
            Ready     = $false
            # The session has gone to another bus: it only answers what it was asked before.
            Leaving   = $false
            # Why it is about to be given up, and since when: its last words may still come.
            Ending    = $null
            EndingAt  = [long]0
            # Says why, once the worker is of no use any more; whether its process has been seen off; and the error of a
            # start that failed for a reason of its own.
            Gone      = $null
            Closed    = $false
            Failure   = $null
            # When it was last heard or written to; see Test-WorkerDeadline for the others.
            Talked    = $script:SessionClock.ElapsedMilliseconds
            Looked    = $script:SessionClock.ElapsedMilliseconds
            Checked   = [long]0
            Waited    = [long]0
        }
    }
    catch {
        return New-StartError $path $_.Exception.GetBaseException().Message
    }
    finally {
        Unprotect-Executable
    }
}

function script:New-ExecutableStart {
    # How the executable is started, its three streams with us. The user's environment and current directory steer
    # nothing: an allow-list, with values from the system itself.
    param([string]$Path, [string]$Arguments)

    $start = [System.Diagnostics.ProcessStartInfo]::new($Path, $Arguments)
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.EnvironmentVariables.Clear()
    if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) {
        $windows = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::Windows)
        $start.EnvironmentVariables['SystemRoot'] = $windows
        $start.EnvironmentVariables['windir'] = $windows
        $start.EnvironmentVariables['SystemDrive'] = $windows.Substring(0, 2)
        $start.EnvironmentVariables['PATH'] = [System.Environment]::SystemDirectory
        $start.WorkingDirectory = [System.Environment]::SystemDirectory
    }
    else { $start.WorkingDirectory = '/' }
    return $start
}

function script:Start-WorkerEarly {
    # Starts the worker of a command that will need one: it starts while the rest of the module is read. What keeps it
    # from starting is told by Connect-Worker, which tries again.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    if ($null -eq $script:Worker) { $null = Start-Worker $Cmdlet }
}

function script:New-MissingError {
    # Of an executable that is not there: the package was never for this system, or the file is gone.
    param([string]$Path)

    $system = [System.IO.Path]::GetFileName([System.IO.Path]::GetDirectoryName($Path))
    if ($script:ExecutableHash.Count -gt 0 -and -not (Get-ExecutableHash $Path)) {
        $others = @($script:ExecutableHash.Keys | Microsoft.PowerShell.Core\ForEach-Object { ($_ -split '/')[0] })
        [System.Array]::Sort($others, [System.StringComparer]::Ordinal)
        $message = $script:Messages['ExecutableOther'] -f $system, ($others -join ', ')
        return New-ModuleError 'ExecutableMissing' ObjectNotFound $message $script:Messages['ExecutableOtherNext'] $Path
    }
    $message = $script:Messages['ExecutableMissing'] -f $Path
    return New-ModuleError 'ExecutableMissing' ObjectNotFound $message $script:Messages['ExecutableMissingNext'] $Path
}

function script:New-StartError {
    param([string]$Path, [string]$Reason)

    $next = $script:Messages['WorkerStartNext'] -f $Path
    # CreateProcess finds none by a longer path, and says that the file is missing.
    if ($Path.Length -ge 260 -and [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT) { $next = $script:Messages['WorkerStartLong'] -f $Path.Length }
    return New-ModuleError 'WorkerStart' ResourceUnavailable ($script:Messages['WorkerStart'] -f $Path, $Reason) $next $Path
}

# Of the protocol that this module speaks (src/worker/protocol.ts).
$script:ProtocolVersion = 2
