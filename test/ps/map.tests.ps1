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

function Assert-MapError {
    # One error that does not end the statement.
    param([scriptblock]$Doing, [string]$Id, [string]$Message = '', [string]$Next = '.')
    $got = Invoke-Capture { & $Doing; 'went on' }
    Assert-Equal (@($got.Errors | ForEach-Object { $_.FullyQualifiedErrorId }) -join ' ') "$Id,Export-StorageReservationMap"
    Assert-Match "$($got.Errors[0])" $Message
    Assert-Match $got.Errors[0].ErrorDetails.RecommendedAction $Next
    Assert-Equal "$($got.Output)" 'went on'
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
    Assert-Equal "$($got.Warnings)" 'One object says nothing of a reservation of a disk, and is not on the map.'
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
    $some = @($read | Select-Object -First 5 | ForEach-Object { $_.PSObject.Copy() })
    $some[0].State = 'HeldByAnotherHost'
    $some[0].Blocked = $true
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
    Assert-MapError { $read | Export-StorageReservationMap $map } 'MapExists' 'exists, and is not a map'
    [System.IO.File]::WriteAllText($map, 'mine, <meta name="generator" content="StorageRelease map">')
    Assert-MapError { $read | Export-StorageReservationMap $map } 'MapExists' 'exists, and is not a map'
    [System.IO.File]::WriteAllText($map, 'mine')
    Assert-Equal ([System.IO.File]::ReadAllText($map)) 'mine'
    $read | Export-StorageReservationMap $map -Force
    Assert-Equal (Get-Cell $map) $expected
}

Test-That 'what cannot be drawn, read or written is an error with its id, and writes nothing' {
    $map = Get-MapPath
    $got = Invoke-Capture { @() | Export-StorageReservationMap $map }
    Assert-Equal $got.Errors[0].FullyQualifiedErrorId 'MapEmpty,Export-StorageReservationMap'
    Assert-MapError { 5 | Export-StorageReservationMap $map } 'MapFailed' 'What was piped has no results' 'Pipe what Find-'
    Assert-MapError { $read | Export-StorageReservationMap $map -Before "$Temp/none.json" } 'MapFailed' 'none\.json' 'in -Before a file that Export-Clixml'
    Assert-MapError { $read | Export-StorageReservationMap "$Temp/none/map.html" } 'MapNotWritten' ([regex]::Escape("cannot be written: the folder $([System.IO.Path]::Combine($Temp, 'none')) does not exist."))
    Assert-MapError { $read | Export-StorageReservationMap $Temp -Force } 'MapNotWritten' 'it is a folder'
    Assert-True (-not [System.IO.File]::Exists($map))
    foreach ($empty in 'Before', 'Title') {
        $given = @{ $empty = '' }
        Assert-Match (Assert-Throws { $read | Export-StorageReservationMap $map @given }).FullyQualifiedErrorId '^ParameterArgumentValidationError,'
    }
}

Test-That 'a path of no file is an error with its id, for the map and for -Before, and nothing is written' {
    foreach ($path in 'env:foo', 'variable:foo', 'zz:foo.html', "a`0b.html") {
        $before = [System.IO.Directory]::GetFiles($Temp).Length
        Assert-MapError { $read | Export-StorageReservationMap $path } 'MapNotWritten'
        Assert-MapError { $read | Export-StorageReservationMap (Get-MapPath) -Before $path } 'MapFailed'
        Assert-Equal ([System.IO.Directory]::GetFiles($Temp).Length) $before $path
    }
}

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    & /usr/bin/mkfifo "$Temp/fifo"
    & /bin/ln -s fifo "$Temp/fifolink"
    Test-That 'a path that leads to no regular file is refused at once, for the map and for -Before' {
        foreach ($path in "$Temp/fifo", "$Temp/fifolink", '/dev/null') {
            $kind = $(if ($path -eq '/dev/null') { 'a device' } else { 'a FIFO' })
            Assert-MapError { $read | Export-StorageReservationMap $path -Force } 'MapNotWritten' (
                [regex]::Escape("The map $path cannot be written: it is $kind, not a regular file.")) '^Name a regular file\.$'
            Assert-MapError { $read | Export-StorageReservationMap (Get-MapPath) -Before $path } 'MapFailed' (
                [regex]::Escape("The map cannot be drawn: The file $path is $kind, not a regular file.")) '^Name in -Before a'
        }
    }
}

Test-That 'a drive of a function, a path on it, and ~ are what they are for PowerShell' {
    $folder = [System.IO.Path]::Combine($Temp, 'drive')
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($folder, 'in'))
    function Use-Drive {
        $null = New-PSDrive mapdrive FileSystem $folder
        $read | Export-Clixml mapdrive:/in/before.xml
        $read | Export-StorageReservationMap mapdrive:/in/map.html -Before mapdrive:in/before.xml -PassThru
        Push-Location mapdrive:/in
        try { $read | Export-StorageReservationMap mapdrive:here.html -PassThru }
        finally { Pop-Location }
    }
    Assert-Equal (@(Use-Drive) -join ' ') "$folder/in/map.html $folder/in/here.html".Replace('/', [string][System.IO.Path]::DirectorySeparatorChar)
    $own = [System.IO.Path]::Combine((Get-PSProvider FileSystem).Home, 'no such folder', 'map.html')
    Assert-MapError { $read | Export-StorageReservationMap '~/no such folder/map.html' } 'MapNotWritten' ([regex]::Escape("The map $own cannot"))
}

