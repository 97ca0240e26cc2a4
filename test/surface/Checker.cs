using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;

namespace StorageRelease.Surface;

internal sealed class Checker(ReferenceSurface surface, IEnumerable<string> knownProperties, string root)
{
    /// <summary>Short type names that 5.1 does not have, though it has the types.</summary>
    private static readonly HashSet<string> NewAccelerators = new(StringComparer.OrdinalIgnoreCase)
    {
        "short", "ushort", "uint", "ulong", "semver", "ordered", "pspropertyexpression", "cimcimtype",
    };

    /// <summary>Automatic variables since 6.0.</summary>
    private static readonly HashSet<string> NewVariables = new(StringComparer.OrdinalIgnoreCase)
    {
        "IsWindows", "IsLinux", "IsMacOS", "IsCoreCLR", "PSStyle", "EnabledExperimentalFeatures",
        "PSNativeCommandArgumentPassing", "PSNativeCommandUseErrorActionPreference",
    };

    /// <summary>
    /// Variables that 5.1 gives to every script (about_Automatic_Variables, about_Preference_Variables).
    /// </summary>
    private static readonly HashSet<string> GivenVariables = new(StringComparer.OrdinalIgnoreCase)
    {
        "$", "?", "^", "_", "args", "ConsoleFileName", "Error", "Event", "EventArgs", "EventSubscriber",
        "ExecutionContext", "false", "foreach", "HOME", "Host", "input", "LASTEXITCODE", "Matches", "MyInvocation",
        "NestedPromptLevel", "null", "PID", "PROFILE", "PSBoundParameters", "PSCmdlet", "PSCommandPath",
        "PSCulture", "PSDebugContext", "PSEdition", "PSHOME", "PSItem", "PSScriptRoot", "PSSenderInfo",
        "PSUICulture", "PSVersionTable", "PWD", "Sender", "ShellId", "StackTrace", "switch", "this", "true",
        "ConfirmPreference", "DebugPreference", "ErrorActionPreference", "ErrorView", "FormatEnumerationLimit",
        "InformationPreference", "MaximumHistoryCount", "OFS", "OutputEncoding", "ProgressPreference",
        "PSDefaultParameterValues", "PSEmailServer", "PSModuleAutoLoadingPreference", "PSSessionApplicationName",
        "PSSessionConfigurationName", "PSSessionOption", "VerbosePreference", "WarningPreference",
        "WhatIfPreference",
    };

    /// <summary>Members that PowerShell adds to every object.</summary>
    private static readonly HashSet<string> OnEveryObject = new(StringComparer.OrdinalIgnoreCase)
    {
        "PSObject", "PSTypeNames", "PSBase", "PSAdapted", "PSExtended", "Count", "Length", "ForEach", "Where",
    };

