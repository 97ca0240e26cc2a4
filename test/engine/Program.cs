// A small pwsh for the tests: PowerShell's own engine, a host of ours, the switches of pwsh that the tests use.
// What it cannot do: it has the Core commands alone (no Write-Output, no ConvertTo-Json), and no prompt of its
// own.

using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace StorageRelease.TestEngine;

internal static class Program
{
    private const int ExitStopped = 130;

    private const BindingFlags Any =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;

    private static int Main(string[] args)
    {
        // as pwsh writes: UTF-8 without a byte-order mark, one flush a line
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (Console.IsOutputRedirected) { Console.OutputEncoding = utf8; }
        Options options;
        try
        {
            options = Options.Parse(args);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            Console.Error.WriteLine(Options.Usage);
            return 64;
        }

        KeepCoreSnapInOnly();
        if (options.Server is not null) { return Serve(options); }

        var state = InitialSessionState.CreateDefault2();
        // the scripts of a checkout are not signed; elsewhere there is no policy to set
        if (OperatingSystem.IsWindows()) { state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass; }
        var host = new TestHost(options);
        using var runspace = RunspaceFactory.CreateRunspace(host, state);
        // the pipeline runs on this thread, so that [Threading.Thread]::CurrentThread.CurrentCulture sticks
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        Runspace.DefaultRunspace = runspace;
        host.Runspace = runspace;
        // about_Automatic_Variables: these exist in pwsh and not in a bare runspace
        runspace.SessionStateProxy.SetVariable("PROFILE", string.Empty);
        return new Session(host, runspace, options).Run();
    }

    /// <summary>
    /// `[powershell]::Create()`, jobs and the remoting server load the built-in snap-ins by assembly name, and all
    /// but the core one live in assemblies that only a full PowerShell has. Without their entries the core one is
    /// enough.
    /// </summary>
    private static void KeepCoreSnapInOnly()
    {
        var reader = typeof(PowerShell).Assembly
            .GetType("System.Management.Automation.PSSnapInReader", throwOnError: true)!;
        var known = (IList)reader.GetProperty("DefaultMshSnapins", Any)!.GetValue(null)!;
        for (var i = known.Count - 1; i >= 0; i--)
        {
            var name = known[i]!.GetType().GetField("PSSnapInName", Any)!.GetValue(known[i]);
            if (name is not "Microsoft.PowerShell.Core") { known.RemoveAt(i); }
        }
    }

    /// <summary>The server half of PowerShell remoting, as `pwsh -sshs` and `pwsh -s` start it.</summary>
    private static int Serve(Options options)
    {
        var mediator = typeof(PowerShell).Assembly
            .GetType("System.Management.Automation.Remoting.Server.StdIOProcessMediator", throwOnError: true)!;
        var run = mediator.GetMethod("Run", BindingFlags.Static | BindingFlags.NonPublic)!;
        run.Invoke(null, [string.Empty, null, null, options.ConfigurationFile, options.Server == "-sshs"]);
        return 0;
    }

    private sealed class Session(TestHost host, Runspace runspace, Options options)
    {
        private const string LastSucceeded = "StorageReleaseTestEngineLastSucceeded";

        private readonly Lock gate = new();
        private Pipeline? running;
        private bool stopped;

        public int Run()
        {
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt);
            Pipeline pipeline;
            if (options.File is not null)
            {
                if (!File.Exists(options.File))
                {
                    host.UI.WriteErrorLine(
                        $"The argument '{options.File}' is not recognized as the name of a script file.");
                    return 64;
                }

                RethrowExit();
                pipeline = runspace.CreatePipeline();
                var command = new Command(Path.GetFullPath(options.File), isScript: false, useLocalScope: false);
                foreach (var argument in options.Arguments) { command.Parameters.Add(argument); }
                pipeline.Commands.Add(command);
            }
            else
            {
                // `$?` does not outlive the pipeline here, so the text says itself how its last statement went
                var text = options.Command + $"\n$global:{LastSucceeded} = $?";
                pipeline = runspace.CreatePipeline(text, addToHistory: false);
            }

            var failure = Invoke(pipeline, show: true);
            if (stopped) { return ExitStopped; }
            if (host.ExitCode is int asked) { return asked; }
            if (failure is not null)
            {
                // ExitException is internal to the engine; its Argument is the N of `exit N`
                if (failure.GetType().Name == "ExitException")
                {
                    return (int)failure.GetType().GetProperty("Argument")!.GetValue(failure)!;
                }

                Report(failure);
                return 1;
            }

            return options.File is not null || Succeeded() ? 0 : 1;
        }

        private void OnInterrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            lock (gate)
            {
                stopped = true;
                host.StopReading();
                running?.StopAsync();
            }
        }

        private Exception? Invoke(Pipeline pipeline, bool show)
        {
            if (show)
            {
                pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
                pipeline.Commands.Add(new Command("Out-Default", isScript: false, useLocalScope: true));
            }

            lock (gate)
            {
                if (stopped) { return null; }
                running = pipeline;
            }

            try
            {
                pipeline.Input.Close();
                pipeline.Invoke();
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
            finally
            {
                lock (gate) { running = null; }
                pipeline.Dispose();
            }
        }

        /// <summary>
        /// Shows what ended the script the way the prompt does: an error record through the error view.
        /// </summary>
        private void Report(Exception failure)
        {
            object shown = failure is IContainsErrorRecord { ErrorRecord: { } record }
                ? new ErrorRecord(record, failure)
                : new ErrorRecord(failure, "EngineFailure", ErrorCategory.NotSpecified, null);
            var seen = new PSObject(shown);
            // the mark by which Out-Default knows an error that came by the output pipe; internal to the engine
            var stream = typeof(PSObject).GetProperty("WriteStream", Any)!;
            stream.SetValue(seen, Enum.Parse(stream.PropertyType, "Error"));
            using var shell = PowerShell.Create(runspace);
            shell.AddCommand("Out-Default");
            try
            {
                shell.Invoke((IEnumerable)new[] { seen });
            }
            catch (Exception e)
            {
                host.UI.WriteErrorLine(failure.Message);
                host.UI.WriteErrorLine(e.Message);
            }
        }

        private bool Succeeded()
        {
            return runspace.SessionStateProxy.GetVariable(LastSucceeded) is true;
        }

        /// <summary>
        /// `exit` of a -File script must leave the process, not only the script (as pwsh asks for).
        /// </summary>
        private void RethrowExit()
        {
            var context = typeof(Runspace).GetProperty("ExecutionContext", Any)!.GetValue(runspace)!;
            context.GetType().GetProperty("ScriptCommandProcessorShouldRethrowExit", Any)!.SetValue(context, true);
        }
    }
}
