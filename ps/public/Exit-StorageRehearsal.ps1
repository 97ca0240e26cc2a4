function Exit-StorageRehearsal {
    [CmdletBinding()]
    [OutputType([void])]
    param()

    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($null -eq $script:Rehearsal) {
            $failure = New-ModuleError 'RehearsalNone' InvalidOperation $script:Messages.RehearsalNone $script:Messages.RehearsalNoneNext $null
            $PSCmdlet.WriteError($failure)
            return
        }
        Stop-Worker
        $script:Rehearsal = $null
    }
}
