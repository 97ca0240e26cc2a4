function script:Test-PipelineStopped {
    # Whether the command's pipeline is being stopped (Ctrl+C). Works in `finally`, where Stopping is always false;
    # before PowerShell 7.6 there is nothing that does, and the answer is no.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $token = $Cmdlet.PSObject.Properties['PipelineStopToken']
    return $null -ne $token -and ([System.Threading.CancellationToken]$token.Value).IsCancellationRequested
}
