using System.Globalization;

namespace Telematics.Storage.Postgres;

/// <summary>Where a page ended: at a moment, behind so many samples of it.</summary>
internal readonly record struct MomentPosition(long Time, long Skip)
{
    /// <summary>The position behind which a query begins.</summary>
    /// <exception cref="FormatException">The cursor is none of this store's.</exception>
    public static MomentPosition Parse(HistoryQuery query)
    {
        if (query.Cursor is not { } cursor)
        {
            return new MomentPosition(query.From, 0);
        }

        var separator = cursor.IndexOf('.', StringComparison.Ordinal);
        return separator > 0
            && long.TryParse(cursor.AsSpan(0, separator), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            && long.TryParse(cursor.AsSpan(separator + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var skip)
            && time >= query.From && skip < int.MaxValue
            ? new MomentPosition(time, skip)
            : throw new FormatException($"'{cursor}' is no cursor of this query.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}.{Skip}");
}
