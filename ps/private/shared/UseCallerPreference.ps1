# A script module does not inherit its caller's preference variables: a function called with -WhatIf that calls
# ours would release for real. Each command dot-sources this block before it asks, sends or writes anything:
#   . $UseCallerPreference $PSCmdlet $PSBoundParameters
# It assigns in the command's own scope, where ShouldProcess, WriteError and the others look first.
# https://github.com/PowerShell/PowerShell/issues/4568

$script:UseCallerPreference = {
    param($CallerCmdlet, $CallerParameters)

    if (-not $CallerParameters.ContainsKey('WhatIf')) { $WhatIfPreference = $CallerCmdlet.GetVariableValue('WhatIfPreference', $false) }
    if (-not $CallerParameters.ContainsKey('Confirm')) { $ConfirmPreference = $CallerCmdlet.GetVariableValue('ConfirmPreference', 'High') }
    if (-not $CallerParameters.ContainsKey('ErrorAction')) { $ErrorActionPreference = $CallerCmdlet.GetVariableValue('ErrorActionPreference', 'Continue') }
    if (-not $CallerParameters.ContainsKey('WarningAction')) { $WarningPreference = $CallerCmdlet.GetVariableValue('WarningPreference', 'Continue') }
    if (-not $CallerParameters.ContainsKey('Verbose')) { $VerbosePreference = $CallerCmdlet.GetVariableValue('VerbosePreference', 'SilentlyContinue') }
    if (-not $CallerParameters.ContainsKey('Debug')) { $DebugPreference = $CallerCmdlet.GetVariableValue('DebugPreference', 'SilentlyContinue') }
    if (-not $CallerParameters.ContainsKey('InformationAction')) { $InformationPreference = $CallerCmdlet.GetVariableValue('InformationPreference', 'SilentlyContinue') }
    if (-not $CallerParameters.ContainsKey('ProgressAction')) { $ProgressPreference = $CallerCmdlet.GetVariableValue('ProgressPreference', 'Continue') }
}
