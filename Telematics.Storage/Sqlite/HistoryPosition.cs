using System.Globalization;

namespace Telematics.Storage.Sqlite;

/// <summary>Where a page ended: samples of one moment are told apart by their row.</summary>
internal readonly record struct HistoryPosition(long Time, long Row)
{
    /// <summary>The position behind which a query begins.</summary>
    /// <exception cref="FormatException">The cursor is none of this store's.</exception>
    public static HistoryPosition Parse(HistoryQuery query)
    {
        if (query.Cursor is not { } cursor)
        {
            return new HistoryPosition(query.From, long.MinValue);
        }

        var separator = cursor.IndexOf('.', StringComparison.Ordinal);
        return separator > 0
            && long.TryParse(cursor.AsSpan(0, separator), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            && long.TryParse(cursor.AsSpan(separator + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var row)
            && time >= query.From
            ? new HistoryPosition(time, row)
            : throw new FormatException($"'{cursor}' is no cursor of this query.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}.{Row}");
}
