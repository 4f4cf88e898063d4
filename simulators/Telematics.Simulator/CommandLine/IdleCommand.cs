using System.CommandLine;

namespace Telematics.Simulator.CommandLine;

/// <summary><c>idle</c>: what connections cost a server.</summary>
internal static class IdleCommand
{
    public static Command Make()
    {
        var hold = DurationOption.Make("--hold", "How long the connections are held. Default: 10s.");
        var reconnects = new Option<int>("--reconnects") { Description = "Connections that are then cut and made again at once.", DefaultValueFactory = _ => 0 };
        var command = new Command("idle", "Opens connections to any MQTT server and holds them; prints what a connect and an idle connection cost the server.") { hold, reconnects };
        var meter = new MeterArguments(command, prefix: "idle-", connections: 10_000);
        command.SetAction((result, cancellationToken) => CommandFault.CatchAsync(async () =>
        {
            var options = meter.GetOptions(result);
            var faults = options.Validate().ToList();
            var cut = result.GetValue(reconnects);
            if (cut < 0 || cut > options.Connections)
            {
                faults.Add($"reconnects is {cut}; it must be 0 to the {options.Connections} connections");
            }

            return faults.Count > 0
                ? CommandFault.Refuse(faults)
                : await new IdleRun(options, result.GetValue(hold) ?? TimeSpan.FromSeconds(10), cut, meter.GetServer(result), Console.Out).RunAsync(cancellationToken);
        }));
        return command;
    }
}
