function script:ConvertFrom-ExitCode {
    # The outcome that an exit code of storage-release stands for: docs/exit-codes.md. Code 0 is each of the good
    # ones: Accepted stands for all. Null for a code that the executable does not give.
    param([int]$Code)

    $names = @{
        0 = 'Accepted'; 1 = 'Failed'; 2 = 'Usage'; 3 = 'Refused'; 4 = 'NotSupported'; 5 = 'Conflict'
        6 = 'AccessDenied'; 7 = 'NotFound'; 8 = 'IdentityChanged'; 9 = 'TimedOut'; 10 = 'NotReady'
        11 = 'InUse'; 12 = 'StillHeld'; 13 = 'Changed'
    }
    return $names[$Code]
}
