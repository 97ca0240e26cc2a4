# Runspaces of their own with the module, as several sessions of one process. Needs $Root of the test script.

function Get-WorkerId { & (Get-Module StorageRelease) { $script:Worker.Process.Id } }

function Wait-Until {
    # Bounded: a condition that never comes true fails the case instead of hanging it.
    param([scriptblock]$Condition, [string]$What)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.ElapsedMilliseconds -gt 20000) { throw "Waited in vain: $What" }
        [System.Threading.Thread]::Sleep(20)
    }
}

function Open-Shell {
    # A runspace of its own with the module, in a rehearsal of its own.
    param([string]$File, [string]$Manifest = "$Root/StorageRelease.psd1")
    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    if ([Environment]::OSVersion.Platform -eq 'Win32NT') { $state.ExecutionPolicy = 'Bypass' }
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $space.Open()
    $null = Invoke-In $space {
        param($Module, $Bus)
        Import-Module $Module
        Enter-StorageRehearsal $Bus -WarningAction SilentlyContinue
    } $Manifest, $File
    $space
}

function Invoke-In {
    # Runs a body in such a runspace and returns what came: Output, Errors, Warnings.
    param($Space, [scriptblock]$Body, [object[]]$Argument)
    $shell = [System.Management.Automation.PowerShell]::Create()
    $shell.Runspace = $Space
    $null = $shell.AddScript($Body.ToString())
    foreach ($one in $Argument) { $null = $shell.AddArgument($one) }
    $output = @($shell.Invoke())
    [pscustomobject]@{ Output = $output; Errors = @($shell.Streams.Error); Warnings = @($shell.Streams.Warning) }
    $shell.Dispose()
}

function Close-Shell {
    param($Space)
    $null = Invoke-In $Space { Remove-Module StorageRelease }
    $Space.Dispose()
}
