using System.Data.Common;
using Microsoft.Data.Sqlite;
using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>The signals' columns in rows that bypass EF Core.</summary>
internal static class SignalColumns
{
    private static readonly bool[] Integers =
        [.. SignalCatalogue.Signals.Select(signal => signal.Type is not (SignalType.Double or SignalType.Real))];

    private static readonly SignalType[] Types = [.. SignalCatalogue.Signals.Select(signal => signal.Type)];

    /// <summary>The type of a signal's column.</summary>
    public static SignalType TypeOf(int signal) => Types[signal];

    /// <summary>Whether a signal's column holds whole numbers.</summary>
    public static bool IsInteger(int signal) => Integers[signal];

    /// <summary>One mark a signal; null = all.</summary>
    public static bool[]? Wanted(IReadOnlyList<int>? signals)
    {
        if (signals is null)
        {
            return null;
        }

        var wanted = new bool[SignalCatalogue.Count];
        foreach (var signal in signals)
        {
            wanted[signal] = true;
        }

        return wanted;
    }

    /// <summary>Reads the signals of a row, whose columns stand together in the catalogue's order.</summary>
    public static SignalValues Read(DbDataReader row, int first, bool[]? wanted)
    {
        var values = SignalValues.None;
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            if ((wanted is null || wanted[i]) && !row.IsDBNull(first + i))
            {
                values[i] = row is SqliteDataReader ? ReadSqlite(row, i, first + i) : ReadTyped(row, i, first + i);
            }
        }

        return values;
    }

    private static double ReadSqlite(DbDataReader row, int signal, int column) =>
        Integers[signal] ? row.GetInt64(column) : row.GetDouble(column);

    private static double ReadTyped(DbDataReader row, int signal, int column) => Types[signal] switch
    {
        SignalType.Double => row.GetDouble(column),

        // By way of the decimal: 63.51, as it was sent, and not the nearest binary fraction of 32 bits.
        SignalType.Real => (double)(decimal)row.GetFloat(column),
        SignalType.Boolean => row.GetBoolean(column) ? 1 : 0,
        _ => row.GetInt64(column),
    };
}
