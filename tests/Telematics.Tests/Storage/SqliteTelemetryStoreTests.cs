using Telematics.Storage;
using Telematics.Storage.Sqlite;

namespace Telematics.Tests.Storage;

public sealed class SqliteTelemetryStoreTests : TelemetryStoreCompliance
{
    private TestDatabase _database = null!;
    private ITelemetryStore _store = null!;

    protected override ITelematicsDatabase Database => _database.Database;

    protected override ITelemetryStore Store => _store;

    public override async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new SqliteTelemetryStore(_database.Sqlite);
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();
}
