# The names of this computer's initiator ports, by which a registrant is matched with its computer.

function script:Get-HostPort {
    # One object, for the computer that asks: see HolderSearch.ps1.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $names = @(if ($null -ne $script:Rehearsal) { Get-RehearsedPort $Cmdlet } else { Get-WindowsPort })
    $like = New-LocalResult (New-DiskClaim $null) '' '' ''
    $ports = [pscustomobject]@{ ComputerName = $like.ComputerName; Bus = $like.Bus; Ports = $names -join "`n" }
    $ports.PSObject.TypeNames.Insert(0, 'StorageRelease.HostPort')
    return $ports
}

function script:Get-RehearsedPort {
    # The names of this host on the simulated bus.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $failure = Connect-Worker $Cmdlet
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    $errand = New-Errand $script:Worker $Cmdlet 0 30000
    $null = Send-WorkerRequest $errand 'ports' '' $null
    while ($errand.Replies.Count -eq 0) { Receive-WorkerReply $errand.Worker 100 }
    $reply = $errand.Replies.Dequeue()
    if ($reply.Kind -ceq 'done') { return $reply.Payload.Split("`n") }
}

function script:Get-StorageModulePath {
    # Windows' module by its full path: see Get-TaskModulePath.
    $system = [System.Environment]::SystemDirectory
    if (-not $system) { return '' }
    return [System.IO.Path]::Combine($system, 'WindowsPowerShell\v1.0\Modules\Storage\Storage.psd1')
}

function script:Get-WindowsPort {
    # For iSCSI the name is that of the node, whatever its sessions are; for FC and SAS it is that of the port.
    # https://learn.microsoft.com/powershell/module/storage/get-initiatorport
    $path = Get-StorageModulePath
    if (-not $path -or -not [System.IO.File]::Exists($path)) { return }
    # A host that cannot tell has no names; its registrations are then shown as those of "no host that was asked".
    try {
        $module = Microsoft.PowerShell.Core\Import-Module -Name $path -PassThru -ErrorAction Stop -Verbose:$false
        foreach ($port in @(& $module.ExportedCommands['Get-InitiatorPort'] -ErrorAction Stop)) {
            $node = Get-PropertyText $port 'NodeAddress'
            if ($node -match '^(?:iqn|eui|naa)\.') { $node } else { Get-PropertyText $port 'PortAddress' }
        }
    }
    catch { $null = $_ }
}
