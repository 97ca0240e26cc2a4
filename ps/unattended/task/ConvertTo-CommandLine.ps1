# Builds and splits command lines of Windows, by the rules of CommandLineToArgvW and of the C runtime, which agree for the
# lines that are built here.
# https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw

function script:ConvertTo-CommandLine {
    # Quotes words so that a program gets them back unchanged.
    param([string[]]$Words)

    $quoted = foreach ($word in $Words) {
        if ($word -cne '' -and $word -notmatch '[\s"]') { $word; continue }
        # Backslashes are special only before a quotation mark, where they are doubled.
        '"' + ($word -replace '(\\*)"', '$1$1\"' -replace '(\\+)\z', '$1$1') + '"'
    }
    return $quoted -join ' '
}

function script:ConvertFrom-CommandLine {
    # The words of a line of arguments, without a program before them.
    param([string]$Line)

    $words = [System.Collections.ArrayList]::new()
    $word = $null
    $inside = $false
    $i = 0
    while ($i -lt $Line.Length) {
        $char = $Line[$i]
        if (-not $inside -and ($char -ceq ' ' -or $char -ceq "`t")) {
            if ($null -ne $word) { $null = $words.Add($word.ToString()) }
            $word = $null
            $i += 1
            continue
        }
        if ($null -eq $word) { $word = [System.Text.StringBuilder]::new() }
        $slashes = 0
        while ($i + $slashes -lt $Line.Length -and $Line[$i + $slashes] -ceq '\') { $slashes += 1 }
        $i += $slashes
        if ($i -lt $Line.Length -and $Line[$i] -ceq '"') {
            $null = $word.Append('\', ($slashes -shr 1))
            if ($slashes % 2 -eq 1) { $null = $word.Append('"') }
            # Within quotation marks, two of them stand for one.
            elseif ($inside -and $i + 1 -lt $Line.Length -and $Line[$i + 1] -ceq '"') {
                $null = $word.Append('"')
                $i += 1
            }
            else { $inside = -not $inside }
            $i += 1
        }
        elseif ($slashes -gt 0) { $null = $word.Append('\', $slashes) }
        else {
            $null = $word.Append($char)
            $i += 1
        }
    }
    if ($null -ne $word) { $null = $words.Add($word.ToString()) }
    return , $words.ToArray()
}
