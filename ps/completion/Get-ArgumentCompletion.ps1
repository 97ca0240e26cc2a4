function script:Get-ArgumentCompletion {
    # Completions that begin with the word; where there are none, those that contain it, also in their name. Texts of devices and
    # sessions are data: they are put in single quotes, or left out. These loops run for each of a thousand disks, so they avoid
    # calls.
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [string]$Parameter, [string]$Word, [System.Collections.IDictionary]$Bound)

    $Word = $Word.Trim($script:QuoteCharacters)
    $name = 1
    $key = 0
    switch ($Parameter) {
        'Session' { $choices = @(Get-SessionChoice) }
        'TaskName' { $choices = @(Get-TaskChoice) }
        default {
            # On other computers, numbers and paths are those of other disks.
            if ($null -ne $Bound -and $Bound.Contains('Session') -and ($Parameter -eq 'Number' -or $Parameter -eq 'Path')) { return }
            $key = $script:ListColumns[$Parameter]
            $name = 2
            $choices = Get-ListedDisk $Cmdlet
        }
    }
    if ($Word -eq '') {
        $found = $choices
    }
    else {
        $pattern = $null
        if ([System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($Word)) {
            $pattern = [System.Management.Automation.WildcardPattern]::new($Word + '*', [System.Management.Automation.WildcardOptions]'IgnoreCase, CultureInvariant')
        }
        $found = [System.Collections.ArrayList]::new()
        $inside = [System.Collections.ArrayList]::new()
        $ignoreCase = [System.StringComparison]::OrdinalIgnoreCase
        foreach ($choice in $choices) {
            $value = $choice[$key]
            if ($value.StartsWith($Word, $ignoreCase) -or ($null -ne $pattern -and $pattern.IsMatch($value))) { $null = $found.Add($choice) }
            elseif ($found.Count -eq 0 -and ($value.IndexOf($Word, $ignoreCase) -ge 0 -or $choice[$name].IndexOf($Word, $ignoreCase) -ge 0)) {
                $null = $inside.Add($choice)
            }
        }
        if ($found.Count -eq 0) { $found = $inside }
    }
    if ($name -eq 2) { return Get-DiskCompletion $found $key }
    foreach ($choice in $found) {
        $shown = $choice[0]
        if ($choice[1]) { $shown += '  ' + $choice[1] }
        [System.Management.Automation.CompletionResult]::new($choice[2], (Format-SafeText $shown), 'ParameterValue', (Format-SafeText $choice[3]))
    }
}

function script:Get-DiskCompletion {
    # One for each text that identifies a disk, and for each number and path.
    param([object[]]$Disks, [int]$Key)

    $given = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($disk in $Disks) {
        $value = $disk[$Key]
        if ($value -eq '' -or -not $given.Add($value)) { continue }
        $number, $path, $name, $serial, $uniqueId, $busType, $roles = $disk
        $text = $value
        if ($Key -eq 1) { $text = ConvertTo-Argument $value }
        elseif ($Key -ne 0) {
            # A text that would be cleaned, or is a placeholder, identifies nothing. In an array, digits alone would be a number.
            if ($script:UnsafeCharacters.IsMatch($value) -or (-not $script:NoPlaceholder.IsMatch($value) -and (Test-Placeholder $value))) { continue }
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        if ($null -eq $text) { continue }
        if ($number -ne '') { $more = 'Disk ' + $number + ': ' + $name }
        else { $more = $path + ': ' + $name }
        if ($serial -ne '') { $more += ', serial number ' + $serial }
        if ($uniqueId -ne '') { $more += ', UniqueId ' + $uniqueId }
        if ($busType -ne '') { $more += ', ' + $busType }
        if ($roles -ne '') { foreach ($role in $roles.ToCharArray()) { $more += $script:RoleWords[[string]$role] } }
        $seen = $script:SeenState[$path]
        if ($null -ne $seen) {
            $seconds = [System.Math]::Floor(($script:SessionClock.ElapsedMilliseconds - $seen[1]) / 1000)
            if ($seconds -le 60) { $more += $script:Messages.SeenState -f $seen[0], $seconds }
        }
        $shown = $value + '  ' + $name
        if ($script:UnsafeCharacters.IsMatch($more) -or $more.Length -gt 300 -or $shown.Length -gt 200) {
            $more = Format-SafeText $more
            $shown = Format-SafeText $shown
        }
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $more)
    }
}

function script:ConvertTo-Argument {
    # Quotes a text, where needed, so that PowerShell reads exactly this text; null where the text could not be displayed
    # unchanged.
    param([string]$Text)

    if (-not $Text -or $script:UnsafeCharacters.IsMatch($Text)) { return $null }
    if ($script:BareArgument.IsMatch($Text)) { return $Text }
    return "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Text) + "'"
}

# Texts that are certainly not placeholders, found without a call.
$script:NoPlaceholder = [regex]'\A(?!(?i:eui\.|naa\.|0123|1234|3141)|(.)\1\1|0[ ._:-]*0|[ ._:-]).{7}.*[0-9]'
$script:RoleWords = @{ b = ', boot disk'; s = ', system disk'; c = ', clustered'; m = ', more than one path' }
$script:BareArgument = [regex]'\A[\\A-Za-z][\\A-Za-z0-9._?:]*\z'
# All that PowerShell takes for a quote.
$script:QuoteCharacters = [char[]](0x27, 0x22, 0x2018, 0x2019, 0x201A, 0x201B, 0x201C, 0x201D, 0x201E)
