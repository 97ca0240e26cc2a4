# The source of our events in the registry: a key below the key of its log. Windows searches a source in all logs, so a source
# with our name in another log is not ours; nor is one with another message file.
# https://learn.microsoft.com/windows/win32/eventlog/event-sources

$script:EventLogName = 'Application'
$script:EventSourceName = 'StorageRelease'
# Microsoft's own message file: each of its 65,536 messages is just the text of the event.
$script:EventMessageFile = '%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\EventLogMessages.dll'
$script:EventServices = 'SYSTEM\CurrentControlSet\Services\EventLog'

function script:Get-EventRegistry {
    # The 64-bit registry of this computer, even from a 32-bit PowerShell.
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
}

function script:Get-EventProblem {
    # An error record where this session cannot change a source; otherwise nothing.
    if ([System.Environment]::OSVersion.Platform -ne [System.PlatformID]::Win32NT) {
        return New-ModuleError 'NoEventLog' NotImplemented $script:Messages.NoEventLog $script:Messages.NoEventLogNext $null
    }
    if (-not (Test-Elevated)) {
        return New-ModuleError 'NotElevated' PermissionDenied $script:Messages.EventElevated $script:Messages.EventElevatedNext $null
    }
}

function script:Find-EventSource {
    # The source with our name: its Log, and whether it is Ours; null where there is none.
    param([object]$Registry)

    $services = $Registry.OpenSubKey($script:EventServices)
    if ($null -eq $services) { return $null }
    try {
        foreach ($log in $services.GetSubKeyNames()) {
            $key = $Registry.OpenSubKey($script:EventServices + '\' + $log + '\' + $script:EventSourceName)
            if ($null -eq $key) { continue }
            try {
                $file = [string]$key.GetValue('EventMessageFile', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
            }
            finally { $key.Dispose() }
            return @{ Log = $log; File = $file; Ours = $log -eq $script:EventLogName -and $file -eq $script:EventMessageFile }
        }
    }
    finally { $services.Dispose() }
    return $null
}

function script:Edit-EventSource {
    # Asks, and then registers the source or removes it. Does nothing where it exists already, or does not exist; a foreign source
    # stays, and is an error.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [switch]$Remove)

    $failure = Get-EventProblem
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    $registry = $null
    try {
        $registry = Get-EventRegistry
        $found = Find-EventSource $registry
        if ($null -ne $found -and -not $found.Ours) {
            $message = $script:Messages.EventForeign -f $script:EventSourceName, (Format-SafeText $found.Log), (Format-SafeText $found.File)
            $failure = New-ModuleError 'EventSourceForeign' ResourceExists $message $script:Messages.EventForeignNext $script:EventSourceName
        }
        elseif ($Remove -eq ($null -eq $found)) {
            $Cmdlet.WriteVerbose($(if ($Remove) { $script:Messages.EventMissing } else { $script:Messages.EventThere }))
        }
        else {
            $text = $(if ($Remove) { $script:Messages.EventRemove } else { $script:Messages.EventAdd })
            $parent = $script:EventServices + '\' + $script:EventLogName
            if (Request-Confirmation $Cmdlet $text ($text + '?') $script:Messages.AskEvent) {
                if ($Remove) { $registry.DeleteSubKey($parent + '\' + $script:EventSourceName, $false) }
                else { New-EventSource $registry ($parent + '\' + $script:EventSourceName) }
            }
        }
    }
    catch [System.Management.Automation.PipelineStoppedException] { throw }
    catch {
        $failure = New-ModuleError 'EventSourceFailed' WriteError ($script:Messages.EventFailed -f $_.Exception.GetBaseException().Message) $script:Messages.EventFailedNext $script:EventSourceName
    }
    finally { if ($null -ne $registry) { $registry.Dispose() } }
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
}

function script:New-EventSource {
    param([object]$Registry, [string]$Path)

    $key = $Registry.CreateSubKey($Path)
    try {
        $key.SetValue('EventMessageFile', $script:EventMessageFile, [Microsoft.Win32.RegistryValueKind]::ExpandString)
        # Error, warning and information.
        $key.SetValue('TypesSupported', 7, [Microsoft.Win32.RegistryValueKind]::DWord)
    }
    finally { $key.Dispose() }
}
