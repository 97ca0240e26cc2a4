# As src/map/html.ts writes it into each map, within its first 512 bytes.
$script:MapMark = '<meta name="generator" content="StorageRelease map">'

function script:Get-Map {
    # The page that shows these objects (JSON). The executable draws it.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Json, [string]$Before, [string]$Title)

    $words = @('map', '-')
    if ($Before) { $words += "--before=$Before" }
    if ($Title) { $words += "--title=$Title" }
    $ran = Invoke-Executable $Cmdlet (ConvertTo-CommandLine $words) -Text $Json
    $lines = @($ran.Errors -split '\r?\n' -ne '')
    if ($ran.Code -ne 0) {
        $message = "exit code $($ran.Code)"
        if ($lines.Count -gt 0) { $message = $lines[0] -replace '^storage-release: ', '' }
        $message = $script:MapMessages.Failed -f $message
        $next = if ($lines.Count -gt 1) { $lines[1] } else { '' }
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'MapFailed' InvalidData $message $next $Before))
    }
    foreach ($line in $lines) { $Cmdlet.WriteWarning($line) }
    return $ran.Output
}

function script:Test-Map {
    # Whether a file is a map, which another one may replace.
    param([string]$Path)

    $access = [System.IO.FileAccess]::Read
    $share = [System.IO.FileShare]::ReadWrite
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, $access, $share)
    try {
        $bytes = [byte[]]::new(512)
        $count = $stream.Read($bytes, 0, $bytes.Length)
        return [System.Text.Encoding]::ASCII.GetString($bytes, 0, $count).Contains($script:MapMark)
    }
    finally { $stream.Dispose() }
}

function script:Write-Map {
    # Writes a map to a file. One that is there is replaced if it is a map, or by $Force.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Path, [string]$Page, [bool]$Force)

    try {
        $mode = [System.IO.FileMode]::CreateNew
        if ([System.IO.File]::Exists($Path)) {
            if (-not $Force -and -not (Test-Map $Path)) {
                $exists = $script:MapMessages.Exists -f $Path
                $next = $script:MapMessages.ExistsNext
                $Cmdlet.ThrowTerminatingError((New-ModuleError 'MapExists' ResourceExists $exists $next $Path))
            }
            $mode = [System.IO.FileMode]::Create
        }
        $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Page)
        $access = [System.IO.FileAccess]::Write
        $stream = [System.IO.FileStream]::new($Path, $mode, $access, [System.IO.FileShare]::None)
        try { $stream.Write($bytes, 0, $bytes.Length) }
        finally { $stream.Dispose() }
    }
    catch [System.IO.IOException], [System.UnauthorizedAccessException], [System.ArgumentException],
        [System.NotSupportedException] {
        $message = $script:MapMessages.NotWritten -f $Path, $_.Exception.GetBaseException().Message
        $next = $script:MapMessages.NotWrittenNext
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'MapNotWritten' WriteError $message $next $Path))
    }
}
