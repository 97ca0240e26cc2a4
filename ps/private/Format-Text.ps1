function Format-Text {
    # Text of unknown origin made safe to show: control, escape and bidirectional characters would be passed on raw
    # by PowerShell's views. At most 200 characters.
    param([string]$Text)

    $clean = $script:UnsafeCharacters.Replace($Text, '?')
    if ($clean.Length -gt 200) { $clean = $clean.Substring(0, 200) + '...' }
    return $clean
}

$script:UnsafeCharacters = [regex]'[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]'
