function Write-Result {
    # Hands one result on, and the error that goes with it. The result comes first: under -ErrorAction Stop the error
    # ends the pipeline.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [object]$Result, [string]$Category)

    $Cmdlet.WriteObject($Result)
    if ($Category) {
        $message = $Result.Message
        $name = Get-TargetName $Result -Short
        if ($name) { $message = $name + ': ' + $message }
        $Cmdlet.WriteError((New-ModuleError $Result.Outcome $Category $message $Result.NextStep $Result $Result.Win32Error))
    }
}
