function New-ModuleError {
    # The one place where error records are made. $TargetName: how its target is called where the error is shown, because
    # an object would be written out there with all its properties. $Id is API: <Outcome> for an error about a disk, a word of its
    # own for one about the command as a whole; PowerShell appends the command's name.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'It makes an object, and changes nothing.')]
    param(
        [string]$Id,
        [System.Management.Automation.ErrorCategory]$Category,
        [string]$Message,
        [string]$NextStep,
        [object]$Target,
        [object]$Win32Error,
        [string]$TargetName
    )

    if ($null -ne $Win32Error -and $Win32Error -ne 0) {
        $exception = [System.ComponentModel.Win32Exception]::new([int]$Win32Error, $Message)
    }
    else {
        $exception = [System.InvalidOperationException]::new($Message)
    }
    $record = [System.Management.Automation.ErrorRecord]::new($exception, $Id, $Category, $Target)
    if ($TargetName) { $record.CategoryInfo.TargetName = $TargetName }
    if ($NextStep) {
        # PowerShell 7.5 and later show the recommended action themselves.
        $version = $PSVersionTable.PSVersion
        $text = $Message
        if ($version.Major -lt 7 -or ($version.Major -eq 7 -and $version.Minor -lt 5)) { $text = $Message + ' ' + $NextStep }
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($text)
        $record.ErrorDetails.RecommendedAction = $NextStep
    }
    return $record
}
