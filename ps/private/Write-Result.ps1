function Write-Result {
    # Hands one result on, and the error that goes with it. The result comes first: under -ErrorAction Stop the
    # error ends the pipeline. It goes out as output, not by WriteObject: what a command downstream throws would
    # be wrapped on its way through a method call.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [object]$Result, [string]$Category, [hashtable]$Run)

    $Result
    $Run.Passing = $null
    if ($Category) {
        $message = $Result.Message
        $name = Get-TargetName $Result -Short
        if ($name) { $message = $name + ': ' + $message }
        else { $name = $script:Messages.NoDiskName }
        $Cmdlet.WriteError((New-ModuleError $Result.Outcome $Category $message $Result.NextStep $Result $Result.Win32Error -TargetName $name))
    }
}
