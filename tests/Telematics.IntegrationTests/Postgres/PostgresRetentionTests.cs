using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Storage.Retention;
using Telematics.Storage.Rollups;
using Telematics.Tests.Storage.Retention;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresRetentionTests(PostgresKind kind) : RetentionCompliance
{
    private PostgresTestDatabase? _database;

    protected override ITelematicsDatabase Database => Server.Database;

    private protected PostgresTestDatabase Server => _database!;

    private protected override ITimeDivision Division => DivisionOf(Server.Options);

    protected override ITelemetryStore Store => Server.Store;

    private protected override IRollupStore RollupStore { get; } = new PostgresRollupStore();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync() => _database = await PostgresTestDatabase.CreateAsync(kind);

    public override ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected PostgresTimeDivision DivisionOf(StorageOptions storage)
    {
        var options = Options.Create(storage);
        var lengths = new DivisionLengths(options);
        return new PostgresTimeDivision(
            Server.Migrator,
            new DeclarativePartitions(Server.Database, lengths, Clock, NullLogger<DeclarativePartitions>.Instance),
            new TimescaleChunks(Server.Database, Server.Migrator, lengths, options, NullLogger<TimescaleChunks>.Instance));
    }

    private protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Server.Database.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}

/// <summary>TimescaleDB's chunks.</summary>
public sealed class TimescaleRetentionTests() : PostgresRetentionTests(PostgresKind.Timescale)
{
    [Fact]
    public async Task Chunks_get_the_length_of_the_rule_and_only_when_it_differs()
    {
        await Division.PrepareAsync(Cancel);
        await Division.PrepareAsync(Cancel);
        Assert.Equal(TimeSpan.FromHours(4), await LengthAsync("telemetry"));
        Assert.Equal(TimeSpan.FromDays(1), await LengthAsync("telemetry_1m"));
        Assert.Equal(TimeSpan.FromDays(7), await LengthAsync("telemetry_1h"));
        await DivisionOf(new StorageOptions { ExpectedRowsPerSecond = 10_000 }).PrepareAsync(Cancel);
        Assert.Equal(TimeSpan.FromMinutes(30), await LengthAsync("telemetry"));
    }

    private Task<TimeSpan> LengthAsync(string table) =>
        ScalarAsync<TimeSpan>($"SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = '{table}'");
}

/// <summary>PostgreSQL's own partitions.</summary>
public sealed class PlainPostgresRetentionTests() : PostgresRetentionTests(PostgresKind.Plain)
{
    [Fact]
    public async Task Partitions_are_there_for_the_next_days_and_rows_go_into_them()
    {
        await Division.PrepareAsync(Cancel);
        Assert.Equal(16, await PartitionsAsync("telemetry"));
        Assert.Equal(6, await PartitionsAsync("telemetry_1m"));
        Assert.Equal(5, await PartitionsAsync("telemetry_1h"));
        await AddVehiclesAsync(2);
        await AddSamplesAsync(Now);
        await AddSamplesAsync(Now.AddHours(24));
        await AddBucketsAsync("telemetry_1m", Now);
        await AddBucketsAsync("telemetry_1h", Now);
        Assert.Equal(0, await CountAsync("telemetry_default"));
        Assert.Equal(0, await CountAsync("telemetry_1m_default"));
        Assert.Equal(0, await CountAsync("telemetry_1h_default"));
        Assert.Equal(2, await CountAsync("telemetry_p20261124_1600"));
        Assert.Equal(16L, await ScalarAsync<long>("SELECT count(*) FROM pg_index i JOIN pg_inherits p ON p.inhrelid = i.indexrelid WHERE p.inhparent = 'ix_telemetry_vehicle_key_time'::regclass AND i.indrelid <> 'telemetry_default'::regclass"));
    }

