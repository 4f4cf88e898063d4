using System.CommandLine;
using System.Globalization;
using Telematics.Contracts;
using Telematics.Mqtt;

namespace Telematics.Simulator.CommandLine;

/// <summary>The options of the simulator.</summary>
internal static class SimulatorCommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var vehicles = new Option<int>("--vehicles") { Description = "Number of cars.", DefaultValueFactory = _ => 100 };
        var first = new Option<int>("--first") { Description = "Number of the first car; gives each of several processes its own cars.", DefaultValueFactory = _ => 1 };
        var prefix = new Option<string>("--prefix") { Description = "What vehicle ids begin with.", DefaultValueFactory = _ => "sim-" };
        var interval = new Option<double>("--interval") { Description = "Seconds between two reports of a car; 0 for full speed.", DefaultValueFactory = _ => 5 };
        var maxRate = new Option<bool>("--max-rate") { Description = "Full speed: the next report follows the acknowledgement; the same as --interval 0." };
        var window = new Option<int?>("--window") { Description = "Most unacknowledged messages of a car, 1 to 32. Default: 32, at full speed 8." };
        var gateway = new Option<string>("--gateway") { Description = "Host and port of the gateway.", DefaultValueFactory = _ => "127.0.0.1:1883" };
        var seed = new Option<long>("--seed") { Description = "Decides how all cars drive.", DefaultValueFactory = _ => 1 };
        var format = new Option<PayloadFormat>("--format") { Description = "Encoding of telemetry.", DefaultValueFactory = _ => PayloadFormat.Json };
        var duration = new Option<double?>("--duration") { Description = "Seconds to run; without it until Ctrl+C." };
        var qos = new Option<int>("--qos") { Description = "QoS of telemetry, 0 or 1.", DefaultValueFactory = _ => 1 };
        var connectRate = new Option<double>("--connect-rate") { Description = "Connects a second; 0 for as fast as it goes.", DefaultValueFactory = _ => 0 };
        var mqtt = new Option<string>("--mqtt") { Description = "MQTT version.", DefaultValueFactory = _ => "5" };
        mqtt.AcceptOnlyFromAmong("3.1.1", "5");
        var keepAlive = new Option<ushort>("--keep-alive") { Description = "Keep Alive in seconds.", DefaultValueFactory = _ => 60 };
        var credentials = new Option<FileInfo?>("--credentials") { Description = "File with lines vehicleId,secret.", HelpName = "FILE.csv" };
        var workers = new Option<int>("--workers") { Description = "Threads; 0 for one per 4,000 cars, at most one a core.", DefaultValueFactory = _ => 0 };
        var pid = new Option<int?>("--pid") { Description = "Process id of the server: its CPU time is reported (Linux)." };
        var root = new RootCommand("A fleet of simulated cars that report over MQTT and obey commands.")
        {
            vehicles, first, prefix, interval, maxRate, window, gateway, seed, format, duration, qos, connectRate, mqtt, keepAlive, credentials, workers, pid,
        };
        root.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                var (host, port) = ParseGateway(result.GetValue(gateway)!);
                var isFullSpeed = result.GetValue(maxRate) || result.GetValue(interval) == 0;
                var options = new FleetOptions
                {
                    Vehicles = result.GetValue(vehicles),
                    FirstNumber = result.GetValue(first),
                    Prefix = result.GetValue(prefix)!,
                    Interval = isFullSpeed ? TimeSpan.Zero : Seconds("--interval", result.GetValue(interval)),
                    Window = result.GetValue(window) ?? (isFullSpeed ? 8 : FleetOptions.MaximumWindow),
                    Host = host,
                    Port = port,
                    Seed = result.GetValue(seed),
                    Format = result.GetValue(format),
                    QualityOfService = (QualityOfService)result.GetValue(qos),
                    ConnectRate = result.GetValue(connectRate),
                    Version = result.GetValue(mqtt) == "5" ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311,
                    KeepAliveSeconds = result.GetValue(keepAlive),
                    Credentials = result.GetValue(credentials) is { } file ? CredentialsFile.Read(file.FullName) : new Dictionary<string, string>(),
                    Workers = result.GetValue(workers),
                };
                var faults = options.Validate();
                if (faults.Count > 0)
                {
                    return Refuse(faults);
                }

                TimeSpan? limit = result.GetValue(duration) is { } seconds ? Seconds("--duration", seconds) : null;
                return await FleetRun.RunAsync(options, limit, result.GetValue(pid), Console.Out, cancellationToken);
            }
            catch (StartupException e)
            {
                return Refuse([e.Message]);
            }
        });
        var parsed = root.Parse(args);
        return parsed.Errors.Count > 0
            ? Refuse([.. parsed.Errors.Select(error => error.Message)])
            : await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
    }

    private static int Refuse(IReadOnlyList<string> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"simulator: {fault}");
        }

        return 2;
    }

    private static TimeSpan Seconds(string option, double value) => value is > 0 and <= 31_536_000
        ? TimeSpan.FromSeconds(value)
        : throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be above 0 and at most 31536000 seconds"));

    private static (string Host, int Port) ParseGateway(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return (text, 1883);
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon].Trim('[', ']'), port)
            : throw new StartupException($"--gateway {text}: expected host:port");
    }
}
