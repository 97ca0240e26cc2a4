using System.Management.Automation;
using System.Reflection;

namespace StorageRelease.Surface;

/// <summary>
/// What Windows PowerShell 5.1 on .NET Framework 4.7.2 offers, read from reference assemblies: types, members, and
/// the commands of Microsoft.PowerShell.Core with their parameters.
/// </summary>
internal sealed class ReferenceSurface : IDisposable
{
    /// <summary>
    /// The assemblies that Windows PowerShell has loaded by the time a module's first line runs.
    /// </summary>
    private static readonly string[] Loaded =
    [
        "mscorlib", "System", "System.Core", "System.Xml", "System.Configuration", "System.Configuration.Install",
        "System.Data", "System.DirectoryServices", "System.Management", "System.Numerics", "System.Transactions",
        "System.Management.Automation",
    ];

    private readonly MetadataLoadContext context;
    private readonly Dictionary<string, Type> types = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Type> commands = new(StringComparer.OrdinalIgnoreCase);

    public ReferenceSurface()
    {
        var paths = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var folder in new[] { Folder("Framework"), Folder("PowerShell") })
        {
            foreach (var path in Directory.GetFiles(folder, "*.dll"))
            {
                paths[Path.GetFileNameWithoutExtension(path)] = path;
            }
        }

        context = new MetadataLoadContext(new PathAssemblyResolver(paths.Values), "mscorlib");
        foreach (var name in Loaded)
        {
            foreach (var type in context.LoadFromAssemblyPath(paths[name]).GetExportedTypes())
            {
                types.TryAdd(type.FullName!, type);
                if (name == "System.Management.Automation") { AddCommand(type); }
            }
        }
    }

    public bool HasCommand(string name) => commands.ContainsKey(name);

    public int CommandCount => commands.Count;

    /// <summary>Names and aliases of a command's parameters, the common ones included.</summary>
    public IEnumerable<string> Parameters(string command)
    {
        var type = commands[command];
        foreach (var property in type.GetProperties())
        {
            var attributes = property.GetCustomAttributesData();
            if (!attributes.Any(a => a.AttributeType.Name == "ParameterAttribute")) { continue; }
            yield return property.Name;
            foreach (var alias in attributes.Where(a => a.AttributeType.Name == "AliasAttribute"))
            {
                var names = (IEnumerable<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!;
                foreach (var name in names) { yield return (string)name.Value!; }
            }
        }

        foreach (var common in Cmdlet.CommonParameters.Concat(Cmdlet.OptionalCommonParameters))
        {
            // that one came with 7.4
            if (common != "ProgressAction") { yield return common; }
        }
    }

    /// <summary>
    /// The 5.1 counterpart of a type of this engine, or null; arrays and generic arguments are followed.
    /// </summary>
    public Type? Find(Type type)
    {
        if (type.IsArray || type.IsByRef || type.IsPointer)
        {
            return type.IsArray && Find(type.GetElementType()!) is { } element ? element.MakeArrayType() : null;
        }

        if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            var arguments = type.GetGenericArguments().Select(Find).ToArray();
            return Find(type.GetGenericTypeDefinition()) is { } definition && !arguments.Contains(null)
                ? definition.MakeGenericType(arguments!)
                : null;
        }

        return type.FullName is null ? null : types.GetValueOrDefault(type.FullName);
    }

    /// <summary>By the name as written: with or without "System." in front.</summary>
    public Type? Find(string name)
        => types.GetValueOrDefault(name) ?? types.GetValueOrDefault("System." + name);

    public void Dispose() => context.Dispose();

    /// <summary>All members of that name that a script sees on an instance, or on the type itself.</summary>
    public static List<MemberInfo> Members(Type type, string name, bool isStatic)
    {
        var flags = BindingFlags.Public | BindingFlags.IgnoreCase | BindingFlags.FlattenHierarchy
            | (isStatic ? BindingFlags.Static : BindingFlags.Instance);
        var found = new List<MemberInfo>();
        if (isStatic && name.Equals("new", StringComparison.OrdinalIgnoreCase))
        {
            found.AddRange(type.GetConstructors(BindingFlags.Public | BindingFlags.Instance));
            return found;
        }

        var seen = type.IsInterface ? type.GetInterfaces().Append(type) : [type];
        foreach (var one in seen) { found.AddRange(one.GetMember(name, flags)); }
        if (type.IsInterface && !isStatic)
        {
            found.AddRange(type.Assembly.GetType("System.Object")?.GetMember(name, flags) ?? []);
        }

        return found;
    }

    /// <summary>
    /// Whether a call with so many arguments can be bound: optional and `params` ones are counted.
    /// </summary>
    public static bool Takes(MethodBase method, int count)
    {
        var parameters = method.GetParameters();
        if (parameters.Length == count) { return true; }
        var open = parameters.Length > 0
            && parameters[^1].GetCustomAttributesData().Any(a => a.AttributeType.Name == "ParamArrayAttribute");
        if (open && count >= parameters.Length - 1) { return true; }
        return count < parameters.Length && count >= parameters.Count(p => !p.IsOptional);
    }

    private void AddCommand(Type type)
    {
        foreach (var attribute in type.GetCustomAttributesData())
        {
            if (attribute.AttributeType.Name != "CmdletAttribute") { continue; }
            var verb = attribute.ConstructorArguments[0].Value;
            var noun = attribute.ConstructorArguments[1].Value;
            commands[$"{verb}-{noun}"] = type;
        }
    }

    private static string Folder(string key) => typeof(ReferenceSurface).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
