using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.IntegrationTests.Host;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

public sealed class PostgresMigratorTests
{
    private static readonly int All = CountMigrations();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PostgresKind.Plain, PostgresEdition.Plain, "partitioned by time")]
    [InlineData(PostgresKind.Timescale, PostgresEdition.TimescaleApache, "(Apache edition): telemetry is a hypertable")]
    internal async Task An_empty_database_gets_the_schema_and_its_edition_is_told(PostgresKind kind, PostgresEdition edition, string description)
    {
        await using var database = await PostgresTestDatabase.CreateEmptyAsync(kind);
        var outcome = await database.Migrator.MigrateAsync(Cancel);
        Assert.Equal(All, outcome.Applied);
        Assert.Contains(description, outcome.Engine, StringComparison.Ordinal);
        Assert.Equal(edition, database.Migrator.Server.Edition);
        Assert.Equal(0, (await database.Migrator.MigrateAsync(Cancel)).Applied);
    }

    [Theory]
    [InlineData(PostgresKind.Plain)]
    [InlineData(PostgresKind.Timescale)]
    public async Task The_first_schema_is_brought_up_with_what_it_holds(PostgresKind kind)
    {
        await using var database = await PostgresTestDatabase.CreateEmptyAsync(kind);
        await using (var connection = await database.Database.DataSource.OpenConnectionAsync(Cancel))
        {
            await using var db = new PostgresTelematicsDbContext(new DbContextOptionsBuilder<PostgresTelematicsDbContext>().UseNpgsql(connection).Options);
            await db.GetService<IMigrator>().MigrateAsync(db.Database.GetMigrations().First(), Cancel);
            await ExecuteAsync(connection, "INSERT INTO telemetry (vehicle_key, time, stored_at, speed) VALUES (7, '2026-01-02 03:04:05Z', '2026-01-02 03:04:05Z', 42), (7, '2026-01-02 03:54:05Z', '2026-01-02 03:04:05Z', 42)");
        }

        Assert.Equal(All - 1, (await database.Migrator.MigrateAsync(Cancel)).Applied);
        var page = await database.Store.ReadHistoryAsync(new HistoryQuery(7, 0, long.MaxValue, 10), Cancel);
        Assert.Equal([42d, 42], page.Items.Select(sample => sample.Values[SignalCatalogue.Speed]));
        Assert.Equal(1L, await ScalarAsync(database, "SELECT count(*) FROM telemetry_late_hour WHERE vehicle_key = 7 AND hour = '2026-01-02 03:00:00Z'"));
    }

    [Fact]
    public async Task Of_many_that_start_together_one_migrates()
    {
        await using var database = await PostgresTestDatabase.CreateEmptyAsync(PostgresKind.Plain);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            await using var other = new PostgresDatabase(database.ConnectionString, Options.Create(new StorageOptions()));
            return await new PostgresMigrator(other, TimeProvider.System, NullLogger<PostgresMigrator>.Instance).MigrateAsync(Cancel);
        }));
        Assert.Equal([0, 0, 0, 0, 0, All], outcomes.Select(outcome => outcome.Applied).Order());
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        await using (var connection = await database.Database.DataSource.OpenConnectionAsync(Cancel))
        {
            await ExecuteAsync(connection, """INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Future', '10.0.0')""");
        }

        var refused = await Assert.ThrowsAsync<StartupException>(async () => await database.Migrator.MigrateAsync(Cancel));
        Assert.Contains("29990101000000_Future", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Nonsense=1", "no PostgreSQL connection string")]
    [InlineData("Username=postgres", "names no Host")]
    public async Task A_wrong_connection_string_is_one_line_and_exit_code_2(string connectionString, string line)
    {
        await using var host = new HostProcess();
        host.Launch("migrate", "--data", host.DataDirectory, $"--ConnectionStrings:Telematics={connectionString}");
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains(line, Assert.Single(host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_one_line_that_says_what_to_do()
    {
        var server = await PostgresServers.GetAsync(PostgresKind.Plain);
        await using var host = new HostProcess();
        host.Launch("migrate", "--data", host.DataDirectory, $"--ConnectionStrings:Telematics={new NpgsqlConnectionStringBuilder(server) { Database = "nowhere" }.ConnectionString}");
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains("CREATE DATABASE \"nowhere\"", Assert.Single(host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_holds_a_handful_of_connections()
    {
        await using var database = await PostgresTestDatabase.CreateAsync(PostgresKind.Plain);
        await using var host = new HostProcess($"--ConnectionStrings:Telematics={database.ConnectionString}");
        await host.StartAsync(Cancel);
        await using var fleet = new CountedFleet(host, 10, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ => (await host.Http.GetAsync(new Uri("api/v1/vehicles", UriKind.Relative), Cancel)).EnsureSuccessStatusCode()));
        Assert.InRange((long)(await ScalarAsync(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'Telematics' AND pid <> pg_backend_pid()"))!, 2, 11);
    }

    private static int CountMigrations()
    {
        using var db = new PostgresDesignTimeFactory().CreateDbContext([]);
        return db.Database.GetMigrations().Count();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<object?> ScalarAsync(PostgresTestDatabase database, string sql)
    {
        await using var command = database.Database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
