using Telematics.Mqtt;

namespace Telematics.Simulator;

/// <summary>What a fleet is and how it reports.</summary>
public sealed record FleetOptions
{
    /// <summary>Most cars in one process: two source addresses' worth of cheap ports, and below the usual limit of 20,000 open files.</summary>
    public const int MaximumVehicles = 19_000;

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

    /// <summary>Connects a second of the whole fleet; 0 for as fast as it goes.</summary>
    public double ConnectRate { get; init; }

    /// <summary>MQTT version.</summary>
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V500;

    /// <summary>Secrets by vehicle id; a car without one connects without user name and password.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get; init; } = new Dictionary<string, string>();

    /// <summary>Keep Alive in seconds that cars ask for.</summary>
    public ushort KeepAliveSeconds { get; init; } = 60;

    /// <summary>Samples that a car keeps while it cannot send; older ones are given up and counted.</summary>
    public int BacklogSamples { get; init; } = 120;

    /// <summary>Open files that a car costs this process: 2 when the gateway lives in it too.</summary>
    public int FilesPerVehicle { get; init; } = 1;

    /// <summary>Threads; 0 for one per 4,000 cars, at most one a core.</summary>
    public int Workers { get; init; }

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
        Require(ConnectRate is >= 0 and <= 1e6, $"connect-rate is {ConnectRate}; it must be 0 to 1000000");
        Require(BacklogSamples is >= 1 and <= 10_000, $"backlog is {BacklogSamples}; it must be 1 to 10000");
        Require(FilesPerVehicle is 1 or 2, $"files per vehicle is {FilesPerVehicle}; it must be 1 or 2");
        Require(Workers is >= 0 and <= 64, $"workers is {Workers}; it must be 0 to 64");
        Require(Version is MqttProtocolVersion.V311 or MqttProtocolVersion.V500, $"MQTT version is {Version}; it must be V311 or V500");
        Require(QualityOfService is QualityOfService.AtMostOnce or QualityOfService.AtLeastOnce, $"qos is {(int)QualityOfService}; it must be 0 or 1");
        Require(Interval != TimeSpan.Zero || QualityOfService == QualityOfService.AtLeastOnce, "interval is 0 and qos is 0; full speed needs acknowledgements, so qos 1");
        Require(Contracts.VehicleId.IsValid(VehicleIdOf(int.MaxValue)), $"prefix '{Prefix}' makes no vehicle ids ([A-Za-z0-9_.:@-], at most 64 characters with the number)");
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
