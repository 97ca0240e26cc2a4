function script:Test-Interactive {
    # Whether there is anybody who could answer a question: no service or task of session 0, no -NonInteractive, no
    # console whose input comes from elsewhere.
    if (-not [System.Environment]::UserInteractive) { return $false }
    foreach ($argument in [System.Environment]::GetCommandLineArgs()) {
        if ($argument -match '^[-/]noni') { return $false }
    }
    if ($Host.Name -eq 'ConsoleHost') { return -not [System.Console]::IsInputRedirected }
    return $true
}
