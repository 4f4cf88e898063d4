using System.CommandLine;
using Telematics.Contracts;
using Telematics.Simulator.Meters;

namespace Telematics.Simulator.CommandLine;

/// <summary><c>load</c>: a closed-loop meter for any MQTT server.</summary>
internal static class LoadCommand
{
    public static Command Make()
    {
        var window = new Option<int>("--window") { Description = "Unacknowledged publishes of each connection, 1 to 1,000.", DefaultValueFactory = _ => 1 };
        var payload = new Option<int>("--payload") { Description = "Bytes of a payload, 0 to 65,536; from 59 on it is telemetry in JSON, filled with spaces.", DefaultValueFactory = _ => 120 };
        var topic = new Option<string>("--topic") { Description = "Where each client publishes.", DefaultValueFactory = _ => new MeterOptions().Topic };
        var duration = DurationOption.Make("--duration", "Time that is measured. Default: 10s.");
        var warmUp = DurationOption.Make("--warm-up", "Time at load before it. Default: 2s.");
        var command = new Command("load", "A closed-loop meter for any MQTT server: QoS 1, each client with its window full; prints messages/s, PUBACK times and what they cost the server.")
        {
            window, payload, topic, duration, warmUp,
        };
        var meter = new MeterArguments(command, prefix: "load-", connections: 1_000);
        command.SetAction((result, cancellationToken) => CommandFault.CatchAsync(async () =>
        {
            var options = meter.GetOptions(result) with
            {
                Window = result.GetValue(window),
                PayloadBytes = result.GetValue(payload),
                Topic = result.GetValue(topic)!,
            };
            var faults = options.Validate();
            if (faults.Count > 0)
            {
                return CommandFault.Refuse(faults);
            }

            var measured = result.GetValue(duration) ?? TimeSpan.FromSeconds(10);
            return measured > TimeSpan.Zero
                ? await new LoadRun(options, result.GetValue(warmUp) ?? TimeSpan.FromSeconds(2), measured, meter.GetServer(result), Console.Out).RunAsync(cancellationToken)
                : throw new StartupException("--duration is 0; it must be more");
        }));
        return command;
    }
}
