// Looks at every type, member, command and piece of syntax in the given script files and says what Windows
// PowerShell 5.1 on .NET Framework 4.7.2 does not have. It knows the words, not their behaviour: a method that
// exists in both and acts differently passes.
//
//   surface [--own FILE] [--root FOLDER] [--apart] FILE...
//
// A JSON array of reports on stdout, and exit code 0 also when there are findings: one report of all files, which
// may use each other's functions, or with --apart one of each file.

using System.Management.Automation.Runspaces;
using System.Text;
using System.Text.Json;

using StorageRelease.Surface;

var files = new List<string>();
var own = new List<string>();
var apart = false;
var root = Directory.GetCurrentDirectory();
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--own":
            own.AddRange(File.ReadAllLines(args[++i])
                .Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0));
            break;
        case "--root":
            root = args[++i];
            break;
        case "--apart":
            apart = true;
            break;
        default:
            files.Add(args[i]);
            break;
    }
}

// type inference asks the current runspace
using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
runspace.Open();
Runspace.DefaultRunspace = runspace;
using var surface = new ReferenceSurface();
string[][] groups = apart ? [.. files.Select(file => new[] { file })] : [[.. files]];
var reports = groups.Select(group => new Checker(surface, own, root).Check(group)).ToArray();
using var output = Console.OpenStandardOutput();
output.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(reports, ReportJson.Default.ReportArray) + "\n"));
