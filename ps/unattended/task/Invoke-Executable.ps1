function script:Invoke-Executable {
    # Runs the executable until it ends; returns Code, Output, Errors. Ctrl+C ends it. $Text is its standard input, in ASCII;
    # without it, the command must not read standard input.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Arguments, [string]$Text)

    $path = Get-ExecutablePath
    $failure = Protect-Executable $path
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    $start = New-ExecutableStart $path $Arguments
    $start.RedirectStandardInput = $Text -ne ''
    $start.StandardOutputEncoding = [System.Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [System.Text.Encoding]::UTF8
    $process = $null
    $ended = $false
    try {
        $process = [System.Diagnostics.Process]::Start($start)
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        if ($Text) {
            $bytes = [System.Text.Encoding]::ASCII.GetBytes($Text)
            $stream = Get-PipeWriter $process.StandardInput.BaseStream
            try {
                $written = $stream.WriteAsync($bytes, 0, $bytes.Length)
                while (-not $written.Wait(100)) { }
                $stream.Dispose()
            }
            # The executable has ended before it read everything: its exit code tells why.
            catch { $null = $_ }
        }
        # In steps, between which Ctrl+C takes effect.
        while (-not ($output.Wait(100) -and $errors.Wait(100))) { }
        while (-not $process.WaitForExit(100)) { }
        $ended = $true
        return @{ Code = $process.ExitCode; Output = $output.Result; Errors = $errors.Result }
    }
    catch [System.ComponentModel.Win32Exception] {
        $Cmdlet.ThrowTerminatingError((New-StartError $path $_.Exception.Message))
    }
    finally {
        Unprotect-Executable
        if ($null -ne $process) {
            if (-not $ended) { try { $process.Kill() } catch { $null = $_ } }
            $process.Dispose()
        }
    }
}
