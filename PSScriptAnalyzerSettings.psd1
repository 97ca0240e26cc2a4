# For PSScriptAnalyzer, on ps/ and on the staged module: Invoke-ScriptAnalyzer -Path ps -Recurse -Settings ./PSScriptAnalyzerSettings.psd1
@{
    ExcludeRules = @(
        # Tables whose keys differ by case alone are made with the comparer that tells them apart; the rule takes any comparer
        # for one that does not.
        'PSUseLiteralInitializerForHashtable'
    )
}
