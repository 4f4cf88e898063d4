using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Telematics.Storage.Retention;

/// <summary>What one run has removed so far: counted, and told when it takes longer.</summary>
internal sealed class RetentionProgress(RetentionMetrics metrics, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<string, (long Rows, int Divisions)> _removed = new(StringComparer.Ordinal);
    private long _told = clock.GetTimestamp();

    /// <summary>Rows were deleted.</summary>
    public void Rows(string table, long rows)
    {
        if (rows <= 0)
        {
            return;
        }

        metrics.Rows(table, rows);
        var (before, divisions) = _removed.GetValueOrDefault(table);
        _removed[table] = (before + rows, divisions);
        if (clock.GetElapsedTime(_told) >= LogInterval)
        {
            _told = clock.GetTimestamp();
            logger.RemovedSoFar(table, before + rows);
        }
    }

    /// <summary>Partitions or chunks were dropped.</summary>
    public void Divisions(string table, int divisions)
    {
        if (divisions <= 0)
        {
            return;
        }

        metrics.Divisions(table, divisions);
        var (rows, before) = _removed.GetValueOrDefault(table);
        _removed[table] = (rows, before + divisions);
    }

    /// <summary>The run is over: one line, if there is anything to tell.</summary>
    public void Tell()
    {
        if (_removed.Count > 0)
        {
            logger.Removed(string.Join(", ", _removed.Select(entry => string.Create(
                CultureInfo.InvariantCulture,
                $"{entry.Key} {(entry.Value.Divisions > 0 ? $"{entry.Value.Divisions} partitions " : "")}{(entry.Value.Rows > 0 ? $"{entry.Value.Rows} rows" : "")}").TrimEnd())));
        }
    }
}
