using Telematics.Contracts;

namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>What decides every point: two runs with equal settings give equal points in equal order.</summary>
/// <param name="Scale">Trucks, at least 1.</param>
/// <param name="Span">Length of the data's time.</param>
/// <param name="Interval">Time between two points of a truck in one table.</param>
/// <param name="Seed">Seed of all random numbers.</param>
internal sealed record TsbsSettings(int Scale, TimeSpan Span, TimeSpan Interval, long Seed)
{
    /// <summary>Where the data's time begins, microseconds since 1970-01-01 UTC: 2016-01-01, as in TSBS's examples.</summary>
    public static readonly long Start = UnixTime.ToMicroseconds(new DateTime(2016, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    /// <summary>How many ticks begin within the span.</summary>
    public long Ticks => (Span.Ticks + Interval.Ticks - 1) / Interval.Ticks;

    /// <summary>Points before the filter.</summary>
    public long GeneratedPoints => Ticks * Scale * 2;

    /// <summary>Where it ends (exclusive), microseconds since 1970-01-01 UTC.</summary>
    public long End => Start + (Span.Ticks / TimeSpan.TicksPerMicrosecond);
}