    [Fact]
    public async Task Time_goes_on_and_so_do_the_partitions()
    {
        await Division.PrepareAsync(Cancel);
        await Division.PrepareAsync(Cancel);
        var before = await PartitionsAsync("telemetry");
        Clock.Advance(TimeSpan.FromHours(8));
        await Division.PrepareAsync(Cancel);
        Assert.Equal(before + 2, await PartitionsAsync("telemetry"));
    }

    [Fact]
    public async Task Rows_of_the_default_partition_move_into_a_new_one_that_they_belong_to()
    {
        await AddVehiclesAsync(3);
        await AddSamplesAsync(Now);
        await AddSamplesAsync(Now.AddDays(-10));
        await AddBucketsAsync("telemetry_1m", Now);
        Assert.Equal(6, await CountAsync("telemetry_default"));
        await Division.PrepareAsync(Cancel);
        Assert.Equal(3, await CountAsync("telemetry_default"));
        Assert.Equal(3, await CountAsync("telemetry_p20261124_1600"));
        Assert.Equal(0, await CountAsync("telemetry_1m_default"));
        Assert.Equal(6, await CountAsync("telemetry"));
    }

    [Fact]
    public async Task A_change_of_the_rule_keeps_what_is_there_and_goes_on_behind_it()
    {
        await Division.PrepareAsync(Cancel);
        Clock.Advance(TimeSpan.FromHours(2));
        await DivisionOf(new StorageOptions { ExpectedRowsPerSecond = 10_000 }).PrepareAsync(Cancel);
        Assert.Equal(16, await PartitionsAsync("telemetry"));
        Clock.Advance(TimeSpan.FromHours(12));
        await DivisionOf(new StorageOptions { ExpectedRowsPerSecond = 10_000 }).PrepareAsync(Cancel);
        var last = await ScalarAsync<string>("SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'telemetry'::regclass AND inhrelid <> 'telemetry_default'::regclass");
        Assert.Equal("telemetry_p20261127_0900", last);
    }

    [Fact]
    public async Task Processes_that_prepare_at_once_do_not_collide()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Division.PrepareAsync(Cancel)));
        Assert.Equal(16, await PartitionsAsync("telemetry"));
    }

    [Fact]
    public async Task While_somebody_has_the_table_partitions_wait_for_the_next_time_and_nobody_waits_for_them()
    {
        await using var holder = await Server.Database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using var command = holder.CreateCommand();
        command.CommandText = "SELECT count(*) FROM telemetry_default";
        await command.ExecuteScalarAsync(Cancel);
        await Division.PrepareAsync(Cancel);
        Assert.Equal(0, await PartitionsAsync("telemetry"));
        Assert.Equal(6, await PartitionsAsync("telemetry_1m"));
        await transaction.CommitAsync(Cancel);
        await Division.PrepareAsync(Cancel);
        Assert.Equal(16, await PartitionsAsync("telemetry"));
    }

    [Fact]
    public async Task Only_partitions_that_end_before_the_horizon_are_dropped_and_single_rows_of_the_default_one()
    {
        await Division.PrepareAsync(Cancel);
        await AddVehiclesAsync(2);
        await AddSamplesAsync(Now.AddDays(-10));
        await AddSamplesAsync(Now);
        var before = await PartitionsAsync("telemetry");

        // The horizon is then 10:00 of the 25th, in the midst of the partition from 08:00 to 12:00.
        Clock.Advance(TimeSpan.FromHours(39.75));
        await RunAsync(new RetentionOptions { TelemetryDays = 1 });
        Assert.Equal(before - 5, await PartitionsAsync("telemetry"));
        Assert.Equal(0, await CountAsync("telemetry"));
        Assert.Equal("telemetry_p20261125_0800", await ScalarAsync<string>("SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'telemetry'::regclass AND inhrelid <> 'telemetry_default'::regclass"));
    }

    private DateTime Now => Clock.GetUtcNow().UtcDateTime;

    private Task<long> PartitionsAsync(string table) =>
        ScalarAsync<long>($"SELECT count(*) FROM pg_inherits WHERE inhparent = '{table}'::regclass AND inhrelid <> '{table}_default'::regclass");
}
