using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace StorageRelease.Surface;

/// <summary>Syntax that PowerShell learned after 5.1. One row per node type or token that may carry it.</summary>
internal static partial class Syntax
{
    private static readonly Version Newest = new(5, 1);

    /// <summary>What is too new about this node itself, or null.</summary>
    public static string? Newer(Ast node) => node switch
    {
        TernaryExpressionAst => "the ternary operator is new in 7.0",
        PipelineChainAst => "&& and || are new in 7.0",
        BinaryExpressionAst { Operator: TokenKind.QuestionQuestion } => "?? is new in 7.0",
        AssignmentStatementAst { Operator: TokenKind.QuestionQuestionEquals } => "??= is new in 7.0",
        MemberExpressionAst { NullConditional: true } => "?. is new in 7.0",
        IndexExpressionAst { NullConditional: true } => "?[] is new in 7.0",
        InvokeMemberExpressionAst { GenericTypeArguments.Count: > 0 } => "generic method arguments are new in 7.3",
        PipelineAst { Background: true } => "a background & is new in 6.0",
        ScriptBlockAst { CleanBlock: not null } => "the clean block is new in 7.3",
        ForEachStatementAst { Flags: not ForEachFlags.None } => "foreach -Parallel is for workflows",
        SwitchStatementAst { Flags: var flags } when flags.HasFlag(SwitchFlags.Parallel)
            => "switch -Parallel is for workflows",
        TypeDefinitionAst { IsEnum: true, BaseTypes.Count: > 0 } => "an enum's underlying type is new in 6.2",
        ScriptBlockAst { ScriptRequirements: { } requires } => Newer(requires),
        StringConstantExpressionAst { StringConstantType: StringConstantType.DoubleQuoted
            or StringConstantType.DoubleQuotedHereString or StringConstantType.BareWord } text
            when NewEscape().IsMatch(text.Extent.Text) => "the escapes `e and `u{} are new in 6.0",
        ExpandableStringExpressionAst text when NewEscape().IsMatch(text.Extent.Text)
            => "the escapes `e and `u{} are new in 6.0",
        _ => null,
    };

    /// <summary>The same for tokens: number suffixes and line starts leave no trace in the tree.</summary>
    public static string? Newer(Token token, string text) => token switch
    {
        NumberToken when NewNumber().IsMatch(token.Text) => "this way to write a number is new in 6.2 or 7.0",
        { Kind: TokenKind.Pipe } when StartsItsLine(token, text) => "a line that starts with | is new in 7.0",
        _ => null,
    };

    private static string? Newer(System.Management.Automation.Language.ScriptRequirements requires)
    {
        if (requires.RequiredPSVersion > Newest) { return "#requires a newer PowerShell than 5.1"; }
        return requires.RequiredPSEditions is { Count: > 0 } editions
            && !editions.Contains("Desktop", StringComparer.OrdinalIgnoreCase)
            ? "#requires an edition that 5.1 is not"
            : null;
    }

    private static bool StartsItsLine(Token token, string text)
    {
        for (var i = token.Extent.StartOffset - 1; i >= 0 && text[i] != '\n'; i--)
        {
            if (!char.IsWhiteSpace(text[i])) { return false; }
        }

        return true;
    }

    [GeneratedRegex(@"(?<!`)(``)*`(e|u\{)")]
    private static partial Regex NewEscape();

    // 0b101, and the suffixes u, y, s, n and their kind; l, d and kb to pb are old
    [GeneratedRegex(
        @"^[+-]?(0b[01]+|(0x[0-9a-f]+|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)(uy|us|ul|[uysn])([kmgtp]b)?$)",
        RegexOptions.IgnoreCase)]
    private static partial Regex NewNumber();
}
