using Telematics.Contracts.Presence;
using Telematics.Storage.Model;

namespace Telematics.Commands.Presence;

/// <summary>
/// The rules of presence over one batch: which channel is a client's newest, which instances live, and what gateways must
/// be told. The order of a client's events is the order of its queue; no clock is compared.
/// </summary>
internal sealed class ConnectionChanges(Dictionary<string, VehicleConnection> connections, Dictionary<string, GatewayInstance> instances)
{
    /// <summary>Rows that the batch adds.</summary>
    public List<object> Added { get; } = [];

    /// <summary>Channels to be closed: client, channel, instance that holds it.</summary>
    public List<ChannelToClose> ToClose { get; } = [];

    /// <summary>Instances that live although they have been ended.</summary>
    public HashSet<string> ToTellEnded { get; } = new(StringComparer.Ordinal);

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
                Hear(e.Instance, storedAt, isBeat: false);
                Open(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.Announce:
                Hear(e.Instance, storedAt, isBeat: false);
                Announce(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.Disconnect or VehicleEventType.TcpClean:
                Close(e, storedAt, queueIndex, offset);
                break;
            case VehicleEventType.InstanceStart or VehicleEventType.InstanceBeat:
                Hear(e.Instance, storedAt, isBeat: true);
                break;
            case VehicleEventType.InstanceEnd:
                Instance(e.Instance, storedAt).EndedAt ??= storedAt;
                break;
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
    }

    private void Hear(string instance, DateTime storedAt, bool isBeat)
    {
        var row = Instance(instance, storedAt);
        if (row.EndedAt is not null)
        {
            // The end is final: a paused instance that comes back takes a new id.
            ToTellEnded.Add(instance);
        }
        else if (isBeat)
        {
            row.LastBeatAt = storedAt;
        }
    }

    private GatewayInstance Instance(string instance, DateTime storedAt)
    {
        if (!instances.TryGetValue(instance, out var row))
        {
            row = instances[instance] = new GatewayInstance { Instance = instance, StartedAt = storedAt, LastBeatAt = storedAt };
            Added.Add(row);
        }

        return row;
    }

    private VehicleConnection Add(VehicleEvent e)
    {
        var row = connections[e.ClientId!] = new VehicleConnection { ClientId = e.ClientId!, ChannelId = e.ChannelId!, Instance = e.Instance };
        Added.Add(row);
        return row;
    }

    private static void Fill(VehicleConnection row, VehicleEvent e, DateTime storedAt, int queueIndex, long offset)
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
    }
}

/// <summary>A channel that is not its client's newest.</summary>
internal sealed record ChannelToClose(string ClientId, string ChannelId, string Instance);
