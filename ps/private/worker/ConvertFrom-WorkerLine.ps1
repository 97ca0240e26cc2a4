function script:ConvertFrom-WorkerLine {
    # One reply line as an array of id, kind, payload and category; null when it has not the shape of a reply.
    # The shape is checked before anything is deserialized: a malformed document could build live objects of types
    # that the writer of this protocol never uses, or end PowerShell itself. So are names and types of what an object
    # holds: what is made of it, and whoever reads it, need not look again.
    param([string]$Line)

    if ($null -eq $script:ReplyShape) {
        $script:ReplyShape = [regex]::new(
            $script:ReplyShapeText, [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
    }
    if ($Line.Length -gt 65536 -or -not $script:ReplyShape.IsMatch($Line)) { return $null }
    try {
        $items = @([System.Management.Automation.PSSerializer]::Deserialize($Line))
    }
    catch {
        return $null
    }
    if ($items.Length -lt 3 -or $items[0] -isnot [uint32] -or $items[0] -gt [int]::MaxValue -or $items[1] -isnot [string]) { return $null }
    $kind = $items[1]
    if ($script:ReplyFields.ContainsKey($kind)) {
        $shape = $script:PayloadShapes[$kind]
        if ($null -eq $shape) { $shape = Get-PayloadShape $kind }
        if (-not $shape.IsMatch($Line)) { return $null }
    }
    elseif ($items[2] -isnot [string]) { return $null }
    # IsDefined throws at a number of another type than the enumeration's.
    if ($items.Length -gt 3 -and $items[3] -and ($items[3] -isnot [string] -or
            -not [System.Enum]::IsDefined([System.Management.Automation.ErrorCategory], $items[3]))) { return $null }
    $reply = [object[]]::new(4)
    for ($i = 0; $i -lt $items.Length -and $i -lt 4; $i++) { $reply[$i] = $items[$i] }
    return , $reply
}

function script:Get-PayloadShape {
    # What a line of this kind looks like from its first item to its last: each property of the object that it brings,
    # in order, under the name and with the type that the writer gives it.
    param([string]$Kind)

    # All of a row at a time: a loop over its fields would cost a session's first command 15 ms more.
    $fields = $script:ReplyFields[$Kind] -creplace '(\w+):(\w+)\? ?', '(?:<$2 N="$1">[^<]*</$2>|<Nil N="$1"/>)'
    # One word: it becomes an error id.
    $fields = $fields -creplace '(\w+):(\w+)! ?', '<$2 N="$1">[A-Za-z]{1,40}</$2>' -creplace '(\w+):(\w+) ?', '<$2 N="$1">[^<]*</$2>'
    $pattern = '^<Objs [^>]*><U32>[^<]*</U32><S>' + $Kind + '</S><Obj><MS>' + $fields + '</MS></Obj>(?:<S>[^<]*</S>)?</Objs>'
    $script:PayloadShapes[$Kind] = [regex]::new($pattern, [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
    return $script:PayloadShapes[$Kind]
}

function script:Initialize-PayloadShape {
    # Makes what the answer to a verb is checked with while the worker is at it: .NET takes its time for a long expression.
    param([string]$Verb)

    foreach ($kind in $script:ReplyRoles[$Verb].Keys) {
        if ($script:ReplyRoles[$Verb][$kind] -eq 1 -and $script:ReplyFields.ContainsKey($kind) -and -not $script:PayloadShapes.ContainsKey($kind)) {
            $null = Get-PayloadShape $kind
        }
    }
}

$script:PayloadShapes = [hashtable]::new([System.StringComparer]::Ordinal)

# The properties of each kind of reply that brings an object, in their order, with their CLIXML type; ? stands for one
# that may be null, ! for a single word. A test holds them against what the worker writes.
$disk = 'Number:U32? DevicePath:S? FriendlyName:S? SerialNumber:S? UniqueId:S? BusType:S? IdentifiedBy:S?'
$result = "$disk Outcome:S! NtStatus:U32? NtStatusName:S? Win32Error:I32? Information:U64? ReservationBefore:S? ReservationAfter:S? " +
'Attempts:U32 DurationMs:Db StartedAt:DT ComputerName:S Bus:S! ProvedBy:S? Message:S NextStep:S'
$cleared = "$result Method:S! HolderKey:S? Type:S? KeyCount:U32? Registrants:S? Removed:S? KeysLeft:U32? " +
'GenerationBefore:U32? GenerationAfter:U32? OwnKey:S? OwnKeyLeft:B? Undone:B?'
$logged = 'LoggedAt:DT Command:S! User:S? RunOn:S? ProcessId:U32? CommandLine:S? Rehearsal:S? ExecutableVersion:S?'
$script:ReplyFields = [hashtable]::new(@{
        hello       = 'Name:S Version:S Protocol:U32 Build:S ProcessId:U32 Platform:S'
        result      = $result
        plan        = "$result Shown:S?"
        cleared     = $cleared
        clearplan   = "$cleared Shown:S?"
        reservation = "$disk State:S! Blocked:B? Evidence:S Keys:S? KeyCount:U32? HolderKey:S? Type:S? Scope:S? Generation:U32? " +
        'Registrants:S? PathCount:U32? MpioPolicy:S? Outcome:S! NtStatus:U32? NtStatusName:S? Win32Error:I32? DurationMs:Db ' +
        'StartedAt:DT ComputerName:S Bus:S! Message:S NextStep:S'
        registrant  = 'Number:U32? UniqueId:S? Key:S Holder:B? Type:S? Scope:S? AllTargetPorts:B? TargetPort:U32? Initiator:S ' +
        'ComputerName:S Bus:S!'
        disk        = 'Number:U32? DevicePath:S FriendlyName:S? SerialNumber:S? UniqueId:S? BusType:S? IsBoot:B? IsSystem:B? ' +
        'IsClustered:B? IsMultipath:B? ComputerName:S Bus:S!'
        record      = "$result $logged"
        clearrecord = "$cleared $logged"
        ask         = 'Host:U32 UniqueId:S What:S!'
        holder      = 'UniqueId:S? FriendlyName:S? SerialNumber:S? State:S! Holder:S? HolderNumber:U32? SeenBy:S BlockedOn:S ' +
        'NotAsked:S Evidence:S HeldAt:DT? WindowMs:Db? HolderSession:S? ProofSession:S? SeenBySession:S NotAskedSession:S? ' +
        'HolderKey:S? Type:S? Generation:U32? Registrants:S? Message:S NextStep:S Bus:S!'
    }, [System.StringComparer]::Ordinal)
