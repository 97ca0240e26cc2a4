function Test-StorageRelease {
    <#
    .SYNOPSIS
    Checks whether the module can work here, and says what to do where it cannot.

    .DESCRIPTION
    One row for each check: PowerShell and its settings, the module's files and who may change them, the executable and
    its start, the storage stack and the disks that answer, the event source, scheduled tasks and, with -Session, other
    computers.
    Nothing is changed, and nothing is sent to a disk but what lists disks. A check that cannot be made is a Failed row that
    says why; this command itself writes no error.

    Where it runs in a rehearsal, the disks are those of the rehearsal.

    The rows Tasks and EventSource name what stays when the module is removed. Before that, elevated:
    Get-StorageReleaseTask | Unregister-ScheduledTask, and Unregister-StorageReleaseEventSource.

    -Report writes the rows to a file that can be sent with a question. It holds versions, hashes and settings; names of
    this computer, its user, its sessions and its domain are replaced, and no serial number or unique id is in it unless
    -IncludeSerialNumber asks for them.

    .PARAMETER Session
    Sessions with other computers (New-PSSession): for each, whether it answers and has this version of the module.

    .PARAMETER Report
    A file that the rows are written to, as text in UTF-8. It is replaced where it exists.

    .PARAMETER IncludeSerialNumber
    Writes the disks with their serial numbers and unique ids to the report, too, and replaces no names there.

    .OUTPUTS
    StorageRelease.Check

    Check [string]     What was checked, in one word: PowerShell, LanguageMode, ExecutionPolicy, Elevation, ModuleFolder,
                       ModuleFiles, Executable, Quarantine, MarkOfTheWeb, Hash, Signature, Architecture, Worker, Koffi,
                       StorageStack, StorageService, Disks, Duplicates, EventSource, Tasks, Session, Report.
    Status [string]    Passed; Warning: it works, but not everything does, or not for long; Failed; Skipped: there is no
                       such thing on this system, or what it needs has failed.
    Seen [string]      What was found.
    NextStep [string]  How to correct it. Empty where nothing is wrong.

    .EXAMPLE
    Test-StorageRelease

    Checks this computer.

    .EXAMPLE
    Test-StorageRelease | Where-Object Status -in Failed, Warning | Format-List

    Shows what is wrong, and how to correct it.

    .EXAMPLE
    Test-StorageRelease -Report storage-release.txt

    Writes a file to send with a question.

    .EXAMPLE
    # Other computers
    $hosts = New-PSSession -ComputerName server1, server2
    Test-StorageRelease -Session $hosts | Where-Object Check -eq Session

    Checks whether two servers answer and have this version.

    .LINK
    Get-StorageReservation

    .LINK
    Publish-StorageRelease
    #>
    [CmdletBinding(PositionalBinding = $false,
        HelpUri = 'https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddstor/ni-ntddstor-ioctl_storage_release')]
    [OutputType('StorageRelease.Check', 'StorageRelease.Check#Properties')]
    param(
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.Runspaces.PSSession[]]
        $Session,

        [ValidateNotNullOrEmpty()]
        [string]
        $Report,

        [switch]
        $IncludeSerialNumber
    )

    end {
        # Has to work even where parts of the module are damaged: each part is loaded on its own, and a failure becomes a row.
        $unread = @{}
        foreach ($part in 'Private', 'Unattended') {
            try { Import-ModulePart $part $PSCmdlet } catch { $unread[$part] = $_.Exception.GetBaseException().Message }
        }
        if ($unread.ContainsKey('Unattended')) {
            $row = [pscustomobject]@{
                Check    = 'ModuleFiles'
                Status   = 'Failed'
                Seen     = 'Files of the module cannot be read: ' + $unread['Unattended']
                NextStep = $script:PartMessages.Next
            }
            $row.PSObject.TypeNames.Insert(0, 'StorageRelease.Check')
            return $row
        }
        if (-not $unread.ContainsKey('Private')) { . $script:UseCallerPreference $PSCmdlet $PSBoundParameters }
        $place = Get-CheckPlace $PSCmdlet $Session $unread['Private']
        if ($Report) { Invoke-SelfCheck $place -Report $Report -IncludeSerialNumber:$IncludeSerialNumber }
        else { Invoke-SelfCheck $place }
    }
}
