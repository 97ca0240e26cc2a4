# Converts triggers, as New-ScheduledTaskTrigger makes them, to elements of the task's document. An element is a hashtable with
# Name, and with Text or Nodes, in the order that the schema demands.
# https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema

# For each class of trigger: its element, the values that other triggers do not have (name of property and element, and how the
# value is read), and the element around its last values. ValueQueries of an event trigger are left out: they fill placeholders
# in arguments, and ours have none.
# https://learn.microsoft.com/windows/win32/taskschd/trigger-types
$script:RandomDelay = @(, @('RandomDelay', 'Duration'))
$script:Delay = @(, @('Delay', 'Duration'))
$script:TriggerClasses = @{
    MSFT_TaskTimeTrigger               = @{
        Element = 'TimeTrigger'; Start = 'MustTime'; Own = $script:RandomDelay
    }
    MSFT_TaskDailyTrigger              = @{
        Element = 'CalendarTrigger'; Start = 'MustTime'; Own = $script:RandomDelay
        Schedule = 'ScheduleByDay'; Last = @(, @('DaysInterval', 'Count'))
    }
    MSFT_TaskWeeklyTrigger             = @{
        Element = 'CalendarTrigger'; Start = 'MustTime'; Own = $script:RandomDelay
        Schedule = 'ScheduleByWeek'; Last = @(@('WeeksInterval', 'Count'), @('DaysOfWeek', 'Days'))
    }
    MSFT_TaskBootTrigger               = @{ Element = 'BootTrigger'; Start = 'Time'; Own = $script:Delay }
    MSFT_TaskRegistrationTrigger       = @{ Element = 'RegistrationTrigger'; Start = 'Time'; Own = $script:Delay }
    MSFT_TaskIdleTrigger               = @{ Element = 'IdleTrigger'; Start = 'Time'; Own = @() }
    MSFT_TaskLogonTrigger              = @{
        Element = 'LogonTrigger'; Start = 'Time'; Own = @(@('UserId', 'Text'), @('Delay', 'Duration'))
    }
    MSFT_TaskSessionStateChangeTrigger = @{
        Element = 'SessionStateChangeTrigger'; Start = 'Time'
        Own = @(@('UserId', 'Text'), @('Delay', 'Duration'), @('StateChange', 'MustState'))
    }
    MSFT_TaskEventTrigger              = @{
        Element = 'EventTrigger'; Start = 'Time'
        Own = @(@('Subscription', 'MustText'), @('Delay', 'Duration'), @('PeriodOfOccurrence', 'Duration'),
            @('NumberOfOccurrences', 'Count'), @('MatchingElement', 'Text'))
    }
}
# https://learn.microsoft.com/windows/win32/api/taskschd/ne-taskschd-task_session_state_change_type
$script:StateChanges = @{
    '1' = 'ConsoleConnect'; '2' = 'ConsoleDisconnect'; '3' = 'RemoteConnect'; '4' = 'RemoteDisconnect'
    '7' = 'SessionLock'; '8' = 'SessionUnlock'
}
# In the order of their bits. https://learn.microsoft.com/windows/win32/taskschd/weeklytrigger-daysofweek
$script:WeekDays = 'Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'

$script:DurationForm = '\AP(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?' +
    '(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?\z'
$script:TimeForm = '\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?' +
    '(?:Z|[+-][0-9]{2}:[0-9]{2})?\z'
$script:TriggerForms = @{
    Duration = [regex]::new($script:DurationForm)
    Time     = [regex]::new($script:TimeForm)
    Count    = [regex]::new('\A[1-9][0-9]{0,2}\z')
    Days     = [regex]::new('\A(?:[1-9][0-9]?|1[01][0-9]|12[0-7])\z')
    State    = [regex]::new('\A[123478]\z')
    Text     = [regex]::new('\A(?s:.+)\z')
}
$script:LongestTrigger = 16384
$script:MostTriggers = 48

function script:Get-TaskTrigger {
    # The elements for all given triggers, and the same in words; ends the command where there is none, or one cannot be read.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Task)

    $texts = $script:TaskMessages
    $nodes = [System.Collections.ArrayList]::new()
    $words = @()
    $wrong = ''
    if ($Task.Daily -and $null -eq $Task.At) { $wrong = 'NoTime' }
    elseif (-not $Task.Daily -and $null -ne $Task.At) { $wrong = 'NoDaily' }
    # PowerShell converts a number to ticks, which is a time in the year 1.
    elseif ($Task.Daily -and $Task.At.Year -lt 1900) { $wrong = 'NoClock' }
    elseif ($Task.Daily) {
        $local = $Task.At
        if ($local.Kind -eq [System.DateTimeKind]::Utc) { $local = $local.ToLocalTime() }
        # Without an offset: local time, in summer as in winter.
        $start = $local.ToString('yyyy-MM-ddTHH:mm:ss', [System.Globalization.CultureInfo]::InvariantCulture)
        $every = @{ Name = 'ScheduleByDay'; Nodes = @(, @{ Name = 'DaysInterval'; Text = '1' }) }
        $inner = @{ Name = 'Enabled'; Text = 'true' }, @{ Name = 'StartBoundary'; Text = $start }, $every
        $null = $nodes.Add(@{ Name = 'CalendarTrigger'; Nodes = $inner })
        $words += $texts.AtTime -f $start.Substring(11, 5)
    }
    if ($Task.AtStartup) {
        $null = $nodes.Add(@{ Name = 'BootTrigger'; Nodes = @(, @{ Name = 'Enabled'; Text = 'true' }) })
        $words += $texts.AtStart
    }
    foreach ($one in $Task.Triggers) {
        $read = ConvertTo-TaskTrigger $one
        if ($read.Problem) {
            $failure = New-TaskError 'TaskTriggerForm' InvalidArgument 'TriggerProblem' $read.Problem $one
            $Cmdlet.ThrowTerminatingError($failure)
        }
        $null = $nodes.Add($read.Node)
        $words += $texts.ByTrigger -f $read.Class
    }
    if (-not $wrong -and $nodes.Count -eq 0) { $wrong = 'NoTrigger' }
    if ($nodes.Count -gt $script:MostTriggers) { $wrong = 'TriggerMany' }
    if ($wrong) {
        $Cmdlet.ThrowTerminatingError((New-TaskError 'TaskTrigger' InvalidArgument $wrong $nodes.Count))
    }
    return @{ Nodes = $nodes.ToArray(); Words = $words -join ', ' }
}

