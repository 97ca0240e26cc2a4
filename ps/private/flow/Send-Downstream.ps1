function script:Send-Downstream {
    # Runs a function whose output goes down the pipeline. `break` or `continue` in a script block downstream takes effect
    # on the nearest loop of the whole stack: this one, where only `continue` comes to the condition. Which of the two it
    # was is kept in Left, and Resume-CallerLoop repeats it. The function itself must contain no loop and no switch.
    [System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSPossibleIncorrectUsageOfAssignmentOperator', '', Justification = 'The condition of the loop is where `continue` comes to: it writes down that it did.')]
    param([hashtable]$Run, [scriptblock]$Body, [object[]]$With)

    $Run['Left'] = 'break'
    do {
        & $Body @With
        $Run['Left'] = $null
    } while ($(if ($Run['Left']) { $Run['Left'] = 'continue' }; $false))
}

function script:Resume-CallerLoop {
    # Repeats a `break` or `continue` from downstream. To be called where none of our loops is left, so that the caller's
    # own loop gets it.
    param([hashtable]$Run)

    if ($Run['Left'] -ceq 'break') { break }
    if ($Run['Left']) { continue }
}
