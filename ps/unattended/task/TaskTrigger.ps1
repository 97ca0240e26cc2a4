# What starts a task: from triggers as New-ScheduledTaskTrigger makes them to elements of the task's document. An element is
# a hashtable of Name, and of Text or Nodes, in the order that the schema asks for.
# https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema

# Which element a class of trigger becomes, and what it has beside what all have: name of the property and of the element, and
# how the value is read. ValueQueries of an event trigger are left out: they fill places in arguments, and ours have none.
# https://learn.microsoft.com/windows/win32/taskschd/trigger-types
$script:TriggerClasses = @{
    MSFT_TaskTimeTrigger               = @{ Element = 'TimeTrigger'; Starts = $true; Own = @(, @('RandomDelay', 'Duration')) }
    MSFT_TaskDailyTrigger              = @{ Element = 'CalendarTrigger'; Starts = $true; Own = @(, @('RandomDelay', 'Duration')); Schedule = 'ScheduleByDay' }
    MSFT_TaskWeeklyTrigger             = @{ Element = 'CalendarTrigger'; Starts = $true; Own = @(, @('RandomDelay', 'Duration')); Schedule = 'ScheduleByWeek' }
    MSFT_TaskBootTrigger               = @{ Element = 'BootTrigger'; Own = @(, @('Delay', 'Duration')) }
    MSFT_TaskRegistrationTrigger       = @{ Element = 'RegistrationTrigger'; Own = @(, @('Delay', 'Duration')) }
    MSFT_TaskIdleTrigger               = @{ Element = 'IdleTrigger'; Own = @() }
    MSFT_TaskLogonTrigger              = @{ Element = 'LogonTrigger'; Own = @(@('UserId', 'Text'), @('Delay', 'Duration')) }
    MSFT_TaskSessionStateChangeTrigger = @{ Element = 'SessionStateChangeTrigger'; Own = @(@('UserId', 'Text'), @('Delay', 'Duration'), @('StateChange', 'State')) }
    MSFT_TaskEventTrigger              = @{ Element = 'EventTrigger'; Own = @(@('Subscription', 'Must'), @('Delay', 'Duration'), @('PeriodOfOccurrence', 'Duration'), @('NumberOfOccurrences', 'Count'), @('MatchingElement', 'Text')) }
}
# https://learn.microsoft.com/windows/win32/api/taskschd/ne-taskschd-task_session_state_change_type
$script:StateChanges = @{ '1' = 'ConsoleConnect'; '2' = 'ConsoleDisconnect'; '3' = 'RemoteConnect'; '4' = 'RemoteDisconnect'; '7' = 'SessionLock'; '8' = 'SessionUnlock' }
# By their bits, the first one first. https://learn.microsoft.com/windows/win32/taskschd/weeklytrigger-daysofweek
$script:WeekDays = 'Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'

$script:TriggerForms = @{
    Duration = [regex]::new('\AP(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?\z')
    Time     = [regex]::new('\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\z')
    Count    = [regex]::new('\A[1-9][0-9]{0,2}\z')
    Mask     = [regex]::new('\A[1-9][0-9]{0,2}\z')
    Text     = [regex]::new('\A(?s:.+)\z')
}
$script:LongestTrigger = 16384
$script:MostTriggers = 48

