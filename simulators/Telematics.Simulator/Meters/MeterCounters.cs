namespace Telematics.Simulator.Meters;

/// <summary>One worker's counters: written by its thread alone, read by others, each number for itself.</summary>
internal sealed class MeterCounters
{
    /// <summary>Connections with an accepted CONNECT now.</summary>
    public long Connected;

    /// <summary>Accepted CONNECTs.</summary>
    public long Connects;

    /// <summary>Connections that could not be made, were refused or were lost.</summary>
    public long Failed;

    /// <summary>Successful PUBACKs.</summary>
    public long Acknowledged;

    /// <summary>PUBACKs with a reason code of 0x80 or above.</summary>
    public long Refused;

    /// <summary>Why the last one failed.</summary>
    public volatile string? LastFailure;
}
