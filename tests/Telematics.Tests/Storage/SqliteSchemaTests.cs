using Microsoft.EntityFrameworkCore;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Sqlite;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class SqliteSchemaTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_migrations_make_the_schema_of_the_model()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var db = database.Database.CreateReader();
        Assert.False(db.Database.HasPendingModelChanges());
        Assert.Empty(await db.Database.GetPendingMigrationsAsync(Token));
    }

    [Theory]
    [InlineData("telemetry")]
    [InlineData("vehicle_latest")]
    public async Task There_is_a_column_for_each_signal_of_the_catalogue_in_its_order(string table)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var db = database.Database.CreateReader();
        var columns = await db.Database
            .SqlQuery<string>($"SELECT name || ' ' || type AS \"Value\" FROM pragma_table_info({table})")
            .ToListAsync(Token);
        var expected = SignalCatalogue.Signals.Select(signal =>
            $"{signal.Column} {(signal.Type is SignalType.Double or SignalType.Real ? "REAL" : "INTEGER")}");
        Assert.Equal(expected, columns.SkipWhile(column => column != "latitude REAL").TakeWhile(column => column != "other TEXT"));
    }

    [Fact]
    public async Task A_second_migration_finds_nothing_to_do()
    {
        await using var database = await TestDatabase.CreateAsync();
        var outcome = await new SqliteMigrator(database.Sqlite).MigrateAsync(Token);
        Assert.Equal(0, outcome.Applied);
    }

    [Fact]
    public async Task A_schema_of_a_newer_program_is_refused_with_what_to_do()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using (var session = await database.Database.BeginWriteAsync(Token))
        {
            await session.Db.Database.ExecuteSqlAsync($"INSERT INTO \"__EFMigrationsHistory\" VALUES ('29991231000000_Future', '10.0.15')", Token);
            await session.CommitAsync(Token);
        }

        var refused = await Assert.ThrowsAsync<StartupException>(async () => await new SqliteMigrator(database.Sqlite).MigrateAsync(Token));
        Assert.Contains("29991231000000_Future", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_are_microseconds_in_the_model_and_in_raw_SQL()
    {
        await using var database = await TestDatabase.CreateAsync();
        var at = UnixTime.ToDateTime(1_764_000_000_123_456);
        await using (var session = await database.Database.BeginWriteAsync(Token))
        {
            session.Db.GatewayInstances.Add(new GatewayInstance { Instance = "gw-1", StartedAt = at, LastBeatAt = at });
            await session.Db.SaveChangesAsync(Token);
            await using var insert = session.CreateCommand("UPDATE gateway_instance SET ended_at = @at WHERE started_at = @at");
            insert.AddParameter("@at", at);
            Assert.Equal(1, await insert.ExecuteNonQueryAsync(Token));
            Assert.Equal(1, await session.Db.Database.ExecuteSqlAsync($"UPDATE gateway_instance SET last_beat_at = {at} WHERE ended_at = {at}", Token));
            await session.CommitAsync(Token);
        }

        await using var db = database.Database.CreateReader();
        var stored = await db.GatewayInstances.SingleAsync(Token);
        Assert.Equal(at, stored.EndedAt);
        Assert.Equal(DateTimeKind.Utc, stored.StartedAt.Kind);
        Assert.Equal(1_764_000_000_123_456, await db.Database.SqlQuery<long>($"SELECT last_beat_at AS \"Value\" FROM gateway_instance").SingleAsync(Token));
    }
}
