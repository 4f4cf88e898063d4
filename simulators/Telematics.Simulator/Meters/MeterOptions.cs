using System.Net;
using System.Text;
using Telematics.Mqtt;

namespace Telematics.Simulator.Meters;

/// <summary>Plain MQTT clients that measure a server.</summary>
internal sealed record MeterOptions
{
    /// <summary>What stands for the client id in a topic.</summary>
    public const string ClientIdMark = "{clientId}";

    private const int LongestPayload = 65_536;

    /// <summary>Host name or address of the server.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port of the server.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>Number of connections, 1 to 1,000,000.</summary>
    public int Connections { get; init; } = 1_000;

    /// <summary>Client ids are this and a number of six digits or more.</summary>
    public string Prefix { get; init; } = "load-";

    /// <summary>Where each client publishes; <see cref="ClientIdMark"/> stands for its id.</summary>
    public string Topic { get; init; } = "telemetry/" + ClientIdMark;

    /// <summary>Length of a payload, 0 to 65,536 bytes.</summary>
    public int PayloadBytes { get; init; } = 120;

    /// <summary>Unacknowledged publishes of each client, 1 to 1,000.</summary>
    public int Window { get; init; } = 1;

    /// <summary>MQTT version.</summary>
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V500;

    /// <summary>Keep Alive in seconds; 0 for none.</summary>
    public ushort KeepAliveSeconds { get; init; } = 300;

    /// <summary>Connects a second; 0 for as fast as it goes, null for what the plan chooses.</summary>
    public double? ConnectRate { get; init; }

    /// <summary>Addresses of this machine to connect from; none for what the plan chooses.</summary>
    public IReadOnlyList<IPAddress> Sources { get; init; } = [];

    /// <summary>Threads at least; 0 for what the plan chooses.</summary>
    public int Workers { get; init; }

    /// <summary>What is wrong with these options, one text each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(Connections is >= 1 and <= FleetOptions.MaximumVehicles, $"connections is {Connections}; it must be 1 to {FleetOptions.MaximumVehicles}");
        Require(!string.IsNullOrWhiteSpace(Host), "server has no host");
        Require(Port is >= 1 and <= 65_535, $"server port is {Port}; it must be 1 to 65535");
        Require(Window is >= 1 and <= 1_000, $"window is {Window}; it must be 1 to 1000");
        Require(PayloadBytes is >= 0 and <= LongestPayload, $"payload is {PayloadBytes}; it must be 0 to {LongestPayload} bytes");
        Require(ConnectRate is null or (>= 0 and <= 1e6), $"connect-rate is {ConnectRate}; it must be 0 to 1000000");
        Require(Workers is >= 0 and <= 512, $"workers is {Workers}; it must be 0 to 512");
        Require(Encoding.UTF8.GetByteCount(Prefix) is >= 1 and <= 64, $"prefix '{Prefix}' must have 1 to 64 bytes");
        Require(Topic.Length is >= 1 and <= 256 && Topic.AsSpan().IndexOfAny('+', '#', '\0') < 0, $"topic '{Topic}' must have 1 to 256 characters and no wildcard");
        return faults;

        void Require(bool isMet, string fault)
        {
            if (!isMet)
            {
                faults.Add(fault);
            }
        }
    }
}
