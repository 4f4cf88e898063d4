using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Live;

/// <summary>The newest acceptable sample of one message or one row of the snapshot.</summary>
internal struct LiveSample
{
    /// <summary>Device time, microseconds since 1970-01-01 UTC.</summary>
    public long Time;

    /// <summary>Store time of the message, microseconds since 1970-01-01 UTC.</summary>
    public long StoredAt;

    /// <summary>Queue of <c>telemetry</c>.</summary>
    public int QueueIndex;

    /// <summary>Offset in it.</summary>
    public long Offset;

    /// <summary>The signals with columns.</summary>
    public SignalValues Values;
}
