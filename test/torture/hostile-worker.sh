#!/bin/sh
# Stands in for the executable and obeys a script: each process that is started plays the next life of @FOLDER. It
# writes down what it takes and says before it says it, so that hostile.torture.ps1 can tell which rows must come:
#
#   LIFE take ID VERB NUMBER SHOWN    a request line was read
#   LIFE final ID TOKEN               the one answer of a request that is open; its message is the token
#   LIFE more ID                      a reply that may come before it
#   LIFE bad WHAT                     from here nothing that it says counts
#   LIFE ready                        the start is over: hello was said and the rehearsal entered, as they should be

d='@FOLDER'
read -r life < "$d/life"
echo $((life + 1)) > "$d/life"
head='<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
hello='@GREETING'
count=0
open=
closed=
how=whole

note() { printf '%s %s\n' "$life" "$*" >> "$d/log"; }

# Prints a text, whole or in pieces.
out() {
    case $how in
        whole) printf '%s' "$1" ;;
        drip)
            pieces=$1
            while [ -n "$pieces" ]; do
                next=${pieces#??????????????????????????????????????????????????}
                [ "$next" = "$pieces" ] && next=
                printf '%s' "${pieces%"$next"}"
                pieces=$next
            done ;;
    esac
}
say() { out "$1
"; }

columns() {
    printf '%s' '<Obj><MS><U32 N="Number">'"$1"'</U32><Nil N="DevicePath"/><S N="FriendlyName">FAKE</S>'
    printf '%s' '<S N="SerialNumber">S'"$1"'</S><S N="UniqueId">U'"$1"'</S><Nil N="BusType"/><Nil N="IdentifiedBy"/>'
}
rest='<Nil N="NtStatus"/><Nil N="NtStatusName"/><Nil N="Win32Error"/>'
times='<Db N="DurationMs">1</Db><DT N="StartedAt">2026-01-01T00:00:00.0000000Z</DT><S N="ComputerName">bench-1</S><S N="Bus">Rehearsal</S>'
# Payload of the answer to a request: result ID TOKEN KIND
payload() {
    eval "number=\$n$1"
    case $3 in
        result | plan)
            columns "$number"
            printf '%s' '<S N="Outcome">Accepted</S>'"$rest"'<U64 N="Information">0</U64><Nil N="ReservationBefore"/>'
            printf '%s' '<Nil N="ReservationAfter"/><U32 N="Attempts">1</U32>'"$times"'<Nil N="ProvedBy"/><S N="Message">'"$2"'</S><S N="NextStep"></S>'
            if [ "$3" = plan ]; then
                printf '<S N="Shown">%064d</S>' "$number"
            fi
            printf '%s' '</MS></Obj><S></S>' ;;
        reservation)
            columns "$number"
            printf '%s' '<S N="State">Unknown</S><Nil N="Blocked"/><S N="Evidence"></S><Nil N="Keys"/><Nil N="KeyCount"/>'
            printf '%s' '<Nil N="HolderKey"/><Nil N="Type"/><Nil N="Scope"/><Nil N="Generation"/><Nil N="Registrants"/><Nil N="PathCount"/><Nil N="MpioPolicy"/>'
            printf '%s' '<S N="Outcome">Read</S>'"$rest$times"'<S N="Message">'"$2"'</S><S N="NextStep"></S></MS></Obj><S></S>' ;;
        disk)
            printf '%s' '<Obj><MS><U32 N="Number">'"$2"'</U32><S N="DevicePath">x</S><Nil N="FriendlyName"/><Nil N="SerialNumber"/>'
            printf '%s' '<Nil N="UniqueId"/><Nil N="BusType"/><Nil N="IsBoot"/><Nil N="IsSystem"/><Nil N="IsClustered"/>'
            printf '%s' '<Nil N="IsMultipath"/><S N="ComputerName">bench-1</S><S N="Bus">Rehearsal</S></MS></Obj>' ;;
        registrant)
            printf '%s' '<Obj><MS><Nil N="Number"/><Nil N="UniqueId"/><S N="Key">1</S><Nil N="Holder"/><Nil N="Type"/>'
            printf '%s' '<Nil N="Scope"/><Nil N="AllTargetPorts"/><Nil N="TargetPort"/><S N="Initiator">i</S>'
            printf '%s' '<S N="ComputerName">bench-1</S><S N="Bus">Rehearsal</S></MS></Obj>' ;;
        *) printf '%s' "<S>$2</S>" ;;
    esac
}
# reply ID KIND TOKEN
reply() { say "$head<U32>$1</U32><S>$2</S>$(payload "$1" "$3" "$2")</Objs>"; }

