# Checks who can change the files that the task runs or reads. The task runs as SYSTEM, so only administrators may; this user's
# own account may not either, because its unelevated programs could.

function script:Get-TaskTrustProblem {
    # An error record, or nothing.
    param([hashtable]$Task)

    $exe = $Task.Executable
    $own = $script:Messages
    if (-not [System.IO.File]::Exists($exe)) {
        $message = $own.ExecutableMissing -f $exe
        return New-ModuleError 'ExecutableMissing' ObjectNotFound $message $own.ExecutableMissingNext $exe
    }
    if (-not (Test-Elevated)) { return }
    $message = Get-WriterText $exe ${function:Get-UntrustedWriter} 'Writable'
    if ($message) { return New-ModuleError 'ModuleWritable' SecurityError $message (Get-InstallStep) $exe }
    $stray = Get-StrayFile $exe
    if ($stray) { return New-ModuleError 'ExecutableChanged' SecurityError $stray $own.ExecutableChangedNext $exe }
    if (-not $Task.From) { return }
    $message = Get-WriterText $Task.From ${function:Get-ListWriter} 'ListWritable'
    if ($message) { return New-TaskError 'TaskListWritable' SecurityError 'List' $message $Task.From }
}

function script:Get-WriterText {
    # A sentence about the first account that may change a file and should not; nothing where there is none. -Key: the key of
    # that sentence.
    param([string]$Path, [scriptblock]$Ask, [string]$Key)

    $texts = $script:TaskMessages
    try {
        $found = & $Ask $Path
        if ($null -ne $found.Path) { return $texts[$Key] -f $found.Path, $found.Who }
        if ($found.Own) { return $texts[$Key + 'Own'] -f $Path }
    }
    catch { return $texts[$Key + 'Unknown'] -f $Path, $_.Exception.GetBaseException().Message }
}

function script:Get-ListWriter {
    # The accounts that may change a file, or replace it. (Windows)
    param([string]$Path)

    if (Test-NetworkPath $Path) { throw $script:Messages.ModuleOnShare }
    $folder = [System.IO.Path]::GetDirectoryName($Path)
    $rights = [ordered]@{ $Path = $script:ChangingRights; $folder = $script:ChangingRights }
    $above = [System.IO.Path]::GetDirectoryName($folder)
    while ($above) {
        $rights[$above] = $script:ReplacingRights
        $above = [System.IO.Path]::GetDirectoryName($above)
    }
    return Find-UntrustedWriter $rights
}
