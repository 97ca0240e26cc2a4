function New-Refusal {
    # Input that is no disk of this computer: the keys of its two sentences, and what they are about.
    param([object]$InputObject, [string]$Key, [string]$NextKey, [object[]]$About)

    $target = New-Target $InputObject
    $target.Refused = $true
    $target.Message = $script:Messages[$Key] -f $About
    $target.NextStep = $script:Messages[$NextKey] -f $About
    $target.Category = 'InvalidArgument'
    return $target
}