Test-That 'the file of -Before is never replaced; a map that is in use stays whole; nothing is left beside it' {
    $folder = [System.IO.Path]::Combine($Temp, 'whole')
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $map = [System.IO.Path]::Combine($folder, 'map.html')
    $before = [System.IO.Path]::Combine($folder, 'before.xml')
    $read | Export-Clixml $before
    $text = [System.IO.File]::ReadAllText($before)
    Assert-MapError { $read | Export-StorageReservationMap "$folder/../whole/before.xml" -Before $before -Force } 'MapNotWritten' 'with which it is compared'
    Assert-Equal ([System.IO.File]::ReadAllText($before)) $text
    $read | Export-StorageReservationMap $map
    $text = [System.IO.File]::ReadAllText($map)
    $open = [System.IO.File]::Open($map, 'Open', 'Read', 'None')
    try { Assert-MapError { $read | Export-StorageReservationMap $map -Title Other } 'MapNotWritten' }
    finally { $open.Dispose() }
    Assert-Equal ([System.IO.File]::ReadAllText($map)) $text
    if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
        & /bin/chmod 600 $map
        $read | Export-StorageReservationMap $map -Title Other
        Assert-Equal (& /usr/bin/stat -c %a $map) '600'
        & /bin/ln -s $map "$Temp/link.html"
        $read | Export-StorageReservationMap "$Temp/link.html" -Title Linked
        Assert-True ([System.IO.File]::ReadAllText($map).Contains('<title>Linked</title>'))
    }
    Assert-Equal (([System.IO.Directory]::GetFiles($folder) | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Sort-Object) -join ' ') 'before.xml map.html'
}

Test-That 'the file of -Before is not replaced under another name either' {
    $folder = [System.IO.Path]::Combine($Temp, 'links')
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($folder, 'real'))
    $before = [System.IO.Path]::Combine($folder, 'real', 'before.xml')
    $read | Export-Clixml $before
    $text = [System.IO.File]::ReadAllText($before)
    $names = @([System.IO.Path]::Combine($folder, 'hard.xml'))
    $null = New-Item -ItemType HardLink -Path $names[0] -Value $before
    # (Windows makes the other links for administrators alone.)
    if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
        & /bin/ln -s real/before.xml "$folder/link.xml"
        & /bin/ln -s link.xml "$folder/linked.xml"
        & /bin/ln -s real "$folder/linked"
        $names += "$folder/link.xml", "$folder/linked.xml", "$folder/linked/before.xml"
    }
    foreach ($name in $names) {
        Assert-MapError { $read | Export-StorageReservationMap $name -Before $before -Force } 'MapNotWritten' 'with which it is compared'
        Assert-MapError { $read | Export-StorageReservationMap $before -Before $name -Force } 'MapNotWritten' 'with which it is compared'
        Assert-MapError { $read | Export-StorageReservationMap $before -Before $name -Force -WhatIf } 'MapNotWritten' 'with which it is compared'
        Assert-Equal ([System.IO.File]::ReadAllText($before)) $text $name
    }
    # Nor where that cannot be found out, because another program has the file for itself.
    $open = [System.IO.File]::Open($before, 'Open', 'Read', 'None')
    try { Assert-MapError { $read | Export-StorageReservationMap $names[-1] -Before $before -Force } 'MapNotWritten' 'cannot be written: ' }
    finally { $open.Dispose() }
    Assert-Equal ([System.IO.File]::ReadAllText($before)) $text
    # Another file is, whoever else reads the one of -Before.
    $other = [System.IO.Path]::Combine($folder, 'real', 'other.xml')
    [System.IO.File]::Copy($before, $other)
    $open = [System.IO.File]::Open($before, 'Open', 'Read', 'Read')
    try { $read | Export-StorageReservationMap $other -Before $before -Force }
    finally { $open.Dispose() }
    Assert-Equal (Get-Cell $other) $expected
}

Test-That 'what is left out, and a -Before that is later, are warnings' {
    $later = @($read | ForEach-Object { $copy = $_.PSObject.Copy(); $copy.StartedAt = $copy.StartedAt.AddDays(1); $copy })
    $before = [System.IO.Path]::Combine($Temp, 'later.xml')
    $later | Export-Clixml $before
    $map = Get-MapPath
    $got = Invoke-Capture { @($read) + $read[0] | Export-StorageReservationMap $map -Before $before }
    Assert-Equal ($got.Warnings -join '|') ('One result is older than another one of the same disk and host, and is not on the map.|' +
        'The results to compare with are later than those that are compared.')
    Assert-Equal (@((Get-MapData $map).luns | Where-Object change).Count) 0
}

Complete-Tests
