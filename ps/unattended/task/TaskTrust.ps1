# Who could change what the task runs or reads. It runs as SYSTEM: so nobody may but administrators, and this
# user's own account neither, because its programs that are not elevated could.

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
    # A sentence about the first who may change a file and should not; nothing where there is nobody. -Key: of the
    # texts.
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
    # Who may change a file, or put another in its place. (Windows)
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
