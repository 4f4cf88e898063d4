using Telematics.Simulator.Workers;

namespace Telematics.Simulator.Meters;

/// <summary>What a meter times.</summary>
internal sealed class MeterTimes
{
    /// <summary>From the begin of the connect to CONNACK.</summary>
    public AckTimes Connacks { get; } = new();

    /// <summary>From a publish to its PUBACK.</summary>
    public AckTimes Pubacks { get; } = new();
}
