using System.Globalization;
using Microsoft.Extensions.Logging;
using Telematics.Storage.Postgres;

namespace Telematics.Storage.Retention;

/// <summary>
/// PostgreSQL's own partitions by time. New ones are made days ahead; a default partition takes what fits none, and gives
/// it to a new partition that it does fit.
/// </summary>
internal sealed class DeclarativePartitions(PostgresDatabase database, DivisionLengths lengths, TimeProvider clock, ILogger<DeclarativePartitions> logger) : ITimeDivision
{
    /// <summary>Device times may be a day ahead, and the task may be away for a day.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(2);

    // The bounds are text in the session's own style, and are read back in the same session.
    private const string SelectPartitions =
        """
        SELECT name, bounds[1]::timestamptz, bounds[2]::timestamptz
        FROM (
            SELECT c.relname::text AS name, regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS bounds
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = @table::regclass) AS partitions
        WHERE bounds IS NOT NULL
        ORDER BY 3
        """;

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var table in (string[])[TimeSeriesTables.Telemetry, TimeSeriesTables.Minutes, TimeSeriesTables.Hours])
        {
            await PrepareAsync(table, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveBeforeAsync(string table, DateTime before, RetentionProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            while (await DropOldestAsync(table, before, cancellationToken))
            {
                progress.Divisions(table, 1);
            }
        }
        catch (Exception exception) when (DivisionChange.IsInUse(exception))
        {
            logger.TableInUse(table);
        }

        var outside = $"{table}_default";
        await new BatchRemoval(database).RunAsync(
            table,
            $"DELETE FROM {outside} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {outside} WHERE time < @before LIMIT @limit))",
            progress,
            cancellationToken,
            ("@before", before));
    }

    /// <summary>The partitions of a table but for the default one, the oldest first.</summary>
    internal static async Task<List<TimePartition>> ListAsync(DivisionChange change, string table, CancellationToken cancellationToken)
    {
        await using var command = change.CreateCommand(SelectPartitions, ("table", table));
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var partitions = new List<TimePartition>();
        while (await rows.ReadAsync(cancellationToken))
        {
            partitions.Add(new TimePartition(rows.GetString(0), rows.GetUtcDateTime(1), rows.GetUtcDateTime(2)));
        }

        return partitions;
    }

    private async Task PrepareAsync(string table, CancellationToken cancellationToken)
    {
        var length = lengths.Of(table);
        var made = 0;
        var end = default(DateTime);
        try
        {
            while (await MakeNextAsync(table, length, cancellationToken) is { } partition)
            {
                made++;
                end = partition.End;
            }
        }
        catch (Exception exception) when (DivisionChange.IsInUse(exception))
        {
            logger.TableInUse(table);
        }

        if (made > 0)
        {
            logger.PartitionsMade(table, made, length, end);
        }
    }

    /// <summary>Makes one partition: a transaction each, so that the locks are short.</summary>
    private async Task<TimePartition?> MakeNextAsync(string table, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var change = await DivisionChange.BeginAsync(database.DataSource, cancellationToken);
        var existing = await ListAsync(change, table, cancellationToken);
        var next = TimePartition.Next(table, existing.Count == 0 ? null : existing[^1].End, clock.GetUtcNow().UtcDateTime, length, Ahead + (2 * length));
        if (next is not { } partition)
        {
            return null;
        }

        // Filled before it is attached, with the default partition locked from before the move: attaching looks for rows
        // there that would belong here.
        await change.ExecuteAsync($"CREATE TABLE {partition.Name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", cancellationToken);
        await change.ExecuteAsync($"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE", cancellationToken);
        await change.ExecuteAsync($"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE", cancellationToken);
        await change.ExecuteAsync(
            $"WITH moved AS (DELETE FROM {table}_default WHERE time >= @start AND time < @end RETURNING *) INSERT INTO {partition.Name} SELECT * FROM moved",
            cancellationToken,
            ("start", partition.Start),
            ("end", partition.End));
        await change.ExecuteAsync($"ALTER TABLE {table} ATTACH PARTITION {partition.Name} FOR VALUES FROM ('{Literal(partition.Start)}') TO ('{Literal(partition.End)}')", cancellationToken);
        await change.CommitAsync(cancellationToken);
        return partition;
    }

    private async Task<bool> DropOldestAsync(string table, DateTime before, CancellationToken cancellationToken)
    {
        await using var change = await DivisionChange.BeginAsync(database.DataSource, cancellationToken);
        var existing = await ListAsync(change, table, cancellationToken);
        if (existing.Count == 0 || existing[0].End > before)
        {
            return false;
        }

        await change.ExecuteAsync($"DROP TABLE {existing[0].Name}", cancellationToken);
        await change.CommitAsync(cancellationToken);
        return true;
    }

    private static string Literal(DateTime utc) => string.Create(CultureInfo.InvariantCulture, $"{utc:yyyy-MM-dd HH:mm:ss.ffffff}+00");
}
