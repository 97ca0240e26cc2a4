function script:ConvertTo-Literal {
    # A text as PowerShell reads it back: in single quotes, with every character doubled that PowerShell takes for such a quote.
    # -Plain: a name of letters and digits stands as it is.
    param([string]$Text, [switch]$Plain)

    if ($Plain -and $Text -cmatch '\A[A-Za-z0-9][A-Za-z0-9._-]*\z') { return $Text }
    return "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Text) + "'"
}
