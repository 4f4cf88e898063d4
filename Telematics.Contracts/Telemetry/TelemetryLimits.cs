namespace Telematics.Contracts.Telemetry;

/// <summary>Limits of one telemetry message, the same in both encodings. What exceeds one is rejected with <see cref="RejectReason.TooMany"/>.</summary>
public static class TelemetryLimits
{
    /// <summary>Longest body, in bytes. MQTT carries 64 KiB; tools that send a backlog by the log itself may send more.</summary>
    public const int MaxBodyLength = 16 * 1024 * 1024;

    /// <summary>Most samples in one message.</summary>
    public const int MaxSamples = 10_000;

    /// <summary>Most signals in one sample, those with columns included.</summary>
    public const int MaxSignals = 4_096;

    /// <summary>Deepest nesting of a JSON body, the message's own object included.</summary>
    public const int MaxDepth = 16;

    /// <summary>Longest path of a signal, in characters.</summary>
    public const int MaxPathLength = 256;
}
