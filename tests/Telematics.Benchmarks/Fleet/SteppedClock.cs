namespace Telematics.Benchmarks.Fleet;

/// <summary>A clock that goes on by steps of 10 ms when told.</summary>
internal sealed class SteppedClock : TimeProvider
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance() => _ticks += Step.Ticks;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(_ticks);
}
