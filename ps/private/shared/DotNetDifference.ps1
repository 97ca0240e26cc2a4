# Where .NET Framework, which Windows PowerShell 5.1 runs on, does something else than .NET: each difference that the
# module meets, and what is called instead. Nothing else in ps/ calls what is named here
# (test/unit/dotnet-differences.test.ts).
#
#   EscapeDataString   of [uri]: throws at half a surrogate pair and from 65,520 characters on. ConvertTo-Field
#   FlushAsync         of FileStream: writes its buffer before it returns, and so waits for a reader. Get-PipeWriter,
#                      and $script:OnFramework, where there is nothing to flush then but the pipe itself
#   Process            its StandardInput begins with a byte order mark, and is such a FileStream. Get-PipeWriter
#   HashAlgorithm      SHA256.Create() is slow, and throws where FIPS is asked for. New-Sha256 (ps/import)
#   Regex              ignores case as the current culture has it: patterns that do say CultureInvariant
#   Encoding           Default is the code page of the system: never used. ASCII, UTF8 and Latin-1 are the same in both

# It says 4 whatever its version.
$script:OnFramework = [System.Environment]::Version.Major -lt 5

function script:ConvertTo-Field {
    # A text as the value of a form field. Half a surrogate pair becomes U+FFFD, as .NET has it.
    param([string]$Text)

    if (-not $script:OnFramework) { return [uri]::EscapeDataString($Text) }
    return ConvertTo-FieldByPart $Text
}

function script:ConvertTo-FieldByPart {
    # The same in parts that .NET Framework takes.
    param([string]$Text)

    $Text = $Text -creplace $script:HalfPair, [string][char]0xFFFD
    $field = [System.Text.StringBuilder]::new()
    $at = 0
    while ($at -lt $Text.Length) {
        $length = [System.Math]::Min(32000, $Text.Length - $at)
        if ([char]::IsHighSurrogate($Text, $at + $length - 1)) { $length -= 1 }
        $null = $field.Append([uri]::EscapeDataString($Text.Substring($at, $length)))
        $at += $length
    }
    return $field.ToString()
}

$script:HalfPair = '[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'

function script:Get-PipeWriter {
    # The stream to write bytes to a process with, so that nobody waits for the process to read: one without a buffer where a
    # flush would write that on the caller's thread. A second one of the same process does no harm.
    param([System.IO.Stream]$Stream)

    if (-not $script:OnFramework) { return $Stream }
    $file = [System.IO.FileStream]$Stream
    # 1 is the smallest size that the constructor takes; whatever is written fills it, and goes past it.
    return [System.IO.FileStream]::new($file.SafeFileHandle, [System.IO.FileAccess]::Write, 1, $file.IsAsync)
}