# The kind of answer that fits a verb.
fitting() {
    case $1 in
        release | reserve) echo result ;;
        status) echo reservation ;;
        plan) echo plan ;;
        *) echo 'done' ;;
    esac
}

# Reads one request; what only takes something back is answered at once and counts for nothing.
take() {
    while IFS= read -r request; do
        id=${request#id=}
        id=${id%%&*}
        verb=${request#*&verb=}
        verb=${verb%%&*}
        case $request in *'&plan=1'*) verb=plan ;; esac
        number=0
        case $request in *'&number='*) number=${request#*&number=}; number=${number%%&*} ;; esac
        shown=-
        case $request in *'&shown='*) shown=${request#*&shown=}; shown=${shown%%&*} ;; esac
        eval "n$id=$number; v$id=$verb"
        if [ "$verb" = cancel ]; then
            reply "$id" 'done' 0
            continue
        fi
        note take "$id" "$verb" "$number" "$shown"
        open="$open $id"
        return
    done
    exit 0
}
oldest() { set -- $open; echo "$1"; }
newest() { for one in $open; do :; done; echo "$one"; }

# final ID
final() {
    [ -n "$1" ] || return
    eval "verb=\$v$1"
    count=$((count + 1))
    left=
    for one in $open; do [ "$one" = "$1" ] || left="$left $one"; done
    open=$left
    closed="$closed $1"
    if [ "$verb" = list ]; then
        for one in 1 2 3; do
            note more "$1"
            reply "$1" disk "$one"
        done
    fi
    note final "$1" "said.$life.$count"
    reply "$1" "$(fitting "$verb")" "said.$life.$count"
}
# An error that says that nothing was sent, or nothing of the kind.
failed() {
    [ -n "$1" ] || return
    count=$((count + 1))
    left=
    for one in $open; do [ "$one" = "$1" ] || left="$left $one"; done
    open=$left
    closed="$closed $1"
    note final "$1" "said.$life.$count$2"
    say "$head<U32>$1</U32><S>error</S><S>said.$life.$count$2</S><S>$2</S></Objs>"
}
more() {
    [ -n "$1" ] || return
    eval "verb=\$v$1"
    note more "$1"
    case $verb in
        status) reply "$1" registrant x ;;
        list) reply "$1" warning w ;;
        *) reply "$1" verbose x ;;
    esac
}
# A late completion of a request that was answered.
late() {
    [ -n "$closed" ] || return
    set -- $closed
    note more "$1"
    reply "$1" warning late
}
# Reads, and answers as it should, to the end.
serve() {
    while [ -n "$open" ]; do final "$(oldest)"; done
    while :; do
        take
        final "$(oldest)"
    done
}
# Reads, and says nothing more: until the end of its input, or for ever.
silent() {
    note bad silent
    while :; do take; done
}
deaf() {
    note bad deaf
    exec /bin/sleep 1000
}

