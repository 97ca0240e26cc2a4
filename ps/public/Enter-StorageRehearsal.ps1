function Enter-StorageRehearsal {
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath')]
        [ValidateNotNullOrEmpty()]
        [string]
        $Path,

        [ValidateNotNullOrEmpty()]
        [string]
        $Initiator
    )

    begin {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
    }

    process {
        if ($null -ne $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalActive' InvalidOperation ($script:Messages.RehearsalActive -f $script:Rehearsal.Path) $script:Messages.RehearsalActiveNext $Path
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        try { $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path) } catch { $file = $Path }
        if (-not [System.IO.File]::Exists($file)) {
            $failure = New-ModuleError 'RehearsalPath' ObjectNotFound ($script:Messages.RehearsalPath -f (Format-Text $file)) $script:Messages.RehearsalPathNext $Path
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        # A worker is on one bus for all its life; requests of the real one that still run are left to end by themselves.
        Stop-Worker
        $script:Rehearsal = @{ Path = $file; Initiator = $Initiator }
        $failure = Connect-Worker
        if ($null -ne $failure) {
            $script:Rehearsal = $null
            $PSCmdlet.ThrowTerminatingError($failure)
        }
        $PSCmdlet.WriteWarning(($script:Messages.RehearsalEntered -f $file))
        Write-StoppedRun $PSCmdlet
    }
}
