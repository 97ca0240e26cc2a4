function script:Get-ListedDisk {
    # The worker's list, in the order of numbers. It may be two seconds old, or incomplete while some devices have not answered
    # yet. Requests that come while a list is under way share it. Only `list` is ever sent, and no tape drive is opened.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $clock = $script:SessionClock
    $list = $script:DiskList
    $mine = $null -ne $list -and $list.Bus -eq $script:Bus
    if ($mine -and $null -ne $list.Sorted -and $clock.ElapsedMilliseconds - $list.At -lt $script:ListPatience.Fresh) { return $list.Sorted }
    if (-not $mine -or $null -ne $list.Sorted) {
        if ($null -eq $script:Rehearsal -and [System.Environment]::OSVersion.Platform -ne [System.PlatformID]::Win32NT) { return }
        if ($null -ne (Connect-Worker $Cmdlet)) { return }
        $list = @{
            Bus    = $script:Bus
            At     = [long]0
            Disks  = [System.Collections.ArrayList]::new()
            Sorted = $null
            Errand = New-Errand $script:Worker $null 0 (1000 * $script:ListPatience.TimeoutSec)
        }
        $null = Send-WorkerRequest $list.Errand 'list' "&brief=1&timeout=$($script:ListPatience.TimeoutSec)" $null
        $script:DiskList = $list
    }
    $until = $clock.ElapsedMilliseconds + $script:ListPatience.Wait
    $replies = $list.Errand.Replies
    while ($true) {
        while ($replies.Count -gt 0) {
            $reply = $replies.Dequeue()
            if ($reply.Kind -ceq 'disks') { foreach ($row in $reply.Payload.Split("`n")) { $null = $list.Disks.Add($row.Split("`t")) } }
            elseif ($reply.Kind -cne 'warning') {
                $list.At = $clock.ElapsedMilliseconds
                $list.Sorted = Get-SortedDisk $list.Disks
                return $list.Sorted
            }
        }
        if ($clock.ElapsedMilliseconds -ge $until) { return (Get-SortedDisk $list.Disks) }
        Receive-WorkerReply $list.Errand.Worker 50
    }
}

function script:Get-SortedDisk {
    # Sorts by number; devices without one come last. $script:ListColumns has the columns of a row.
    param([System.Collections.ArrayList]$Disks)

    # A row with another number of columns is not one of ours.
    $sorted = [object[]]@(foreach ($row in $Disks) { if ($row.Length -eq $script:ListWidth) { , $row } })
    $keys = [long[]]::new($sorted.Length)
    for ($i = 0; $i -lt $keys.Length; $i++) {
        $number = $sorted[$i][0]
        $keys[$i] = $(if ($number -match '^[0-9]{1,10}$') { [long]$number } else { 0x1FFFFFFFF }) * 0x200000 + $i
    }
    # Array.Sort with keys and items would sort a copy of the items, which PowerShell passes.
    [System.Array]::Sort($keys)
    $rows = [object[]]::new($keys.Length)
    for ($i = 0; $i -lt $keys.Length; $i++) { $rows[$i] = $sorted[[int]($keys[$i] % 0x200000)] }
    return , $rows
}

# Milliseconds that a list stays valid, and that the prompt waits for one; seconds that devices have to answer.
$script:ListPatience = @{ Fresh = 2000; Wait = 1500; TimeoutSec = 5 }

# The columns of a row (src/worker/brief-list.ts), by the parameter that they complete.
$script:ListColumns = @{ Number = 0; Path = 1; SerialNumber = 3; UniqueId = 4 }
