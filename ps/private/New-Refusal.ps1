function New-Refusal {
    # Input that is no disk of this computer: the keys of its two sentences, and what they are about.
    param([object]$InputObject, [string]$Key, [string]$NextKey, [object[]]$About)

    return @{
        Refused = $true; Object = $InputObject; Category = 'InvalidArgument'
        Message = $script:Messages[$Key] -f $About; NextStep = $script:Messages[$NextKey] -f $About
    }
}
