# Answers that are truncated, split, glued, garbled, doubled, out of order, of nobody or too late, each said by a
# real process: a shell script that stands in for the executable. PowerShell lives on, and every disk has one answer.
param([string]$Root, [string]$Temp, [int]$Seed, [int]$Trials)
. "$PSScriptRoot/torture.ps1"
. "$PSScriptRoot/../ps/standins.ps1"
. "$Root/ps/private/worker/ReplyShape.ps1"

# Says what lies in the file of the disk's number, and ends; `keep` as well: and goes on.
$stand = @'
#!/bin/sh
@HELLO
while IFS= read -r line; do
    id=${line#id=}; id=${id%%&*}
    case "$line" in
        *verb=rehearse*) printf '%s\n' '@DONE' ;;
        *verb=cancel*) printf '%s\n' '@DONE' ;;
        *) number=${line#*&number=}; number=${number%%&*}; BODY ;;
    esac
done
'@

function Wait-WorkerEnd {
    # A stand-in ends by itself after its words; a request that is sent just then is, rightly, of unknown outcome.
    & (Get-Module StorageRelease) { if ($null -ne $script:Worker) { $null = $script:Worker.Process.WaitForExit(10000) } }
}

function Add-Judgement {
    # One answer for the one disk, and one that says nothing more than the line did. Returns 1 for an answer that
    # still was the worker's.
    param($Tally, $Got, [string]$Said)
    if ($Got.Thrown) { Add-Fault $Tally 'Wrong' "thrown: $($Got.Thrown) after $Said" }
    if ($Got.Output.Count -eq 0) { Add-Fault $Tally 'Lost' $Said }
    elseif ($Got.Output.Count -gt 1) { Add-Fault $Tally 'Doubled' $Said }
    else {
        $one = $Got.Output[0]
        if ($one.PSObject.TypeNames[0] -cne 'StorageRelease.Result') {
            Add-Fault $Tally 'Wrong' "no result of $Said"
        }
        if ($one.Outcome -cne 'Failed') {
            # Only a line that is a reply to this request, to the last byte, can have said so.
            $last = @($Said.Split("`n"))
            if (@($last | Where-Object { $ReplyShape.IsMatch($_) -and $_.Contains('<U32>2</U32><S>result</S>') }).Count -eq 0) {
                Add-Fault $Tally 'Wrong' "'$($one.Outcome)' of $Said"
            }
            return 1
        }
        if (-not $one.Message -or -not $one.NextStep -or $Got.Errors.Count -ne 1) {
            Add-Fault $Tally 'Wrong' "a failure without a word: $Said"
        }
    }
    return 0
}

# --- each way to be wrong, and each byte to be cut at --------------------------------------------------------------

# Requests of a new worker begin with id 2, after `rehearse`.
$first = Format-Result '2' 'Conflict' 'ResourceBusy'
$second = Format-Result '3' 'Conflict' 'ResourceBusy' '2'
$bye = Format-Reply '0' 'bye' '<S>a minute without work</S>'

$tally = New-Tally 'a reply split, and cut off, at each byte'
$copy = New-ModuleCopy $stand.Replace('BODY',
    "head -c `"`$number`" '@FOLDER/line'; [ -e '@FOLDER/cut' ] && exit 0; tail -c +`$((number + 1)) '@FOLDER/line'; exit 0")
$program = [System.IO.Path]::Combine($copy.Folder, 'dist', 'linux-x64', 'storage-release')
[System.IO.File]::WriteAllText($program, [System.IO.File]::ReadAllText($program).Replace('@FOLDER', $copy.Folder))
[System.IO.File]::WriteAllText("$($copy.Folder)/line", $first + "`n")
$bus = New-TestBus 2
Use-Module $copy {
    Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
    # Cut at every byte, split at every eighth; the split ones differ from one another only in where the system cuts.
    foreach ($cut in $true, $false) {
        if ($cut) { [System.IO.File]::WriteAllText("$($copy.Folder)/cut", '') }
        else { [System.IO.File]::Delete("$($copy.Folder)/cut") }
        for ($at = 1; $at -le $first.Length; $at += $(if ($cut) { 1 } else { 8 })) {
            $tally.Trials++
            Wait-WorkerEnd
            $got = Invoke-Capture { Invoke-StorageRelease -Number $at -Force }
            if ($got.Thrown) { Add-Fault $tally 'Wrong' "thrown: $($got.Thrown)" }
            if ($got.Output.Count -eq 0) { Add-Fault $tally 'Lost' "at $at" }
            elseif ($got.Output.Count -gt 1) { Add-Fault $tally 'Doubled' "at $at" }
            # Only the whole line says what became of the disk.
            elseif (($got.Output[0].Outcome -ceq 'Conflict') -ne -not $cut) {
                Add-Fault $tally 'Wrong' "at $at, cut off: ${cut}: $($got.Output[0].Outcome) $($got.Output[0].Message)"
            }
        }
    }
}
Complete-Row $tally "$($first.Length) bytes"

$tally = New-Tally 'replies glued, doubled, out of order, of nobody, after bye'
# A worker that says what is nobody's is believed nothing more.
$ways = @(
    , @('one after the other', "$first`n$second`n", 'Conflict Conflict')
    , @('in the other order', "$second`n$first`n", 'Conflict Conflict')
    , @('twice', "$first`n$first`n$second`n$second`n", 'Conflict Failed')
    , @('glued to one line', "$first$second`n", 'Failed Failed')
    , @('glued with a blank', "$first $second`n", 'Failed Failed')
    , @('with CR', "$first`r`n$second`r`n", 'Failed Failed')
    , @('with an empty line between', "$first`n`n$second`n", 'Conflict Failed')
    , @('one of nobody', "$($first.Replace('>2<', '>4711<'))`n$second`n", 'Failed Failed')
    , @('one of the worker itself', "$($first.Replace('>2<', '>0<'))`n$second`n", 'Failed Failed')
    , @('a number too large', "$($first.Replace('>2<', '>4294967295<'))`n$second`n", 'Failed Failed')
    , @('a number no U32 can be', "$($first.Replace('>2<', '>9999999999<'))`n$second`n", 'Failed Failed')
    , @('one missing', "$second`n", 'Failed Conflict')
    , @('a second hello', "$hello`n$first`n$second`n", 'Failed Failed')
    , @('bye, then a reply', "$first`n$bye`n$second`n", 'Conflict *')
    , @('bye, twice', "$first`n$second`n$bye`n$bye`n", 'Conflict Conflict')
    , @('garbage after the last', "$first`n$second`nSegmentation fault`n", 'Conflict Conflict')
    , @('garbage before the first', "Segmentation fault`n$first`n$second`n", 'Failed Failed')
    , @('a byte order mark', "$([char]0xFEFF)$first`n$second`n", 'Failed Failed')
    , @('the other''s number', "$($first.Replace('N=`"Number`">1', 'N=`"Number`">2'))`n$second`n", 'Conflict Conflict')
    , @('a warning, then the replies', "$(Format-Reply '2' 'warning' '<S>late</S>')`n$first`n$second`n", 'Conflict Conflict')
    , @('a kind of no request', "$(Format-Reply '2' 'hello' '<S>x</S>')`n$first`n$second`n", '* Conflict')
)
# The replies come when both disks have been asked for.
$copy = New-ModuleCopy $stand.Replace('BODY', "[ `"`$number`" = 2 ] || continue; cat '@FOLDER/line'; exit 0")
$program = [System.IO.Path]::Combine($copy.Folder, 'dist', 'linux-x64', 'storage-release')
[System.IO.File]::WriteAllText($program, [System.IO.File]::ReadAllText($program).Replace('@FOLDER', $copy.Folder))
$said = @{}
Use-Module $copy {
    Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
    foreach ($way in $ways) {
        foreach ($throttle in 1, 2, 32) {
            $tally.Trials++
            [System.IO.File]::WriteAllText("$($copy.Folder)/line", $way[1])
            Wait-WorkerEnd
            $got = Invoke-Capture { Invoke-StorageRelease -Number 1, 2 -Force -ThrottleLimit $throttle }
            if ($got.Thrown) { Add-Fault $tally 'Wrong' "$($way[0]): thrown: $($got.Thrown)" }
            if ($got.Output.Count -lt 2) { Add-Fault $tally 'Lost' $way[0] }
            elseif ($got.Output.Count -gt 2) { Add-Fault $tally 'Doubled' $way[0] }
            else {
                $outcomes = @($got.Output | ForEach-Object { $_.Outcome })
                [array]::Sort($outcomes)
                $wanted = $way[2].Split(' ')
                [array]::Sort($wanted)
                if ($wanted -ccontains '*') { continue }
                if (($outcomes -join ' ') -cne ($wanted -join ' ')) {
                    Add-Fault $tally 'Wrong' "$($way[0]): $($outcomes -join ' ')"
                }
            }
        }
    }
}
Complete-Row $tally "$($ways.Count) ways"

# --- garbled at random ---------------------------------------------------------------------------------------------

$tally = New-Tally 'a garbled reply of a real process'
$copy = New-ModuleCopy $stand.Replace('BODY', "cat '@FOLDER/'`"`$number`"; exit 0")
$program = [System.IO.Path]::Combine($copy.Folder, 'dist', 'linux-x64', 'storage-release')
[System.IO.File]::WriteAllText($program, [System.IO.File]::ReadAllText($program).Replace('@FOLDER', $copy.Folder))
$hostile = @('<Obj RefId="0"><TN RefId="0"><T>System.Diagnostics.Process</T></TN></Obj>', '<SS>zz</SS>', '<S N="">x</S>',
    '<Ref RefId="0"/>', '<TNRef RefId="1"/>', '<SBK>exit 1</SBK>', '<XD>&lt;a/&gt;</XD>', '<C>99999999</C>', '<B>True</B>',
    '<BA>!!</BA>', '<DT>9999-99-99T00:00:00.0000000Z</DT>', '<U32>-1</U32>', '<I32>99999999999</I32>', '<Nil/>', '</Objs>', '<!-- -->',
    '<![CDATA[x]]>', '<?xml version="1.0"?>', '<!DOCTYPE a>', '&#0;', '&xyz;', '_xZZZZ_', '_xD800_', "`0", "`n", "`r", '"', "'", '<', '>', '&',
    '_x', [string][char]0xFF, '<Obj><MS>', '</MS></Obj>', '<Db>1e999</Db>', '<Db>1e-999</Db>')

function Get-Garbled {
    # The reply with one to four changes: bytes changed, left out, doubled, swapped, and bits of CLIXML put in.
    $text = $first
    for ($left = $random.Next(1, 5); $left -gt 0; $left--) {
        $at = $random.Next(0, $text.Length + 1)
        $length = [System.Math]::Min($random.Next(0, 30), $text.Length - $at)
        switch ($random.Next(0, 5)) {
            0 { if ($at -lt $text.Length) { $text = $text.Remove($at, 1).Insert($at, [string][char]$random.Next(0, 256)) } }
            1 { $text = $text.Remove($at, $length) }
            2 { $text = $text.Insert($at, $text.Substring($at, $length)) }
            3 { $text = $text.Insert($random.Next(0, $text.Length + 1), $hostile[$random.Next(0, $hostile.Count)]) }
            4 { $text = $text.Substring($at) + $text.Substring(0, $at) }
        }
        if ($text.Length -eq 0) { $text = '<' }
    }
    $text + @("`n", '', "`n`n")[$random.Next(0, 3)]
}

$latin = [System.Text.Encoding]::GetEncoding(28591)
$accepted = 0
Use-Module $copy {
    Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
    for ($t = 0; $t -lt $Trials; $t++) {
        $tally.Trials++
        $garbled = Get-Garbled
        Wait-WorkerEnd
        [System.IO.File]::WriteAllBytes("$($copy.Folder)/1", $latin.GetBytes($garbled))
        $got = Invoke-Capture { Invoke-StorageRelease -Number 1 -Force }
        $script:accepted += Add-Judgement $tally $got $garbled
    }
}
Complete-Row $tally "$accepted were still replies; PowerShell lived on through all"

# The same without a process, six times as many: what the module's reader of one line makes of them.
$tally = New-Tally 'a garbled reply, read by the module'
$accepted = 0
Import-Module "$Root/StorageRelease.psd1"
$read = & (Get-Module StorageRelease) { Import-ModulePart Private; ${function:ConvertFrom-WorkerLine} }
for ($t = 0; $t -lt 6 * $Trials; $t++) {
    $tally.Trials++
    $line = (Get-Garbled).Split("`n")[0]
    try { $reply = & $read $line } catch { Add-Fault $tally 'Wrong' "thrown: $_ after $line"; continue }
    if ($null -eq $reply) { continue }
    $accepted++
    if (-not $ReplyShape.IsMatch($line) -or $reply.Length -ne 4 -or $reply[0] -isnot [uint32] -or $reply[1] -isnot [string]) {
        Add-Fault $tally 'Wrong' "a reply, said to be: $line"
    }
}
Remove-Module StorageRelease
Complete-Row $tally "$accepted were still replies"
Complete-Tests
