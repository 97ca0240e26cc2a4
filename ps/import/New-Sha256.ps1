function New-Sha256 {
    # Not SHA256.Create(): on .NET Framework that one is slow, and refuses to work where FIPS is asked for. Here, because a
    # part is compared before it is read (see ps/private/shared/DotNetDifference.ps1 for the other differences).
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'It makes an object, and changes nothing.')]
    param()

    return [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
}
