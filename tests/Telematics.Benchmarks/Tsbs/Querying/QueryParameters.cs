using System.Globalization;
using Telematics.Benchmarks.Tsbs.Generation;
using Telematics.Contracts;

namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>What one query asks for; the same for all variants and databases.</summary>
/// <param name="From">Window, microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Its end (exclusive).</param>
/// <param name="Fleet">One of the four.</param>
/// <param name="Truck">Name of a truck.</param>
internal sealed record QueryParameters(long From, long To, string Fleet, string Truck)
{
    private const long Minute = 60_000_000;

    /// <summary>The first whole minute of the window.</summary>
    public string FirstMinute => Literal(Math.Min((From + Minute - 1) / Minute * Minute, To));

    /// <summary>Where its last whole minute ends.</summary>
    public string LastMinute => Literal(Math.Max(To / Minute * Minute, Math.Min((From + Minute - 1) / Minute * Minute, To)));

    public string FromLiteral => Literal(From);

    public string ToLiteral => Literal(To);

    /// <summary>Places a window within the data's span; one longer than the span is clipped to it.</summary>
    public static QueryParameters Choose(TsbsRandom random, TsbsSettings settings, TimeSpan window)
    {
        var length = Math.Min(window.Ticks, settings.Span.Ticks) / TimeSpan.TicksPerMicrosecond;
        var from = TsbsSettings.Start + random.NextLong(settings.End - TsbsSettings.Start - length + 1);
        return new QueryParameters(from, from + length, random.Choose(TsbsSchema.Fleets), $"truck_{random.NextInt(settings.Scale)}");
    }

    private static string Literal(long time) =>
        string.Create(CultureInfo.InvariantCulture, $"'{UnixTime.ToDateTime(time):yyyy-MM-dd HH:mm:ss.ffffff}+00'");
}
