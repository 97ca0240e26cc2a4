# The progress of a command. -Run is what has the command's clock, and in Shown when progress was shown last.

function script:Test-ProgressShown {
    # Whether progress is wanted, and goes anywhere. The preference is the command's, whose scope this is called from.
    return $ProgressPreference -eq 'Continue' -and
        -not ($Host.Name -eq 'ConsoleHost' -and [System.Console]::IsOutputRedirected)
}

function script:Test-ProgressDue {
    # Whether progress is to be shown now: after a second, and five times a second at most.
    param([hashtable]$Run)

    $now = $Run['Clock'].ElapsedMilliseconds
    if ($now -lt 1000 -or $now - $Run['Shown'] -lt 200) { return $false }
    $Run['Shown'] = $now
    return $true
}

function script:Write-FlowProgress {
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Activity, [string]$Status, [double]$Part)

    $progress = [System.Management.Automation.ProgressRecord]::new(1, $Activity, $Status)
    $progress.PercentComplete = [int][System.Math]::Min(100, [System.Math]::Floor(100 * $Part))
    $Cmdlet.WriteProgress($progress)
}

function script:Complete-FlowProgress {
    # Takes the progress bar away. From `finally`, where the pipeline may be ending under it.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Activity, [hashtable]$Run)

    if ($Run['Shown'] -le 0) { return }
    $progress = [System.Management.Automation.ProgressRecord]::new(1, $Activity, $Activity)
    $progress.RecordType = 'Completed'
    try { $Cmdlet.WriteProgress($progress) } catch { $null = $_ }
}
