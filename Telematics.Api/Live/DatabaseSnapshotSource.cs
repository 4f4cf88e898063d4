using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Telematics.Contracts;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Api.Live;

/// <summary>Builds the live view's state from the database: everything in one snapshot, so that the offsets say exactly what the rows hold.</summary>
internal sealed class DatabaseSnapshotSource(ITelematicsDatabase database, ITelemetryStore store, VehicleRegistry registry, IMessageLog log, IConfiguration configuration)
    : ILiveSnapshotSource
{
    private const int MaxChanges = 1_000;
    private const string TelemetryGroup = "ingest";
    private const string EventGroup = "commands";

    /// <inheritdoc/>
    public async Task<LiveState> LoadAsync(CancellationToken cancellationToken)
    {
        await using var snapshot = await database.BeginSnapshotAsync(cancellationToken);
        var positions = new LivePositions(
            await ReadOffsetsAsync(snapshot.Db, TelemetryGroup, TopicNames.Telemetry, cancellationToken),
            await ReadOffsetsAsync(snapshot.Db, EventGroup, TopicNames.VehicleEvent, cancellationToken),
            await snapshot.Db.RegistryChanges.MaxAsync(change => (long?)change.Number, cancellationToken) ?? 0);
        var state = new LiveState(log.Identity, positions, configuration.GetValue("Telematics:Vehicles:AutoRegister", true));
        await LoadNumbersAsync(snapshot.Db, TelemetryGroup, TopicNames.Telemetry, state.TelemetryRepeats, cancellationToken);
        await LoadNumbersAsync(snapshot.Db, EventGroup, TopicNames.VehicleEvent, state.EventRepeats, cancellationToken);
        await LoadVehiclesAsync(snapshot, state, cancellationToken);
        await LoadPresenceAsync(snapshot.Db, state, cancellationToken);
        state.Slots.Sorted(); // now, and not while the first page holds everybody up
        return state;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LiveRegistryChange>> GetChangesAsync(long after, CancellationToken cancellationToken)
    {
        var changes = await registry.GetChangesAsync(after, MaxChanges, cancellationToken);
        return [.. changes.Select(change => new LiveRegistryChange(change.Number, change.VehicleId, change.Kind switch
        {
            RegistryChangeKind.Put => true,
            RegistryChangeKind.Deleted or RegistryChangeKind.Erased => false,
            _ => null,
        }))];
    }

    /// <inheritdoc/>
    public bool IsUnavailable(Exception exception) => database.IsUnavailable(exception);

    private async Task<long[]> ReadOffsetsAsync(TelematicsDbContext db, string group, string topic, CancellationToken cancellationToken)
    {
        var queues = log.GetQueues(topic);
        var offsets = new long[queues.Count];
        foreach (var stored in await db.ConsumerOffsets.AsNoTracking().Where(offset => offset.Group == group && offset.Topic == topic).ToListAsync(cancellationToken))
        {
            if (Find(queues, stored.Broker, stored.QueueId) is { } queue)
            {
                offsets[queue.Index] = stored.NextOffset;
            }
        }

        return offsets;
    }

    private static MessageQueue? Find(IReadOnlyList<MessageQueue> queues, string broker, int queueId) =>
        queues.FirstOrDefault(queue => queue.Broker == broker && queue.QueueId == queueId);

    private async Task LoadNumbersAsync(TelematicsDbContext db, string group, string topic, IReadOnlyList<RepeatDetector> repeats, CancellationToken cancellationToken)
    {
        var queues = log.GetQueues(topic);
        foreach (var stored in await db.ProducerProgress.AsNoTracking().Where(progress => progress.Group == group && progress.Topic == topic).ToListAsync(cancellationToken))
        {
            if (Find(queues, stored.Broker, stored.QueueId) is { } queue)
            {
                repeats[queue.Index].Load(ProducerInstance.Read(stored.Instance), stored.Number);
            }
        }
    }

    private async Task LoadVehiclesAsync(ReadSnapshot snapshot, LiveState state, CancellationToken cancellationToken)
    {
        var slots = new Dictionary<long, int>();
        var vehicles = snapshot.Db.Vehicles.AsNoTracking().OrderBy(vehicle => vehicle.VehicleId).Select(vehicle => new { vehicle.Id, vehicle.VehicleId, vehicle.DeletedAt });
        await foreach (var vehicle in vehicles.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            slots.Add(vehicle.Id, state.SetRegistered(Encoding.ASCII.GetBytes(vehicle.VehicleId), vehicle.DeletedAt is null));
        }

        await store.ReadLatestAsync(
            snapshot,
            (in LatestState latest) =>
            {
                if (slots.TryGetValue(latest.VehicleKey, out var slot))
                {
                    var sample = new LiveSample { Time = latest.Time, StoredAt = latest.StoredAt, QueueIndex = latest.QueueIndex, Offset = latest.QueueOffset, Values = latest.Values };
                    state.Apply(state.Slots.IdOf(slot), in sample);
                }
            },
            cancellationToken);
    }

    private static async Task LoadPresenceAsync(TelematicsDbContext db, LiveState state, CancellationToken cancellationToken)
    {
        foreach (var instance in await db.GatewayInstances.AsNoTracking().Where(instance => instance.EndedAt != null).Select(instance => instance.Instance).ToListAsync(cancellationToken))
        {
            state.LoadEndedInstance(instance);
        }

        var connections = db.VehicleConnections.AsNoTracking().Where(connection => connection.IsVehicle)
            .Select(connection => new { connection.ClientId, connection.ChannelId, connection.Instance, connection.IsOpen, connection.QueueIndex, connection.QueueOffset });
        await foreach (var connection in connections.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            state.LoadChannel(connection.ClientId, ChannelHash.Compute(connection.ChannelId), connection.Instance, connection.IsOpen, connection.QueueIndex, connection.QueueOffset);
        }
    }
}
