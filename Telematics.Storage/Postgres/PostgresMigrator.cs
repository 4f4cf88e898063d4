using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;
using Telematics.Contracts;

namespace Telematics.Storage.Postgres;

/// <summary>
/// Brings a PostgreSQL database to the program's schema: all missing migrations in one transaction, one process at a time.
/// </summary>
internal sealed class PostgresMigrator(PostgresDatabase database, TimeProvider clock, ILogger<PostgresMigrator> logger) : IDatabaseMigrator
{
    // date_bin came with PostgreSQL 14.
    private const int OldestVersion = 14;

    /// <summary>How long a server that does not answer yet is waited for: one that starts together with this program.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectInterval = TimeSpan.FromSeconds(1);

    private PostgresServer? _server;

    /// <inheritdoc/>
    public string Location => database.Location;

    /// <inheritdoc/>
    public string Advice => $"Check ConnectionStrings:{StorageOptions.ConnectionStringName} and that the server runs, lets this user in, and has the database (CREATE DATABASE \"{database.Settings.Database}\").";

    /// <summary>The server; after the migration.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("The database was not migrated yet.");

    /// <inheritdoc/>
    public async ValueTask<MigrationOutcome> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < OldestVersion)
        {
            throw new StartupException($"{Location} is PostgreSQL {connection.PostgreSqlVersion}; {OldestVersion} or newer is needed.");
        }

        // Of several processes that start together one migrates; the lock ends with this connection, however that ends.
        await LockAsync(connection, cancellationToken);
        await using var db = new PostgresTelematicsDbContext(new DbContextOptionsBuilder<PostgresTelematicsDbContext>().UseNpgsql(connection).Options);
        var known = db.Database.GetMigrations().ToList();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        if (applied.Except(known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new StartupException(
                $"{Location} has the schema '{unknown}', which this program does not know: it was written by a newer version. Start that version, or connect to another database.");
        }

        if (applied.Count == 0)
        {
            await CreateExtensionAsync(connection, cancellationToken);
        }

        if (applied.Count < known.Count)
        {
            await ApplyAsync(db, connection, applied.LastOrDefault(), cancellationToken);
        }

        _server = await PostgresServer.DetectAsync(connection, cancellationToken);
        return new MigrationOutcome(known[^1], known.Count - applied.Count, _server.Describe());
    }

    private static async Task ApplyAsync(PostgresTelematicsDbContext db, NpgsqlConnection connection, string? from, CancellationToken cancellationToken)
    {
        var script = db.GetService<IMigrator>().GenerateScript(from, toMigration: null, MigrationsSqlGenerationOptions.NoTransactions);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandTimeout = 0;
#pragma warning disable CA2100 // EF Core's script of this program's migrations
        command.CommandText = script;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>TimescaleDB where it is installed and may be created; else the tables are partitioned.</summary>
    private async Task CreateExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var available = connection.CreateCommand();
        available.CommandText = "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb' AND installed_version IS NULL";
        if ((long)(await available.ExecuteScalarAsync(cancellationToken))! == 0)
        {
            return;
        }

        try
        {
            await using var create = connection.CreateCommand();
            create.CommandText = "CREATE EXTENSION IF NOT EXISTS timescaledb";
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (!PostgresErrors.IsUnavailable(exception))
        {
            logger.TimescaleRefused(exception.MessageText);
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var hasSaid = false;
        while (true)
        {
            // Its lock ends when it is closed. A migration takes what it takes.
            var connection = database.CreateOwnConnection("migration", hasTimeLimit: false);
            try
            {
                await connection.OpenAsync(cancellationToken);
                return connection;
            }
            catch (NpgsqlException exception) when (IsStarting(exception) && clock.GetElapsedTime(began) < ConnectPatience)
            {
                await connection.DisposeAsync();
                if (!hasSaid)
                {
                    logger.WaitingForDatabase(Location, ConnectPatience.TotalSeconds, exception.Message);
                    hasSaid = true;
                }

                await Task.Delay(ConnectInterval, clock, cancellationToken);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Nobody listens yet, or the server says that it starts (57P03); a wrong password or name does not get right by waiting.</summary>
    private static bool IsStarting(NpgsqlException exception) =>
        exception is PostgresException postgres ? postgres.SqlState == PostgresErrorCodes.CannotConnectNow : exception.IsTransient;

    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_advisory_lock(@key)";
        command.AddParameter("@key", AdvisoryLocks.Migration);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
