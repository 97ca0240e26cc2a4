# Registering the event source: with a registry in memory in the place of Windows', which nothing else here has.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

Import-Module "$Root/StorageRelease.psd1"
$module = Get-Module StorageRelease
$services = 'SYSTEM\CurrentControlSet\Services\EventLog'
$ours = '%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\EventLogMessages.dll'

function New-Key {
    # A key of a registry that is a table of paths.
    param([hashtable]$Keys, [string]$At)
    $key = [pscustomobject]@{ Keys = $Keys; At = $At }
    $path = { param($Name) if ($this.At) { $this.At + '\' + $Name } else { $Name } }
    $key | Add-Member ScriptMethod PathOf $path
    $key | Add-Member ScriptMethod OpenSubKey { param($Name) if ($this.Keys.ContainsKey($this.PathOf($Name))) { New-Key $this.Keys $this.PathOf($Name) } }
    $key | Add-Member ScriptMethod GetSubKeyNames {
        foreach ($one in $this.Keys.Keys) { if ($one -match ('^' + [regex]::Escape($this.At) + '\\([^\\]+)$')) { $Matches[1] } }
    }
    $key | Add-Member ScriptMethod GetValue { param($Name, $Otherwise) if ($this.Keys[$this.At].ContainsKey($Name)) { $this.Keys[$this.At][$Name] } else { $Otherwise } }
    $key | Add-Member ScriptMethod CreateSubKey { param($Name) $this.Keys[$this.PathOf($Name)] = @{}; New-Key $this.Keys $this.PathOf($Name) }
    $key | Add-Member ScriptMethod SetValue { param($Name, $Value, $Kind) $this.Keys[$this.At][$Name] = $Value; $this.Keys[$this.At]["$Name kind"] = "$Kind" }
    $key | Add-Member ScriptMethod DeleteSubKey { param($Name) $this.Keys.Remove($this.PathOf($Name)) }
    $key | Add-Member ScriptMethod Dispose { }
    $key
}

if ([System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Unix) {
    Test-That 'elsewhere than on Windows there is no event log' {
        $null = Assert-Throws { Register-StorageReleaseEventSource } 'NoEventLog,Register-StorageReleaseEventSource'
        $null = Assert-Throws { Unregister-StorageReleaseEventSource } 'NoEventLog,Unregister-StorageReleaseEventSource'
    }
}

& $module {
    Import-ModulePart Private
    Import-ModulePart Unattended
    function script:Get-EventProblem { }
    function script:Get-EventRegistry { & $script:TestRegistry }
}

function Use-Registry {
    param([hashtable]$Keys, [scriptblock]$Body)
    $Keys[$services] = @{}
    foreach ($log in 'Application', 'System') { $Keys["$services\$log"] = @{} }
    & $module { param($Get) $script:TestRegistry = $Get } { New-Key $script:Keys '' }
    $script:Keys = $Keys
    & $Body
}

Test-That 'the source is registered with the message file of .NET, once' {
    $keys = @{}
    Use-Registry $keys {
        Register-StorageReleaseEventSource -WhatIf
        Assert-True (-not $keys.ContainsKey("$services\Application\StorageRelease")) '-WhatIf writes nothing'
        Assert-Equal @(Register-StorageReleaseEventSource).Count 0
        $key = $keys["$services\Application\StorageRelease"]
        Assert-Equal $key['EventMessageFile'] $ours
        Assert-Equal $key['EventMessageFile kind'] 'ExpandString'
        Assert-Equal $key['TypesSupported'] 7
        Assert-Equal $key['TypesSupported kind'] 'DWord'
        $key['mark'] = 1
        Register-StorageReleaseEventSource
        Assert-Equal $keys["$services\Application\StorageRelease"]['mark'] 1 'it is not made anew'
        Unregister-StorageReleaseEventSource -WhatIf
        Assert-True $keys.ContainsKey("$services\Application\StorageRelease")
        Unregister-StorageReleaseEventSource
        Assert-True (-not $keys.ContainsKey("$services\Application\StorageRelease"))
        Unregister-StorageReleaseEventSource
    }
}

foreach ($place in @('Application', 'C:\other.dll'), @('System', $ours)) {
    Test-That "a source of that name in the log $($place[0]) with $($place[1]) is left alone" {
        $keys = @{ "$services\$($place[0])\StorageRelease" = @{ EventMessageFile = $place[1] } }
        Use-Registry $keys {
            foreach ($verb in 'Register', 'Unregister') {
                $null = Assert-Throws { & "$verb-StorageReleaseEventSource" } "EventSourceForeign,$verb-StorageReleaseEventSource"
            }
            Assert-Equal $keys["$services\$($place[0])\StorageRelease"]['EventMessageFile'] $place[1]
        }
    }
}

Test-That 'what the registry refuses is one error' {
    Use-Registry @{} {
        & $module { $script:TestRegistry = { throw 'no access' } }
        $caught = Assert-Throws { Register-StorageReleaseEventSource } 'EventSourceFailed,Register-StorageReleaseEventSource'
        Assert-Match "$caught" 'no access'
    }
}

Complete-Tests
