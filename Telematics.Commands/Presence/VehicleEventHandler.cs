using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Dispatch;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Commands.Presence;

/// <summary>Applies <c>vehicle-event</c>: the newest channel of each client, the gateway instances, and what waits for a car.</summary>
internal sealed class VehicleEventHandler(
    GatewayOrders orders,
    WaitingOrders waiting,
    DispatchWake wake,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<VehicleEventHandler> logger) : IQueueBatchHandler
{
    private const int Chunk = 500;
    private const int MaxIdLength = 64;
    private readonly TimeSpan _appendTimeout = TimeSpan.FromSeconds(options.Value.AppendTimeoutSeconds);
    private readonly ConcurrentDictionary<MessageQueue, bool> _hasWork = new();

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        await session.LockWakingAsync(isAlone: false, cancellationToken);
        var rejected = new List<RejectedMessage>();
        var events = Decode(batch, isRepeat, rejected);
        await RejectedMessages.AddAsync(session, rejected, cancellationToken);
        var erased = await FindErasedAsync(session, events, cancellationToken);
        var connections = await LoadConnectionsAsync(session, events, cancellationToken);
        var instances = await LoadInstancesAsync(session, events, cancellationToken);
        var changes = new ConnectionChanges(connections, instances);
        foreach (var (e, storedAt, offset) in events)
        {
            if (e.ClientId is { } client && erased.Contains(client))
            {
                changes.PutOut(e);
            }
            else
            {
                changes.Apply(e, storedAt, batch.Queue.Index, offset);
            }
        }

        await session.Db.SaveChangesAsync(cancellationToken);
        await ConnectionTable.WriteAsync(session, changes.Changed.Select(client => connections[client]), cancellationToken);
        session.Db.ChangeTracker.Clear();
        _hasWork[batch.Queue] = await waiting.WakeAsync(session, changes.Connected, changes.Announced, cancellationToken);
        await TellGatewaysAsync(changes, cancellationToken);
    }

    /// <inheritdoc/>
    public void OnCommitted(MessageQueue queue, QueuePosition position)
    {
        if (_hasWork.TryRemove(queue, out var hasWork) && hasWork)
        {
            wake.Wake();
        }
    }

    /// <inheritdoc/>
    public void OnReset(MessageQueue queue) => _hasWork.TryRemove(queue, out _);

    // Before the commit: a crash in between repeats the orders, which is harmless; the other way round would lose them.
    private async Task TellGatewaysAsync(ConnectionChanges changes, CancellationToken cancellationToken)
    {
        if (changes.ToClose.Count == 0 && changes.ToTellEnded.Count == 0)
        {
            return;
        }

        var watch = new AppendWatch();
        foreach (var channel in changes.ToClose)
        {
            orders.CloseChannel(watch, channel.ClientId, channel.ChannelId, channel.Instance, channel.Reason);
        }

        foreach (var (instance, key) in changes.ToTellEnded)
        {
            orders.InstanceEnded(watch, instance, key);
        }

        if (!await watch.AreStoredWithinAsync(_appendTimeout, clock, cancellationToken))
        {
            throw new MessageLogException($"Topic {TopicNames.Command}: orders to gateways were not stored; the events that caused them are applied again.");
        }
    }

    private List<(VehicleEvent Event, DateTime StoredAt, long Offset)> Decode(MessageBatch batch, IReadOnlyList<bool> isRepeat, List<RejectedMessage> rejected)
    {
        var events = new List<(VehicleEvent, DateTime, long)>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (isRepeat[i])
            {
                continue;
            }

            var message = batch[i];
            if (TryDecode(message.Body, out var e, out var error))
            {
                metrics.PresenceEvent(JsonNamingPolicy.CamelCase.ConvertName(e.EventType.ToString()));
                events.Add((e, RejectedMessages.StoredAt(message), message.Offset));
            }
            else
            {
                metrics.Rejected(batch.Queue.Topic);
                logger.MessageUndecodable(batch.Queue.ToString(), message.Offset, error);
                rejected.Add(RejectedMessages.Create(batch.Queue, message, RejectReason.Undecodable, error));
            }
        }

        return events;
    }

    private static bool TryDecode(ReadOnlySpan<byte> body, out VehicleEvent e, out string error)
    {
        e = null!;
        try
        {
            if (JsonSerializer.Deserialize(body, ContractsJson.Default.VehicleEvent) is not { } decoded)
            {
                error = "The event is null.";
                return false;
            }

            e = decoded;
        }
        catch (JsonException exception)
        {
            error = exception.Message;
            return false;
        }

        error = Check(e);
        return error.Length == 0;
    }

    private static string Check(VehicleEvent e)
    {
        var isOfClient = e.EventType is VehicleEventType.Connect or VehicleEventType.Announce or VehicleEventType.Disconnect or VehicleEventType.TcpClean;
        return e switch
        {
            { Instance: null } => "instance is null.",
            { Instance.Length: 0 or > 40 } => $"instance has {e.Instance.Length} characters; 1 to 40 are allowed.",
            _ when isOfClient && e.ClientId is null or { Length: 0 or > MaxIdLength } => "clientId is absent, empty or longer than 64 characters.",
            _ when isOfClient && e.ChannelId is null or { Length: 0 or > 40 } => "channelId is absent, empty or longer than 40 characters.",
            { ClientIp.Length: > 64 } => $"clientIp has {e.ClientIp!.Length} characters; up to 64 are allowed.",
            { Reason.Length: > 64 } => $"reason has {e.Reason!.Length} characters; up to 64 are allowed.",
            _ => "",
        };
    }

    // Of an erased vehicle no connection is noted. The registry is held, so that an erasure finds what was noted before it.
    private static async Task<HashSet<string>> FindErasedAsync(
        WriteSession session, List<(VehicleEvent Event, DateTime, long)> events, CancellationToken cancellationToken)
    {
        var clients = events.Select(item => item.Event.ClientId).OfType<string>().ToList();
        if (clients.Count == 0)
        {
            return [];
        }

        await session.LockRegistryAsync(RegistryAccess.Follow, cancellationToken);
        return await ErasedVehicles.AmongAsync(session.Db, clients, cancellationToken);
    }

    private static async Task<Dictionary<string, VehicleConnection>> LoadConnectionsAsync(
        WriteSession session, List<(VehicleEvent Event, DateTime, long)> events, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, VehicleConnection>(StringComparer.Ordinal);
        foreach (var chunk in events.Select(item => item.Event.ClientId).OfType<string>().Distinct(StringComparer.Ordinal).Chunk(Chunk))
        {
            await foreach (var row in session.Db.VehicleConnections.AsNoTracking().Where(row => chunk.Contains(row.ClientId)).AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                found.Add(row.ClientId, row);
            }
        }

        return found;
    }

    private static async Task<Dictionary<string, GatewayInstance>> LoadInstancesAsync(
        WriteSession session, List<(VehicleEvent Event, DateTime StoredAt, long)> events, CancellationToken cancellationToken)
    {
        var instances = events.Select(item => item.Event.Instance).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var group in events.GroupBy(item => item.Event.Instance, item => item.StoredAt, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            // Its start event lies in another queue, which may be behind this one or beside it.
            await using var insert = session.CreateCommand(
                "INSERT INTO gateway_instance (instance, started_at, last_beat_at) VALUES (@instance, @at, @at) ON CONFLICT (instance) DO NOTHING");
            insert.AddParameter("@instance", group.Key);
            insert.AddParameter("@at", group.First());
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        return await session.Db.GatewayInstances.AsTracking()
            .Where(row => instances.Contains(row.Instance))
            .ToDictionaryAsync(row => row.Instance, StringComparer.Ordinal, cancellationToken);
    }
}
