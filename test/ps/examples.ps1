# The blocks of code in the documentation, and what a line of them prints. Needs $Root and harness.ps1.

function Get-CodeBlock {
    # Blocks between fences: Language ('' where none is named), Text, and the number of its first Line.
    param([string]$File)

    $lines = [System.IO.File]::ReadAllLines([System.IO.Path]::Combine($Root, $File))
    $block = $null
    for ($i = 0; $i -lt $lines.Count; $i++) {
        if ($lines[$i] -notmatch '^```(\w*)$') {
            if ($null -ne $block) { $null = $block.Lines.Add($lines[$i]) }
        }
        elseif ($null -eq $block) { $block = @{ File = $File; Language = $Matches[1]; Line = $i + 2; Lines = [System.Collections.ArrayList]::new() } }
        else {
            [pscustomobject]@{ File = $File; Language = $block.Language; Line = $block.Line; Text = $block.Lines -join "`n" }
            $block = $null
        }
    }
}

function Get-ShownOutput {
    # What the documentation shows below a block that has this line.
    param([string]$File, [string]$Line)

    $blocks = @(Get-CodeBlock $File)
    for ($i = 0; $i -lt $blocks.Count - 1; $i++) {
        if ($blocks[$i].Text.Contains($Line) -and $blocks[$i + 1].Language -eq '') { return $blocks[$i + 1].Text }
    }
    throw "$File shows no output below the line $Line"
}

function ConvertTo-Shown {
    # Objects as a terminal of 100 columns shows them, without its empty lines at both ends.
    param([object[]]$InputObject)
    $text = $InputObject | Out-String -Width 100
    ($text -split '\r?\n' | ForEach-Object { $_.TrimEnd() }) -join "`n" -replace '^\n+|\n+$', ''
}

function Get-Disk { param([uint32[]]$Number) Get-StorageRehearsalDisk @PSBoundParameters }
