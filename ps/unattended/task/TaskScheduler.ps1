# Windows' own commands of scheduled tasks, and what they answer.

function script:Get-TaskModulePath {
    # Windows' module, by its place in Windows: a module of that name elsewhere in PSModulePath stands in for
    # nothing.
    $system = [System.Environment]::SystemDirectory
    if (-not $system) { return '' }
    return [System.IO.Path]::Combine($system, 'WindowsPowerShell\v1.0\Modules\ScheduledTasks\ScheduledTasks.psd1')
}

function script:Get-TaskCommand {
    # One of its commands; ends this one where there is no such module. -TaskName: for the line to type.
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
            $about = $why, $TaskName.Replace("'", "''")
            $key = $(if ($Name -ceq 'Get-ScheduledTask') { 'NoTasks' } else { 'NoScheduler' })
            $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskScheduler' NotInstalled $key $about))
        }
    }
    return $script:TaskModule.ExportedCommands[$Name]
}

function script:Get-WindowsTask {
    # The tasks in our folder, whoever made them.
    param([System.Management.Automation.PSCmdlet]$Cmdlet)

    $get = Get-TaskCommand $Cmdlet 'Get-ScheduledTask'
    try { return @(& $get -TaskPath $script:TaskFolder -ErrorAction Stop) }
    catch {
        # There is no such folder, or nothing in it.
        if ([string]$_.CategoryInfo.Category -ceq 'ObjectNotFound') { return @() }
        $why = $_.Exception.GetBaseException().Message
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskUnread' ReadError 'Unread' $why))
    }
}
