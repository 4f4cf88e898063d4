using System.CommandLine;

using Telematics.Host.Settings;

namespace Telematics.Host;

/// <summary>
/// The command line: a few words of its own, and every option of every role as <c>--Section:Name=value</c>, which is
/// .NET's own configuration.
/// </summary>
internal static class HostCommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (words, settings) = Split(args);
        var data = new Option<string?>("--data") { Description = "Folder for the message log and the database; made when missing. Default: ./data", Recursive = true, HelpName = "DIR" };
        var demo = new Option<int?>("--demo") { Description = "Connects so many simulated cars (1 to 15000) to the own gateway and shows a progress line.", HelpName = "CARS" };
        var root = new RootCommand(
            "Telematics: a connected-vehicle backend. MQTT on 1883, HTTP on 8080, everything in one process by default. "
            + "Every option of every role is a setting, for example --Telematics:Gateway:Port=1884, as an environment variable "
            + "(Telematics__Gateway__Port=1884) or in appsettings.json.")
        {
            data,
            demo,
            KeysCommand.Create(data, settings),
            MigrateCommand.Create(data, settings),
        };
        root.SetAction((result, cancellationToken) => result.GetValue(demo) is { } cars and (< 1 or > 15_000)
            ? Task.FromResult(Refuse([$"--demo {cars}: must be 1 to 15000."]))
            : TelematicsServer.RunAsync(WithData(settings, result.GetValue(data)), result.GetValue(demo), cancellationToken));

        var parsed = root.Parse(words);
        return parsed.Errors.Count > 0
            ? Refuse([.. parsed.Errors.Select(error => $"{error.Message} See --help.")])
            : await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Says why the process cannot start, one line for each fault.</summary>
    public static int Refuse(IReadOnlyList<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"telematics: {fault.ReplaceLineEndings(" ")}");
        }

        return ExitCode.CannotStart;
    }

    /// <summary>The settings with <c>--data DIR</c> among them.</summary>
    public static string[] WithData(string[] settings, string? data) =>
        data is null ? settings : [.. settings, $"--{TelematicsOptions.SectionName}:{nameof(TelematicsOptions.DataDirectory)}={data}"];

    /// <summary>Parts our own words from settings: a setting's name has a colon.</summary>
    private static (string[] Words, string[] Settings) Split(string[] args)
    {
        var words = new List<string>();
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal))
            {
                words.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (!args[i].Contains('=', StringComparison.Ordinal) && i + 1 < args.Length)
            {
                settings.Add(args[++i]);
            }
        }

        return ([.. words], [.. settings]);
    }
}
