using Microsoft.Extensions.Logging.Abstractions;
using Telematics.IntegrationTests.Postgres;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Storage.Registry;
using Telematics.Storage.Rollups;

namespace Telematics.Tests.Storage;

/// <summary>What the linked suites call their database: here one on plain PostgreSQL.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly PostgresTestDatabase _database;

    private TestDatabase(PostgresTestDatabase database, TimeProvider clock)
    {
        _database = database;
        Clock = clock;
        Registry = new VehicleRegistry(database.Database, clock, NullLogger<VehicleRegistry>.Instance);
        ApiKeys = new ApiKeys(database.Database, clock, NullLogger<ApiKeys>.Instance);
    }

    public StorageOptions Options => _database.Options;

    public TimeProvider Clock { get; }

    public ITelematicsDatabase Database => _database.Database;

    public VehicleRegistry Registry { get; }

    public ApiKeys ApiKeys { get; }

    internal ITelemetryStore Store => _database.Store;

    internal static LateTelemetry Late => new(new PostgresRollupStore());

    /// <summary>Makes a database.</summary>
    public static async Task<TestDatabase> CreateAsync(TimeProvider? clock = null) =>
        new(await PostgresTestDatabase.CreateAsync(PostgresKind.Plain), clock ?? TimeProvider.System);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
