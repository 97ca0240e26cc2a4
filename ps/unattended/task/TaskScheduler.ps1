# Calls Windows' own commands for scheduled tasks.

function script:Get-TaskModulePath {
    # Windows' module by its full path, so that a module of that name elsewhere in PSModulePath is never used.
    $system = [System.Environment]::SystemDirectory
    if (-not $system) { return '' }
    return [System.IO.Path]::Combine($system, 'WindowsPowerShell\v1.0\Modules\ScheduledTasks\ScheduledTasks.psd1')
}

function script:Get-TaskCommand {
    # One of the module's commands; ends our command where the module does not exist. -TaskName: for the line to type.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Name, [string]$TaskName = 'NAME')

    if ($null -eq $script:TaskModule) {
        $path = Get-TaskModulePath
        $why = ''
        if ($path -and [System.IO.File]::Exists($path)) {
            $how = @{ Name = $path; PassThru = $true; ErrorAction = 'Stop'; Verbose = $false }
            try { $script:TaskModule = Microsoft.PowerShell.Core\Import-Module @how }
            catch { $why = ': ' + $_.Exception.GetBaseException().Message }
        }
        if ($null -eq $script:TaskModule) {
            $about = $why, [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($TaskName)
            $key = $(if ($Name -ceq 'Get-ScheduledTask') { 'NoTasks' } else { 'NoScheduler' })
            $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskScheduler' NotInstalled $key $about))
        }
    }
    return $script:TaskModule.ExportedCommands[$Name]
}

function script:Get-WindowsTask {
    # The tasks in our folder, even those that other programs have made.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $get = Get-TaskCommand $Cmdlet 'Get-ScheduledTask'
    try { return @(& $get -TaskPath $script:TaskFolder -ErrorAction Stop) }
    catch {
        # The folder does not exist, or is empty.
        if ([string]$_.CategoryInfo.Category -ceq 'ObjectNotFound') { return @() }
        $why = $_.Exception.GetBaseException().Message
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskUnread' ReadError 'Unread' $why))
    }
}
