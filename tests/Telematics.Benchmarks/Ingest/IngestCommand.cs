using System.CommandLine;

namespace Telematics.Benchmarks.Ingest;

/// <summary>Ingest's measurement.</summary>
internal static class IngestCommand
{
    public static Command Make()
    {
        var messages = new Option<int>("--messages") { Description = "Messages of one sample each.", DefaultValueFactory = _ => 200_000 };
        var vehicles = new Option<int>("--vehicles") { Description = "Cars that send them in turn.", DefaultValueFactory = _ => 1_000 };
        var database = new Option<string?>("--database") { Description = "Connection string to a PostgreSQL server, instead of SQLite: makes database telematics_ingest there (and drops one of that name), and compares with bare COPY." };
        var batch = new Option<int>("--batch") { Description = "Most messages in one transaction.", DefaultValueFactory = _ => 10_000 };
        var isJson = new Option<bool>("--json") { Description = "JSON instead of Protobuf." };
        var command = new Command("ingest", "Empties an embedded log of telemetry into the database at full speed.") { messages, vehicles, isJson, database, batch };
        command.SetAction((result, cancellationToken) => result.GetValue(database) is { } connectionString
            ? new PostgresIngest(connectionString, result.GetRequiredValue(messages), result.GetRequiredValue(vehicles), result.GetRequiredValue(batch), result.GetValue(isJson)).RunAsync(cancellationToken)
            : IngestEngine.RunAsync(
            result.GetRequiredValue(messages),
            result.GetRequiredValue(vehicles),
            result.GetValue(isJson),
            cancellationToken));
        return command;
    }
}
