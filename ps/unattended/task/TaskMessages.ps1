# Every message about scheduled tasks.

$script:TaskMessages = @{
    Ask                 = 'Register the task {0}{4}? The task runs as SYSTEM, {1}, and releases {2}.'
    Sending             = 'The task {0} is registered{4}. It runs as SYSTEM, {1}, and releases {2}: {3}'
    WouldSend           = 'The task {0} would be registered{4}. It would run as SYSTEM, {1}, and release {2}: {3}'
    Replaces            = ' in place of the existing one'
    Caption             = 'Register a task that releases disks'
    Description         = 'Releases {0} with storage-release, {1}. Registered by Register-StorageReleaseTask ' +
        'of StorageRelease {2}.'
    ListOf              = 'the disks of the list {0}'
    ById                = 'UniqueId {0}'
    BySerial            = 'serial number {0}'
    TheDisk             = 'the disk with {0}'
    More                = '{0} more disks'

    AtTime              = 'every day at {0}'
    AtStart             = 'at startup'
    ByTrigger           = 'by a trigger of the class {0}'

    Name                = '"{0}" is not a valid task name.'
    NameNext            = 'Use at most 200 characters, none of them \ / : * ? " < > | [ ] or %, and no blank ' +
        'or dot at either end: ''Release LUN''.'
    NoTrigger           = 'A task needs a trigger that starts it.'
    NoTriggerNext       = 'Use -Daily -At 02:00, -AtStartup, or -Trigger (New-ScheduledTaskTrigger ...).'
    NoTime              = '-Daily needs a time of the day.'
    NoTimeNext          = 'Use -Daily -At 02:00.'
    NoClock             = 'The value of -At is not a time of the day; a number is not accepted.'
    NoClockNext         = 'Use -At 02:00.'
    NoDaily             = '-At is the time of -Daily, and -Daily is missing.'
    NoDailyNext         = 'Use -Daily -At 02:00; or to run once at that time: -Trigger (New-ScheduledTaskTrigger ' +
        '-Once -At ''2027-01-31 02:00'').'
    TriggerForm         = 'A trigger of the class {0} cannot be read.'
    TriggerValue        = 'A trigger of the class {0} cannot be read: {1}.'
    TriggerMany         = 'A task takes at most 48 triggers, but {0} were given.'
    TriggerManyNext     = 'Register several tasks.'
    TriggerProblem      = '{0}'
    TriggerProblemNext  = 'Make the trigger with New-ScheduledTaskTrigger; or write the XML with -AsXml and -AtStartup, ' +
        'put the trigger in, and register it with Register-ScheduledTask -Xml.'

    ByNumber            = 'A task must not name a disk by its {0}: after the next restart another disk may ' +
        'have it.'
    ByNumberNext        = 'Pipe the disk, so that its UniqueId or serial number is used (Get-Disk 3 | ' +
        'Register-StorageReleaseTask ...); or use -UniqueId or -SerialNumber.'
    NoIdentity          = '{0} states no UniqueId and no serial number that identifies it, and a task must not ' +
        'name it by its number or path: after the next restart another disk may have them.'
    NoIdentityNext      = 'Ask the administrator of the array to give the disk an identifier of its own (page 83h); or run ' +
        'Invoke-StorageRelease by hand.'
    NotADisk            = '{0} is not a disk, and a task finds only disks by their UniqueId or serial number.'
    NotADiskNext        = 'Release it by hand: Invoke-StorageRelease -Path ...'
    DiskNext            = 'Name the disk by its UniqueId or serial number, as Get-Disk shows them.'
    ElsewhereNext       = 'Register the task on that computer, in a session with it: Enter-PSSession, or ' +
        'Invoke-Command.'
    NoDisk              = 'No disk was given.'
    NoDiskNext          = 'Pipe a disk (Get-Disk 3 | Register-StorageReleaseTask ...), or use -UniqueId, ' +
        '-SerialNumber or -From.'
    Text                = 'The {0} "{1}" has {2}, which Task Scheduler may replace by something else.'
    TextNext            = 'Name the disk by another of its identities, or give the file another path.'
    NotWindows          = 'The path of the {2} is {0}, which is not a full path of Windows; the task is for another computer.'
    NotWindowsNext      = 'Give the path that the {2} has on that computer: -{1} C:\ProgramData\StorageRelease\{3}'
    TooLong             = 'The command line of the task is {0} characters long, and Windows takes at most {1}.'
    TooLongNext         = 'Put the disks into a list, and use -From.'
    PathTooLong         = 'The path of the executable is longer than the 260 characters that a task takes: {0}'
    PathTooLongNext     = 'Install the module at a shorter path.'
    Document            = 'The task cannot be written as XML: {0}'
    DocumentNext        = 'Remove the characters that XML does not allow from the values that were given.'
    Stdin               = 'A task has no standard input to read a list from.'
    StdinNext           = 'Give the path of a file: -From C:\ProgramData\StorageRelease\disks.csv.'

    Rehearsal           = 'A rehearsal is under way, and a task works on the real disks: no task is registered ' +
        'in a rehearsal.'
    RehearsalNext       = 'Look at the task with -AsXml (its command line rehearses, too), or leave the ' +
        'rehearsal with Exit-StorageRehearsal first.'
    NoScheduler         = 'This system has no ScheduledTasks module of Windows{0}.'
    NoSchedulerNext     = 'Write the task with -AsXml, and register it on a computer that has that module: ' +
        'Register-ScheduledTask -Xml $xml -TaskName ''{1}'' -TaskPath ''\StorageRelease\''.'
    NoTasks             = 'This system has no ScheduledTasks module of Windows{0}.'
    NoTasksNext         = 'Run Get-StorageReleaseTask on the Windows computer that has the tasks, in a session with it: ' +
        'Enter-PSSession, or Invoke-Command.'
    Elevation           = 'A task of SYSTEM can be registered only by an elevated session, and this one is not.'
    ElevationNext       = 'Start PowerShell with "Run as administrator"; -WhatIf and -AsXml work here.'
    Writable            = '{0} can be changed by {1}, and the task would run it as SYSTEM.'
    WritableOwn         = 'The module can be changed by your own account without elevation, and the task would ' +
        'run it as SYSTEM.'
    WritableUnknown     = 'Cannot determine who can change {0}, and the task would run it as SYSTEM: {1}'
    ListWritable        = '{0} can be changed by {1}, and the task would release, as SYSTEM, every disk that it names.'
    ListWritableOwn     = '{0} can be changed by your own account without elevation, and the task ' +
        'would release, as SYSTEM, every disk that it names.'
    ListWritableUnknown = 'Cannot determine who can change the list {0}: {1}'
    List                = '{0}'
    ListNext            = 'Put the list where only administrators can write: C:\ProgramData\StorageRelease, ' +
        'with permissions (ACL) that allow only administrators to write.'
    Exists              = 'The task {0} already exists; this module registered it.'
    ExistsNext          = 'Look at it with Get-StorageReleaseTask; -Force replaces it.'
    Foreign             = 'The task {0} already exists, and this module did not register it. Such a ' +
        'task is never replaced.'
    ForeignNext         = 'Choose another name; or look at it with Get-ScheduledTask, and remove it with ' +
        'Unregister-ScheduledTask.'
    Unread              = 'Task Scheduler did not list its tasks: {0}'
    UnreadNext          = 'Check whether the service "Task Scheduler" runs: Get-Service Schedule.'
    Register            = 'Windows did not register the task: {0}'
    RegisterNext        = 'Look at the XML of the task with -AsXml; the message of Windows names what it rejected.'
    Vanished            = 'The task {0} was registered, but no longer exists.'
    VanishedNext        = 'Find out what removes tasks on this computer: Get-ScheduledTask -TaskPath ''\StorageRelease\''.'
    WouldFail           = '{0} The task was not registered.'
    WouldFailNext       = '{0} -Force registers the task all the same.'
    WouldFailForced     = '{0} The task is registered all the same (-Force).'
    ListFails           = 'A run with the list {0} would end as {1}: {2}'
    NotFound            = 'There is no task {0} that this module has registered.'
    NotFoundNext        = 'Get-StorageReleaseTask without a name lists the tasks; an elevated session ' +
        'sees all of them.'
    NoExecutable        = 'The task {0} runs {1}, which no longer exists.'
    NoExecutableNext    = 'Register the task again with -Force, using the version of the module that is installed now.'
}
