# For PSScriptAnalyzer, on ps/ and on the staged module: Invoke-ScriptAnalyzer -Path ps -Recurse -Settings ./PSScriptAnalyzerSettings.psd1
@{
    ExcludeRules = @(
        # Helpers that are called New-, Start-, Stop- or Set- change nothing but objects in memory; what changes a disk is
        # asked about by the commands, which support ShouldProcess.
        'PSUseShouldProcessForStateChangingFunctions'
        # Our own functions, on the path of each disk, are called by position: naming arguments costs a lookup for each.
        # Elsewhere, calls with more than three arguments name them.
        'PSAvoidUsingPositionalParameters'
        # Tables whose keys differ by case alone are made with the comparer that tells them apart; the rule takes any comparer
        # for one that does not.
        'PSUseLiteralInitializerForHashtable'
    )
}
