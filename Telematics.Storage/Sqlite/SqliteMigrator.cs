using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Telematics.Contracts;

namespace Telematics.Storage.Sqlite;

/// <summary>
/// Brings the file to the program's schema: all missing migrations in one transaction. EF Core's own way leaves a row in
/// a lock table when the process is killed at it, and the next start would wait for ever; here the lock is SQLite's, and
/// a kill leaves either schema whole.
/// </summary>
internal sealed class SqliteMigrator(SqliteDatabase database) : IDatabaseMigrator
{
    /// <inheritdoc/>
    public string Location => $"SQLite file {database.Path}";

    /// <inheritdoc/>
    public string Advice => "Free it, make its folder writable, or set Telematics:Storage:DataDirectory (--data) to another folder.";

    /// <inheritdoc/>
    public async ValueTask<MigrationOutcome> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var known = session.Db.Database.GetMigrations().ToList();
        var applied = await ReadAppliedAsync(session, cancellationToken);
        if (applied.Except(known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new StartupException(
                $"{Location} has the schema '{unknown}', which this program does not know: it was written by a newer version. Start that version, or set Telematics:Storage:DataDirectory (--data) to another folder.");
        }

        if (applied.Count < known.Count)
        {
            var script = session.Db.GetService<IMigrator>()
                .GenerateScript(applied.LastOrDefault(), toMigration: null, MigrationsSqlGenerationOptions.NoTransactions);
            await using var command = session.CreateCommand(script);
            await command.ExecuteNonQueryAsync(cancellationToken);
            await session.CommitAsync(cancellationToken);
        }

        return new MigrationOutcome(known[^1], known.Count - applied.Count, "SQLite: rollups and retention by this program's scheduler");
    }

    private static async Task<List<string>> ReadAppliedAsync(WriteSession session, CancellationToken cancellationToken)
    {
        await using var exists = session.CreateCommand("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'");
        if ((long)(await exists.ExecuteScalarAsync(cancellationToken))! == 0)
        {
            return [];
        }

        return await session.Db.Database
            .SqlQuery<string>($"""SELECT "MigrationId" AS "Value" FROM "__EFMigrationsHistory" """)
            .OrderBy(id => id)
            .ToListAsync(cancellationToken);
    }
}
