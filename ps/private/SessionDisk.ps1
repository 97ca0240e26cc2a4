# Who gets which disk. A number, a unique id or a device path that was named means the same on every computer. An object
# of another computer goes home, to the session with that computer, with all that it says of its disk. One of this
# computer goes to all of them, by its UniqueId alone: its number is another disk's there.

# The names that computers gave themselves in what they sent: InstanceId of the session to the name.
$script:SessionSelf = @{}

function Resolve-SessionDisk {
    # A target (see New-Target) with Sent, what the far side gets, and To, the indices of the computers that get it.
    param([object]$InputObject, [string]$Set, [hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    $all = @(0..($Work.Computers.Length - 1))
    if ($Set -cne 'InputObject') {
        $target = Resolve-NamedDisk $InputObject $Set
        $target.Sent = $InputObject
        $target.To = $all
        return $target
    }
    $names = @()
    # A property that cannot be read is told by Resolve-Target.
    try { $names = @(Get-ObjectComputer $InputObject) } catch { $null = $_ }
    if ($names.Length -gt 0) {
        $at = Find-HomeSession $InputObject $names $Work $Cmdlet
        $target = Resolve-Target $InputObject -Anywhere
        if ($target.Refused) { return $target }
        if ($null -ne $target.Holder) { return New-Refusal $InputObject 'HolderSession' 'HolderSessionNext' }
        if ($at -lt 0) {
            return New-Refusal $InputObject 'OtherComputer' 'OtherComputerNext' (Get-OtherComputerLine $names[0] $target)
        }
        $target.Sent = [pscustomobject]@{
            PSTypeName = 'StorageRelease.Disk'; Number = $target.Number; DevicePath = $target.Path; UniqueId = $target.UniqueId
            SerialNumber = $target.Serial; FriendlyName = $target.FriendlyName; IsBoot = $target.Boot; IsSystem = $target.System
            IsClustered = $target.Clustered; IsMultipath = $target.Multipath
        }
        $target.To = @($at)
        return $target
    }
    $target = Resolve-Target $InputObject
    if ($target.Refused) { return $target }
    if ($null -ne $target.Holder) { return New-Refusal $InputObject 'HolderSession' 'HolderSessionNext' }
    $target.To = $all
    if ($target.UniqueId) {
        $target.Sent = [pscustomobject]@{ UniqueId = $target.UniqueId; SerialNumber = $target.Serial; FriendlyName = $target.FriendlyName }
        $target.Number = $null
        return $target
    }
    # A device path that was piped as text was named like one of -Path.
    if ($InputObject -is [string]) {
        $target.Sent = $InputObject
        return $target
    }
    return New-Refusal $InputObject 'NoUniqueId' 'NoUniqueIdNext'
}

function Resolve-NamedDisk {
    # What was named by -Number, -UniqueId or -Path, looked at before any computer is bothered with it.
    param([object]$Given, [string]$Set)

    $target = New-Target $Given
    if ($Set -ceq 'Number') {
        $target.Number = ConvertTo-DiskNumber $Given
        if ($null -eq $target.Number) { return New-Refusal $Given 'BadNumber' 'BadNumberNext' (Format-Text ([string]$Given)) }
    }
    elseif ($Set -ceq 'UniqueId') {
        $target.UniqueId = $Given
        if ([string]::IsNullOrWhiteSpace($Given)) { return New-Refusal $Given 'EmptyUniqueId' 'NoIdentityNext' }
    }
    else {
        $target.Path = $Given
        if (-not (Test-DevicePath $Given)) { return New-Refusal $Given 'Text' 'TextNext' (Format-Text $Given) }
    }
    return $target
}

function Find-HomeSession {
    # Index of the session with the computer that an object comes from, or -1. Where no name fits, the computers are
    # asked, once, what they call themselves.
    param([object]$InputObject, [string[]]$Names, [hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    # What Invoke-Command adds to what it brings: the session itself.
    $runspace = $null
    try { $runspace = Read-Property $InputObject 'RunspaceId' } catch { $null = $_ }
    for ($round = 0; $round -lt 2; $round++) {
        for ($i = 0; $i -lt $Work.Computers.Length; $i++) {
            $session = $Work.Computers[$i]
            if ($null -ne $runspace -and [string]$runspace -eq [string]$session.InstanceId) { return $i }
        }
        for ($i = 0; $i -lt $Work.Computers.Length; $i++) {
            $session = $Work.Computers[$i]
            foreach ($name in $Names) {
                if ((Test-SameComputer $name $session.ComputerName) -or
                    (Test-SameComputer $name $script:SessionSelf[$session.InstanceId])) { return $i }
            }
        }
        if ($Work.Asked) { return -1 }
        $Work.Asked = $true
        Update-SessionSelf $Work $Cmdlet
    }
    return -1
}

function Test-SameComputer {
    # srv1 and SRV1.contoso.com are the same; two full names, or two addresses, only when they are equal.
    param([string]$Left, [string]$Right)

    if (-not $Left -or -not $Right) { return $false }
    if ($Left -eq $Right) { return $true }
    if ($Left.Contains('.') -eq $Right.Contains('.')) { return $false }
    return $Left.Split('.')[0] -eq $Right.Split('.')[0]
}

function Update-SessionSelf {
    # Asks every computer whose own name is not known, by a command that cannot reach a disk: its refusal bears the
    # name. One that does not answer soon is not waited for.
    param([hashtable]$Work, [System.Management.Automation.PSCmdlet]$Cmdlet)

    $calls = @(foreach ($session in $Work.Computers) {
            if (-not $script:SessionSelf.ContainsKey($session.InstanceId)) { @{ Session = $session; Parameters = @{ Path = ''; ErrorAction = 'Continue' } } }
        })
    if ($calls.Length -eq 0) { return }
    $fan = New-SessionRun $Cmdlet 'Get-StorageReservation' $calls $script:SessionMargin $calls.Length
    try {
        while ($fan.Open -gt 0) {
            foreach ($news in @(Receive-SessionRun $fan 100)) {
                if ($news.Kind -ceq 'object') { $null = ConvertFrom-SessionObject $news }
            }
        }
    }
    finally { Stop-SessionRun $fan }
}

function Get-OtherComputerLine {
    # What the refusal of another computer's object is about: that computer, this one, and how its disk is named in the
    # line to type.
    param([string]$Name, [hashtable]$Target)

    $how = '-Number ...'
    if ($Target.UniqueId) { $how = "-UniqueId '{0}'" -f (Format-Text $Target.UniqueId).Replace("'", "''") }
    elseif ($null -ne $Target.Number) { $how = '-Number {0}' -f $Target.Number }
    elseif ($Target.Path) { $how = "-Path '{0}'" -f $Target.Path }
    return $Name, [System.Environment]::MachineName, $how
}
