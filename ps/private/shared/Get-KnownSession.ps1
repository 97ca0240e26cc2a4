function script:Get-KnownSession {
    # The open session of this PowerShell with this InstanceId, or null. -Any: in whatever state it is.
    param([string]$InstanceId, [switch]$Any)

    $id = [guid]::Empty
    if (-not [guid]::TryParse($InstanceId, [ref]$id)) { return $null }
    foreach ($one in @(Microsoft.PowerShell.Core\Get-PSSession -InstanceId $id -ErrorAction Ignore)) {
        if ($null -ne $one -and ($Any -or [string]$one.Runspace.RunspaceStateInfo.State -ceq 'Opened')) { return $one }
    }
    return $null
}
