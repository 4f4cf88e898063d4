using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Storage.Rollups;
using Telematics.Tests.Storage.Rollups;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresRollupTests(PostgresKind kind) : RollupCompliance
{
    private PostgresTestDatabase? _database;

    protected override ITelematicsDatabase Database => _database!.Database;

    protected override ITelemetryStore Store => _database!.Store;

    internal override IRollupStore RollupStore { get; } = new PostgresRollupStore();

    protected override async ValueTask CreateDatabaseAsync() => _database = await PostgresTestDatabase.CreateAsync(kind);

    protected override ValueTask DropDatabaseAsync() => _database is null ? ValueTask.CompletedTask : _database.DisposeAsync();
}

public sealed class PlainPostgresRollupTests() : PostgresRollupTests(PostgresKind.Plain);

public sealed class TimescaleRollupTests() : PostgresRollupTests(PostgresKind.Timescale);
