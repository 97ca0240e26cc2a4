function script:Request-Confirmation {
    # ShouldProcess, with one clear terminating error where the question cannot be asked. The caller has written
    # its preferences into its own scope, where ShouldProcess finds them.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'It is the calling command that supports it.')]
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Description, [string]$Question, [string]$Caption)

    try {
        return $Cmdlet.ShouldProcess($Description, $Question, $Caption)
    }
    # Thrown by a host without a user interface; by the console under -NonInteractive; by a host that does not implement
    # questions; by any of them on the computer that the session came from; by the console when its input has ended.
    catch [System.Management.Automation.Host.HostException], [System.Management.Automation.PSInvalidOperationException],
    [System.NotImplementedException], [System.Management.Automation.RemoteException], [System.NullReferenceException] {
        $failure = New-ModuleError 'NobodyToAsk' InvalidOperation $script:Messages['NobodyToAsk'] $script:Messages['NobodyToAskNext'] $null
        $Cmdlet.ThrowTerminatingError($failure)
    }
}
