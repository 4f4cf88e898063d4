using System.Data.Common;

namespace Telematics.Storage.Postgres;

/// <summary>The duplicate counters' six columns in a row.</summary>
internal static class CounterColumns
{
    /// <summary>Reads them, from column <paramref name="first"/> on.</summary>
    public static SequenceCounters Read(DbDataReader row, int first)
    {
        var counters = default(SequenceCounters);
        if (!row.IsDBNull(first))
        {
            counters.HasFirst = true;
            (counters.FirstBoot, counters.FirstSeq, counters.FirstSeen) = (row.GetInt64(first), row.GetInt64(first + 1), unchecked((ulong)row.GetInt64(first + 2)));
        }

        if (!row.IsDBNull(first + 3))
        {
            counters.HasSecond = true;
            (counters.SecondBoot, counters.SecondSeq, counters.SecondSeen) = (row.GetInt64(first + 3), row.GetInt64(first + 4), unchecked((ulong)row.GetInt64(first + 5)));
        }

        return counters;
    }
}
