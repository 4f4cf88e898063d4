using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Telematics.Storage;
using Telematics.Storage.Rollups;
using Telematics.Storage.Sqlite;
using Xunit;

namespace Telematics.Tests.Storage.Rollups;

public sealed class SqliteRollupTests : RollupCompliance
{
    private TestDatabase _database = null!;
    private ITelemetryStore _store = null!;

    protected override ITelematicsDatabase Database => _database.Database;

    protected override ITelemetryStore Store => _store;

    internal override IRollupStore RollupStore { get; } = new SqliteRollupStore();

    [Fact]
    public async Task The_migration_of_a_file_with_telemetry_notes_its_hours()
    {
        var token = TestContext.Current.CancellationToken;
        var directory = Directory.CreateTempSubdirectory("telematics-db-").FullName;
        var old = $"Data Source={Path.Combine(directory, "telematics.db")};Pooling=False";
        await using (var db = new SqliteTelematicsDbContext(new DbContextOptionsBuilder<SqliteTelematicsDbContext>().UseSqlite(old).Options))
        {
            await db.GetService<IMigrator>().MigrateAsync("20261124000000_Initial", token);
            await db.Database.ExecuteSqlAsync($"INSERT INTO telemetry (vehicle_key, time, stored_at) VALUES (1, 3600000000, 1), (1, 7199999999, 1), (1, 7200000000, 1), (2, -1, 1), (2, 9000000000000000, 1)", token);
        }

        await using var database = await TestDatabase.OpenAsync(directory);
        await using var reader = database.Database.CreateReader();
        Assert.Equal(
            ["1 3600000000", "1 7200000000", "2 -3600000000"],
            await reader.Database.SqlQuery<string>($"SELECT vehicle_key || ' ' || hour AS \"Value\" FROM telemetry_late_hour").OrderBy(note => note).ToListAsync(token));
    }

    protected override async ValueTask CreateDatabaseAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new SqliteTelemetryStore(_database.Sqlite);
    }

    protected override ValueTask DropDatabaseAsync() => _database.DisposeAsync();
}
