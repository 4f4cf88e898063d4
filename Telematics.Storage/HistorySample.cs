using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>One stored sample.</summary>
public struct HistorySample
{
    /// <summary>Device time, microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Store time of its message, microseconds since 1970-01-01 UTC.</summary>
    public long StoredAt;

    /// <summary>The signals with columns; NaN = not reported, or not asked for.</summary>
    public SignalValues Values;

    /// <summary>JSON object of all other signals by VSS path, or null.</summary>
    public string? Other;
}
