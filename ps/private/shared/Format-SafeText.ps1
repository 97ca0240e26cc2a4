function script:Format-SafeText {
    # Text of unknown origin made safe to show: control, escape and bidirectional characters would be passed on raw
    # by PowerShell's views. At most 200 characters, and nothing of the rest is copied.
    param([string]$Text)

    $end = ''
    if ($Text.Length -gt 200) {
        $Text = $Text.Substring(0, 200)
        $end = '...'
    }
    return $script:UnsafeCharacters.Replace($Text, '?') + $end
}

function script:Format-Given {
    # Something that was given as it can be shown: a text or a number as it is, anything else by its type.
    param([object]$Given)

    if ($null -eq $Given -or $Given -is [string]) { return Format-SafeText $Given }
    if ($Given -is [System.ValueType]) { return Format-SafeText ([System.Convert]::ToString($Given, [System.Globalization.CultureInfo]::InvariantCulture)) }
    return Format-SafeText $Given.GetType().FullName
}

$script:UnsafeCharacters = [regex]::new('[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]')
