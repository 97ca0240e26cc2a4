# Placeholder texts that stand where an identity should be, and identify no device: the same table as
# src/disk/no-statement.ts, which has the sources (a test compares the two).

$script:PlaceholderWords = $null
$script:NotAscii = '[^\x00-\x7F]'
# Serial numbers that QEMU counts up in each virtual machine: they tell the disks of one computer apart, and no computers.
$script:MachineSerial = '\A[Qq][Mm][0-9]{5}\z'

function script:Initialize-Placeholder {
    # What only the first text needs.
    $words = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::Ordinal)
    foreach ($word in @(
            'n/a', 'na', 'n.a.', '#n/a', 'none', '(none)', 'no', 'null', '(null)', 'nil', 'undefined', 'unknown', 'unspecified'
            'not specified', 'not available', 'not applicable', 'not present', 'unavailable', 'invalid', 'empty', 'blank', 'tbd'
            'default', 'default string', 'oem', 'o.e.m.', 'to be filled by o.e.m.', 'to be filled by o.e.m', 'serial', 'serial number'
            'serialnumber', 'serial_number', 'system serial number', 'sernum', 'sn', 's/n', 'no serial', 'no serial number')) {
        $null = $words.Add($word)
    }
    $script:CountedText = ('0123456789abcdef' * 4), ('1234567890' * 7), '123456789abcdef', ('0123456789' * 7), 'abcdefghijklmnopqrstuvwxyz'
    $script:PlaceholderForm = [regex]::new('\A(?:[0 ._:-]+|([^\n\r\u2028\u2029])\1*|3141463431303031)\z')
    $script:FormPrefix = [regex]::new('\A(?:eui|naa)\.', [System.Text.RegularExpressions.RegexOptions]'CultureInvariant, IgnoreCase')
    $script:Padding = [char[]](32, 0)
    $script:MadeUpForm = [regex]::new(
        '\A(?:\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}|[A-Za-z0-9_]+\\[^\n\r\u2028\u2029]*)\z')
    # Last: a start that Ctrl+C has cut short is made again.
    $script:PlaceholderWords = $words
}

function script:Test-Placeholder {
    # Whether a text says nothing of the device that has it: several may have it, or none.
    param([string]$Text)

    if ($null -eq $script:PlaceholderWords) { Initialize-Placeholder }
    # The case of A to Z does not count; that of other letters does.
    $folded = $script:FormPrefix.Replace($Text.Trim($script:Padding), '')
    if ($folded -cnotmatch $script:NotAscii) { $folded = $folded.ToLowerInvariant() }
    if ($script:PlaceholderForm.IsMatch($folded) -or $script:PlaceholderWords.Contains($folded)) { return $true }
    if ($folded.Length -lt 4) { return $false }
    foreach ($run in $script:CountedText) { if ($run.StartsWith($folded, [System.StringComparison]::Ordinal)) { return $true } }
    return $false
}

function script:Test-UniqueId {
    # Whether a UniqueId can identify a disk: Windows makes some up where a device has none.
    param([string]$Text)

    return [bool]$Text -and -not (Test-Placeholder $Text) -and -not $script:MadeUpForm.IsMatch($Text.Trim())
}

function script:Test-Identified {
    # Whether a target states a UniqueId or a serial number that can identify a disk.
    param([hashtable]$Target)

    return (Test-UniqueId $Target['UniqueId']) -or ($Target['Serial'] -and -not (Test-Placeholder $Target['Serial']))
}
