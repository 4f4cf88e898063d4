using System.Globalization;
using Telematics.Benchmarks.Database;

namespace Telematics.Benchmarks.Tsbs.Loading;

/// <summary>Fills <c>telemetry_1m</c> and <c>telemetry_1h</c> from <c>telemetry</c>.</summary>
internal static class Rollups
{
    private const string Columns = "vehicle_key, time, first_time, last_time, speed_sum, speed_last_time, first_latitude, first_longitude, first_position_time, last_latitude, last_longitude, last_position_time, samples, speed_count, speed_min, speed_max, speed_last, power_count";

    /// <param name="database">Ours are in it.</param>
    /// <param name="from">A whole hour, UTC.</param>
    /// <param name="to">Where the samples end, UTC.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task FillAsync(BenchmarkDatabase database, DateTime from, DateTime to, CancellationToken cancellationToken)
    {
        var progress = new ProgressLine($"{database.Facts.Database}, rollups, hours", (long)(to - from).TotalHours);

        // The samples have neither distance nor power, so those columns stay empty.
        for (var hour = from; hour < to; hour = hour.AddHours(1))
        {
            await database.ExecuteAsync(Fill("telemetry_1m", "1 minute", hour) + ";" + Fill("telemetry_1h", "1 hour", hour), cancellationToken);
            progress.Add(1);
        }

        await database.ExecuteAsync("ANALYZE telemetry_1m; ANALYZE telemetry_1h", cancellationToken);
    }

    private static string Fill(string table, string step, DateTime hour)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            INSERT INTO {table} ({Columns})
            SELECT vehicle_key, date_bin('{step}', time, '2000-01-01 00:00:00+00') AS step, min(time), max(time), sum(speed::float8),
            max(time) FILTER (WHERE speed IS NOT NULL),
            {First("latitude", "")}, {First("longitude", "")}, min(time) FILTER (WHERE latitude IS NOT NULL AND longitude IS NOT NULL),
            {First("latitude", " DESC")}, {First("longitude", " DESC")}, max(time) FILTER (WHERE latitude IS NOT NULL AND longitude IS NOT NULL),
            count(*), count(speed), min(speed), max(speed), (array_agg(speed ORDER BY time DESC) FILTER (WHERE speed IS NOT NULL))[1], 0
            FROM telemetry WHERE time >= '{hour:yyyy-MM-dd HH:mm:ss}+00' AND time < '{hour.AddHours(1):yyyy-MM-dd HH:mm:ss}+00'
            GROUP BY vehicle_key, step
            """);

        static string First(string column, string order) =>
            $"(array_agg({column} ORDER BY time{order}) FILTER (WHERE latitude IS NOT NULL AND longitude IS NOT NULL))[1]";
    }
}
