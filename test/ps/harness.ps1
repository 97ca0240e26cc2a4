# What a test script needs, in constructs that Windows PowerShell 5.1 knows, with Core commands and .NET alone.
#
#   param([string]$Root, [string]$Temp)
#   . "$PSScriptRoot/harness.ps1"
#   Test-That 'two and two are four' { Assert-Equal (2 + 2) 4 }
#   Complete-Tests
#
# A case is one ASCII line on stdout, "@@" and a JSON object; the last line says how many there were. They go past
# the pipeline, so that a case's own output cannot be mistaken for them and survives a script that dies half-way.

$script:TestCount = 0

function ConvertTo-TestJson {
    # a JSON string in 20-7E: the same bytes under every console encoding
    param([string]$Text)
    $json = [System.Text.StringBuilder]::new('"')
    foreach ($character in $Text.ToCharArray()) {
        $code = [int]$character
        if ($code -lt 0x20 -or $code -gt 0x7E -or $code -eq 0x22 -or $code -eq 0x5C) {
            $null = $json.Append('\u').Append($code.ToString('x4', [cultureinfo]::InvariantCulture))
        }
        else {
            $null = $json.Append($character)
        }
    }
    $json.Append('"').ToString()
}

function Test-That {
    param([string]$Name, [scriptblock]$Body)
    $script:TestCount++
    $testOk = 'true'
    $testMessage = ''
    $testWatch = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $null = & $Body
    }
    catch {
        $testOk = 'false'
        $testMessage = "$($_.Exception.Message)`n$($_.FullyQualifiedErrorId)`n$($_.ScriptStackTrace)"
    }
    $testMs = $testWatch.Elapsed.TotalMilliseconds.ToString('0.0', [cultureinfo]::InvariantCulture)
    [Console]::Out.WriteLine('@@{"name":' + (ConvertTo-TestJson $Name) + ',"ok":' + $testOk + ',"message":' +
        (ConvertTo-TestJson $testMessage) + ',"ms":' + $testMs + '}')
}

function Complete-Tests {
    [Console]::Out.WriteLine('@@{"end":' + $script:TestCount + '}')
}

function Format-TestValue {
    param($Value)
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return "'" + $Value + "'" }
    if ($Value -is [array]) {
        $parts = foreach ($item in $Value) { Format-TestValue $item }
        return '(' + ($parts -join ', ') + ')'
    }
    $text = [System.Management.Automation.LanguagePrimitives]::ConvertTo($Value, [string],
        [cultureinfo]::InvariantCulture)
    "[$($Value.GetType().Name)] $text"
}

function Test-SameValue {
    param($Left, $Right)
    if ($null -eq $Left -or $null -eq $Right) { return ($null -eq $Left -and $null -eq $Right) }
    if ($Left -is [array] -or $Right -is [array]) {
        if ($Left -isnot [array] -or $Right -isnot [array] -or $Left.Count -ne $Right.Count) { return $false }
        for ($i = 0; $i -lt $Left.Count; $i++) {
            if (-not (Test-SameValue $Left[$i] $Right[$i])) { return $false }
        }
        return $true
    }
    # 3 and '3' are not the same; [uint32]3 and 3 are, unless -Exactly is said
    if (($Left -is [string]) -ne ($Right -is [string])) { return $false }
    $Left -ceq $Right
}

function Assert-Equal {
    param($Actual, $Expected, [string]$Because, [switch]$Exactly)
    $same = Test-SameValue $Actual $Expected
    if ($same -and $Exactly -and $null -ne $Actual) { $same = $Actual.GetType() -eq $Expected.GetType() }
    if (-not $same) {
        throw "Expected $(Format-TestValue $Expected), got $(Format-TestValue $Actual). $Because".TrimEnd()
    }
}

function Assert-True {
    param($Condition, [string]$Because)
    if (-not $Condition) { throw "Expected a true value, got $(Format-TestValue $Condition). $Because".TrimEnd() }
}

function Assert-Match {
    param([string]$Actual, [string]$Pattern, [string]$Because)
    if ($Actual -cnotmatch $Pattern) { throw "Expected a match of /$Pattern/, got '$Actual'. $Because".TrimEnd() }
}

