using Microsoft.Extensions.Logging.Abstractions;
using Telematics.IntegrationTests.Postgres;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Telematics.Storage.Registry;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Storage;

/// <summary>What the linked suites call their database: here one on PostgreSQL, with TimescaleDB for a class with its <see cref="TimescaleTrait"/>.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>Name of the trait of a class whose databases are on the server with TimescaleDB.</summary>
    public const string TimescaleTrait = "TimescaleDB";

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
        new(await PostgresTestDatabase.CreateAsync(Kind), clock ?? TimeProvider.System);

    private static PostgresKind Kind =>
        TestContext.Current.TestClass?.Traits.ContainsKey(TimescaleTrait) == true ? PostgresKind.Timescale : PostgresKind.Plain;

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
