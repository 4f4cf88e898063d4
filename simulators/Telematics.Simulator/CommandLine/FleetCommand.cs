using System.CommandLine;
using Telematics.Contracts;
using Telematics.Mqtt;
using Telematics.Simulator.Scenarios;

namespace Telematics.Simulator.CommandLine;

/// <summary><c>fleet</c>: cars that drive, report and obey.</summary>
internal sealed class FleetCommand
{
    private readonly Option<int> _vehicles = new("--vehicles") { Description = "Number of cars, 1 to 1,000,000.", DefaultValueFactory = _ => 100 };
    private readonly Option<int> _first = new("--first") { Description = "Number of the first car; gives each of several processes its own cars.", DefaultValueFactory = _ => 1 };
    private readonly Option<TimeSpan?> _interval = DurationOption.Make("--interval", "Time between two reports of a car; 0 for full speed. Default: 5s.");
    private readonly Option<bool> _maxRate = new("--max-rate") { Description = "Full speed: the next report follows the acknowledgement; the same as --interval 0." };
    private readonly Option<int?> _window = new("--window") { Description = "Most unacknowledged messages of a car, 1 to 32. Default: 32, at full speed 8." };
    private readonly Option<long> _seed = new("--seed") { Description = "Decides how all cars drive.", DefaultValueFactory = _ => 1 };
    private readonly Option<PayloadFormat> _format = new("--format") { Description = "Encoding of telemetry.", DefaultValueFactory = _ => PayloadFormat.Json };
    private readonly Option<TimeSpan?> _duration = DurationOption.Make("--duration", "How long to run; without it until Ctrl+C.");
    private readonly Option<int> _qos = new("--qos") { Description = "QoS of telemetry, 0 or 1.", DefaultValueFactory = _ => 1 };
    private readonly Option<ushort?> _keepAlive = new("--keep-alive") { Description = "Keep Alive in seconds. Default: 60, or four intervals if that is more." };
    private readonly Option<FileInfo?> _credentials = new("--credentials") { Description = "File with lines vehicleId,secret.", HelpName = "FILE.csv" };
    private readonly Option<int?> _gather = new("--gather") { Description = "Milliseconds between two turns of a thread, in which what happens is gathered; 0: everything wakes it at once. Default: 0, above 20,000 cars 20." };
    private readonly Option<ScenarioKind> _scenario = new("--scenario") { Description = "What happens beside driving.", DefaultValueFactory = _ => ScenarioKind.Steady };
    private readonly Option<double?> _share = new("--share") { Description = "Share of the cars that the scenario concerns, up to 1. Default: storm 0.5, tunnel 0.1, night 0.9." };
    private readonly Option<TimeSpan?> _every = DurationOption.Make("--every", "Storm: time between two. Tunnel: in each such time the cars enter one after the other. Default: 5m.");
    private readonly Option<TimeSpan?> _away = DurationOption.Make("--away", "Storm, tunnel: how long a car is away at most. Default: 1m.");
    private readonly BroadcastArguments _broadcast;
    private readonly ClientArguments _client;

    private FleetCommand(Command command)
    {
        Option[] options = [_vehicles, _first, _interval, _maxRate, _window, _seed, _format, _duration, _qos, _keepAlive, _credentials, _gather, _scenario, _share, _every, _away];
        Array.ForEach(options, command.Options.Add);
        _broadcast = new BroadcastArguments(command);
        _client = new ClientArguments(command, prefix: "sim-");
        command.SetAction((result, cancellationToken) => CommandFault.CatchAsync(() => RunAsync(result, cancellationToken)));
    }

    /// <summary>Gives a command the fleet's options and its action.</summary>
    public static void AddTo(Command command) => _ = new FleetCommand(command);

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var options = GetOptions(result);
        var faults = options.Validate();
        if (faults.Count > 0)
        {
            return CommandFault.Refuse(faults);
        }

        if (result.GetValue(_duration) is { } duration && duration == TimeSpan.Zero)
        {
            throw new StartupException("--duration is 0; it must be more");
        }

        var order = _broadcast.GetOrder(result, options.Scenario.Kind);
        return await new FleetRun(options, result.GetValue(_duration), order, _client.GetServer(result), Console.Out).RunAsync(cancellationToken);
    }

    private FleetOptions GetOptions(ParseResult result)
    {
        var (host, port) = _client.GetGateway(result);
        var interval = result.GetValue(_maxRate) ? TimeSpan.Zero : result.GetValue(_interval) ?? TimeSpan.FromSeconds(5);
        var scenario = ScenarioOptions.For(result.GetValue(_scenario));
        return new FleetOptions
        {
            Vehicles = result.GetValue(_vehicles),
            FirstNumber = result.GetValue(_first),
            Prefix = _client.GetPrefix(result),
            Interval = interval,
            Window = result.GetValue(_window) ?? (interval == TimeSpan.Zero ? 8 : FleetOptions.MaximumWindow),
            Host = host,
            Port = port,
            Seed = result.GetValue(_seed),
            Format = result.GetValue(_format),
            QualityOfService = (QualityOfService)result.GetValue(_qos),
            ConnectRate = _client.GetConnectRate(result),
            Version = _client.GetVersion(result),
            KeepAliveSeconds = result.GetValue(_keepAlive),
            Credentials = result.GetValue(_credentials) is { } file ? CredentialsFile.Read(file.FullName) : new Dictionary<string, string>(),
            Workers = _client.GetWorkers(result),
            Sources = _client.GetSources(result),
            GatherMilliseconds = result.GetValue(_gather),
            Scenario = scenario with
            {
                Share = result.GetValue(_share) ?? scenario.Share,
                Every = result.GetValue(_every) ?? scenario.Every,
                Away = result.GetValue(_away) ?? scenario.Away,
            },
        };
    }
}
