# A Windows for the commands of scheduled tasks, where there is none: a copy of the module whose worker says that
# it is on Windows and works on a rehearsal, an elevated session, a folder that only administrators write to, and a
# stand-in for Windows' module ScheduledTasks (scheduler/ScheduledTasks.psm1). Needs harness.ps1, buses.ps1 and
# standins.ps1.

function Use-Scheduler {
    # Runs the block with that copy in place of the module. -Bus: the rehearsal file that is the disks of this
    # computer.
    param([string]$Bus, [scriptblock]$Work)
    $enters = 'printf "id=999999999&verb=rehearse&file=%s\n" "' + [uri]::EscapeDataString($Bus) + '"'
    # The command line, and the worker: with its greeting changed, and without the answer to our own line.
    $copy = New-ModuleCopy (@(
            '#!/bin/sh'
            'if [ "$1" != serve ]; then exec @REAL "$@" --rehearsal ' + "'$Bus'" + '; fi'
            '{ ' + $enters + '; cat; } | @REAL serve | sed -u -e "1s/>linux</>win32</" -e "/<U32>999999999</d"'
        ) -join "`n")
    $global:StandInTasks = @{}
    Use-Module $copy {
        $folder = [System.IO.Path]::Combine($PSScriptRoot, 'scheduler')
        & (Get-Module StorageRelease) ([scriptblock]::Create($script:StandIns)) $folder
        & $Work
    }
}

# In the module, given the folder of the stand-in for Windows' module. As text, for other runspaces, too.
$script:StandIns = @'
    param($Folder)
    Import-ModulePart Private
    Import-ModulePart Unattended
    $script:StandInFolder = $Folder
    function script:Get-TaskModulePath { [System.IO.Path]::Combine($script:StandInFolder, 'ScheduledTasks.psm1') }
    function script:Get-TaskExecutable { Get-ExecutablePath }
    function script:Test-Elevated { $true }
    function script:Get-UntrustedWriter { @{ Path = $null; Who = $null; Own = $false } }
    function script:Get-ListWriter { @{ Path = $null; Who = $null; Own = $false } }
'@
