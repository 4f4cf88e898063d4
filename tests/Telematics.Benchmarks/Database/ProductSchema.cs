using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Postgres;

namespace Telematics.Benchmarks.Database;

/// <summary>The product's tables in a benchmark's database.</summary>
internal static class ProductSchema
{
    /// <summary>
    /// The migrations alone: the program's own start would also create TimescaleDB's extension where it is installed, and
    /// here a database without it is to stay without it.
    /// </summary>
    /// <param name="database">Where.</param>
    /// <param name="from">Where the data's time begins, UTC.</param>
    /// <param name="to">Where it ends, UTC.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task CreateAsync(BenchmarkDatabase database, DateTime from, DateTime to, CancellationToken cancellationToken)
    {
        await using (var connection = await database.Source.OpenConnectionAsync(cancellationToken))
        {
            await using var db = new PostgresTelematicsDbContext(new DbContextOptionsBuilder<PostgresTelematicsDbContext>().UseNpgsql(connection).Options);
            await db.Database.MigrateAsync(cancellationToken);
        }

        if (!database.Facts.IsTimescale)
        {
            foreach (var table in (string[])["telemetry", "telemetry_1m", "telemetry_1h"])
            {
                await CreatePartitionsAsync(database, table, from, to, cancellationToken);
            }
        }
    }

    /// <summary>Partitions of a day, as the program keeps them; else the default partition would get everything.</summary>
    private static async Task CreatePartitionsAsync(BenchmarkDatabase database, string table, DateTime from, DateTime to, CancellationToken cancellationToken)
    {
        for (var day = from.Date; day < to; day = day.AddDays(1))
        {
            await database.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {table}_{day:yyyyMMdd} PARTITION OF {table} FOR VALUES FROM ('{day:yyyy-MM-dd} 00:00:00+00') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00:00+00')"),
                cancellationToken);
        }
    }
}
