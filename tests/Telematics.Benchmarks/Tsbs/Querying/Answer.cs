using System.Globalization;
using Npgsql;

namespace Telematics.Benchmarks.Tsbs.Querying;

/// <summary>The rows of an answer, in an order of their own, so that two can be compared.</summary>
internal sealed class Answer
{
    /// <summary>Sums of decimals depend on the order of the rows; a real has seven digits.</summary>
    private const double Tolerance = 1e-6;

    private readonly List<object?[]> _rows = [];

    private Answer()
    {
    }

    public int Count => _rows.Count;

    public static async Task<Answer> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var answer = new Answer();
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.GetValue(i) switch
                {
                    DBNull => null,
                    string text => text,
                    DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
                    TimeSpan span => span.TotalSeconds,
                    IConvertible number => number.ToDouble(CultureInfo.InvariantCulture),
                    var other => throw new InvalidOperationException($"A column of the type {other.GetType()} is not expected."),
                };
            }

            answer._rows.Add(row);
        }

        answer._rows.Sort(Compare);
        return answer;
    }

    /// <summary>The first difference for people; null = none.</summary>
    public string? FindDifference(Answer other)
    {
        for (var i = 0; i < Math.Min(Count, other.Count); i++)
        {
            if (!_rows[i].Zip(other._rows[i]).All(pair => IsSame(pair.First, pair.Second)))
            {
                return $"({Format(_rows[i])}) against ({Format(other._rows[i])})";
            }
        }

        return Count == other.Count ? null : $"{Count} rows against {other.Count}, the next one is ({Format(Count > other.Count ? _rows[other.Count] : other._rows[Count])})";
    }

    private static bool IsSame(object? a, object? b) => a is double x && b is double y
        ? Math.Abs(x - y) <= Tolerance * Math.Max(1, Math.Abs(x))
        : Equals(a, b);

    /// <summary>By what names a row first: numbers may differ in the last digit.</summary>
    private static int Compare(object?[] a, object?[] b)
    {
        var order = 0;
        for (var i = 0; i < a.Length && order == 0; i++)
        {
            order = string.CompareOrdinal(a[i] as string, b[i] as string);
        }

        for (var i = 0; i < a.Length && order == 0; i++)
        {
            order = Nullable.Compare(a[i] as double?, b[i] as double?);
        }

        return order;
    }

    private static string Format(object?[] row) => string.Join(", ", row.Select(value => Convert.ToString(value ?? "NULL", CultureInfo.InvariantCulture)));
}
