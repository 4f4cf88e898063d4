using System.Buffers;
using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Gateway.Sessions;
using Telematics.Messaging;

namespace Telematics.Gateway.Presence;

/// <summary>Appends a loop's events of vehicles; they are exempt from the byte budget.</summary>
internal sealed class PresenceEvents(SessionLoop loop)
{
    private readonly ArrayBufferWriter<byte> _body = new(512);
    private Utf8JsonWriter? _writer;

    /// <summary>Appends a connect event; the connection is here from now on. False when the log is closed.</summary>
    public bool TryAppendConnect(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        var vehicleEvent = Describe(slot, VehicleEventType.Connect) with
        {
            ClientIp = connection.Peer.Port == 0 ? null : connection.Peer.ToString(),
            ProtocolVersion = (int)connection.Version,
            IsVehicle = loop.Sessions[connection.Session].IsVehicle,
        };
        if (!TryAppend(vehicleEvent, new AppendToken(loop.OwnerOf(AppendClass.Connect, slot), 0)))
        {
            return false;
        }

        connection.IsHere = true;
        connection.IsConnectEventUnderWay = true;
        connection.Instance = loop.Instance;
        loop.Counters.WaitingConnections++;
        return true;
    }

    /// <summary>Appends the end of a connection.</summary>
    public void AppendEnd(int slot, EndReason reason)
    {
        if (reason == EndReason.Disconnect)
        {
            AppendSystem(Describe(slot, VehicleEventType.Disconnect));
        }

        AppendSystem(Describe(slot, VehicleEventType.TcpClean) with { Reason = EndReasonNames.Of(reason) });
    }

    /// <summary>Announces a connection under the loop's present instance.</summary>
    public void AppendAnnounce(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        connection.Instance = loop.Instance;
        AppendSystem(Describe(slot, VehicleEventType.Announce) with
        {
            ClientIp = connection.Peer.Port == 0 ? null : connection.Peer.ToString(),
            ProtocolVersion = (int)connection.Version,
            IsVehicle = loop.Sessions[connection.Session].IsVehicle,
        });
    }

    /// <summary>What became of an append that concerns no connection.</summary>
    public void OnSystemOutcome(SystemAppend what, AppendStatus status)
    {
        loop.Sweep.OnSystemOutcome();
        if (status == AppendStatus.Refused)
        {
            loop.Counters.Refuse(Refusal.LogRefused);
            loop.Shared.Logger.SystemAppendRefused(what);
        }
    }

    private VehicleEvent Describe(int slot, VehicleEventType type) => new()
    {
        EventType = type,
        Instance = loop.Instance,
        ClientId = loop.Connections[slot].ClientId,
        ChannelId = loop.ChannelOf(slot),
        Time = loop.UnixNow,
    };

    private void AppendSystem(VehicleEvent vehicleEvent)
    {
        var owner = new AppendOwner(AppendClass.System, loop.Index, 0, 0).ToInt64();
        if (TryAppend(vehicleEvent, new AppendToken(owner, (long)SystemAppend.PresenceEvent)))
        {
            loop.Sweep.OnSystemAppended();
        }
        else
        {
            loop.Shared.Logger.SystemAppendRefused(SystemAppend.PresenceEvent);
        }
    }

    private bool TryAppend(VehicleEvent vehicleEvent, AppendToken token)
    {
        _body.ResetWrittenCount();
        _writer ??= new Utf8JsonWriter(_body);
        _writer.Reset(_body);
        JsonSerializer.Serialize(_writer, vehicleEvent, ContractsJson.Default.VehicleEvent);
        _writer.Flush();
        Span<byte> key = stackalloc byte[256];
        key = key[..Encoding.UTF8.GetBytes(vehicleEvent.ClientId!, key)];
        var message = new OutgoingMessage { Key = key, Tag = VehicleEventTags.Of(vehicleEvent.EventType), Body = _body.WrittenSpan };
        return loop.Shared.VehicleEvents.Append(message, loop, token, AppendBudget.Exempt) == AppendAdmission.Taken;
    }
}
