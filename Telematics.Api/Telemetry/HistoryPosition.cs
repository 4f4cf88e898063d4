using System.Globalization;

namespace Telematics.Api.Telemetry;

/// <summary>
/// Where a history goes on: its whole range, so that pages of a range that ends "now" belong together, where the window
/// under way begins, and the store's own cursor in it. All times in microseconds since 1970-01-01 UTC.
/// </summary>
internal sealed record HistoryPosition(long From, long To, long Window, string? StoreCursor)
{
    /// <summary>The beginning of a range.</summary>
    public static HistoryPosition Begin(long from, long to) => new(from, to, from, null);

    /// <summary>Reads <see cref="ToString"/>; null for any other text.</summary>
    public static HistoryPosition? Parse(string text)
    {
        var parts = text.Split('|');
        return parts.Length == 4
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var window)
            && from <= window && window < to
            ? new HistoryPosition(from, to, window, parts[3].Length == 0 ? null : parts[3])
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From}|{To}|{Window}|{StoreCursor}");
}
