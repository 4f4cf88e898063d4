using Telematics.Contracts.Telemetry;

namespace Telematics.Simulator.Cars;

/// <summary>What a car could not say at once; most cars never have one.</summary>
internal sealed class CarBacklog
{
    /// <summary>Samples, oldest first.</summary>
    public Queue<TelemetrySample> Samples { get; } = new(1);

    /// <summary>Answers to commands, oldest first.</summary>
    public Queue<byte[]> Results { get; } = new(1);

    /// <summary>Whether everything was said.</summary>
    public bool IsEmpty => Samples.Count == 0 && Results.Count == 0;
}
