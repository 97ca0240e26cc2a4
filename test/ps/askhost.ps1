# A host that answers questions, for runspaces of their own:
#
#   $answers = New-AskHost { param($Question) 0 }      # 0 is Yes, 2 is No, as PowerShell lists them
#   $space = [runspacefactory]::CreateRunspace($answers.Host, $state)
#   $answers.Asked                                     # the questions so far
#
# The block runs where the question is asked, while it stands.

class AskingUI : System.Management.Automation.Host.PSHostUserInterface {
    [scriptblock]$Answer
    [System.Collections.ArrayList]$Asked = [System.Collections.ArrayList]::new()
    [System.Management.Automation.Host.PSHostRawUserInterface] get_RawUI() { return $null }
    [string] ReadLine() { return '' }
    [System.Security.SecureString] ReadLineAsSecureString() { return $null }
    [void] Write([string]$Text) { }
    [void] Write([System.ConsoleColor]$Foreground, [System.ConsoleColor]$Background, [string]$Text) { }
    [void] WriteLine([string]$Text) { }
    [void] WriteErrorLine([string]$Text) { }
    [void] WriteDebugLine([string]$Text) { }
    [void] WriteProgress([long]$Source, [System.Management.Automation.ProgressRecord]$Record) { }
    [void] WriteVerboseLine([string]$Text) { }
    [void] WriteWarningLine([string]$Text) { }
    [System.Collections.Generic.Dictionary[string, psobject]] Prompt(
        [string]$Caption, [string]$Message,
        [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.FieldDescription]]$Fields
    ) { return $null }
    [System.Management.Automation.PSCredential] PromptForCredential(
        [string]$Caption, [string]$Message, [string]$User, [string]$Target) { return $null }
    [System.Management.Automation.PSCredential] PromptForCredential(
        [string]$Caption, [string]$Message, [string]$User, [string]$Target,
        [System.Management.Automation.PSCredentialTypes]$Types, [System.Management.Automation.PSCredentialUIOptions]$Options
    ) { return $null }
    [int] PromptForChoice(
        [string]$Caption, [string]$Message,
        [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.ChoiceDescription]]$Choices, [int]$Default
    ) {
        $null = $this.Asked.Add($Message)
        return [int](& $this.Answer $Message)
    }
}

class AskingHost : System.Management.Automation.Host.PSHost {
    [System.Management.Automation.Host.PSHostUserInterface]$Asking
    [guid]$Id = [guid]::NewGuid()
    [cultureinfo] get_CurrentCulture() { return [cultureinfo]::InvariantCulture }
    [cultureinfo] get_CurrentUICulture() { return [cultureinfo]::InvariantCulture }
    [guid] get_InstanceId() { return $this.Id }
    [string] get_Name() { return 'AskingHost' }
    [System.Management.Automation.Host.PSHostUserInterface] get_UI() { return $this.Asking }
    [version] get_Version() { return [version]'1.0' }
    [void] EnterNestedPrompt() { }
    [void] ExitNestedPrompt() { }
    [void] NotifyBeginApplication() { }
    [void] NotifyEndApplication() { }
    [void] SetShouldExit([int]$Code) { }
}

function New-AskHost {
    param([scriptblock]$Answer = { 0 })
    $ui = [AskingUI]::new()
    $ui.Answer = $Answer
    $answering = [AskingHost]::new()
    $answering.Asking = $ui
    [pscustomobject]@{ Host = $answering; UI = $ui; Asked = $ui.Asked }
}
