# Every row of test/identities.json through the module: what is piped or typed, the devices that there are, and what
# must come of a release. The unit tests read the same file. Records go through CSV and JSON as well.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/fakes.ps1"
. "$PSScriptRoot/buses.ps1"

Import-Module "$Root/StorageRelease.psd1"

$rows = @((ConvertFrom-Json ([System.IO.File]::ReadAllText("$Root/test/identities.json"))).rows)

function New-IdentityBus {
    # A rehearsal with these devices, all of them reserved by this host.
    param([object[]]$Devices, [string]$Name)
    $units = @()
    $disks = @()
    for ($i = 0; $i -lt $Devices.Count; $i++) {
        $unit = [ordered]@{ name = "unit $i"; reservedBy = 'here' }
        $disk = [ordered]@{ number = $Devices[$i].number; unit = "unit $i" }
        if ($Devices[$i].unit) { $unit.name = $Devices[$i].unit; $disk.unit = $Devices[$i].unit }
        $own = 0
        foreach ($property in $Devices[$i].PSObject.Properties) {
            if ($property.Name -eq 'initiators') { $disk.initiators = $property.Value; $unit.reservedBy = $property.Value[0] }
            elseif ($property.Name -eq 'faults') { $disk.faults = $property.Value }
            elseif ($property.Name -notin 'number', 'unit', 'hidden') { $unit[$property.Name] = $property.Value; $own++ }
        }
        # A second path has no unit of its own.
        if ($own -gt 0) { $units += $unit }
        if (-not $Devices[$i].hidden) { $disks += $disk }
    }
    $bus = @{ version = 1; thisHost = 'here'; logicalUnits = $units; hosts = @{ here = @{ disks = $disks } } }
    $file = [System.IO.Path]::Combine($Temp, $Name)
    [System.IO.File]::WriteAllText($file, (ConvertTo-Json $bus -Depth 8))
    $file
}

function Get-HitUnit {
    # Name of the unit that a row says is hit; nothing where none is.
    param($Row)
    for ($i = 0; $i -lt $Row.devices.Count; $i++) {
        $device = $Row.devices[$i]
        $name = $(if ($device.type -eq 'tape') { "Tape$($device.number)" } else { $device.number })
        if ("$name" -ceq "$($Row.hit)") { return $(if ($device.unit) { $device.unit } else { "unit $i" }) }
    }
}

function Get-Forms {
    # The forms in which a row comes: name and script block.
    param($Row)
    $properties = $Row.properties
    if ($Row.kind -eq 'typed') {
        $parameters = @{}
        foreach ($property in $properties.PSObject.Properties) { $parameters[$property.Name] = $property.Value }
        return , @('typed', { Invoke-StorageRelease @parameters -Force }.GetNewClosure())
    }
    if ($Row.kind -eq 'object') {
        $disk = New-FakeDisk -Number $properties.Number -UniqueId $properties.UniqueId -SerialNumber $properties.SerialNumber -BusType $null
        return , @('object', { $disk | Invoke-StorageRelease -Force }.GetNewClosure())
    }
    $csv = $properties | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv
    $json = ConvertTo-Json $properties | ConvertFrom-Json
    @('record', { $properties | Invoke-StorageRelease -Force }.GetNewClosure()),
    @('record through CSV', { $csv | Invoke-StorageRelease -Force }.GetNewClosure()),
    @('record through JSON', { $json | Invoke-StorageRelease -Force }.GetNewClosure())
}

$buses = [ordered]@{}
foreach ($row in $rows) {
    $key = ConvertTo-Json $row.devices -Depth 8 -Compress
    if (-not $buses.Contains($key)) { $buses[$key] = [System.Collections.Generic.List[object]]::new() }
    $buses[$key].Add($row)
}

Test-That 'at least 150 rows' { Assert-True ($rows.Count -ge 150) $rows.Count }

$count = 0
foreach ($list in $buses.Values) {
    $count++
    Test-That "$($list[0].source), bus $count" {
        $file = New-IdentityBus $list[0].devices "identities-$count.json"
        Use-Bus $file {
            foreach ($row in $list) {
                foreach ($form in Get-Forms $row) {
                    $its = "$($form[0]) $(ConvertTo-Json $row.properties -Compress)"
                    $before = @((Get-Released $file) -split ', ')
                    $got = Invoke-Capture $form[1]
                    Assert-True ($null -eq $got.Thrown) "${its}: $($got.Thrown)"
                    Assert-Equal $got.Output.Count 1 $its
                    $result = $got.Output[0]
                    Assert-Equal $result.Outcome $row.outcome "${its}: $($result.Message)"
                    Assert-Equal $result.IdentifiedBy $row.identifiedBy $its
                    $released = @(@((Get-Released $file) -split ', ') | Where-Object { $before -cnotcontains $_ })
                    $hit = Get-HitUnit $row
                    Assert-True (@($released | Where-Object { $_ -cne $hit }).Count -eq 0) "${its}: released $released"
                    if ($row.outcome -ceq 'Accepted') {
                        $where = $(if ($row.hit -is [string]) { $result.DevicePath.Substring(4) } else { $result.Number })
                        Assert-Equal "$where" "$($row.hit)" $its
                        Assert-Equal $got.Warnings.Count ([int]($row.kind -eq 'object' -and $row.identifiedBy -eq 'Number')) "${its}: $($got.Warnings)"
                    }
                    else { Assert-True $result.NextStep "${its}: a next step" }
                }
            }
        }
    }
}

Complete-Tests
