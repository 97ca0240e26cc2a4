# A stand-in for Windows' module ScheduledTasks: takes tasks as XML, keeps them in $global:StandInTasks (name to
# Xml, State, Result, Last, Next), and gives objects with the type names and properties of Windows' own. Parameters
# take from the pipeline what Windows' documentation says that they take. It runs nothing: Start-ScheduledTask only
# says so.

if (-not (Get-Variable StandInTasks -Scope Global -ErrorAction Ignore)) { $global:StandInTasks = @{} }

$type = 'Microsoft.Management.Infrastructure.CimInstance#MSFT_ScheduledTask'

function Register-ScheduledTask {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Xml, [Parameter(Mandatory)][string]$TaskName, [string]$TaskPath = '\',
        [switch]$Force)
    if ($global:StandInTasks.ContainsKey($TaskName) -and -not $Force) {
        Write-Error 'Cannot create a file when that file already exists.' `
            -ErrorId 'HRESULT 0x800700b7,Register-ScheduledTask' -Category ResourceExists
        return
    }
    # Windows reads the document, too.
    $null = [xml]$Xml
    $global:StandInTasks[$TaskName] = @{ Xml = $Xml; Path = $TaskPath; State = 'Ready'; Result = [uint32]0x41303;
        Last = [datetime]'1999-11-30'; Next = [datetime]'2027-01-01T02:00:00'; Forced = [bool]$Force }
    New-StandInTask $TaskName
}

function New-StandInTask {
    param([string]$Name)
    $task = $global:StandInTasks[$Name]
    $document = [xml]$task.Xml
    $space = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
    $space.AddNamespace('t', 'http://schemas.microsoft.com/windows/2004/02/mit/task')
    $text = { param($Path) $node = $document.SelectSingleNode("/t:Task/$Path", $space); if ($node) {
        $node.InnerText } }
    $object = [pscustomobject]@{
        TaskName    = $Name
        TaskPath    = $task.Path
        State       = $task.State
        Source      = & $text 't:RegistrationInfo/t:Source'
        Description = & $text 't:RegistrationInfo/t:Description'
        Actions     = @([pscustomobject]@{ Execute = & $text 't:Actions/t:Exec/t:Command';
            Arguments = & $text 't:Actions/t:Exec/t:Arguments' })
    }
    $object.PSObject.TypeNames.Insert(0, $type)
    $object
}

function Get-ScheduledTask {
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipelineByPropertyName)][string[]]$TaskName,
        [Parameter(ValueFromPipelineByPropertyName)][string[]]$TaskPath)
    process {
        $names = @($global:StandInTasks.Keys | Where-Object { (-not $TaskName -or $TaskName -contains $_) -and
            (-not $TaskPath -or $TaskPath -contains $global:StandInTasks[$_].Path) } | Sort-Object)
        if ($names.Count -eq 0) { Write-Error 'No MSFT_ScheduledTask objects found.' `
            -ErrorId 'CmdletizationQuery_NotFound_TaskPath' -Category ObjectNotFound }
        foreach ($name in $names) { New-StandInTask $name }
    }
}

function Get-ScheduledTaskInfo {
    [CmdletBinding()]
    param([string]$TaskName, [string]$TaskPath)
    $task = $global:StandInTasks[$TaskName]
    [pscustomobject]@{ TaskName = $TaskName; TaskPath = $task.Path; LastTaskResult = $task.Result;
        LastRunTime = $task.Last; NextRunTime = $task.Next }
}

function Set-StandInState {
    param([object]$Task, [string]$State)
    if ($Task.PSObject.TypeNames -notcontains $type) { throw 'This is no object of Get-ScheduledTask.' }
    $global:StandInTasks[$Task.TaskName].State = $State
}
function Disable-ScheduledTask { param([Parameter(Mandatory, ValueFromPipeline)][object]$InputObject) process {
    Set-StandInState $InputObject 'Disabled' } }
function Enable-ScheduledTask { param([Parameter(Mandatory, ValueFromPipeline)][object]$InputObject) process {
    Set-StandInState $InputObject 'Ready' } }
function Start-ScheduledTask { param([Parameter(Mandatory, ValueFromPipeline)][object]$InputObject) process {
    Set-StandInState $InputObject 'Running' } }
function Unregister-ScheduledTask {
    param([Parameter(Mandatory, ValueFromPipelineByPropertyName)][string[]]$TaskName,
        [Parameter(ValueFromPipelineByPropertyName)][string[]]$TaskPath)
    process { foreach ($name in $TaskName) { $global:StandInTasks.Remove($name) } }
}

Export-ModuleMember -Function *-ScheduledTask*
