using Telematics.Tests.Storage.Erasures;

namespace Telematics.IntegrationTests.Postgres;

public abstract class PostgresErasureTests(PostgresKind kind) : ErasureCompliance
{
    private PostgresTestDatabase? _database;

    protected override async ValueTask<ErasureBench> CreateAsync()
    {
        _database = await PostgresTestDatabase.CreateAsync(kind);
        return new ErasureBench(_database.Database, _database.Store);
    }

    protected override ValueTask RemoveAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}

public sealed class PlainPostgresErasureTests() : PostgresErasureTests(PostgresKind.Plain);

public sealed class TimescaleErasureTests() : PostgresErasureTests(PostgresKind.Timescale);
