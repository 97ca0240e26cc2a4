# Export-StorageReservationMap: real objects of a rehearsed cluster become a map, whichever way they come; what is there and is
# not a map stays.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"

# What each node of the two-host cluster is answered.
$read = @(foreach ($node in 'node-1', 'node-2') {
        $bus = [System.IO.Path]::Combine($Temp, "$node.json")
        [System.IO.File]::Copy("$Root/ps/rehearsal/two-host-cluster.json", $bus)
        Enter-StorageRehearsal -Path $bus -Initiator $node 3>$null 6>$null
        try { Get-StorageReservation }
        finally { Exit-StorageRehearsal }
    })

function Get-MapPath { [System.IO.Path]::Combine($Temp, [guid]::NewGuid().ToString('N') + '.html') }

function Get-MapData {
    param([string]$Path)
    $text = [System.IO.File]::ReadAllText($Path)
    Assert-True ($text -match '(?s)<script type="application/json" id="data">(.*?)</script>') 'the map has no data'
    ConvertFrom-Json $Matches[1]
}

function Get-Cell {
    param([string]$Path)
    (@(foreach ($lun in (Get-MapData $Path).luns) { $lun.serialNumber + ' ' + $lun.cells + ' ' + $lun.kind }) | Sort-Object) -join '; '
}

$expected = '20242A0C5F11 i. free; 20242A0C5F12 .i free; CKM00213900417-1 rr persistent; CKM00213900417-2 rr persistent; ' +
    'CKM00213900417-Q rr persistent; CKM00213900417-S bh held; CKM00213900417-W rr persistent'

Test-That 'objects of two hosts are one map: LUNs joined, hosts as columns, and nothing on any stream' {
    $map = Get-MapPath
    $got = Invoke-Capture { $read | Export-StorageReservationMap $map }
    Assert-Equal ($got.Output.Count + $got.Errors.Count + $got.Warnings.Count + $got.Verbose.Count + $got.Information.Count) 0
    Assert-Equal ((Get-MapData $map).hosts -join ' ') 'node-1 node-2'
    Assert-Equal (Get-Cell $map) $expected
}

Test-That 'as JSON or as CLIXML later it is the same map' {
    foreach ($later in (ConvertFrom-Json (ConvertTo-Json $read)),
        ([System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($read)))) {
        $map = Get-MapPath
        $later | Export-StorageReservationMap $map
        Assert-Equal (Get-Cell $map) $expected
        $time = $read[0].StartedAt.ToUniversalTime() - [datetime]::new(1970, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc)
        Assert-Equal (Get-MapData $map).epoch ([long][System.Math]::Floor($time.TotalMilliseconds))
    }
}

Test-That 'as one argument, and with what is not of a map told' {
    $map = Get-MapPath
    Export-StorageReservationMap $map -InputObject $read
    Assert-Equal (Get-Cell $map) $expected
    $got = Invoke-Capture { $null, 5, $read[0] | Export-StorageReservationMap $map }
    Assert-Equal "$($got.Warnings)" '1 objects say nothing of a reservation, and are not on the map.'
}

Test-That '-Before marks what changed, -Title is text, and -PassThru gives the file' {
    $before = [System.IO.Path]::Combine($Temp, 'before.json')
    [System.IO.File]::WriteAllText($before, (ConvertTo-Json @($read | Select-Object -First 5)))
    $map = Get-MapPath
    $file = $read | Export-StorageReservationMap $map -Before $before -Title '<b> & "it"' -PassThru
    Assert-True ($file -is [System.IO.FileInfo])
    Assert-Equal $file.FullName $map
    $data = Get-MapData $map
    Assert-Equal $data.compared $true
    Assert-Equal (@($data.luns | Where-Object serialNumber -ceq 'CKM00213900417-W')[0].change) 'new'
    Assert-True ([System.IO.File]::ReadAllText($map).Contains('<title>&lt;b&gt; &amp; &quot;it&quot;</title>'))
}

Test-That '-Before takes what Export-Clixml writes, in both of its encodings, as it takes JSON' {
    $some = @($read | Select-Object -First 5)
    $expected = $null
    foreach ($form in 'json', 'utf8.xml', 'utf16.xml') {
        $before = [System.IO.Path]::Combine($Temp, "earlier.$form")
        if ($form -eq 'json') { [System.IO.File]::WriteAllText($before, (ConvertTo-Json $some)) }
        elseif ($form -eq 'utf8.xml') { $some | Export-Clixml $before }
        else { [System.IO.File]::WriteAllText($before, [System.Management.Automation.PSSerializer]::Serialize($some), [System.Text.Encoding]::Unicode) }
        $map = Get-MapPath
        $read | Export-StorageReservationMap $map -Before $before
        $changes = (@(foreach ($lun in (Get-MapData $map).luns) { "$($lun.serialNumber) $($lun.change) $($lun.before.cells)" }) | Sort-Object) -join '; '
        if ($null -eq $expected) { $expected = $changes }
        Assert-Equal $changes $expected $form
    }
    Assert-Match $expected ' new '
    Assert-Match $expected ' changed '
}

Test-That 'a device that calls itself markup is text, with every character that JSON escapes' {
    $name = "</script><script>alert(1)</script>`"\`t$([char]0xE9)"
    $hostile = [pscustomobject]@{
        ComputerName = 'a'; Number = 1; FriendlyName = $name; UniqueId = $name; State = 'Free'; Blocked = $false; Evidence = $name
    }
    $map = Get-MapPath
    $hostile | Export-StorageReservationMap $map
    Assert-Equal ([regex]::Matches([System.IO.File]::ReadAllText($map), '<script').Count) 2
    Assert-Equal (Get-MapData $map).luns[0].name $name.Replace("`t", '?')
}

Test-That 'a map is replaced, any other file only by -Force, and -WhatIf writes none' {
    $map = Get-MapPath
    $read | Export-StorageReservationMap $map -WhatIf
    Assert-True (-not [System.IO.File]::Exists($map))
    $read | Export-StorageReservationMap $map
    $read | Export-StorageReservationMap $map
    [System.IO.File]::WriteAllText($map, 'mine')
    $null = Assert-Throws { $read | Export-StorageReservationMap $map } 'MapExists,Export-StorageReservationMap' 'exists, and is not a map'
    Assert-Equal ([System.IO.File]::ReadAllText($map)) 'mine'
    $read | Export-StorageReservationMap $map -Force
    Assert-Equal (Get-Cell $map) $expected
}

Test-That 'what cannot be drawn, read or written is an error with its id, and writes nothing' {
    $map = Get-MapPath
    $got = Invoke-Capture { @() | Export-StorageReservationMap $map }
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'MapEmpty,Export-StorageReservationMap'
    $null = Assert-Throws { 5 | Export-StorageReservationMap $map } 'MapFailed,Export-StorageReservationMap' 'has no results'
    $null = Assert-Throws { $read | Export-StorageReservationMap $map -Before "$Temp/none.json" } 'MapFailed,Export-StorageReservationMap' 'none\.json'
    $null = Assert-Throws { $read | Export-StorageReservationMap "$Temp/none/map.html" } 'MapNotWritten,Export-StorageReservationMap'
    Assert-True (-not [System.IO.File]::Exists($map))
}

Complete-Tests
