using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Storage.Postgres;

namespace Telematics.Storage.Retention;

/// <summary>TimescaleDB's hypertables: chunks come by themselves, what is ours is their length and their end.</summary>
internal sealed class TimescaleChunks(PostgresDatabase database, PostgresMigrator migrator, DivisionLengths lengths, IOptions<StorageOptions> options, ILogger<TimescaleChunks> logger) : ITimeDivision
{
    private const string SelectLength =
        "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_schema = 'public' AND hypertable_name = @table AND dimension_type = 'Time'";

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var table in (string[])[TimeSeriesTables.Telemetry, TimeSeriesTables.Minutes, TimeSeriesTables.Hours])
        {
            await SetLengthAsync(table, lengths.Of(table), cancellationToken);
        }

        if (migrator.Server.Edition == PostgresEdition.TimescaleCommunity)
        {
            await EnableColumnstoreAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveBeforeAsync(string table, DateTime before, RetentionProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await using var change = await DivisionChange.BeginAsync(database.DataSource, cancellationToken);
            await using (var command = change.CreateCommand("SELECT count(*) FROM drop_chunks(@table::regclass, older_than => @before)", ("table", table), ("before", before)))
            {
                var dropped = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
                await change.CommitAsync(cancellationToken);
                progress.Divisions(table, (int)dropped);
            }
        }
        catch (Exception exception) when (DivisionChange.IsInUse(exception))
        {
            logger.TableInUse(table);
        }
    }

    /// <summary>Counts for chunks to come; those that are there keep theirs.</summary>
    private async Task SetLengthAsync(string table, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var change = await DivisionChange.BeginAsync(database.DataSource, cancellationToken);
        await using (var command = change.CreateCommand(SelectLength, ("table", table)))
        {
            if (await command.ExecuteScalarAsync(cancellationToken) is TimeSpan present && present == length)
            {
                return;
            }
        }

        await using (var command = change.CreateCommand("SELECT set_chunk_time_interval(@table::regclass, @length)", ("table", table), ("length", length)))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await change.CommitAsync(cancellationToken);
        logger.ChunkLengthSet(table, length);
    }

    private async Task EnableColumnstoreAsync(CancellationToken cancellationToken)
    {
        await using var change = await DivisionChange.BeginAsync(database.DataSource, cancellationToken);
        await using (var command = change.CreateCommand(TimescaleColumnstore.IsEnabled, ("table", TimeSeriesTables.Telemetry)))
        {
            if (await command.ExecuteScalarAsync(cancellationToken) is true)
            {
                return;
            }
        }

        var length = lengths.Of(TimeSeriesTables.Telemetry);
        await change.ExecuteAsync(TimescaleColumnstore.Enable(length, options.Value.ExpectedRowsPerSecond, await CountVehiclesAsync(change, cancellationToken)), cancellationToken);
        await change.ExecuteAsync(TimescaleColumnstore.AddPolicy(length), cancellationToken);
        await change.CommitAsync(cancellationToken);
    }

    private static async Task<long> CountVehiclesAsync(DivisionChange change, CancellationToken cancellationToken)
    {
        await using var command = change.CreateCommand("SELECT count(*) FROM vehicle WHERE deleted_at IS NULL");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
