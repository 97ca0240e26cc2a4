using System.Management.Automation.Language;

namespace StorageRelease.Surface;

/// <summary>Variables that PowerShell sets itself: who sets one hides what PowerShell put there, or is overwritten.</summary>
internal static class Automatic
{
    // about_Automatic_Variables. To assign to $null is to throw a value away.
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "?", "_", "^", "$", "args", "Error", "Event", "EventArgs", "EventSubscriber", "ExecutionContext", "foreach", "HOME", "Host", "input",
        "IsCoreCLR", "IsLinux", "IsMacOS", "IsWindows", "LastExitCode", "Matches", "MyInvocation", "NestedPromptLevel", "PID", "PROFILE",
        "PSBoundParameters", "PSCmdlet", "PSCommandPath", "PSCulture", "PSDebugContext", "PSEdition", "PSHOME", "PSItem", "PSScriptRoot",
        "PSSenderInfo", "PSUICulture", "PSVersionTable", "PWD", "Sender", "ShellId", "StackTrace", "switch", "this", "true", "false",
    };

    /// <summary>What is wrong with this node if it sets one of them, or null.</summary>
    public static string? Set(Ast node) =>
        Targets(node).Any(one => one.VariablePath.IsUnqualified && Names.Contains(one.VariablePath.UserPath))
            ? "PowerShell sets this variable itself"
            : null;

    private static IEnumerable<VariableExpressionAst> Targets(Ast node) => node switch
    {
        // $a = 1; [int]$a = 1; $a, $b = 1, 2
        AssignmentStatementAst assignment => assignment.GetAssignmentTargets()
            .Select(one => one is AttributedExpressionAst typed ? typed.Child : one).OfType<VariableExpressionAst>(),
        ForEachStatementAst loop => [loop.Variable],
        ParameterAst parameter => [parameter.Name],
        _ => [],
    };
}
