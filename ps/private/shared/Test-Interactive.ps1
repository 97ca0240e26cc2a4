function script:Test-Interactive {
    # Whether there is anybody who could answer a question: what decides it, in one place. A session from another computer
    # (Enter-PSSession, Invoke-Command, JEA) asks through the shell there, and only asking tells whether anybody sits at it:
    # the answer is yes, and Request-Confirmation hears what comes of it.
    param([hashtable]$Place = (Get-Place))

    switch ($Place['Host']) {
        'ConsoleHost' {
            if ($Place['InputRedirected'] -or (Test-ShellSwitch $Place['Arguments'] 'noninteractive' 4)) { return $false }
            # Of a service or task; but of every SSH session on Windows, too, with a terminal as without one.
            return $Place['UserInteractive'] -or $Place['Ssh']
        }
        # A background job has somebody only when its output is received, and may wait for that for ever.
        'ServerRemoteHost' { return -not (Test-ShellSwitch $Place['Arguments'] 'servermode' 1) }
        # Both ask in a window of their own. Visual Studio Code starts its shell with -NonInteractive, and does so in SSH
        # sessions, too.
        'Windows PowerShell ISE Host' { return $true }
        'Visual Studio Code Host' { return $true }
        # Of a runspace that was given no host: a thread job, ForEach-Object -Parallel.
        'Default Host' { return $false }
        # A program with a host of its own.
        default { return $Place['UserInteractive'] -or $Place['Ssh'] }
    }
}

function script:Get-Place {
    # What there is to say about where this session runs.
    return @{
        Host            = $Host.Name
        Arguments       = [System.Environment]::GetCommandLineArgs()
        InputRedirected = [System.Console]::IsInputRedirected
        UserInteractive = [System.Environment]::UserInteractive
        # Anybody may set it, who then waits for an answer himself.
        Ssh             = [bool][System.Environment]::GetEnvironmentVariable('SSH_CONNECTION')
    }
}

function script:Test-ShellSwitch {
    # Whether the shell was started with a switch, which may be shortened to so many letters. What follows a script or a
    # command is not the shell's.
    param([string[]]$Arguments, [string]$Wanted, [int]$Shortest)

    $takesValue = $false
    for ($i = 1; $i -lt $Arguments.Length; $i++) {
        # All that the shell takes for a dash.
        $name = [regex]::Match($Arguments[$i], '^(?:/|[-\u2013\u2014\u2015]{1,2})([A-Za-z]*)$')
        if (-not $name.Success) {
            if (-not $takesValue) { return $false }
            $takesValue = $false
            continue
        }
        $word = $name.Groups[1].Value.ToLowerInvariant()
        if ($word.Length -ge $Shortest -and $Wanted.StartsWith($word, [System.StringComparison]::Ordinal)) { return $true }
        if ('file'.StartsWith($word, [System.StringComparison]::Ordinal) -or $word -ceq 'cwa' -or
            'commandwithargs'.StartsWith($word, [System.StringComparison]::Ordinal)) { return $false }
        $takesValue = $word -notmatch '^(?:no|sta$|mta$|l|i$|int|s$|se|ssh)'
    }
    return $false
}
