# Who could change what the task runs or reads. It runs as SYSTEM: so nobody may but administrators, and this user's own
# account neither, because its programs that are not elevated could.

function script:Get-TaskTrustProblem {
    # An error record, or nothing.
    param([hashtable]$Task)

    if (-not [System.IO.File]::Exists($Task.Executable)) {
        return New-ModuleError 'ExecutableMissing' ObjectNotFound ($script:Messages.ExecutableMissing -f $Task.Executable) $script:Messages.ExecutableMissingNext $Task.Executable
    }
    if (-not (Test-Elevated)) { return }
    $message = $null
    try {
        $found = Get-UntrustedWriter $Task.Executable
        if ($null -ne $found.Path) { $message = $script:TaskMessages.Writable -f $found.Path, $found.Who }
        elseif ($found.Own) { $message = $script:TaskMessages.WritableOwn }
    }
    catch { $message = $script:TaskMessages.WritableUnknown -f $Task.Executable, $_.Exception.GetBaseException().Message }
    if ($message) { return New-ModuleError 'ModuleWritable' SecurityError $message (Get-InstallStep) $Task.Executable }
    $stray = Get-StrayFile $Task.Executable
    if ($stray) { return New-ModuleError 'ExecutableChanged' SecurityError $stray $script:Messages.ExecutableChangedNext $Task.Executable }
    if (-not $Task.From) { return }
    try {
        $found = Get-ListWriter $Task.From
        if ($null -ne $found.Path) { $message = $script:TaskMessages.ListWritable -f $found.Path, $found.Who }
        elseif ($found.Own) { $message = $script:TaskMessages.ListWritableOwn -f $Task.From }
    }
    catch { $message = $script:TaskMessages.ListUnknown -f $Task.From, $_.Exception.GetBaseException().Message }
    if ($message) { return New-ModuleError 'TaskListWritable' SecurityError $message $script:TaskMessages.ListNext $Task.From }
}

function script:Get-ListWriter {
    # Who may change a file, or put another in its place. (Windows)
    param([string]$Path)

    $folder = [System.IO.Path]::GetDirectoryName($Path)
    $rights = [ordered]@{ $Path = $script:ChangingRights; $folder = $script:ChangingRights }
    for ($above = [System.IO.Path]::GetDirectoryName($folder); $above; $above = [System.IO.Path]::GetDirectoryName($above)) {
        $rights[$above] = $script:ReplacingRights
    }
    return Find-UntrustedWriter $rights
}