    /// <summary>Keys of $PSVersionTable in 5.1; OS, Platform and GitCommitId came with 6.0.</summary>
    private static readonly HashSet<string> VersionTableKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "PSVersion", "PSEdition", "PSCompatibleVersions", "BuildVersion", "CLRVersion", "WSManStackVersion",
        "PSRemotingProtocolVersion", "SerializationVersion",
    };

    /// <summary>Types that say nothing about the members of what they hold.</summary>
    private static readonly HashSet<Type> Shapeless =
        [typeof(object), typeof(PSObject), typeof(PSCustomObject), typeof(void)];

    private readonly Report report = new();
    private readonly HashSet<string> ownProperties = new(knownProperties, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> ownMethods = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> ownTypes = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> assigned = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<Type> named = [];
    private readonly HashSet<Type> spelled = [];
    private readonly List<(string File, MemberExpressionAst Node, string Name)> unknown = [];
    private readonly MethodInfo infer = typeof(PowerShell).Assembly
        .GetType("System.Management.Automation.AstTypeInference", throwOnError: true)!.GetMethod(
            "InferTypeOf", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Ast)])!;

    public Report Check(IEnumerable<string> paths)
    {
        var scripts = new List<(string File, ScriptBlockAst Tree)>();
        foreach (var path in paths)
        {
            var file = Path.GetRelativePath(root, path).Replace('\\', '/');
            report.Files.Add(file);
            CheckBytes(file, File.ReadAllBytes(path));
            var text = File.ReadAllText(path);
            var tree = Parser.ParseInput(text, path, out var tokens, out var errors);
            foreach (var error in errors)
            {
                Add(file, error.Extent, error.ErrorId, "does not parse: " + error.Message);
            }

            foreach (var token in tokens)
            {
                if (Syntax.Newer(token, text) is { } why) { Add(file, token.Extent, token.Text, why); }
            }

            scripts.Add((file, tree));
        }

        // two rounds, because a file uses what another defines
        foreach (var (_, tree) in scripts) { Collect(tree); }
        foreach (var (file, tree) in scripts)
        {
            foreach (var node in tree.FindAll(_ => true, searchNestedScriptBlocks: true))
            {
                CheckNode(file, node);
            }
        }

        // a member found makes its result's type known, and that may be the receiver of the next
        for (var before = -1; before != named.Count;)
        {
            before = named.Count;
            foreach (var (_, node, name) in unknown)
            {
                foreach (var type in named.ToList()) { Fits(type, node, name, node.Static); }
            }
        }

        foreach (var (file, node, name) in unknown) { CheckUnknown(file, node, name); }
        var sorted = report.Findings.Distinct()
            .OrderBy(f => f.File, StringComparer.Ordinal).ThenBy(f => f.Line).ToList();
        report.Findings.Clear();
        report.Findings.AddRange(sorted);
        return report;
    }

    private void CheckBytes(string file, byte[] bytes)
    {
        var line = 1;
        foreach (var one in bytes)
        {
            if (one == '\n') { line++; }
            if (one is not ((>= 0x20 and <= 0x7E) or (byte)'\n' or (byte)'\r'))
            {
                report.Findings.Add(new(file, line, $"0x{one:X2}",
                    "not printable ASCII: without a byte-order mark 5.1 reads it in the system's code page"));
            }
        }
    }

    private void Collect(ScriptBlockAst tree)
    {
        foreach (var node in tree.FindAll(_ => true, searchNestedScriptBlocks: true))
        {
            switch (node)
            {
                case FunctionDefinitionAst function:
                    // `function script:Name` is called by its name.
                    functions.Add(function.Name[(function.Name.IndexOf(':') + 1)..]);
                    break;
                case TypeDefinitionAst type:
                    ownTypes.Add(type.Name);
                    ownProperties.UnionWith(type.Members.OfType<PropertyMemberAst>().Select(m => m.Name));
                    ownMethods.UnionWith(type.Members.OfType<FunctionMemberAst>().Select(m => m.Name));
                    break;
                case ParameterAst parameter:
                    assigned.Add(parameter.Name.VariablePath.UserPath);
                    break;
                case AssignmentStatementAst assignment:
                    foreach (var target in assignment.GetAssignmentTargets().Concat([assignment.Left]))
                    {
                        foreach (var found in target.FindAll(n => n is VariableExpressionAst, false))
                        {
                            assigned.Add(Bare((VariableExpressionAst)found));
                        }
                    }

                    break;
                case ForEachStatementAst loop:
                    assigned.Add(Bare(loop.Variable));
                    break;
                case ConvertExpressionAst { Child: VariableExpressionAst reference }
                    when node.Extent.Text.StartsWith("[ref]", StringComparison.OrdinalIgnoreCase):
                    assigned.Add(Bare(reference));
                    break;
                case CommandParameterAst { ParameterName: var name } word
                    when name.EndsWith("Variable", StringComparison.OrdinalIgnoreCase):
                    // -OutVariable x and its kind
                    var elements = ((CommandAst)word.Parent).CommandElements;
                    var next = word.Argument ?? elements.SkipWhile(e => e != word).Skip(1).FirstOrDefault();
                    if (next is StringConstantExpressionAst text) { assigned.Add(text.Value.TrimStart('+')); }
                    break;
                case HashtableAst table:
                    // literal keys are properties to be read with a dot
                    ownProperties.UnionWith(table.KeyValuePairs.Select(pair => pair.Item1)
                        .OfType<StringConstantExpressionAst>().Select(key => key.Value));
                    break;
            }
        }
    }

    private void CheckNode(string file, Ast node)
    {
        if ((Syntax.Newer(node) ?? Automatic.Set(node)) is { } why) { Add(file, node.Extent, Short(node), why); }
        switch (node)
        {
            case TypeExpressionAst type:
                CheckType(file, type.TypeName, isAttribute: false);
                break;
            case AttributeAst attribute:
                CheckAttribute(file, attribute);
                break;
            // [ordered]@{} is syntax of 3.0; [ordered] anywhere else is a type name of 7
            case TypeConstraintAst { Parent: ConvertExpressionAst { Child: HashtableAst } } ordered
                when ordered.TypeName.FullName.Equals("ordered", StringComparison.OrdinalIgnoreCase):
                break;
            case TypeConstraintAst constraint:
                CheckType(file, constraint.TypeName, isAttribute: false);
                break;
            case MemberExpressionAst member:
                CheckMember(file, member);
                break;
            case CommandAst command:
                CheckCommand(file, command);
                break;
            case VariableExpressionAst variable:
                CheckVariable(file, variable);
                break;
        }
    }

    private Type? CheckType(string file, ITypeName name, bool isAttribute)
    {
        report.Counted.TypesChecked++;
        if (ownTypes.Contains(name.FullName)) { return null; }
        if (name is ArrayTypeName array) { return CheckType(file, array.ElementType, false)?.MakeArrayType(); }
        if (name is GenericTypeName generic)
        {
            // the parts one by one, so that the finding names the part
            foreach (var argument in generic.GenericArguments) { CheckType(file, argument, false); }
        }
        else if (NewAccelerators.Contains(name.FullName))
        {
            Add(file, name.Extent, $"[{name.FullName}]", "this short name is newer than 5.1");
            return null;
        }

        var type = isAttribute ? name.GetReflectionAttributeType() : name.GetReflectionType();
        var known = type is null ? surface.Find(name.FullName) : surface.Find(type);
        if (known is null)
        {
            Add(file, name.Extent, $"[{name.FullName}]",
                "no such type among those that Windows PowerShell 5.1 has loaded");
            return null;
        }

        named.Add(known);
        spelled.Add(known);
        return known;
    }

    private void CheckAttribute(string file, AttributeAst attribute)
    {
        if (CheckType(file, attribute.TypeName, isAttribute: true) is not { } type) { return; }
        foreach (var argument in attribute.NamedArguments)
        {
            if (ReferenceSurface.Members(type, argument.ArgumentName, isStatic: false).Count == 0)
            {
                Add(file, argument.Extent, $"[{attribute.TypeName.Name}({argument.ArgumentName})]",
                    "the attribute has no such property in 5.1");
            }
        }

        var count = attribute.PositionalArguments.Count;
        if (!ReferenceSurface.Members(type, "new", isStatic: true).Cast<MethodBase>()
            .Any(constructor => ReferenceSurface.Takes(constructor, count)))
        {
            Add(file, attribute.Extent, Short(attribute), $"the attribute takes no {count} arguments in 5.1");
        }
    }

    private void CheckMember(string file, MemberExpressionAst node)
    {
        if (node.Member is not StringConstantExpressionAst { Value: var name })
        {
            report.Counted.Dynamic++;
            return;
        }

        if (node.Static && node.Expression is TypeExpressionAst literal)
        {
            if (ownTypes.Contains(literal.TypeName.FullName)) { return; }
            var type = literal.TypeName.GetReflectionType() is { } real
                ? surface.Find(real)
                : surface.Find(literal.TypeName.FullName);
            // a missing type is reported where it stands
            if (type is null) { return; }
            report.Counted.StaticMembersChecked++;
            if (!Fits(type, node, name, isStatic: true))
            {
                Add(file, node.Extent, $"[{literal.TypeName.FullName}]::{name}{Arity(node)}", "not in 5.1");
            }

            return;
        }

        if (node.Expression is VariableExpressionAst { VariablePath.UserPath: var table }
            && table.Equals("PSVersionTable", StringComparison.OrdinalIgnoreCase)
            && node is not InvokeMemberExpressionAst)
        {
            named.Add(surface.Find("System.Version")!);
            if (!VersionTableKeys.Contains(name)) { Add(file, node.Extent, Short(node), "no such key in 5.1"); }
            return;
        }

        CheckTraps(file, node, name);
        if (OnEveryObject.Contains(name)) { return; }
        var candidates = Infer(node.Expression);
        if (candidates.Count == 0 || node.Static)
        {
            unknown.Add((file, node, name));
            return;
        }

        report.Counted.InstanceMembersChecked++;
        foreach (var type in candidates) { named.Add(type); }
        if (candidates.Any(type => Fits(type, node, name, isStatic: false))) { return; }
        if (node is not InvokeMemberExpressionAst && candidates.Any(HasOwnNames) && ownProperties.Contains(name))
        {
            report.Counted.OwnProperties++;
            return;
        }

        // member enumeration: $list.Name asks each element
        var elements = candidates.Select(ElementOf).OfType<Type>().ToList();
        if (elements.Any(type => type.FullName == "System.Object" || Fits(type, node, name, isStatic: false)))
        {
            return;
        }

        // `if ($e -is [X]) { $e.OfX }`: inference does not follow -is, but the file spells X
        var narrower = spelled.Where(type => candidates.Any(known => Narrows(type, known)));
        if (narrower.Any(type => Fits(type, node, name, isStatic: false)))
        {
            report.Counted.MembersOfUnknownReceiver++;
            return;
        }

        var receiver = string.Join('|', candidates.Select(type => type.FullName));
        Add(file, node.Extent, $"{receiver}.{name}{Arity(node)}", "not in 5.1");
    }

    private static bool Narrows(Type type, Type known)
        => !known.IsSealed && (type.IsInterface || known.IsAssignableFrom(type));

    /// <summary>
    /// Same words, other meaning: where an overload that only newer frameworks have changes what happens.
    /// </summary>
    private void CheckTraps(string file, MemberExpressionAst node, string name)
    {
        if (name.Equals("Split", StringComparison.OrdinalIgnoreCase) && node is InvokeMemberExpressionAst
            { Arguments: [StringConstantExpressionAst { Value.Length: > 1 }, ..] })
        {
            Add(file, node.Extent, Short(node), "5.1 has no Split(string): it splits at each character");
        }
    }

    private void CheckUnknown(string file, MemberExpressionAst node, string name)
    {
        if (named.Any(type => Fits(type, node, name, isStatic: node.Static)))
        {
            report.Counted.MembersOfUnknownReceiver++;
            return;
        }

        if ((node is InvokeMemberExpressionAst ? ownMethods : ownProperties).Contains(name))
        {
            report.Counted.OwnProperties++;
            return;
        }

        Add(file, node.Extent, $"{Short(node.Expression)}.{name}{Arity(node)}",
            "the receiver's type is not known, and no type that the files name has such a member in 5.1");
    }

    /// <summary>
    /// Whether the type has that member and it takes so many arguments; notes the type of what it gives.
    /// </summary>
    private bool Fits(Type type, MemberExpressionAst node, string name, bool isStatic)
    {
        var members = ReferenceSurface.Members(type, name, isStatic);
        foreach (var member in members)
        {
            var given = member switch
            {
                MethodInfo method => method.ReturnType,
                PropertyInfo property => property.PropertyType,
                FieldInfo field => field.FieldType,
                _ => null,
            };
            if (given?.FullName is not (null or "System.Object" or "System.Void")) { named.Add(given); }
        }

        if (node is not InvokeMemberExpressionAst call) { return members.Count > 0; }
        var count = call.Arguments?.Count ?? 0;
        // a value type can always be made of nothing
        if (isStatic && count == 0 && type.IsValueType && name.Equals("new", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // [byte[]]::new(64)
        if (type.IsArray && isStatic) { return count == 1; }
        // a property that takes arguments: `$table.Item('x')`
        return members.Any(member => member is MethodBase method
            ? ReferenceSurface.Takes(method, count)
            : member is PropertyInfo property && property.GetIndexParameters().Length == count && count > 0);
    }

    /// <summary>
    /// Types of an expression that say something about its members; empty when it may be anything.
    /// </summary>
    private List<Type> Infer(ExpressionAst expression)
    {
        var found = new List<Type>();
        IEnumerable<PSTypeName> inferred;
        try
        {
            inferred = (IEnumerable<PSTypeName>)infer.Invoke(null, [expression])!;
        }
        catch (TargetInvocationException)
        {
            return found;
        }

        foreach (var one in inferred)
        {
            var type = one.Type;
            // the type behind $PSCmdlet and its kind is internal: the nearest public one is what scripts see
            while (type is not null && !type.IsVisible) { type = type.BaseType; }
            if (type is null || Shapeless.Contains(type)) { return []; }

            if (surface.Find(type) is { } known) { found.Add(known); }
        }

        return found;
    }

    private static bool HasOwnNames(Type type)
        => type.FullName is "System.Collections.Hashtable" or "System.Management.Automation.PSObject"
            || type.GetInterfaces().Any(i => i.FullName == "System.Collections.IDictionary");

    private static Type? ElementOf(Type type)
    {
        if (type.IsArray) { return type.GetElementType(); }
        const string sequenceType = "System.Collections.Generic.IEnumerable`1";
        var sequence = type.GetInterfaces().FirstOrDefault(
            i => i.IsGenericType && i.GetGenericTypeDefinition().FullName == sequenceType);
        return sequence?.GetGenericArguments()[0];
    }

    private void CheckCommand(string file, CommandAst command)
    {
        if (command.GetCommandName() is not { } name)
        {
            report.Counted.Dynamic++;
            return;
        }

        report.Counted.CommandsChecked++;
        if (functions.Contains(name)) { return; }
        const string core = "Microsoft.PowerShell.Core\\";
        if (name.StartsWith(core, StringComparison.OrdinalIgnoreCase)) { name = name[core.Length..]; }
        if (!surface.HasCommand(name))
        {
            Add(file, command.Extent, name,
                "neither a function of ps/ nor a command of Microsoft.PowerShell.Core in 5.1");
            return;
        }

        var parameters = surface.Parameters(name).ToList();
        foreach (var given in command.CommandElements.OfType<CommandParameterAst>())
        {
            if (!parameters.Any(p => p.StartsWith(given.ParameterName, StringComparison.OrdinalIgnoreCase)))
            {
                Add(file, given.Extent, $"{name} -{given.ParameterName}",
                    "the command has no such parameter in 5.1");
            }
        }
    }

    private void CheckVariable(string file, VariableExpressionAst variable)
    {
        var path = variable.VariablePath;
        if (path.IsDriveQualified || variable.Splatted && assigned.Contains(Bare(variable))) { return; }
        var name = Bare(variable);
        // assigning a name of a newer PowerShell is no use of it
        if (variable.Parent is AssignmentStatementAst assignment && assignment.Left == variable) { return; }
        if (NewVariables.Contains(name))
        {
            Add(file, variable.Extent, "$" + name, "an automatic variable that 5.1 does not have");
        }
        else if (!GivenVariables.Contains(name) && !assigned.Contains(name))
        {
            Add(file, variable.Extent, "$" + name, "assigned nowhere in ps/, and no automatic variable of 5.1");
        }
    }

    /// <summary>The name without `script:` and its kind.</summary>
    private static string Bare(VariableExpressionAst variable)
    {
        var name = variable.VariablePath.UserPath;
        return variable.VariablePath.IsDriveQualified ? name : name[(name.LastIndexOf(':') + 1)..];
    }

    private static string Arity(MemberExpressionAst node)
        => node is InvokeMemberExpressionAst call ? $"({call.Arguments?.Count ?? 0} arguments)" : string.Empty;

    private static string Short(Ast node)
    {
        var text = node.Extent.Text.ReplaceLineEndings(" ");
        return text.Length > 80 ? text[..77] + "..." : text;
    }

    private void Add(string file, IScriptExtent extent, string what, string why)
        => report.Findings.Add(new(file, extent.StartLineNumber, what, why));
}