# Says something that breaks the rules, about the oldest request that is open where it is about one.
bad() {
    note bad "$1"
    id=$(oldest)
    [ -n "$id" ] || id=99999
    kind=result
    [ "$id" = 99999 ] || eval "kind=\$(fitting \$v$id)"
    [ "$id" = 99999 ] && n99999=0
    good=$(payload "$id" forged "$kind")
    case $1 in
        unknown) n4711=1; reply 4711 "$kind" forged ;;
        unsent) eval "n$((id + 50))=1"; reply $((id + 50)) "$kind" forged ;;
        again) if [ -n "$closed" ]; then set -- $closed; eval "kind=\$(fitting \$v$1)"; reply "$1" "$kind" forged; else say nothing; fi ;;
        late-final) if [ -n "$closed" ]; then set -- $closed; reply "$1" 'done' forged; else say nothing; fi ;;
        zero) say "$head<U32>0</U32><S>$kind</S>$good</Objs>" ;;
        zero-error) say "$head<U32>0</U32><S>error</S><S>forged</S></Objs>" ;;
        zero-warning) say "$head<U32>0</U32><S>warning</S><S>forged</S></Objs>" ;;
        kind) say "$head<U32>$id</U32><S>surprise</S><S>forged</S></Objs>" ;;
        case) say "$head<U32>$id</U32><S>Result</S>$good</Objs>" ;;
        other-kind)
            case $kind in
                result) reply "$id" plan forged ;;
                plan) reply "$id" result forged ;;
                *) reply "$id" result forged ;;
            esac ;;
        done-kind) if [ "$kind" = 'done' ]; then reply "$id" plan forged; else reply "$id" 'done' forged; fi ;;
        more-kind) reply "$id" holder forged ;;
        psobject) say "$head<U32>$id</U32><S>$kind</S><Obj><MS><S N=\"PSObject\">x</S></MS></Obj><S></S></Objs>" ;;
        psobject-too) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|</MS>|<S N="PSObject">x</S></MS>|')</Objs>" ;;
        type) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|<Nil N="Win32Error"/>|<S N="Win32Error">abc</S>|')</Objs>" ;;
        missing) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|<S N="NextStep"></S>||')</Objs>" ;;
        order) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|\(<Nil N="NtStatus"/>\)\(<Nil N="NtStatusName"/>\)|\2\1|')</Objs>" ;;
        null-outcome) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|<S N="Outcome">Accepted</S>|<Nil N="Outcome"/>|')</Objs>" ;;
        number) say "$head<U32>$id</U32><S>result</S>$(payload "$id" forged result | sed 's|<U32 N="Number">[0-9]*<|<U32 N="Number">9999999999<|')</Objs>" ;;
        category) say "$head<U32>$id</U32><S>done</S><S>x</S><S>Luck</S></Objs>" ;;
        no-payload) say "$head<U32>$id</U32><S>$kind</S></Objs>" ;;
        text) say "$head<U32>$id</U32><S>$kind</S><S>forged</S><S></S></Objs>x" ;;
        nested) say "$head<U32>$id</U32><S>$kind</S><Obj><MS><Obj N=\"X\"><MS></MS></Obj></MS></Obj></Objs>" ;;
        typed) say "$head<U32>$id</U32><S>$kind</S><Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Diagnostics.Process</T></TN><MS></MS></Obj></Objs>" ;;
        glued) out "$head<U32>$id</U32><S>$kind</S>$good</Objs>$head<U32>$id</U32><S>$kind</S>$good</Objs>
" ;;
        garbage) say 'Segmentation fault (core dumped)' ;;
        escape) printf '\033]0;owned\007\033[2J\n' ;;
        binary) printf '\000\377\376\001\n' ;;
        empty) say '' ;;
        carriage) printf '%s\r\n' "$head<U32>$id</U32><S>$kind</S>$good</Objs>" ;;
        mark) printf '\357\273\277%s\n' "$head<U32>$id</U32><S>$kind</S>$good</Objs>" ;;
        huge) printf '%s%070000d\n' "$head" 0 ;;
        endless) while printf '%010000d' 0; do :; done 2> /dev/null ;;
        big-id) say "$head<U32>4294967295</U32><S>$kind</S>$good</Objs>" ;;
        hello) say "$hello" ;;
        bye) say "$head<U32>0</U32><S>bye</S><S>a minute without work</S></Objs>" ;;
        bye-twice) say "$head<U32>0</U32><S>bye</S><S>x</S></Objs>"; say "$head<U32>0</U32><S>bye</S><S>x</S></Objs>" ;;
        flood) while printf '%s\n' "$head<U32>4711</U32><S>$kind</S>$good</Objs>"; do :; done 2> /dev/null ;;
        more-flood)
            one=$(if [ "$kind" = reservation ]; then reply "$id" registrant x; else reply "$id" verbose x; fi)
            while printf '%s\n' "$one"; do :; done 2> /dev/null ;;
        half) out "$head<U32>$id</U32><S>$kind</S><Obj>"; exit 0 ;;
        output) exec 1>&-; exec /bin/sleep 1000 ;;
        input) exec 0<&-; exec /bin/sleep 1000 ;;
        exit) exit 0 ;;
        words) echo 'out of memory' >&2; exit 134 ;;
        kill) kill -9 $$ ;;
    esac
    # It goes on as if nothing had been, until it is ended.
    serve
}
# Half a megabyte on stderr.
noise() {
    one=0123456789012345678901234567890123456789012345678901234567890123
    for i in 1 2 3 4 5 6 7 8 9 10; do one=$one$one; done
    for i in 1 2 3 4 5 6 7 8; do printf '%s' "$one" >&2; done
}

# The start as it should be.
start() {
    say "$hello"
    IFS= read -r request || exit 0
    id=${request#id=}
    id=${id%%&*}
    note ready
    say "$head<U32>$id</U32><S>done</S><S>bench-1</S></Objs>"
}

if [ -e "$d/life-$life" ]; then . "$d/life-$life"; else start; fi
serve
