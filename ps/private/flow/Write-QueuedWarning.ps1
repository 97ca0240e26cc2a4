function script:Write-QueuedWarning {
    # Tells the first entry of a queue, in these words, and takes it away; not before it is told, unless the
    # warning itself ended the pipeline (-WarningAction Stop).
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Collections.Queue]$Queue, [string]$Text)

    $told = $false
    try {
        $Cmdlet.WriteWarning($Text)
        $told = $true
    }
    finally {
        if ($told -or -not (Test-PipelineStopped $Cmdlet)) { $null = $Queue.Dequeue() }
    }
}
