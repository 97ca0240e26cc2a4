# In ps/public, ps/start and ps/private a key of a table is read as $run['Sent'] and not as $run.Sent: .NET compiles a rule for
# each name of the second form, and a session's first result would come a seventh later (docs/performance.md). Strict mode
# does not find a misspelt key, so each key that is read or set is held here against those that its kind of table is made with.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"

# Kinds of tables: the variables that hold one; keys that every literal has which makes one, and no other literal; and the
# function that adds keys.
$kinds = @(
    @{ Kind = 'messages'; Names = @('script:Messages'); Made = @('NobodyToAsk'); Adds = '' }
    @{ Kind = 'patience'; Names = @('script:Patience'); Made = @('LastWords'); Adds = '' }
    @{ Kind = 'lengths'; Names = @('script:LongestText'); Made = @('Flag', 'Computer', 'SerialNumber'); Adds = '' }
    @{ Kind = 'rehearsal'; Names = @('Rehearsal', 'script:Rehearsal'); Made = @('Initiator'); Adds = '' }
    @{ Kind = 'worker'; Names = @('worker', 'starting', 'script:Worker'); Made = @('ErrorPart'); Adds = '' }
    @{ Kind = 'run'; Names = @('run', 'errand', 'planRun', 'listing'); Made = @('Throttle'); Adds = '' }
    @{ Kind = 'request'; Names = @('entry'); Made = @('Roles'); Adds = '' }
    @{ Kind = 'reply'; Names = @('reply', 'plan'); Made = @('Payload'); Adds = '' }
    @{ Kind = 'answer'; Names = @('answer'); Made = @('Outcome', 'Category'); Adds = '' }
    @{ Kind = 'command'; Names = @('command'); Made = @('CodeName'); Adds = '' }
    @{ Kind = 'flow'; Names = @('flow'); Made = @('DryRun'); Adds = 'script:New-DiskFlow' }
    @{ Kind = 'flow'; Names = @('flow'); Made = @('HostPort'); Adds = '' }
    @{ Kind = 'claim'; Names = @('target', 'script:EmptyClaim'); Made = @('HolderAt'); Adds = '' }
    @{ Kind = 'writer'; Names = @('foreign', 'found'); Made = @('Who'); Adds = '' }
    @{ Kind = 'place'; Names = @('Place'); Made = @('InputRedirected'); Adds = '' }
)
# What a key holds, where that is such a table itself.
$holds = @{ Run = 'run'; Entry = 'run'; Worker = 'worker'; Command = 'command'; Target = 'claim'; Rehearsal = 'rehearsal' }
# Where a key may be missing: properties by their name, parameters, and rows with different keys.
$others = 'properties', 'system', 'bound', 'unread', 'row', 'said', 'roles', 'claims', 'script:ReplyFields', 'script:DiskClasses'

function Read-Script {
    param([string]$Text)
    $tokens = $null
    $errors = $null
    return [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$errors)
}

function Find-Part {
    param([System.Management.Automation.Language.Ast]$Ast, [type]$Type)
    return $Ast.FindAll({ param($One) $One -is $Type }.GetNewClosure(), $true)
}

function Get-Key {
    # The key that an expression names, or null.
    param([object]$Ast)
    if ($Ast -is [System.Management.Automation.Language.IndexExpressionAst] -and
        $Ast.Index -is [System.Management.Automation.Language.StringConstantExpressionAst]) { return $Ast.Index.Value }
}

function Get-Kind {
    # The kind of table that an expression is, or null.
    param([object]$Ast)
    if ($Ast -is [System.Management.Automation.Language.VariableExpressionAst]) {
        foreach ($row in $kinds) { if ($row.Names -contains $Ast.VariablePath.UserPath) { return $row.Kind } }
    }
    $key = Get-Key $Ast
    if ($key -and $holds.ContainsKey($key) -and (Get-Kind $Ast.Target)) { return $holds[$key] }
}

