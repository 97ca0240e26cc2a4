# One thing that a fresh PowerShell does, timed from its start: prints `@@ms MILLISECONDS`.
#   module MANIFEST BUS   import to the first result of a rehearsal
#   least EXECUTABLE      one call of a function: the worker started, its first line and one result read, nothing checked
#   bare EXECUTABLE       the process started, one line asked, one line answered
#   add-type              Add-Type with a P/Invoke DeviceIoControl, and its first call
#   import MODULE         Import-Module alone
param([string]$What, [string]$Path, [string]$Bus)

$clock = [System.Diagnostics.Stopwatch]::StartNew()
if ($What -eq 'import') {
    Import-Module $Path
}
elseif ($What -eq 'module') {
    Import-Module $Path
    Enter-StorageRehearsal -Path $Bus -WarningAction SilentlyContinue
    $result = Invoke-StorageRelease -Number 0 -Force
    if ($result.Outcome -ne 'Accepted') { throw "The disk was not released: $($result.Message)" }
}
elseif ($What -eq 'least') {
    function Read-Least {
        [CmdletBinding()]
        param([string]$Path)
        $start = [System.Diagnostics.ProcessStartInfo]::new($Path, 'serve')
        $start.UseShellExecute = $false
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        # A reply is an object like this one.
        $hello = $process.StandardOutput.ReadLine()
        $process.StandardInput.Close()
        [System.Management.Automation.PSSerializer]::Deserialize($hello)
    }
    $hello = Read-Least $Path
    if ($hello[1] -ne 'hello') { throw 'The worker did not answer.' }
}
elseif ($What -eq 'bare') {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Path)
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.WriteLine('hello')
    $process.StandardInput.Flush()
    if ($process.StandardOutput.ReadLine() -ne 'hello') { throw 'The bare executable did not answer.' }
}
else {
    Add-Type -Namespace StorageReleaseBench -Name Native -MemberDefinition @'
[DllImport("kernel32.dll", SetLastError = true)]
public static extern bool DeviceIoControl(IntPtr device, uint code, IntPtr input, uint inputSize, IntPtr output,
    uint outputSize, out uint returned, IntPtr overlapped);
'@
    $returned = [uint32]0
    # Where there is no kernel32, the search for it is the call.
    try {
        $null = [StorageReleaseBench.Native]::DeviceIoControl(
            [IntPtr]::new(-1), 0x2D4814, [IntPtr]::Zero, 0, [IntPtr]::Zero, 0, [ref]$returned, [IntPtr]::Zero)
    }
    catch { $null = $_ }
}
$ms = $clock.Elapsed.TotalMilliseconds
[System.Console]::Out.WriteLine('@@ms ' + $ms.ToString([System.Globalization.CultureInfo]::InvariantCulture))
