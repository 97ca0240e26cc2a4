using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;

namespace StorageRelease.TestEngine;

/// <summary>The command line, spelled as pwsh spells it, plus -Width and -ShowProgress.</summary>
internal sealed partial class Options
{
    public const string Usage =
        "engine [-NoProfile] [-NonInteractive] [-ExecutionPolicy NAME] [-Width N] [-ShowProgress]\n"
        + "       (-File script.ps1 [arguments...] | -Command text | [-ConfigurationFile FILE.pssc] (-sshs | -s))";

    public string? File { get; private set; }

    public string Command { get; private set; } = string.Empty;

    public List<CommandParameter> Arguments { get; } = [];

    /// <summary>-sshs or -s.</summary>
    public string? Server { get; private set; }

    /// <summary>With -sshs or -s: the session configuration file of a restricted endpoint.</summary>
    public string? ConfigurationFile { get; private set; }

    public bool NonInteractive { get; private set; }

    public bool ShowProgress { get; private set; }

    public int Width { get; private set; } = 120;

    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => i + 1 < args.Length
                ? args[++i]
                : throw new ArgumentException($"The switch {args[i]} needs a value.");
            switch (args[i].ToLowerInvariant())
            {
                case "-noprofile" or "-nop" or "-nologo" or "-noninteractive" or "-noni":
                    options.NonInteractive |= args[i].StartsWith("-noni", StringComparison.OrdinalIgnoreCase);
                    break;
                case "-executionpolicy" or "-ep" or "-ex":
                    Value();
                    break;
                case "-width":
                    options.Width = int.Parse(Value(), System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case "-showprogress":
                    options.ShowProgress = true;
                    break;
                case "-configurationfile":
                    options.ConfigurationFile = Value();
                    break;
                case "-sshs" or "-s":
                    options.Server = args[i].ToLowerInvariant();
                    return options;
                case "-file" or "-f":
                    options.File = Value();
                    options.CollectArguments(args[(i + 1)..]);
                    return options;
                case "-command" or "-c":
                    // all that follows is the text, as with pwsh
                    options.Command = string.Join(' ', args[(i + 1)..]);
                    if (options.Command == "-") { options.Command = Console.In.ReadToEnd(); }
                    if (options.Command.Length == 0) { throw new ArgumentException("-Command is empty."); }
                    return options;
                default:
                    throw new ArgumentException($"Unknown switch {args[i]}.");
            }
        }

        throw new ArgumentException("Nothing to run.");
    }

    /// <summary>
    /// The rule of pwsh -File: a word with a dash is a parameter name, -Name:value is split, the rest is text.
    /// </summary>
    private void CollectArguments(string[] words)
    {
        foreach (var word in words)
        {
            if (!NameStart().IsMatch(word))
            {
                Arguments.Add(new CommandParameter(null, word));
                continue;
            }

            var colon = word.IndexOf(':');
            if (colon < 0)
            {
                Arguments.Add(new CommandParameter(word, null));
                continue;
            }

            object value = word[(colon + 1)..] switch
            {
                var text when text.Equals("$true", StringComparison.OrdinalIgnoreCase) => true,
                var text when text.Equals("$false", StringComparison.OrdinalIgnoreCase) => false,
                var text => text,
            };
            Arguments.Add(new CommandParameter(word[..colon], value));
        }
    }

    [GeneratedRegex(@"^-\w")]
    private static partial Regex NameStart();
}