function Get-BadKey {
    # Each key that no table of its kind is made with, and each variable whose kind is not known.
    param([System.Management.Automation.Language.Ast]$Ast)
    foreach ($index in Find-Part $Ast ([System.Management.Automation.Language.IndexExpressionAst])) {
        $key = Get-Key $index
        if (-not $key) { continue }
        $kind = Get-Kind $index.Target
        if ($kind) { if (-not $keys[$kind].ContainsKey($key)) { $index.Extent.Text } }
        elseif ($index.Target -is [System.Management.Automation.Language.VariableExpressionAst] -and
            $others -notcontains $index.Target.VariablePath.UserPath) { $index.Extent.Text }
    }
}

function Get-BadMember {
    # Each key that is read as if it were a property.
    param([System.Management.Automation.Language.Ast]$Ast)
    foreach ($member in Find-Part $Ast ([System.Management.Automation.Language.MemberExpressionAst])) {
        if ($member -is [System.Management.Automation.Language.InvokeMemberExpressionAst]) { continue }
        $kind = Get-Kind $member.Expression
        if ($kind -and $keys[$kind].ContainsKey([string]$member.Member)) { $member.Extent.Text }
    }
}

$folders = 'public', 'start', 'private'
$files = @($folders | ForEach-Object { [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($Root, 'ps', $_), '*.ps1', 'AllDirectories') })
$scripts = @{}
foreach ($file in $files) { $scripts[$file] = Read-Script ([System.IO.File]::ReadAllText($file)) }

# By kind: the keys of all literals, and those that are added.
$keys = @{}
foreach ($row in $kinds) { $keys[$row.Kind] = @{} }
foreach ($script in $scripts.Values) {
    foreach ($literal in Find-Part $script ([System.Management.Automation.Language.HashtableAst])) {
        $names = @($literal.KeyValuePairs | ForEach-Object { [string]$_.Item1.Value })
        foreach ($row in $kinds) {
            if (@($row.Made | Where-Object { $names -notcontains $_ }).Count -gt 0) { continue }
            foreach ($name in $names) { $keys[$row.Kind][$name] = $true }
        }
    }
    foreach ($function in Find-Part $script ([System.Management.Automation.Language.FunctionDefinitionAst])) {
        foreach ($row in $kinds) {
            if ($row.Adds -cne $function.Name) { continue }
            foreach ($set in Find-Part $function ([System.Management.Automation.Language.AssignmentStatementAst])) {
                $key = Get-Key $set.Left
                if ($key -and (Get-Kind $set.Left.Target) -eq $row.Kind) { $keys[$row.Kind][$key] = $true }
            }
        }
    }
}

foreach ($row in $kinds) {
    Test-That "tables of the kind $($row.Kind) are made with keys" { Assert-True ($keys[$row.Kind].Count -ge 3) }
}

foreach ($file in $files) {
    $name = $file.Substring($Root.Length).Trim('\', '/').Replace('\', '/')
    Test-That "$name reads and sets keys that its tables have, by index" {
        Assert-Equal ((@(Get-BadKey $scripts[$file]) + @(Get-BadMember $scripts[$file])) -join '; ') ''
    }
}

foreach ($row in @(
        , @('a misspelt key', '$Run[''Answred'']', '$Run[''Answred'']')
        , @('one that is set', '$worker[''Rdy''] = $true', '$worker[''Rdy'']')
        , @('a key of another kind of table', '$Run[''Payload'']', '$Run[''Payload'']')
        , @('one of a table in a table', '"$($entry[''Run''][''Nmber''])"', '$entry[''Run''][''Nmber'']')
        , @('one of a message', 'New-ModuleError X Y $script:Messages[''NobodyToAks'']', '$script:Messages[''NobodyToAks'']')
        , @('a variable of no known kind', '$stranger[''Sent'']', '$stranger[''Sent'']')
        , @('a key that there is', '$Run[''Sent'']', '')
    )) {
    Test-That "found is $($row[0])" { Assert-Equal (@(Get-BadKey (Read-Script $row[1])) -join '; ') $row[2] }
}

Test-That 'found is a key that is read as a property, and no property of .NET' {
    Assert-Equal (@(Get-BadMember (Read-Script '$Run.Sent; $entry[''Run''].Number; $Run[''Replies''].Count; $worker[''Open''].Keys')) -join '; ') '$Run.Sent; $entry[''Run''].Number'
}

Complete-Tests
