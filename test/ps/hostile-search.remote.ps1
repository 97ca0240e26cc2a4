# Find-StorageReservationHolder with a worker on this computer that breaks the rules, and a real host: the search ends
# with one error, and the worker with it.
param([string]$Root, [string]$Temp)

. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"
. "$PSScriptRoot/shells.ps1"
. "$PSScriptRoot/standins.ps1"
. "$PSScriptRoot/remoting.ps1"

$bus = New-TestBus 3
$session = New-TestSession 127.0.0.2
Enter-TestRehearsal $session $bus bench-1

function New-Searcher {
    # A worker that takes rows, and at each `rows` does this; $search and $id are the ids of the search and of the rows.
    param([string]$Body, [hashtable]$Without = @{})
    New-ModuleCopy -Without $Without ($loop.Replace('BODY', "case `"`$line`" in *step=begin*) search=`$id ;; *step=rows*) $Body ;; *) printf '%s\n' '@DONE' ;; esac"))
}
$ofSearch = "'`"`$search`"'"
$ask = Format-Reply $ofSearch 'ask' ('<Obj><MS><U32 N="Host">0</U32><S N="UniqueId">' + (Get-TestUniqueId 1) + '</S><S N="What">Reading</S></MS></Obj>')
$end = Format-Reply $ofSearch 'done' '<S></S>'
$done = "printf '%s\n' '@DONE'"

function Invoke-Search {
    param($Copy)
    Use-Module $Copy {
        $got = Invoke-Capture { Find-StorageReservationHolder -Session $session -UniqueId (Get-TestUniqueId 1) }
        $got
        Assert-Equal @(Get-ChildProcess 1).Count 1 'the worker is ended, and the connection is what is left'
    }
}

Test-That 'one that asks for the same disk for ever: the search ends' {
    $copy = New-Searcher "printf '%s\n' '$ask'; $done"
    $got = Invoke-Search $copy
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Thrown.FullyQualifiedErrorId 'WorkerGone,Find-StorageReservationHolder'
    Assert-Match $got.Thrown.Exception.Message 'it asked for the same disk more than 64 times'
    $asked = @([System.IO.File]::ReadAllLines($copy.Said) -cmatch 'step=rows').Count
    Assert-True ($asked -gt 64 -and $asked -lt 80) "$asked rows"
}

Test-That '... and goes on, where nobody counts' {
    $copy = New-Searcher "n=`$((n + 1)); [ `$n -gt 100 ] && printf '%s\n' '$end'; printf '%s\n' '$ask'; $done" @{
        'HolderSearch.ps1' = 'if ($Search.Asked[$name] -gt $script:MostAsks)', 'if ($false)'
    }
    $got = Use-Module $copy { Invoke-Capture { Find-StorageReservationHolder -Session $session -UniqueId (Get-TestUniqueId 1) } }
    Assert-True ([System.IO.File]::ReadAllLines($copy.Said).Count -gt 100)
}

Test-That 'one that ends the search before the computers have answered: an error, and not nothing' {
    $got = Invoke-Search (New-Searcher "printf '%s\n' '$end'; $done")
    Assert-Equal $got.Output.Count 0
    Assert-Equal $got.Thrown.FullyQualifiedErrorId 'WorkerGone,Find-StorageReservationHolder'
    Assert-Match $got.Thrown.Exception.Message 'it ended the search before all computers had answered'
}

Test-That '... and nothing at all, where an early end is believed' {
    $copy = New-Searcher "printf '%s\n' '$end'; $done" @{
        'HolderSearch.ps1' = 'if ($Search.Heard.Count -lt $Search.Computers.Length)', 'if ($false)'
    }
    $got = Use-Module $copy { Invoke-Capture { Find-StorageReservationHolder -Session $session -UniqueId (Get-TestUniqueId 1) } }
    Assert-Equal $got.Output.Count 0
    Assert-True ($null -eq $got.Thrown)
}

Remove-PSSession $session
Complete-Tests
