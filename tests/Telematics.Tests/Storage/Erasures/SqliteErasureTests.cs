using Telematics.Storage.Sqlite;

namespace Telematics.Tests.Storage.Erasures;

public sealed class SqliteErasureTests : ErasureCompliance
{
    private TestDatabase _database = null!;

    protected override async ValueTask<ErasureBench> CreateAsync()
    {
        _database = await TestDatabase.CreateAsync();
        return new ErasureBench(_database.Database, new SqliteTelemetryStore(_database.Sqlite));
    }

    protected override ValueTask RemoveAsync() => _database.DisposeAsync();
}
