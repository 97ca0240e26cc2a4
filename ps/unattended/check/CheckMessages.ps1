# Every message of the self-check.

$script:CheckMessages = @{
    Unread             = 'Not checked: files of the module cannot be read: {0}'
    Unchecked          = 'This check could not be made: {0}'
    UncheckedNext      = 'Report it with the file that Test-StorageRelease -Report writes.'
    Install            = 'Install StorageRelease again; in the repository, run "npm run build".'
    NotHere            = 'Windows only.'
    Needs              = 'Not checked: {0} has not passed.'

    PowerShell         = '{0} {1}'
    PowerShellOld      = '{0} {1}: the module needs Windows PowerShell 5.1, or PowerShell 7.'
    PowerShellSix      = '{0} {1}, which is not maintained any more.'
    PowerShellNext     = 'Install PowerShell 7, or use Windows PowerShell 5.1.'
    FrameworkOld       = '{0} {1} on .NET Framework release {2}: the module needs .NET Framework 4.7.2 (461808).'
    FrameworkNext      = 'Install .NET Framework 4.8.'

    LanguageMode       = '{0} in this session.'
    LanguageModeNext   = 'Allow the module by a publisher, hash or path rule; objects that scripts without such a rule pass to it may be refused.'

    Policy             = '{0} in a new session.'
    PolicyTold         = '{0} in a new session that is started without -ExecutionPolicy: such a session does not import this module.'
    PolicyNext         = 'Set-ExecutionPolicy -Scope CurrentUser RemoteSigned; if a group policy sets it, ask the administrator of that policy.'

    Elevated           = 'This session is elevated.'
    NotElevated        = 'This session is not elevated: disks can be listed, but neither released nor read.'
    NotElevatedNext    = 'Start PowerShell with "Run as administrator".'

    FolderTrusted      = 'Only administrators can change the module.'
    FolderOwn          = 'The module is in a folder that this account, and so every program that it runs, can change: {0}'
    FolderOwnNext      = 'Install the module for all users.'
    FolderOpen         = '{0} can be changed by {1}: elevated sessions refuse the module.'

    Files              = 'The files of the module are those of build {0}.'
    FilesRepository    = 'The module is imported from the repository, build {0}.'
    FilesChanged       = 'These files of the module are missing, or not those of its build: {0}'
    FilesNoBuild       = 'The build that this module belongs to is unknown: {0} is missing.'

    ExecutableThere    = '{0}'
    ExecutableMissing  = 'The executable {0} is missing.'

    QuarantineNone     = 'No file that belongs to the executable is missing.'
    QuarantineNothing  = 'Nothing was built or installed for this system: {0} is missing.'
    QuarantineOther    = 'Not checked: this package has no executable for {0}.'
    QuarantineGone     = '{0} is missing, although the files that belong to it are there: an antivirus program may have moved it away.'
    QuarantineNext     = 'Look into the quarantine of the antivirus program (Microsoft Defender: Get-MpThreatDetection), allow the file by its hash, and install the module again.'

    MarkNone           = 'No file is marked as downloaded from the Internet.'
    Marked             = 'Files marked as downloaded from the Internet: {0}; the first is {1}'
    MarkedNext         = 'Get-ChildItem -Recurse -LiteralPath ''{0}'' | Unblock-File'

    Hash               = 'SHA-256 {0}, as built.'

    Signed             = 'Signed by {0}.'
    NotSigned          = 'Not signed; see Hash.'
    SignatureBad       = 'The signature is not valid: {0}: {1}'

    Architecture       = '{0}, executable for {1}.'
    ArchitectureArm    = '{0}: the executable for {1} runs by emulation.'
    ArchitectureOther  = 'This system is {0}; there are executables for Windows on x64 and Arm, and for Linux on x64.'
    ArchitectureNext   = 'Use another computer: Windows on x64 or Arm, Linux on x64.'

    Worker             = 'Version {0}, build {1}; ready after {2} ms.'
    WorkerSlow         = 'Version {0}, build {1}; it took {2} ms to start.'
    WorkerSlowNext     = 'Exclude the executable from on-access scanning, by its hash or its path.'

    Koffi              = 'The native addon was loaded.'
    Stack              = 'Devices in the storage stack: {0}.'
    StackRehearsal     = 'Devices in the rehearsal: {0}.'
    StackNone          = 'There is no Windows storage stack on this system, and no rehearsal is under way.'
    StackNext          = 'Check that disk management works on this computer; if it does, report this message.'

    Service            = 'Services that Get-Disk needs can start: {0}.'
    ServiceDisabled    = 'Get-Disk needs services that are disabled or missing: {0}. Disks can be named by -Number, -UniqueId and -SerialNumber.'
    ServiceNext        = 'Set-Service -Name {0} -StartupType Manual'

    Disks              = 'Disks that answered: {0}.'
    DisksNone          = 'No disk was found.'
    DisksNoneNext      = 'Look at cables, zoning, LUN masking and iSCSI sessions; then rescan: Update-HostStorageCache.'
    DisksSilent        = '{0} of {1} disks did not say what they are: {2}'
    DisksSilentNext    = 'Look at their paths (mpclaim -s -d, Get-Disk); they may hang.'

    DuplicatesNone     = 'No two disks state the same identity.'
    Duplicates         = 'Disks with the same UniqueId or the same serial number: {0}. That value alone identifies none of them.'
    DuplicatesNext     = 'One LUN over several paths: set up MPIO for it. Different LUNs: name both -UniqueId and the serial number by piping the disk object.'

    EventSource        = 'Registered, with its message file; it stays when the module is removed.'
    EventSourceNone    = 'Not registered: nothing is written to the event log.'
    EventSourceNext    = 'If events are wanted, run Register-StorageReleaseEventSource in an elevated session.'
    EventSourceNoFile  = 'Registered, but its message file {0} is missing: events show without text.'
    EventSourceAgain   = 'In an elevated session, run Unregister-StorageReleaseEventSource, then Register-StorageReleaseEventSource.'

    Tasks              = 'Tasks of this module, which stay when it is removed: {0}; their executables are there: {1}'
    TasksGone          = 'The executable that these tasks start no longer exists: {0}'
    TasksGoneNext      = 'Register them again with this version, with -Force: Register-StorageReleaseTask NAME ... -Force.'
    TasksNone          = 'No task of this module is registered.'

    Session            = '{0}: version {1}.'

    Report             = 'Written to {0}.'
    ReportFolder       = '{0} is a folder, not a file.'
    ReportNext         = 'Name a file in a folder that you may write to.'
}
