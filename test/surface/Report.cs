using System.Text.Json.Serialization;

namespace StorageRelease.Surface;

/// <summary>One thing that 5.1 would not know.</summary>
internal sealed record Finding(string File, int Line, string What, string Why);

/// <summary>What could only be looked at in part, so that a reader sees how much the answer is worth.</summary>
internal sealed class Counted
{
    public int TypesChecked { get; set; }

    public int StaticMembersChecked { get; set; }

    public int InstanceMembersChecked { get; set; }

    public int CommandsChecked { get; set; }

    /// <summary>Members of a receiver whose type is unknown, found on some type that the files name.</summary>
    public int MembersOfUnknownReceiver { get; set; }

    /// <summary>Members taken for note properties or hashtable keys of our own.</summary>
    public int OwnProperties { get; set; }

    /// <summary>`$x.$name`, `&amp; $x`: nothing to look up.</summary>
    public int Dynamic { get; set; }
}

internal sealed class Report
{
    public List<string> Files { get; } = [];

    public List<Finding> Findings { get; } = [];

    public Counted Counted { get; } = new();
}

[JsonSerializable(typeof(Report[]))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class ReportJson : JsonSerializerContext;
