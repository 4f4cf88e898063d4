namespace Telematics.Storage;

/// <summary>What an answer was made of, from fine to coarse.</summary>
public enum TelemetrySource
{
    /// <summary>Samples.</summary>
    Raw,

    /// <summary>Samples summed up per minute (<c>telemetry_1m</c>), and raw ones where those are not settled.</summary>
    Minute,

    /// <summary>Samples summed up per hour (<c>telemetry_1h</c>), and finer ones where those are not settled or the range cuts an hour.</summary>
    Hour,
}
