using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage.Consumers;
using Telematics.Storage.Model;
using Telematics.Storage.Retention;

namespace Telematics.Storage;

/// <summary>
/// Migrates before anything else runs; then, when the message log is open and before a role starts, checks that the
/// database belongs to it.
/// </summary>
internal sealed class DatabaseStartup(
    ITelematicsDatabase database,
    IDatabaseMigrator migrator,
    ITimeDivision division,
    IServiceProvider services,
    IOptions<StorageOptions> options,
    TimeProvider clock,
    ILogger<DatabaseStartup> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await migrator.MigrateAsync(cancellationToken);
            logger.DatabaseReady(migrator.Location, outcome.Engine, outcome.Schema, outcome.Applied);

            // Before the first row of a role could go into the default partition.
            await division.PrepareAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new StartupException($"{migrator.Location} cannot be opened: {exception.Message} {migrator.Advice}", exception);
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<IMessageLog>() is { } log)
        {
            await TakeLogIdentityAsync(log.Identity, cancellationToken);
            if (!options.Value.IsForLogInsOnly)
            {
                await ComparePositionsAsync(log, cancellationToken);
            }
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
        if (await TryInsertIdentityAsync(identity, cancellationToken))
        {
            logger.LogIdentityTaken(identity);
            return;
        }

        await using var db = database.CreateReader();
        var stored = await db.LogIdentities.SingleAsync(cancellationToken);
        if (!string.Equals(stored.Identity, identity, StringComparison.Ordinal))
        {
            throw new StartupException(
                $"{migrator.Location} belongs to message log {stored.Identity}, but the message log here is {identity}: its offsets would be read from the wrong messages. Bring the log and the database that belong together back together, or use an empty database with this log (embedded: an empty folder for both, --data).");
        }
    }

    // Of several processes that start together on an empty database one writes the row; the others wait for it here. The connection
    // is given back before the row is read: a gateway has no other.
    private async Task<bool> TryInsertIdentityAsync(string identity, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await using var insert = session.CreateCommand("INSERT INTO log_identity (id, identity, first_seen_at) VALUES (1, @identity, @now) ON CONFLICT (id) DO NOTHING");
        insert.AddParameter("@identity", identity);
        insert.AddParameter("@now", clock.GetUtcNow().UtcDateTime);
        var isTaken = await insert.ExecuteNonQueryAsync(cancellationToken) == 1;
        await session.CommitAsync(cancellationToken);
        return isTaken;
    }

    /// <summary>
    /// Before anybody appends: a log that lost its tail must go on above what was applied of it, or new messages would
    /// take offsets that are taken for applied.
    /// </summary>
    private async Task ComparePositionsAsync(IMessageLog log, CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        var offsets = await db.ConsumerOffsets.Where(offset => offset.Broker != ConsumerOffset.DatabaseBroker).ToListAsync(cancellationToken);
        foreach (var topic in offsets.GroupBy(offset => offset.Topic))
        {
            await log.DeclareTopicAsync(new TopicDeclaration(topic.Key), cancellationToken);
            var queues = log.GetQueues(topic.Key);
            // The furthest group first: it decides where the log goes on.
            foreach (var offset in topic.OrderByDescending(offset => offset.NextOffset))
            {
                var queue = queues.FirstOrDefault(queue => queue.Broker == offset.Broker && queue.QueueId == offset.QueueId)
                    ?? throw new StartupException(
                        $"{migrator.Location} holds an offset of queue {offset.Topic}@{offset.Broker}/{offset.QueueId}, which the message log does not have. Bring back the topic's queues, or the broker (with RocketMQ and no Telematics:Messaging:RocketMQ:Brokers the one broker that is registered is taken: another one may be away; name the one that is meant), or use an empty database.");
                var position = new QueuePosition(offset.NextOffset, offset.LastOffset, offset.LastStoreTime);
                await PositionCheck.VerifyAsync(log, offset.Group, queue, position, logger, cancellationToken);
            }
        }
    }
}
