using Telematics.Contracts.Presence;
using Telematics.Storage.Model;

namespace Telematics.Commands.Presence;

/// <summary>
/// The rules of presence over one batch: which channel is a client's newest, which instances live, and what gateways must
/// be told. The order of a client's events is the order of its queue; no clock is compared.
/// </summary>
/// <param name="connections">The rows of the clients that the batch is about.</param>
/// <param name="instances">The rows of all its instances.</param>
internal sealed class ConnectionChanges(Dictionary<string, VehicleConnection> connections, Dictionary<string, GatewayInstance> instances)
{
    /// <summary>Clients whose row is new or other than before.</summary>
    public HashSet<string> Changed { get; } = new(StringComparer.Ordinal);

    /// <summary>Channels to be closed: client, channel, instance that holds it.</summary>
    public List<ChannelToClose> ToClose { get; } = [];

    /// <summary>Instances that live although they have been ended, each with the key of an event that shows it.</summary>
    public Dictionary<string, string> ToTellEnded { get; } = new(StringComparer.Ordinal);

    /// <summary>Cars that opened a channel.</summary>
    public HashSet<string> Connected { get; } = new(StringComparer.Ordinal);

    /// <summary>Cars whose channel goes on under another instance.</summary>
    public HashSet<string> Announced { get; } = new(StringComparer.Ordinal);

    /// <summary>Applies one event.</summary>
    /// <param name="e">The event; it has the fields that its type needs.</param>
    /// <param name="storedAt">Store time.</param>
    /// <param name="queueIndex">Its queue.</param>
    /// <param name="offset">Its offset.</param>
    public void Apply(VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
    {
        switch (e.EventType)
        {
            case VehicleEventType.Connect:
                Hear(e);
                Open(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.Announce:
                Hear(e);
                Announce(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.Disconnect or VehicleEventType.TcpClean:
                Close(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.InstanceStart or VehicleEventType.InstanceBeat:
                Hear(e, beatAt: storedAt);
                break;
            case VehicleEventType.InstanceEnd:
                instances[e.Instance].EndedAt ??= storedAt;
                break;
        }
    }

    /// <summary>An event of a client that is an erased vehicle: nothing of it is noted, and a channel that it opens is closed.</summary>
    public void PutOut(VehicleEvent e)
    {
        if (e.EventType is VehicleEventType.Connect or VehicleEventType.Announce)
        {
            Hear(e);
            ToClose.Add(new ChannelToClose(e.ClientId!, e.ChannelId!, e.Instance, "registryChanged"));
        }
    }

    private void Open(VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
    {
        if (connections.TryGetValue(e.ClientId!, out var row))
        {
            if (row.IsOpen && row.ChannelId != e.ChannelId)
            {
                ToClose.Add(new ChannelToClose(row.ClientId, row.ChannelId, row.Instance));
            }
        }
        else
        {
            row = Add(e);
        }

        Fill(row, e, storedAt, queueIndex, offset);
        if (row.IsVehicle)
        {
            Connected.Add(row.ClientId);
            Announced.Remove(row.ClientId);
        }
    }

    private void Announce(VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
    {
        if (!connections.TryGetValue(e.ClientId!, out var row))
        {
            // Its connect event is beyond the log's retention; the channel is the newest we know.
            row = Add(e);
            Fill(row, e, storedAt, queueIndex, offset);
        }
        else if (row.ChannelId == e.ChannelId && row.IsOpen)
        {
            (row.Instance, row.QueueIndex, row.QueueOffset) = (e.Instance, queueIndex, offset);
            row.IsVehicle = e.IsVehicle ?? row.IsVehicle;
            Changed.Add(row.ClientId);
        }
        else
        {
            // The car has opened a newer channel meanwhile, or this one has ended.
            ToClose.Add(new ChannelToClose(e.ClientId!, e.ChannelId!, e.Instance));
            return;
        }

        if (row.IsVehicle && !Connected.Contains(row.ClientId))
        {
            Announced.Add(row.ClientId);
        }
    }

    private void Close(VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
    {
        // An end counts only for its own channel: the older one's end comes after the newer one's connect.
        if (!connections.TryGetValue(e.ClientId!, out var row) || row.ChannelId != e.ChannelId)
        {
            return;
        }

        if (row.IsOpen)
        {
            (row.IsOpen, row.ClosedAt, row.CloseReason) = (false, storedAt, e.Reason);
        }
        else
        {
            row.CloseReason ??= e.Reason;
        }

        (row.QueueIndex, row.QueueOffset) = (queueIndex, offset);
        Changed.Add(row.ClientId);
    }

    private void Hear(VehicleEvent e, DateTime? beatAt = null)
    {
        var row = instances[e.Instance];
        if (row.EndedAt is not null)
        {
            // The end is final: a paused instance that comes back takes a new id.
            ToTellEnded.TryAdd(e.Instance, e.ClientId ?? e.Instance);
        }
        else if (beatAt is { } at)
        {
            row.LastBeatAt = at;
        }
    }

    private VehicleConnection Add(VehicleEvent e)
    {
        var row = new VehicleConnection { ClientId = e.ClientId!, ChannelId = e.ChannelId!, Instance = e.Instance };
        connections.Add(row.ClientId, row);
        return row;
    }

    private void Fill(VehicleConnection row, VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
    {
        row.ChannelId = e.ChannelId!;
        row.Instance = e.Instance;
        row.IsOpen = true;
        row.IsVehicle = e.IsVehicle ?? false;
        row.Address = e.ClientIp;
        row.ProtocolVersion = e.ProtocolVersion ?? 0;
        row.ConnectedAt = storedAt;
        row.ClosedAt = null;
        row.CloseReason = null;
        row.QueueIndex = queueIndex;
        row.QueueOffset = offset;
        Changed.Add(row.ClientId);
    }
}

/// <summary>A channel that is not its client's newest, or whose client is erased.</summary>
internal sealed record ChannelToClose(string ClientId, string ChannelId, string Instance, string Reason = "takenOver");
