# Reads a log in pages of records, one request after the other, so that a long log is never in memory as a whole.

# Milliseconds that the worker may take for a page.
$script:LogPageMs = 60000

function script:Get-LogFilter {
    # The fields of a request that select records.
    param([object]$Number, [object]$UniqueId, [object]$SerialNumber, [object]$Outcome, [object]$After, [object]$Before, [object]$Last)

    $rows = ''
    foreach ($one in $Number) { $rows += "n`t$one`n" }
    foreach ($one in $UniqueId) { $rows += "u`t$(ConvertTo-LogText $one)`n" }
    foreach ($one in $SerialNumber) { $rows += "s`t$(ConvertTo-LogText $one)`n" }
    $fields = ''
    if ($rows) { $fields += '&rows=' + (ConvertTo-Field $rows) }
    if ($Outcome) { $fields += '&outcomes=' + (ConvertTo-Field ($Outcome -join ',')) }
    if ($null -ne $After) { $fields += '&after=' + (ConvertTo-Epoch $After) }
    if ($null -ne $Before) { $fields += '&before=' + (ConvertTo-Epoch $Before) }
    if ($null -ne $Last) { $fields += '&last=' + $Last }
    return $fields
}

function script:ConvertTo-LogText {
    # A text in a row. A text with characters that no log can have finds nothing.
    param([string]$Text)

    return $Text.Trim() -replace '\p{Cc}', '?'
}

function script:ConvertTo-Epoch {
    # Milliseconds since 1970. A time without a zone is of this computer.
    param([datetime]$Time)

    $epoch = [datetime]::new(1970, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc)
    return [System.Math]::Max([long]0, [long][System.Math]::Floor(($Time.ToUniversalTime() - $epoch).TotalMilliseconds))
}

# These type names make a record pipe as one: by its identity only, because its number may be another disk's by now.
$script:LogTypes = @{ record = 'Deserialized.StorageRelease.Result'; clearrecord = 'Deserialized.StorageRelease.ClearResult' }

function script:Read-LogFile {
    # Gives the records of one log. $Fields: see Get-LogFilter.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSPossibleIncorrectUsageOfAssignmentOperator', '', Justification = 'The condition of the loop is where `continue` comes to: it writes down that it did.')]
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [hashtable]$Run, [string]$Path, [string]$Fields)

    $failure = Connect-Run $Run -AnyBus
    if ($null -ne $failure) { $Cmdlet.ThrowTerminatingError($failure) }
    $at = ''
    $whole = $false
    while (-not $whole -and -not $Run.Left) {
        $request = "&group=$($Run.Number)&file=" + (ConvertTo-Field $Path) + $Fields
        if ($at) { $request += '&at=' + (ConvertTo-Field $at) }
        $null = Send-WorkerRequest $Run 'log' $request $null
        $answered = $false
        while (-not $answered -and -not $Run.Left) {
            Receive-WorkerReply $Run.Worker 100
            while ($Run.Replies.Count -gt 0 -and -not $Run.Left) {
                $reply = $Run.Replies.Dequeue()
                if ($reply.Kind -ceq 'record' -or $reply.Kind -ceq 'clearrecord') {
                    # Send-Downstream, inlined: a call costs as much as reading a record.
                    $record = $reply.Payload
                    $record.PSObject.TypeNames.Insert(0, $script:LogTypes[$reply.Kind])
                    $record.PSObject.TypeNames.Insert(0, 'StorageRelease.LogRecord')
                    if ($Run.Narrow) { Add-NarrowView $record }
                    $Run.Left = 'break'
                    do {
                        $record
                        $Run.Left = $null
                    } while ($(if ($Run.Left) { $Run.Left = 'continue' }; $false))
                    continue
                }
                if ($reply.Kind -ceq 'warning') {
                    $Cmdlet.WriteWarning($reply.Payload)
                    continue
                }
                $answered = $true
                $at = ''
                if ($reply.Kind -ceq 'done') { $at = [string]$reply.Payload }
                else {
                    $answer = Get-LostAnswer $reply
                    $Cmdlet.WriteError((New-ModuleError 'LogRead' ReadError $answer.Message $script:Messages.LogFailedNext $Path))
                }
            }
        }
        $whole = $answered -and -not $at
    }
}
