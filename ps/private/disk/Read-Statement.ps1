# The one reader of what was piped or typed. A statement is read, absent (null), or unreadable: then $Target.Unreadable
# gets the reason, and the disk is refused. An unreadable statement never counts as absent: it may have named another
# disk. Resolve-DiskClaim reads the commonest values itself, and calls this for all others.

# Longest texts that are read, in characters; looked at before anything of them is copied. The help names them.
$script:LongestText = @{ UniqueId = 1024; SerialNumber = 1024; Path = 512; Number = 64; Flag = 64; Computer = 512; Bus = 64 }

# What Resolve-DiskClaim reads itself has none of these; the plus sign is for RoundedNumber.
$script:OddText = [regex]::new('[^ -*,-~]')
$script:UnreadableCharacter = '\p{Cc}|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'
# What a spreadsheet makes of a long number.
$script:RoundedNumber = '\A[0-9]+([.,][0-9]+)?[Ee]\+[0-9]+\z'

$script:WholeNumbers = @{
    [sbyte] = 1; [byte] = 1; [int16] = 1; [uint16] = 1; [int] = 1; [uint32] = 1; [long] = 1; [uint64] = 1; [decimal] = 1; [bigint] = 1
}

$script:FlagWords = @{
    'true' = $true; '$true' = $true; 'yes' = $true; 'y' = $true; '1' = $true
    'false' = $false; '$false' = $false; 'no' = $false; 'n' = $false; '0' = $false
}

function script:Read-Statement {
    # -Kind: a key of LongestText, or FriendlyName. -Name: what the person who gave it calls it.
    param([object]$Value, [string]$Kind, [string]$Name, [hashtable]$Target)

    if ($null -eq $Value -or $Value -is [System.DBNull]) { return $null }
    $text = $null
    $problem = $null
    if ($Value -is [string]) {
        $longest = $script:LongestText[$Kind]
        if ($null -eq $longest) { $text = Format-SafeText $Value.Substring(0, [System.Math]::Min($Value.Length, 400)).Trim() }
        elseif ($Value.Length -gt $longest) { $problem = $script:Messages['TooLong'] -f $Value.Length, $longest }
        else {
            $text = $Value.Trim()
            # Blanks around it say nothing, a line end or a tab does.
            if ($text -cne '' -and $script:OddText.IsMatch($Value) -and $Value -cmatch $script:UnreadableCharacter) { $problem = $script:Messages['OddCharacters'] }
        }
        if ($text -ceq '') { return $null }
    }
    # Typed by hand or read from JSON, an id of digits is a number: still something that the disk has to bear out.
    elseif ($script:WholeNumbers.ContainsKey($Value.GetType()) -and ($Value -isnot [bigint] -or [bigint]::Abs($Value) -lt [bigint]::Pow(10, 60))) {
        $text = [System.Convert]::ToString($Value, [System.Globalization.CultureInfo]::InvariantCulture)
    }
    # Beyond 2^53 not all digits of it are those that were written.
    elseif ($Value -is [double] -and [System.Math]::Abs($Value) -le 9007199254740992 -and $Value -eq [System.Math]::Floor($Value)) {
        $text = ([decimal]$Value).ToString('0', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    elseif ($Value -is [double] -or $Value -is [single]) {
        $text = $Value.ToString([System.Globalization.CultureInfo]::InvariantCulture)
        if ($Kind -cne 'Number') { $problem = $script:Messages['Rounded'] -f $text }
    }
    elseif ($Value -is [bool] -and $Kind -ceq 'Flag') { return $Value }
    elseif ($Value -is [guid]) { $text = $Value.ToString('B') }
    elseif ($Value -is [System.Collections.IList]) { $problem = $script:Messages['IsArray'] }
    else { $problem = $script:Messages['IsObject'] -f (Format-SafeText $Value.GetType().FullName) }

    if ($null -eq $problem) {
        if ($Kind -ceq 'Number') {
            # As it was given: ' 3' is no number.
            $number = ConvertTo-DiskNumber $Value
            if ($null -ne $number) { return $number }
            $problem = $script:Messages['NotANumber'] -f (Format-SafeText $(if ($Value -is [string]) { $Value } else { $text }))
        }
        elseif ($Kind -ceq 'Flag') {
            $flag = $script:FlagWords[$text.ToLowerInvariant()]
            if ($null -ne $flag) { return $flag }
            $problem = $script:Messages['NotAFlag'] -f (Format-SafeText $text)
        }
        elseif (($Kind -ceq 'UniqueId' -or $Kind -ceq 'SerialNumber') -and $text -cmatch $script:RoundedNumber) {
            $problem = $script:Messages['Rounded'] -f $text
            $Target['Rounded'] = $true
        }
        else { return $text }
    }
    # The first one is told.
    if (-not $Target['Unreadable']) { $Target['Unreadable'] = '{0} {1}' -f (Format-SafeText $Name), $problem }
    return $null
}
