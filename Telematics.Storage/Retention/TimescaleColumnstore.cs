using System.Globalization;

namespace Telematics.Storage.Retention;

/// <summary>
/// The columnstore of TimescaleDB's Community edition. The statements follow its documentation of version 2.20 and later;
/// they were not run against a Community server here, only their text is tested.
/// </summary>
internal static class TimescaleColumnstore
{
    /// <summary>Below so many rows of a vehicle in a chunk, a segment of its own for each vehicle packs badly (measured: 60 rows a third, 1,000 rows a sixth of the size).</summary>
    private const double SegmentRows = 100;

    /// <summary>Whether it is enabled for the table <c>@table</c>.</summary>
    public const string IsEnabled =
        "SELECT compression_enabled FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public' AND hypertable_name = @table";

    /// <summary>Enables it for samples, which reads ask for by vehicle and time.</summary>
    /// <param name="chunk">Length of a chunk.</param>
    /// <param name="rowsPerSecond">Rows expected.</param>
    /// <param name="vehicles">Vehicles that they are of; 0 = unknown yet, taken for few.</param>
    public static string Enable(TimeSpan chunk, int rowsPerSecond, long vehicles) =>
        chunk.TotalSeconds * rowsPerSecond / Math.Max(1, vehicles) >= SegmentRows
            ? "ALTER TABLE telemetry SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'vehicle_key', timescaledb.orderby = 'time DESC')"
            : "ALTER TABLE telemetry SET (timescaledb.enable_columnstore, timescaledb.orderby = 'vehicle_key, time DESC')";

    /// <summary>Chunks go there when late samples have mostly come: two lengths behind the newest.</summary>
    public static string AddPolicy(TimeSpan chunk) => string.Create(
        CultureInfo.InvariantCulture,
        $"CALL add_columnstore_policy('telemetry', after => INTERVAL '{2 * chunk.TotalMinutes:0} minutes', if_not_exists => true)");
}
