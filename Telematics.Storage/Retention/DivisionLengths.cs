using Microsoft.Extensions.Options;

namespace Telematics.Storage.Retention;

/// <summary>
/// How long a partition or chunk is. An insert into the newest one walks its index at random: measured, it costs twice as
/// much when that holds 40 million rows instead of 20, and far more when it is not in memory.
/// </summary>
internal sealed class DivisionLengths(IOptions<StorageOptions> options)
{
    private const double Rows = 20_000_000;
    private const double BytesPerRow = 150;
    private const double ShareOfMemory = 0.25;

    /// <summary>Samples of a car in a minute that has any, at the usual period of 10 s.</summary>
    private const double SamplesPerMinute = 6;

    /// <summary>Divisors of a day that make or fill whole hours, in minutes.</summary>
    private static readonly int[] Choices = [1_440, 720, 480, 360, 240, 180, 120, 60, 30, 20, 15, 12, 10];

    private readonly StorageOptions _options = options.Value;

    /// <summary>The length for a table of <see cref="TimeSeriesTables"/>.</summary>
    public TimeSpan Of(string table) => table switch
    {
        TimeSeriesTables.Telemetry => Of(_options.ExpectedRowsPerSecond, _options.DatabaseMemoryMebibytes),
        TimeSeriesTables.Minutes => Of(_options.ExpectedRowsPerSecond / SamplesPerMinute, _options.DatabaseMemoryMebibytes),
        _ => TimeSpan.FromDays(7),
    };

    /// <summary>
    /// The time in which 20 million rows arrive, or so many as take a quarter of the database's memory, rounded down to a
    /// divisor of a day; at least 10 minutes.
    /// </summary>
    /// <param name="rowsPerSecond">Above 0.</param>
    /// <param name="memoryMebibytes">0 = unknown.</param>
    internal static TimeSpan Of(double rowsPerSecond, int memoryMebibytes)
    {
        var rows = memoryMebibytes == 0 ? Rows : Math.Min(Rows, memoryMebibytes * 1_048_576.0 * ShareOfMemory / BytesPerRow);
        var minutes = rows / rowsPerSecond / 60;
        foreach (var choice in Choices)
        {
            if (choice <= minutes)
            {
                return TimeSpan.FromMinutes(choice);
            }
        }

        return TimeSpan.FromMinutes(Choices[^1]);
    }
}
