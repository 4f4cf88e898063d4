namespace Telematics.Storage.Postgres;

/// <summary>
/// Counts the partitions or chunks that one transaction writes into. Each costs the server some locks of a table that all
/// sessions share (<c>max_locks_per_transaction</c>, some 6,400 as it comes); whoever fills it stops everybody, and would do
/// so again at every attempt.
/// </summary>
/// <param name="length">Length of a division, microseconds.</param>
internal struct DivisionSpread(long length)
{
    /// <summary>What is more comes in several transactions. At 10 minutes each, still more than a day.</summary>
    public const int Max = 256;

    private HashSet<long>? _divisions;
    private long _last = long.MinValue;

    /// <summary>Counts a row.</summary>
    /// <param name="time">Microseconds since 1970-01-01 UTC.</param>
    /// <exception cref="TransactionTooWideException">There are too many.</exception>
    public void Add(long time)
    {
        var division = time / length;
        if (division == _last)
        {
            return;
        }

        _last = division;
        _divisions ??= [];
        if (_divisions.Add(division) && _divisions.Count > Max)
        {
            throw new TransactionTooWideException($"The samples' times are spread over more than {Max} partitions of {TimeSpan.FromMicroseconds(length)} each.");
        }
    }
}