function script:ConvertTo-TaskTrigger {
    # Converts one trigger: Node and Class, or Problem in words. Goes by class name and properties, because an object from another
    # PowerShell (Windows' module may run in one) has lost its type.
    param([object]$Trigger)

    $class = 'none'
    try {
        if ($null -ne $Trigger) { $class = Get-TriggerClass $Trigger }
        $row = $script:TriggerClasses[$class]
        if ($null -eq $row) { return @{ Problem = $script:TaskMessages.TriggerForm -f (Format-SafeText $class) } }
        $nodes = [System.Collections.ArrayList]::new()
        Add-TriggerFlag $nodes $Trigger 'Enabled' $true
        $values = @(@('StartBoundary', $row.Start), @('EndBoundary', 'Time'), @('Repetition', 'Repetition'),
            @('ExecutionTimeLimit', 'Duration')) + $row.Own
        foreach ($value in $values) { Add-TriggerValue $nodes $Trigger $value[0] $value[1] }
        if ($row['Schedule']) {
            $inner = [System.Collections.ArrayList]::new()
            foreach ($value in $row.Last) { Add-TriggerValue $inner $Trigger $value[0] $value[1] }
            $null = $nodes.Add(@{ Name = $row.Schedule; Nodes = $inner.ToArray() })
        }
        return @{ Node = @{ Name = $row.Element; Nodes = $nodes.ToArray() }; Class = $class; Problem = $null }
    }
    catch {
        # From Add-TriggerValue, or from a getter.
        $why = Format-SafeText $_.Exception.GetBaseException().Message
        return @{ Problem = $script:TaskMessages.TriggerValue -f (Format-SafeText $class), $why }
    }
}

function script:Add-TriggerFlag {
    param([System.Collections.ArrayList]$Nodes, [object]$Trigger, [string]$Name, [bool]$Otherwise)

    $flag = Get-PropertyValue $Trigger $Name
    if ($flag -isnot [bool]) { $flag = $Otherwise }
    $null = $Nodes.Add(@{ Name = $Name; Text = $(if ($flag) { 'true' } else { 'false' }) })
}

function script:Add-TriggerValue {
    # Adds one property as an element, if it has a value; throws a sentence where the value is wrong. -Kind: a key of
    # TriggerForms, with Must before it where the value is required; or Repetition, an object of its own.
    param([System.Collections.ArrayList]$Nodes, [object]$Trigger, [string]$Name, [string]$Kind)

    if ($Kind -ceq 'Repetition') {
        $pattern = Get-PropertyValue $Trigger $Name
        if ($null -eq $pattern) { return }
        $inner = [System.Collections.ArrayList]::new()
        Add-TriggerValue $inner $pattern 'Interval' 'Duration'
        # Windows' own object always has a Repetition, even if nothing is repeated.
        if ($inner.Count -eq 0) { return }
        Add-TriggerValue $inner $pattern 'Duration' 'Duration'
        Add-TriggerFlag $inner $pattern 'StopAtDurationEnd' $false
        $null = $Nodes.Add(@{ Name = $Name; Nodes = $inner.ToArray() })
        return
    }
    $text = [string](Get-PropertyText $Trigger $Name)
    $form = $Kind -creplace '^Must', ''
    $missing = $text -ceq '' -or ($form -ceq 'Count' -and $text -ceq '0')
    if ($missing -and $form -ceq $Kind -and $form -cne 'Days') { return }
    if ($text.Length -gt $script:LongestTrigger -or -not $script:TriggerForms[$form].IsMatch($text)) {
        throw [System.FormatException]::new(('its {0} is "{1}"' -f $Name, (Format-SafeText $text)))
    }
    if ($form -ceq 'State') { $text = $script:StateChanges[$text] }
    if ($form -cne 'Days') {
        $null = $Nodes.Add(@{ Name = $Name; Text = $text })
        return
    }
    $days = @(for ($i = 0; $i -lt 7; $i++) {
            if ([int]$text -band (1 -shl $i)) { @{ Name = $script:WeekDays[$i]; Text = '' } }
        })
    $null = $Nodes.Add(@{ Name = $Name; Nodes = $days })
}

function script:Get-TriggerClass {
    # The name of the CIM class, even if the object came from another PowerShell; otherwise the name of its type.
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
