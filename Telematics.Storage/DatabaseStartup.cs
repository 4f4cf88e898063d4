using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>
/// Migrates before anything else runs; then, when the message log is open and before a role starts, checks that the
/// database belongs to it.
/// </summary>
internal sealed class DatabaseStartup(
    ITelematicsDatabase database,
    IDatabaseMigrator migrator,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<DatabaseStartup> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await migrator.MigrateAsync(cancellationToken);
            logger.DatabaseReady(migrator.Location, outcome.Schema, outcome.Applied);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"{migrator.Location} cannot be opened: {exception.Message} Free it, make its folder writable, or set Telematics:Storage:DataDirectory (--data) to another folder.",
                exception);
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<IMessageLog>() is { } log)
        {
            await TakeLogIdentityAsync(log.Identity, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task TakeLogIdentityAsync(string identity, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        var stored = await session.Db.LogIdentities.SingleOrDefaultAsync(cancellationToken);
        if (stored is null)
        {
            session.Db.LogIdentities.Add(new LogIdentity { Identity = identity, FirstSeenAt = clock.GetUtcNow().UtcDateTime });
            await session.Db.SaveChangesAsync(cancellationToken);
            await session.CommitAsync(cancellationToken);
            logger.LogIdentityTaken(identity);
        }
        else if (!string.Equals(stored.Identity, identity, StringComparison.Ordinal))
        {
            throw new StartupException(
                $"{migrator.Location} belongs to message log {stored.Identity}, but the message log here is {identity}: its offsets would be read from the wrong messages. Bring log and database of one data folder together, or start with an empty folder for both (--data).");
        }
    }
}
