using System.Data.Common;
using Telematics.Contracts.Telemetry;

namespace Telematics.Storage;

/// <summary>The signals' columns in rows that bypass EF Core.</summary>
internal static class SignalColumns
{
    private static readonly bool[] Integers =
        [.. SignalCatalogue.Signals.Select(signal => signal.Type is not (SignalType.Double or SignalType.Real))];

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
                values[i] = Integers[i] ? row.GetInt64(first + i) : row.GetDouble(first + i);
            }
        }

        return values;
    }
}
