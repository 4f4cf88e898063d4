using System.Net;
using Telematics.Mqtt;
using Telematics.Simulator.Scenarios;

namespace Telematics.Simulator;

/// <summary>What a fleet is and how it reports.</summary>
public sealed record FleetOptions
{
    /// <summary>Most cars in one process.</summary>
    public const int MaximumVehicles = 1_000_000;

    /// <summary>Most unacknowledged publishes of a car: the window in which Ingest recognises repeats is built on it.</summary>
    public const int MaximumWindow = 32;

    /// <summary>Number of cars, 1 to <see cref="MaximumVehicles"/>.</summary>
    public int Vehicles { get; init; } = 100;

    /// <summary>Number of the first car, from 1: processes that share a fleet give each its own range, and every car drives as it would in one process.</summary>
    public int FirstNumber { get; init; } = 1;

    /// <summary>What ids begin with; the car's number in at least six digits follows.</summary>
    public string Prefix { get; init; } = "sim-";

    /// <summary>Time between two reports of a car; zero means full speed: the next report follows the acknowledgement.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Host name or address of the gateway.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port of the gateway.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>Decides how all cars drive.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How telemetry is encoded.</summary>
    public PayloadFormat Format { get; init; } = PayloadFormat.Json;

    /// <summary>QoS of telemetry, 0 or 1; answers to commands are always QoS 1.</summary>
    public QualityOfService QualityOfService { get; init; } = QualityOfService.AtLeastOnce;

    /// <summary>Most unacknowledged publishes of a car, 1 to <see cref="MaximumWindow"/>.</summary>
    public int Window { get; init; } = MaximumWindow;

    /// <summary>Connects a second of the whole fleet; 0 for as fast as it goes, null for what the plan chooses: 5,000 above 20,000 cars.</summary>
    public double? ConnectRate { get; init; }

    /// <summary>MQTT version.</summary>
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V500;

    /// <summary>Secrets by vehicle id; a car without one connects without user name and password.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get; init; } = new Dictionary<string, string>();

    /// <summary>Keep Alive in seconds that cars ask for; null for 60, or four intervals if that is more, so that a car that reports does not ping.</summary>
    public ushort? KeepAliveSeconds { get; init; }

    /// <summary>Samples that a car keeps while it cannot send; older ones are given up and counted.</summary>
    public int BacklogSamples { get; init; } = 120;

    /// <summary>Threads at least; 0 for one per 4,000 cars, at most one a core. More are taken when the limit of open files asks for it.</summary>
    public int Workers { get; init; }

    /// <summary>Addresses of this machine that the cars connect from. None: the system's choice, or as many of 127.0.0.0/8 as it takes when the gateway is there.</summary>
    public IReadOnlyList<IPAddress> Sources { get; init; } = [];

    /// <summary>Milliseconds, 0 to 1,000, between two turns of a worker, in which what happens is gathered; 0: everything wakes it at once; null for what the plan chooses: 20 above 20,000 cars.</summary>
    public int? GatherMilliseconds { get; init; }

    /// <summary>What happens beside driving.</summary>
    public ScenarioOptions Scenario { get; init; } = new();

    /// <summary>The Keep Alive in effect.</summary>
    internal ushort PlannedKeepAlive => KeepAliveSeconds
        ?? (ushort)Math.Clamp(Scenario.Kind == ScenarioKind.Night ? 0 : 4 * Interval.TotalSeconds, 60, ushort.MaxValue);

    /// <summary>What is wrong with these options, one text each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(Vehicles is >= 1 and <= MaximumVehicles, $"vehicles is {Vehicles}; it must be 1 to {MaximumVehicles}");
        Require(FirstNumber >= 1 && FirstNumber <= int.MaxValue - MaximumVehicles, $"first is {FirstNumber}; it must be at least 1");
        Require(Interval == TimeSpan.Zero || (Interval >= TimeSpan.FromMilliseconds(10) && Interval <= TimeSpan.FromDays(1)), $"interval is {Interval.TotalSeconds:0.###} s; it must be 0, or 0.01 to 86400");
        Require(!string.IsNullOrWhiteSpace(Host), "gateway has no host");
        Require(Port is >= 1 and <= 65_535, $"gateway port is {Port}; it must be 1 to 65535");
        Require(Window is >= 1 and <= MaximumWindow, $"window is {Window}; it must be 1 to {MaximumWindow}");
        Require(ConnectRate is null or (>= 0 and <= 1e6), $"connect-rate is {ConnectRate}; it must be 0 to 1000000");
        Require(BacklogSamples is >= 1 and <= 10_000, $"backlog is {BacklogSamples}; it must be 1 to 10000");
        Require(Workers is >= 0 and <= 512, $"workers is {Workers}; it must be 0 to 512");
        Require(GatherMilliseconds is null or (>= 0 and <= 1_000), $"gather is {GatherMilliseconds}; it must be 0 to 1000");
        Require(Version is MqttProtocolVersion.V311 or MqttProtocolVersion.V500, $"MQTT version is {Version}; it must be V311 or V500");
        Require(QualityOfService is QualityOfService.AtMostOnce or QualityOfService.AtLeastOnce, $"qos is {(int)QualityOfService}; it must be 0 or 1");
        Require(Interval != TimeSpan.Zero || QualityOfService == QualityOfService.AtLeastOnce, "interval is 0 and qos is 0; full speed needs acknowledgements, so qos 1");
        Require(Contracts.VehicleId.IsValid(VehicleIdOf(int.MaxValue)), $"prefix '{Prefix}' makes no vehicle ids ([A-Za-z0-9_.:@-], at most 64 characters with the number)");
        faults.AddRange(Scenario.Validate());
        return faults;

        void Require(bool isMet, string fault)
        {
            if (!isMet)
            {
                faults.Add(fault);
            }
        }
    }

    internal string VehicleIdOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Prefix}{number:D6}");
}
