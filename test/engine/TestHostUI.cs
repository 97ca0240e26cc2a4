using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace StorageRelease.TestEngine;

/// <summary>
/// What pwsh does with its streams when they are redirected: errors to stderr, everything else to stdout,
/// questions written to stdout and answered by lines of stdin.
/// </summary>
internal sealed class TestHostUI(Options options) : PSHostUserInterface, IHostUISupportsMultipleChoiceSelection
{
    // the two texts of the console host of PowerShell 7
    private const string NonInteractiveText =
        "PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.";

    private const string EndOfInputText =
        "A command that prompts the user failed because standard input is at its end; nobody is there to answer.";

    private readonly RawUI raw = new(options.Width);
    private readonly TaskCompletionSource stopReading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<string?>? pendingLine;

    public override PSHostRawUserInterface RawUI => raw;

    // no terminal, so no colours, unless a test asks for them with $PSStyle.OutputRendering = 'Ansi'
    public override bool SupportsVirtualTerminal => false;

    public override void Write(string value) => Console.Out.Write(Plain(value));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
        => Console.Out.Write(Plain(value));

    public override void WriteLine(string value) => Console.Out.WriteLine(Plain(value));

    public override void WriteErrorLine(string value) => Console.Error.WriteLine(Plain(value));

    public override void WriteDebugLine(string message) => WriteLine("DEBUG: " + message);

    public override void WriteVerboseLine(string message) => WriteLine("VERBOSE: " + message);

    public override void WriteWarningLine(string message) => WriteLine("WARNING: " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (!options.ShowProgress) { return; }
        var percent = record.PercentComplete.ToString(CultureInfo.InvariantCulture);
        WriteLine($"PROGRESS: {record.ActivityId} {record.RecordType} {percent} [{record.Activity}] "
            + $"[{record.StatusDescription}] [{record.CurrentOperation}]");
    }

    public override string ReadLine()
    {
        if (options.NonInteractive) { throw new PSInvalidOperationException(NonInteractiveText); }
        // a read of stdin cannot be interrupted, so it has a thread of its own, and Ctrl+C leaves it behind
        pendingLine ??= Task.Factory.StartNew(Console.In.ReadLine, TaskCreationOptions.LongRunning);
        if (Task.WaitAny(pendingLine, stopReading.Task) == 1) { throw new PipelineStoppedException(); }
        var line = pendingLine.GetAwaiter().GetResult();
        pendingLine = null;
        return line ?? throw new HostException(
            EndOfInputText, null, "ReadLineEndOfInput", ErrorCategory.ResourceUnavailable);
    }

    /// <summary>Ends a question that waits for its answer, now and for the rest of the session.</summary>
    public void StopReading() => stopReading.TrySetResult();

    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        foreach (var c in ReadLine()) { secret.AppendChar(c); }
        return secret;
    }

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions)
    {
        RefuseWhenNobodyAnswers();
        WriteQuestion(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (var field in descriptions)
        {
            var type = Type.GetType(field.ParameterAssemblyFullName) ?? typeof(string);
            if (type.IsArray)
            {
                // as at the prompt: one element a line, an empty line ends
                var element = type.GetElementType()!;
                var items = new List<object?>();
                while (true)
                {
                    Write($"{field.Name}[{items.Count}]: ");
                    var line = ReadLine();
                    if (line.Length == 0) { break; }
                    items.Add(LanguagePrimitives.ConvertTo(line, element, CultureInfo.CurrentCulture));
                }

                answers[field.Name] = PSObject.AsPSObject(
                    LanguagePrimitives.ConvertTo(items.ToArray(), type, CultureInfo.CurrentCulture));
                continue;
            }

            Write($"{field.Name}: ");
            object answer = type == typeof(SecureString)
                ? ReadLineAsSecureString()
                : LanguagePrimitives.ConvertTo(ReadLine(), type, CultureInfo.CurrentCulture);
            answers[field.Name] = PSObject.AsPSObject(answer);
        }

        return answers;
    }

    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        RefuseWhenNobodyAnswers();
        WriteQuestion(caption, message);
        while (true)
        {
            WriteChoices(choices, defaultChoice >= 0 ? [defaultChoice] : []);
            var answer = ReadLine().Trim();
            if (answer.Length == 0)
            {
                if (defaultChoice >= 0) { return defaultChoice; }
                continue;
            }

            if (answer == "?")
            {
                foreach (var choice in choices)
                {
                    var (key, label) = Split(choice);
                    WriteLine($"{(key.Length > 0 ? key : label)} - {choice.HelpMessage}");
                }

                continue;
            }

            if (Picked(answer, choices) is int picked) { return picked; }
        }
    }

    public Collection<int> PromptForChoice(
        string? caption, string? message, Collection<ChoiceDescription> choices, IEnumerable<int>? defaultChoices)
    {
        RefuseWhenNobodyAnswers();
        WriteQuestion(caption, message);
        var defaults = (defaultChoices ?? []).ToArray();
        WriteChoices(choices, defaults);
        WriteLine();
        var picked = new Collection<int>();
        while (true)
        {
            Write($"Choice[{picked.Count}]: ");
            var answer = ReadLine().Trim();
            if (answer.Length == 0)
            {
                return picked.Count > 0 ? picked : new Collection<int>(defaults.ToList());
            }

            if (Picked(answer, choices) is int one) { picked.Add(one); }
        }
    }

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName)
        => PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, default);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options)
    {
        RefuseWhenNobodyAnswers();
        WriteQuestion(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    private string Plain(string value) => GetOutputString(value, SupportsVirtualTerminal);

    private void RefuseWhenNobodyAnswers()
    {
        if (options.NonInteractive) { throw new PSInvalidOperationException(NonInteractiveText); }
    }

    private void WriteQuestion(string? caption, string? message)
    {
        if (!string.IsNullOrEmpty(caption))
        {
            WriteLine();
            WriteLine(caption);
        }

        if (!string.IsNullOrEmpty(message)) { WriteLine(message); }
    }

    /// <summary>`[Y] Yes  [A] Yes to All  [?] Help (default is "Y"): `, as the console host writes it.</summary>
    private void WriteChoices(Collection<ChoiceDescription> choices, int[] defaults)
    {
        foreach (var choice in choices)
        {
            var (key, label) = Split(choice);
            Write($"[{key}] {label}  ");
        }

        Write("[?] Help");
        if (defaults.Length > 0)
        {
            var keys = defaults.Select(i => Split(choices[i])).Select(c => c.Key.Length > 0 ? c.Key : c.Label);
            Write($" (default is \"{string.Join(',', keys)}\")");
        }

        Write(": ");
    }

    private static (string Key, string Label) Split(ChoiceDescription choice)
    {
        var at = choice.Label.IndexOf('&');
        if (at < 0 || at + 1 >= choice.Label.Length) { return (string.Empty, choice.Label); }
        return (choice.Label[(at + 1)..(at + 2)].ToUpperInvariant(), choice.Label.Remove(at, 1).Trim());
    }

    private static int? Picked(string answer, Collection<ChoiceDescription> choices)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            var (key, label) = Split(choices[i]);
            if (label.Equals(answer, StringComparison.CurrentCultureIgnoreCase)
                || (key.Length > 0 && key.Equals(answer, StringComparison.CurrentCultureIgnoreCase)))
            {
                return i;
            }
        }

        return null;
    }
}