function script:Get-TaskTrigger {
    # The elements of all that was given, and in words; ends the command where there is nothing, or nothing that can be read.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    $nodes = [System.Collections.ArrayList]::new()
    $words = @()
    if ($Task.Daily) {
        $local = $Task.At
        if ($local.Kind -eq [System.DateTimeKind]::Utc) { $local = $local.ToLocalTime() }
        # Without an offset, so that it is this time on the clock, in summer as in winter.
        $start = $local.ToString('yyyy-MM-ddTHH:mm:ss', [System.Globalization.CultureInfo]::InvariantCulture)
        $null = $nodes.Add(@{ Name = 'CalendarTrigger'; Nodes = @(
                    @{ Name = 'Enabled'; Text = 'true' }
                    @{ Name = 'StartBoundary'; Text = $start }
                    @{ Name = 'ScheduleByDay'; Nodes = @(, @{ Name = 'DaysInterval'; Text = '1' }) }
                ) })
        $words += $script:TaskMessages.AtTime -f $start.Substring(11, 5)
    }
    if ($Task.AtStartup) {
        $null = $nodes.Add(@{ Name = 'BootTrigger'; Nodes = @(, @{ Name = 'Enabled'; Text = 'true' }) })
        $words += $script:TaskMessages.AtStart
    }
    foreach ($one in $Task.Triggers) {
        $read = ConvertTo-TaskTrigger $one
        if ($read.Problem) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTriggerForm' InvalidArgument $read.Problem $script:TaskMessages.TriggerFormNext $null)) }
        $null = $nodes.Add($read.Node)
        $words += $script:TaskMessages.ByTrigger -f $read.Class
    }
    if ($nodes.Count -eq 0) { $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTrigger' InvalidArgument $script:TaskMessages.NoTrigger $script:TaskMessages.NoTriggerNext $null)) }
    if ($nodes.Count -gt $script:MostTriggers) {
        $Cmdlet.ThrowTerminatingError((New-ModuleError 'TaskTrigger' InvalidArgument ($script:TaskMessages.TriggerMany -f $nodes.Count) $script:TaskMessages.NoTriggerNext $null))
    }
    return @{ Nodes = $nodes.ToArray(); Words = $words -join ', ' }
}

function script:ConvertTo-TaskTrigger {
    # One trigger: Node and Class, or Problem in words. By class name and properties: where the object comes from another
    # PowerShell (Windows' module may run in one), it has no type of its own any more.
    param([object]$Trigger)

    $class = 'none'
    try {
        if ($null -ne $Trigger) { $class = Get-TriggerClass $Trigger }
        $row = $script:TriggerClasses[$class]
        if ($null -eq $row) { return @{ Problem = $script:TaskMessages.TriggerForm -f (Format-SafeText $class) } }
        $problem = $null
        $nodes = [System.Collections.ArrayList]::new()
        $enabled = Get-PropertyValue $Trigger 'Enabled'
        $null = $nodes.Add(@{ Name = 'Enabled'; Text = $(if ($enabled -is [bool] -and -not $enabled) { 'false' } else { 'true' }) })
        $plan = @(@('StartBoundary', $(if ($row['Starts']) { 'MustTime' } else { 'Time' })), @('EndBoundary', 'Time'), @('Repetition', 'Repetition'), @('ExecutionTimeLimit', 'Duration'))
        foreach ($step in $plan + $row.Own) {
            $name = $step[0]
            if ($step[1] -ceq 'Repetition') {
                $pattern = Get-PropertyValue $Trigger $name
                $inner = [System.Collections.ArrayList]::new()
                if ($null -ne $pattern) {
                    $problem = Add-TriggerValue $inner $pattern 'Interval' 'Duration'
                    if (-not $problem -and $inner.Count -gt 0) {
                        $problem = Add-TriggerValue $inner $pattern 'Duration' 'Duration'
                        $stop = Get-PropertyValue $pattern 'StopAtDurationEnd'
                        $null = $inner.Add(@{ Name = 'StopAtDurationEnd'; Text = $(if ($stop -is [bool] -and $stop) { 'true' } else { 'false' }) })
                    }
                }
                if ($inner.Count -gt 0) { $null = $nodes.Add(@{ Name = $name; Nodes = $inner.ToArray() }) }
            }
            else { $problem = Add-TriggerValue $nodes $Trigger $name $step[1] }
            if ($problem) { return @{ Problem = $script:TaskMessages.TriggerValue -f $class, $name, $problem.Trim() } }
        }
        if ($row['Schedule']) {
            $inner = [System.Collections.ArrayList]::new()
            $name = $(if ($row.Schedule -ceq 'ScheduleByDay') { 'DaysInterval' } else { 'WeeksInterval' })
            $problem = Add-TriggerValue $inner $Trigger $name 'Count'
            if (-not $problem -and $name -ceq 'WeeksInterval') {
                $name = 'DaysOfWeek'
                $mask = [string](Get-PropertyText $Trigger $name)
                if (-not $script:TriggerForms.Mask.IsMatch($mask) -or [int]$mask -gt 127) { $problem = ' ' + (Format-SafeText $mask) }
                else {
                    $days = @(for ($i = 0; $i -lt 7; $i++) { if ([int]$mask -band (1 -shl $i)) { @{ Name = $script:WeekDays[$i]; Text = '' } } })
                    $null = $inner.Add(@{ Name = $name; Nodes = $days })
                }
            }
            if ($problem) { return @{ Problem = $script:TaskMessages.TriggerValue -f $class, $name, $problem.Trim() } }
            $null = $nodes.Add(@{ Name = $row.Schedule; Nodes = $inner.ToArray() })
        }
        return @{ Node = @{ Name = $row.Element; Nodes = $nodes.ToArray() }; Class = $class; Problem = $null }
    }
    catch { return @{ Problem = $script:TaskMessages.TriggerForm -f (Format-SafeText ($class + ': ' + $_.Exception.GetBaseException().Message)) } }
}

function script:Add-TriggerValue {
    # One property as an element, where it says something; else what is wrong with it. -Kind: a key of TriggerForms, State
    # for the number of a change of state, Must and MustTime for what has to be there.
    param([System.Collections.ArrayList]$Nodes, [object]$Trigger, [string]$Name, [string]$Kind)

    $text = Get-PropertyText $Trigger $Name
    $must = $Kind -ceq 'Must' -or $Kind -ceq 'MustTime' -or $Kind -ceq 'State'
    if ($null -eq $text -or ($Kind -ceq 'Count' -and $text -ceq '0')) {
        # A blank says that there is a problem, and that nothing is to be shown of it.
        if ($must) { return ' ' }
        return
    }
    if ($Kind -ceq 'State') {
        $word = $script:StateChanges[$text]
        if ($null -eq $word) { return Format-SafeText $text }
        $text = $word
    }
    else {
        $form = $script:TriggerForms[$(if ($Kind -ceq 'MustTime') { 'Time' } elseif ($Kind -ceq 'Must') { 'Text' } else { $Kind })]
        if ($text.Length -gt $script:LongestTrigger -or -not $form.IsMatch($text)) { return Format-SafeText $text }
    }
    $null = $Nodes.Add(@{ Name = $Name; Text = $text })
}

function script:Get-TriggerClass {
    # The name of its CIM class, also where the object was sent from another PowerShell; else that of its type.
    param([object]$Trigger)

    $class = Get-PropertyValue $Trigger 'CimClass'
    if ($null -ne $class) {
        $name = Get-PropertyText $class 'CimClassName'
        if ($name) { return $name }
    }
    foreach ($name in $Trigger.PSObject.TypeNames) {
        if ($name -match 'CimInstance#(?:.*/)?(\w+)\z') { return $Matches[1] }
    }
    return $Trigger.PSObject.TypeNames[0]
}
