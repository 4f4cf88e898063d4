using System.CommandLine;

namespace Telematics.Host;

/// <summary><c>migrate</c>: brings the database to this program's schema and ends.</summary>
internal static class MigrateCommand
{
    public static Command Create(Option<string?> data, string[] settings)
    {
        var migrate = new Command("migrate", "Brings the database to this program's schema and ends; a start does the same.");
        migrate.SetAction((result, cancellationToken) => DatabaseOnly.RunAsync(
            HostCommandLine.WithData(settings, result.GetValue(data)),
            _ => Task.FromResult(ExitCode.Success),
            cancellationToken));
        return migrate;
    }
}
