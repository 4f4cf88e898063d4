using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Storage;
using Telematics.Storage.Registry;
using Telematics.Storage.Rollups;
using Telematics.Storage.Sqlite;

namespace Telematics.Tests.Storage;

/// <summary>A migrated SQLite database in a folder of its own, gone when disposed. Its clock is the caller's.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly SqliteDatabase _database;

    private TestDatabase(string directory, StorageOptions options, TimeProvider clock)
    {
        Directory = directory;
        Options = options;
        Clock = clock;
        _database = new SqliteDatabase(Microsoft.Extensions.Options.Options.Create(options));
        Registry = new VehicleRegistry(_database, clock, NullLogger<VehicleRegistry>.Instance);
        ApiKeys = new ApiKeys(_database, clock, NullLogger<ApiKeys>.Instance);
    }

    public string Directory { get; }

    public StorageOptions Options { get; }

    public TimeProvider Clock { get; }

    public ITelematicsDatabase Database => _database;

    public VehicleRegistry Registry { get; }

    public ApiKeys ApiKeys { get; }

    internal SqliteDatabase Sqlite => _database;

    internal ITelemetryStore Store => new SqliteTelemetryStore(_database);

    internal static LateTelemetry Late => new(new SqliteRollupStore());

    /// <summary>Makes a database.</summary>
    public static async Task<TestDatabase> CreateAsync(TimeProvider? clock = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("telematics-db-").FullName;
        return await OpenAsync(directory, clock);
    }

    /// <summary>Opens (and migrates) the database of a folder.</summary>
    public static async Task<TestDatabase> OpenAsync(string directory, TimeProvider? clock = null)
    {
        var database = new TestDatabase(directory, new StorageOptions { DataDirectory = directory, BusyTimeoutMilliseconds = 500 }, clock ?? TimeProvider.System);
        await new SqliteMigrator(database._database).MigrateAsync(CancellationToken.None);
        return database;
    }

    /// <summary>Closes the file and leaves it.</summary>
    public ValueTask CloseAsync() => _database.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
