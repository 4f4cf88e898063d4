namespace Telematics.Contracts.Telemetry;

/// <summary>One sample as it was decoded: kept in reused arrays, never an object of its own.</summary>
public struct TelemetrySample
{
    /// <summary>The car's time, in microseconds since 1970-01-01 UTC.</summary>
    public long DeviceTime;

    /// <summary>The signals that have columns.</summary>
    public SignalValues Values;

    /// <summary>Where in <see cref="DecodedTelemetry.OtherSignals"/> the JSON object of all other signals begins.</summary>
    public int OtherStart;

    /// <summary>Length of that JSON object; 0 when there are no other signals.</summary>
    public int OtherLength;
}
