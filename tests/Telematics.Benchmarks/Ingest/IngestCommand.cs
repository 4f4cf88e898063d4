using System.CommandLine;

namespace Telematics.Benchmarks.Ingest;

/// <summary>Ingest's measurement.</summary>
internal static class IngestCommand
{
    public static Command Make()
    {
        var messages = new Option<int>("--messages") { Description = "Messages of one sample each.", DefaultValueFactory = _ => 200_000 };
        var vehicles = new Option<int>("--vehicles") { Description = "Cars that send them in turn.", DefaultValueFactory = _ => 1_000 };
        var isJson = new Option<bool>("--json") { Description = "JSON instead of Protobuf." };
        var command = new Command("ingest", "Empties an embedded log of telemetry into SQLite at full speed.") { messages, vehicles, isJson };
        command.SetAction((result, cancellationToken) => IngestEngine.RunAsync(
            result.GetRequiredValue(messages),
            result.GetRequiredValue(vehicles),
            result.GetValue(isJson),
            cancellationToken));
        return command;
    }
}
