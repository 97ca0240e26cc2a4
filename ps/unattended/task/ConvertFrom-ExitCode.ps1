function script:ConvertFrom-ExitCode {
    # The outcome for an exit code of storage-release: docs/exit-codes.md. Code 0 is that of several outcomes, for which Accepted
    # is given. Null for a code that the executable does not use.
    param([int]$Code)

    $names = @{
        0 = 'Accepted'; 1 = 'Failed'; 2 = 'Usage'; 3 = 'Refused'; 4 = 'NotSupported'; 5 = 'Conflict'
        6 = 'AccessDenied'; 7 = 'NotFound'; 8 = 'IdentityChanged'; 9 = 'TimedOut'; 10 = 'NotReady'
        11 = 'InUse'; 12 = 'StillHeld'; 13 = 'Changed'
    }
    return $names[$Code]
}
