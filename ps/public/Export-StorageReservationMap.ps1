function Export-StorageReservationMap {
    <#
    .SYNOPSIS
    Exports a map of hosts and disks as one HTML file.

    .DESCRIPTION
    Draws what Find-StorageReservationHolder and Get-StorageReservation gave: a row for each LUN, a column for each
    host, and in the cell what the disk answered to that host, by shape and colour. A cell that is clicked, or opened by
    Enter, shows the evidence and its time. The page sorts, filters by text and by state, and can be printed.

    The file needs no other file: it loads nothing and sends nothing, and opens from a mail or a share. It contains the
    names, identifiers and keys of the disks in it.

    LUNs are joined by their UniqueId, or else by their serial number, never by the number that a host gives them. A
    disk that states neither is a row of its own. Nothing is asked of any disk: the map shows what was read before, and
    decides nothing that Find-StorageReservationHolder has not decided.

    .PARAMETER Path
    The file that is written, whole or not at all. A map that is there is replaced; any other file is not.

    .PARAMETER InputObject
    Results of Find-StorageReservationHolder or Get-StorageReservation, of this session or from ConvertFrom-Json or
    Import-Clixml.

    .PARAMETER Before
    A file of such results of an earlier time, as Export-Clixml or ConvertTo-Json writes them. What has changed since is
    marked, as far as both times tell: what a host was not asked, or did not answer, is no change.

    .PARAMETER Title
    The title of the map.

    .PARAMETER Force
    Replaces a file that is not a map, too; but never the file of -Before, under whatever name.

    .PARAMETER PassThru
    Gives the file that was written.

    .INPUTS
    StorageRelease.Holder, StorageRelease.Reservation

    .OUTPUTS
    None, or with -PassThru System.IO.FileInfo

    .EXAMPLE
    Find-StorageReservationHolder -Session $nodes | Export-StorageReservationMap map.html

    Draws who holds which disk.

    .EXAMPLE
    # Draw what each host was answered, and keep it for later:
    $read = Get-StorageReservation -Session $nodes
    $read | Export-Clixml monday.xml
    $read | Export-StorageReservationMap map.html -Title 'Cluster 4'

    Draws a map of the readings. The file can be compared with later ones by -Before.

    .EXAMPLE
    Get-StorageReservation -Session $nodes | Export-StorageReservationMap tuesday.html -Before monday.xml -PassThru | Invoke-Item

    Marks what has changed since, and opens the map.

    .LINK
    Find-StorageReservationHolder

    .LINK
    Get-StorageReservation
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low', HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType([void], [System.IO.FileInfo])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]
        $Path,

        [Parameter(Mandatory, ValueFromPipeline)]
        [AllowNull()]
        [object]
        $InputObject,

        [ValidateNotNullOrEmpty()]
        [string]
        $Before,

        [ValidateNotNullOrEmpty()]
        [string]
        $Title,

        [switch]
        $Force,

        [switch]
        $PassThru
    )

    begin {
        Import-ModulePart Private $PSCmdlet
        Import-ModulePart Unattended $PSCmdlet
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $place = Resolve-MapPath $PSCmdlet $Path $Before
        if ($null -ne $place -and -not (Test-MapPlace $PSCmdlet $place $Path)) { $place = $null }
        $json = [System.Text.StringBuilder]::new()
    }

    process {
        if ($null -eq $place) { return }
        foreach ($one in $InputObject) { if ($null -ne $one) { Add-MapRow $json $one } }
    }

    end {
        if ($null -eq $place) { return }
        if ($json.Length -eq 0) {
            $PSCmdlet.WriteError((New-ModuleError 'MapEmpty' InvalidArgument -Message $script:MapMessages.Empty -NextStep $script:MapMessages.EmptyNext -Target $Path))
            return
        }
        if (-not $PSCmdlet.ShouldProcess($place.File, $script:MapMessages.Write)) { return }
        $page = Get-Map $PSCmdlet ($json.Append("]`n").ToString()) $place.Before $Title
        if ($null -eq $page -or -not (Write-Map $PSCmdlet $place.File $page $Force)) { return }
        if ($PassThru) { [System.IO.FileInfo]::new($place.File) }
    }
}
