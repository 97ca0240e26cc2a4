function script:Get-LogField {
    # The field of a request that names its log. The worker opens the file, and writes each result to it before it answers.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$LogPath, [object]$Session)

    if ($Session) {
        $next = $script:Messages.LogWithSessionNext -f $Cmdlet.MyInvocation.MyCommand.Name
        $failure = New-ModuleError 'LogWithSession' InvalidArgument $script:Messages.LogWithSession $next $LogPath
        $Cmdlet.ThrowTerminatingError($failure)
    }
    try { $file = Resolve-FilePath $Cmdlet $LogPath }
    catch {
        $failure = New-ModuleError 'LogPath' InvalidArgument $_.Exception.GetBaseException().Message $script:Messages.FilePathNext $LogPath
        $Cmdlet.ThrowTerminatingError($failure)
    }
    return '&log=' + (ConvertTo-Field $file)
}
