namespace Telematics.Vehicle;

/// <summary>What the onboard client is told at start.</summary>
internal sealed record VehicleOptions
{
    /// <summary>Vehicle id; also MQTT client identifier and user name.</summary>
    public required string VehicleId { get; init; }

    /// <summary>Host name or address of the gateway.</summary>
    public required string Host { get; init; }

    /// <summary>Port, 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Whether the connection is TLS.</summary>
    public bool UseTls { get; init; }

    /// <summary>The vehicle's secret; null against a gateway without authentication.</summary>
    public string? Password { get; init; }

    /// <summary>Folder of the client's database; one folder a vehicle.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Encoding of telemetry.</summary>
    public PayloadFormat Format { get; init; } = PayloadFormat.Protobuf;

    /// <summary>Time between two samples, 1 s to 1 h.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Recorded track to replay; null: a parked car.</summary>
    public string? ReplayFile { get; init; }

    /// <summary>Whether the track begins again at its end; else the client ends when everything was forwarded.</summary>
    public bool Loop { get; init; }
}

/// <summary>Encodings of telemetry.</summary>
internal enum PayloadFormat
{
    /// <summary>Flat JSON.</summary>
    Json,

    /// <summary><c>telemetry.v1.proto</c>.</summary>
    Protobuf,
}