function Assert-Throws {
    # the body must end in a terminating error; -ErrorId is compared with the whole FullyQualifiedErrorId
    # (wildcards allowed). Returns the error record.
    param([scriptblock]$Body, [string]$ErrorId, [string]$Match)
    $testCaught = $null
    try {
        $null = & $Body
    }
    catch {
        $testCaught = $_
    }
    if ($null -eq $testCaught) { throw 'Expected a terminating error, got none.' }
    if ($ErrorId -and $testCaught.FullyQualifiedErrorId -notlike $ErrorId) {
        throw "Expected error id '$ErrorId', got '$($testCaught.FullyQualifiedErrorId)': $testCaught"
    }
    if ($Match -and "$testCaught" -cnotmatch $Match) {
        throw "Expected an error like /$Match/, got '$testCaught'."
    }
    $testCaught
}

function Invoke-Capture {
    # Runs the body and returns what it wrote, stream by stream: Output, Errors, Warnings, Verbose, Debug,
    # Information and Progress are arrays, Thrown is the terminating error or null, State the pipeline's last
    # state.
    #
    # Here: in this runspace, as its caller would call it; progress goes to the host and is not seen. -Runspace: in
    # a fresh runspace that has imported -Module; the body is taken as text, so give it what it needs by
    # -ArgumentList and -Variable. Nobody answers questions there.
    param(
        [scriptblock]$Body,
        [switch]$Runspace,
        [object[]]$ArgumentList = @(),
        [hashtable]$Variable = @{},
        [string[]]$Module
    )
    $capture = [pscustomobject]@{
        Output = @(); Errors = @(); Warnings = @(); Verbose = @(); Debug = @(); Information = @(); Progress = @()
        Thrown = $null; State = 'Completed'
    }
    if (-not $Runspace) {
        $captureList = [System.Collections.Generic.List[object]]::new()
        try {
            & $Body @ArgumentList *>&1 | ForEach-Object { $captureList.Add($_) }
        }
        catch {
            $capture.Thrown = $_
            $capture.State = 'Failed'
        }
        foreach ($item in $captureList) {
            if ($item -is [System.Management.Automation.ErrorRecord]) { $capture.Errors += $item }
            elseif ($item -is [System.Management.Automation.WarningRecord]) { $capture.Warnings += $item }
            elseif ($item -is [System.Management.Automation.VerboseRecord]) { $capture.Verbose += $item }
            elseif ($item -is [System.Management.Automation.DebugRecord]) { $capture.Debug += $item }
            elseif ($item -is [System.Management.Automation.InformationRecord]) { $capture.Information += $item }
            else { $capture.Output += , $item }
        }
        return $capture
    }

    if (-not $PSBoundParameters.ContainsKey('Module')) {
        $Module = @()
        $manifest = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../StorageRelease.psd1")
        if ([System.IO.File]::Exists($manifest)) { $Module = @($manifest) }
    }
    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    # a fresh session state does not inherit the policy that this process was started with
    if ([Environment]::OSVersion.Platform -eq 'Win32NT') { $state.ExecutionPolicy = 'Bypass' }
    if ($Module.Count -gt 0) { $state.ImportPSModule($Module) }
    $space = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $shell = [System.Management.Automation.PowerShell]::Create()
    try {
        $space.Open()
        foreach ($name in $Variable.Keys) { $space.SessionStateProxy.SetVariable($name, $Variable[$name]) }
        $shell.Runspace = $space
        $null = $shell.AddScript($Body.ToString())
        foreach ($argument in $ArgumentList) { $null = $shell.AddArgument($argument) }
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        try {
            $shell.Invoke($null, $output, $null)
        }
        catch {
            $inner = $_.Exception
            if ($inner.InnerException) { $inner = $inner.InnerException }
            $capture.Thrown = $_
            if ($inner -is [System.Management.Automation.IContainsErrorRecord]) {
                $capture.Thrown = $inner.ErrorRecord
            }
        }
        $capture.Output = @($output)
        $capture.Errors = @($shell.Streams.Error)
        $capture.Warnings = @($shell.Streams.Warning)
        $capture.Verbose = @($shell.Streams.Verbose)
        $capture.Debug = @($shell.Streams.Debug)
        $capture.Information = @($shell.Streams.Information)
        $capture.Progress = @($shell.Streams.Progress)
        $capture.State = "$($shell.InvocationStateInfo.State)"
    }
    finally {
        $shell.Dispose()
        $space.Dispose()
    }
    $capture
}
