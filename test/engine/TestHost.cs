using System.Globalization;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace StorageRelease.TestEngine;

/// <summary>The host: name, cultures, `exit`, and a user interface over the process's own three streams.</summary>
internal sealed class TestHost(Options options) : PSHost, IHostSupportsInteractiveSession
{
    private readonly TestHostUI ui = new(options);
    private readonly Stack<Runspace> pushed = new();

    public override string Name => "StorageReleaseTestEngine";

    public override Version Version { get; } = new(1, 0);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ui;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <summary>The N of an `exit N` at the top level of -Command; null while nobody asked to leave.</summary>
    public int? ExitCode { get; private set; }

    public bool IsRunspacePushed => pushed.Count > 0;

    public Runspace Runspace { get; set; } = null!;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("The test engine has no prompt.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("The test engine has no prompt.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public void StopReading() => ui.StopReading();

    public void PushRunspace(Runspace runspace)
    {
        pushed.Push(Runspace);
        Runspace = runspace;
    }

    public void PopRunspace()
    {
        if (pushed.Count > 0) { Runspace = pushed.Pop(); }
    }
}
