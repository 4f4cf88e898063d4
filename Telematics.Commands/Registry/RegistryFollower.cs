using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Dispatch;
using Telematics.Commands.Executions;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Registry;

/// <summary>
/// Follows <c>registry_change</c> from a stored position: a vehicle that was deleted or erased, or whose credential was revoked or
/// replaced, has its channel ordered closed on all gateways; a deleted one's open executions end.
/// </summary>
internal sealed class RegistryFollower(
    ITelematicsDatabase database,
    GatewayOrders orders,
    ExecutionJournal journal,
    ExecutionTimes times,
    DispatchWake wake,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<RegistryFollower> logger)
{
    private const string Topic = "registry_change";
    private const string Broker = "database";
    private const int MaxChanges = 2_000;
    private readonly TimeSpan _appendTimeout = TimeSpan.FromSeconds(options.Value.AppendTimeoutSeconds);
    private readonly int _pageSize = options.Value.PageSize;

    /// <summary>One round.</summary>
    /// <returns>Whether there are more changes.</returns>
    /// <exception cref="MessageLogException">An order could not be stored; the changes are followed again.</exception>
    public async Task<bool> FollowAsync(CancellationToken cancellationToken)
    {
        long position;
        List<RegistryChange> changes;
        List<string> toClose;
        await using (var db = database.CreateReader())
        {
            position = await db.ConsumerOffsets
                .Where(offset => offset.Group == ConsumerGroup.Name && offset.Topic == Topic)
                .Select(offset => offset.NextOffset)
                .SingleOrDefaultAsync(cancellationToken);
            changes = await db.RegistryChanges.Where(change => change.Number > position).OrderBy(change => change.Number).Take(MaxChanges).ToListAsync(cancellationToken);
            if (changes.Count == 0)
            {
                return false;
            }

            toClose = await ChannelsToCloseAsync(db, changes, cancellationToken);
        }

        // Stored first: a crash repeats the orders, which closes a channel once more; the reverse would forget one.
        if (toClose.Count > 0)
        {
            var watch = new AppendWatch();
            foreach (var vehicle in toClose)
            {
                orders.CloseChannel(watch, vehicle, channelId: null, instance: null, "registryChanged");
            }

            if (!await watch.AreStoredWithinAsync(_appendTimeout, clock, cancellationToken))
            {
                throw new MessageLogException("Orders to close the channels of deleted or revoked vehicles were not stored.");
            }

            logger.ChannelsOrderedClosed(toClose.Count, changes[^1].Number);
        }

        foreach (var vehicle in changes.Where(change => change.Kind is RegistryChangeKind.Deleted or RegistryChangeKind.Erased).Select(change => change.VehicleKey).Distinct().Order())
        {
            while (await EndExecutionsAsync(vehicle, cancellationToken))
            {
            }
        }

        await MoveAsync(position, changes[^1].Number, cancellationToken);
        return changes.Count == MaxChanges;
    }

    private static async Task<List<string>> ChannelsToCloseAsync(TelematicsDbContext db, List<RegistryChange> changes, CancellationToken cancellationToken)
    {
        var issued = changes.Where(change => change.Kind == RegistryChangeKind.CredentialIssued).Select(change => change.VehicleKey).Distinct().ToList();
        var replaced = await db.VehicleCredentials
            .Where(credential => issued.Contains(credential.VehicleKey) && credential.RevokedAt != null)
            .Select(credential => credential.VehicleKey)
            .Distinct()
            .ToListAsync(cancellationToken);
        return
        [
            .. changes
                .Where(change => change.Kind is RegistryChangeKind.Deleted or RegistryChangeKind.Erased or RegistryChangeKind.CredentialRevoked
                    || (change.Kind == RegistryChangeKind.CredentialIssued && replaced.Contains(change.VehicleKey)))
                .Select(change => change.VehicleId)
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private async Task<bool> EndExecutionsAsync(long vehicleKey, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);

        // Put back meanwhile: what was ordered since then is for the new car, what was ordered before has lost its car.
        var createdAt = await session.Db.Vehicles.AsNoTracking()
            .Where(vehicle => vehicle.Id == vehicleKey && vehicle.DeletedAt == null)
            .Select(vehicle => (DateTime?)vehicle.CreatedAt)
            .SingleOrDefaultAsync(cancellationToken);
        var (condition, parameters) = createdAt is { } since
            ? ("e.vehicle_key = @vehicle AND e.state < 6 AND k.created_at < @since", new (string, object?)[] { ("@vehicle", vehicleKey), ("@since", since) })
            : ("e.vehicle_key = @vehicle AND e.state < 6", [("@vehicle", vehicleKey)]);
        var rows = await ExecutionReader.ReadAsync(session, $"{condition} ORDER BY e.command_order LIMIT {_pageSize}", parameters, cancellationToken);
        var changes = rows
            .Select(row => times.By(row, ExecutionSignal.VehicleDeleted, Actors.Commands, ServerReasons.VehicleDeleted, now))
            .OfType<ExecutionChange>()
            .ToList();
        if (changes.Count == 0)
        {
            return false;
        }

        var outcome = await journal.WriteAsync(session, changes, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        if (outcome.HasWork)
        {
            wake.Wake();
        }

        return rows.Count == _pageSize;
    }

    private async Task MoveAsync(long from, long to, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginWriteAsync(cancellationToken);
        await using var move = session.CreateCommand(
            """
            INSERT INTO consumer_offset ("group", topic, broker, queue_id, next_offset, last_offset, last_store_time)
            VALUES (@group, @topic, @broker, 0, @to, @to, 0)
            ON CONFLICT ("group", topic, broker, queue_id) DO UPDATE SET next_offset = excluded.next_offset, last_offset = excluded.last_offset
            WHERE consumer_offset.next_offset = @from
            """);
        move.AddParameter("@group", ConsumerGroup.Name);
        move.AddParameter("@topic", Topic);
        move.AddParameter("@broker", Broker);
        move.AddParameter("@from", from);
        move.AddParameter("@to", to);
        await move.ExecuteNonQueryAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
    }
}
