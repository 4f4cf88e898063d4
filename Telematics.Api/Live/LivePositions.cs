namespace Telematics.Api.Live;

/// <summary>How far a view has come: the next offset of each queue of <c>telemetry</c> and <c>vehicle-event</c>, and the newest registry change.</summary>
internal sealed record LivePositions(long[] Telemetry, long[] Events, long Registry)
{
    /// <summary>Both views read the same queues.</summary>
    public bool IsComparable(LivePositions other) => Telemetry.Length == other.Telemetry.Length && Events.Length == other.Events.Length;

    /// <summary>A copy that does not move.</summary>
    public LivePositions Copy() => new([.. Telemetry], [.. Events], Registry);
}
