using Telematics.Storage;
using Telematics.Tests.Storage;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresTelemetryStoreTests(PostgresKind kind) : TelemetryStoreCompliance
{
    private PostgresTestDatabase _database = null!;

    protected override ITelematicsDatabase Database => _database.Database;

    protected override ITelemetryStore Store => _database.Store;

    public override async ValueTask InitializeAsync() => _database = await PostgresTestDatabase.CreateAsync(kind);

    public override ValueTask DisposeAsync() => _database is null ? ValueTask.CompletedTask : _database.DisposeAsync();
}

public sealed class PlainPostgresTelemetryStoreTests() : PostgresTelemetryStoreTests(PostgresKind.Plain);

public sealed class TimescaleTelemetryStoreTests() : PostgresTelemetryStoreTests(PostgresKind.Timescale);
