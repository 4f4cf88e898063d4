using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Telematics.IntegrationTests.Host;
using Telematics.Storage;
using Telematics.Storage.Postgres;
using Xunit;

namespace Telematics.IntegrationTests.Postgres;

/// <summary>A database of its own on a real server, migrated, and dropped when disposed.</summary>
internal sealed class PostgresTestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<PostgresKind, Lazy<Task<string>>> Templates = new();

    private readonly string _server;
    private readonly string _name;

    private PostgresTestDatabase(string server, string name)
    {
        _server = server;
        _name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = true }.ConnectionString;
        Options = new StorageOptions();
        Database = new PostgresDatabase(ConnectionString, Microsoft.Extensions.Options.Options.Create(Options));
        Migrator = new PostgresMigrator(Database, TimeProvider.System, NullLogger<PostgresMigrator>.Instance);
        Store = new PostgresTelemetryStore(Database);
    }

    public string ConnectionString { get; }

    public StorageOptions Options { get; }

    public PostgresDatabase Database { get; }

    public PostgresMigrator Migrator { get; }

    public PostgresTelemetryStore Store { get; }

    /// <summary>Makes a database without any schema.</summary>
    public static async Task<PostgresTestDatabase> CreateEmptyAsync(PostgresKind kind)
    {
        var server = await PostgresServers.GetAsync(kind);
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync(server, $"CREATE DATABASE {name}");
        if (kind == PostgresKind.Timescale)
        {
            await ExecuteAsync(new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString, "CREATE EXTENSION IF NOT EXISTS timescaledb");
        }

        return new PostgresTestDatabase(server, name);
    }

    /// <summary>Makes a migrated database.</summary>
    public static async Task<PostgresTestDatabase> CreateAsync(PostgresKind kind)
    {
        var server = await PostgresServers.GetAsync(kind);
        var template = await Templates.GetOrAdd(kind, static kind => new Lazy<Task<string>>(() => CreateTemplateAsync(kind))).Value;
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync(server, $"CREATE DATABASE {name} TEMPLATE {template}");
        var database = new PostgresTestDatabase(server, name);
        await database.Migrator.MigrateAsync(TestContext.Current.CancellationToken);
        return database;
    }

    /// <summary>A host, not started, on a database of its own without any schema.</summary>
    public static async Task<HostProcess> CreateHostAsync(PostgresKind kind, params string[] settings)
    {
        var database = await CreateEmptyAsync(kind);
        return new HostProcess([$"--ConnectionStrings:Telematics={database.ConnectionString}", .. settings]) { Database = database };
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await ExecuteAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)");
    }

    /// <summary>A migrated database that the others are copied from: quicker than migrating each. It stays until the server goes.</summary>
    private static async Task<string> CreateTemplateAsync(PostgresKind kind)
    {
        var database = await CreateEmptyAsync(kind);
        await database.Migrator.MigrateAsync(CancellationToken.None);
        if (kind == PostgresKind.Timescale)
        {
            await ExecuteAsync(database.ConnectionString, "SELECT _timescaledb_functions.stop_background_workers()");
        }

        await database.Database.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(database._server, $"ALTER DATABASE {database._name} ALLOW_CONNECTIONS false");

        // A background worker of TimescaleDB may have come in between; a database with a guest is no template.
        await ExecuteAsync(database._server, $"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database._name}'");
        return database._name;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
