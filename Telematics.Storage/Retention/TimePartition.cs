using System.Globalization;

namespace Telematics.Storage.Retention;

/// <summary>One partition.</summary>
/// <param name="Name">Its table.</param>
/// <param name="Start">The first moment in it, UTC.</param>
/// <param name="End">The first moment behind it, UTC.</param>
internal readonly record struct TimePartition(string Name, DateTime Start, DateTime End)
{
    /// <summary>The partition that follows the existing ones, or null when they reach far enough.</summary>
    /// <param name="table">The divided table.</param>
    /// <param name="lastEnd">Where the last one ends; null when there is none.</param>
    /// <param name="now">UTC.</param>
    /// <param name="length">Length of new ones; they begin and end at multiples of it since 1970-01-01 UTC.</param>
    /// <param name="ahead">How far beyond now they must reach.</param>
    public static TimePartition? Next(string table, DateTime? lastEnd, DateTime now, TimeSpan length, TimeSpan ahead)
    {
        // What is older than one length goes into the default partition: a program that was switched off for months does
        // not make up for months.
        var oldest = Floor(now - length, length);
        var start = lastEnd is { } end && end > oldest ? end : oldest;
        return start >= now + ahead ? null : new TimePartition(NameOf(table, start), start, Floor(start, length) + length);
    }

    /// <summary>Name by the first moment: <c>telemetry_p20261124_1800</c>.</summary>
    public static string NameOf(string table, DateTime start) => string.Create(CultureInfo.InvariantCulture, $"{table}_p{start:yyyyMMdd_HHmm}");

    private static DateTime Floor(DateTime time, TimeSpan length) => time.AddTicks(-((time - DateTime.UnixEpoch).Ticks % length.Ticks));
}
