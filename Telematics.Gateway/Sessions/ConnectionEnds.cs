using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>How connections end: what the peer is told, and what becomes of publishes, presence, will and session.</summary>
internal sealed class ConnectionEnds(SessionLoop loop, ILoopTransport transport)
{
    /// <summary>The client said DISCONNECT.</summary>
    public void OnDisconnect(int slot, in DisconnectPacket packet)
    {
        ref var session = ref loop.Sessions[loop.Connections[slot].Session];
        if (packet.Properties.TryGet(MqttPropertyId.SessionExpiryInterval, out var expiry))
        {
            // §3.14.2.2.2: not from 0 to something else.
            if (session.Expiry == 0 && expiry.Number != 0)
            {
                End(slot, EndReason.ProtocolError, MqttReasonCode.ProtocolError);
                return;
            }

            session.Expiry = Math.Min(expiry.Number, (uint)loop.Options.MaxSessionExpirySeconds);
        }

        // Only the normal reason takes the will away [MQTT-3.14.4-3].
        if (packet.ReasonCode == MqttReasonCode.Success)
        {
            session.Will = null;
        }

        End(slot, EndReason.Disconnect, MqttReasonCode.Success);
    }

    /// <summary>The transport lost the connection and has forgotten its slot.</summary>
    public void OnPeerClosed(int slot)
    {
        if (loop.Connections[slot].State is not (ConnectionState.None or ConnectionState.Lingering))
        {
            loop.Counters.End(EndReason.PeerClosed);
            Finish(slot, EndReason.PeerClosed, isSessionDiscarded: false);
        }
    }

    /// <summary>Ends a connection from this side.</summary>
    /// <param name="slot">The connection.</param>
    /// <param name="reason">For events, metrics and the log.</param>
    /// <param name="code">What an MQTT 5 client is told (3.1.1: in CONNACK only); success tells it nothing.</param>
    /// <param name="abort">Whether bytes that are not yet out are dropped.</param>
    /// <param name="isSessionDiscarded">Whether a new connection wants none of the session.</param>
    public void End(int slot, EndReason reason, MqttReasonCode code, bool abort = false, bool isSessionDiscarded = false)
    {
        if (loop.Connections[slot].State is ConnectionState.None or ConnectionState.Lingering)
        {
            return;
        }

        loop.Counters.End(reason);
        if (code != MqttReasonCode.Success)
        {
            Tell(slot, code);
        }

        loop.Output.FlushLast(slot);
        transport.Close(slot, abort);
        Finish(slot, reason, isSessionDiscarded);
    }

    private void Tell(int slot, MqttReasonCode code)
    {
        ref var connection = ref loop.Connections[slot];
        var isV5 = connection.Version == MqttProtocolVersion.V500;
        if (connection.State == ConnectionState.Open)
        {
            if (isV5)
            {
                var packet = new DisconnectPacket { ReasonCode = code, Properties = PropertiesOf(code) };
                loop.Output.Advance(slot, packet.Write(loop.Output.GetSpan(slot, packet.GetLength(MqttProtocolVersion.V500)), MqttProtocolVersion.V500));
            }

            return;
        }

        // Before CONNACK there is no DISCONNECT [MQTT-3.14.0-1]: the refusal is CONNACK's, where the version has a code
        // for it. A client whose version is not known understands 3.1.1's "unacceptable protocol version".
        if (connection.Version == MqttProtocolVersion.Unknown && code != MqttReasonCode.UnsupportedProtocolVersion)
        {
            return;
        }

        if (isV5 ? MqttReasonCodes.IsLegal(MqttPacketType.Connack, code) : MqttReasonCodes.TryGetReturnCode(code, out _))
        {
            var packet = new ConnackPacket { ReasonCode = code, Properties = isV5 ? PropertiesOf(code) : default };
            var version = isV5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;
            loop.Output.Advance(slot, packet.Write(loop.Output.GetSpan(slot, packet.GetLength(version)), version));
        }
    }

    private MqttProperties PropertiesOf(MqttReasonCode code)
    {
        if (code != MqttReasonCode.UseAnotherServer)
        {
            return default;
        }

        var reference = Encoding.UTF8.GetBytes(loop.Options.ServerReference!);
        var properties = new MqttPropertyWriter(new byte[reference.Length + 8]);
        properties.Add(MqttPropertyId.ServerReference, reference);
        return properties.Properties;
    }

    private void Finish(int slot, EndReason reason, bool isSessionDiscarded)
    {
        ref var connection = ref loop.Connections[slot];
        loop.CancelTimer(ref connection.Timer);
        loop.Connects.OnEnded(slot);
        loop.Output.OnEnded(slot);
        loop.Certified.OnEnded(slot);
        if (connection.Paused != PauseReasons.None)
        {
            loop.Counters.PausedConnections--;
            connection.Paused = PauseReasons.None;
        }

        if (connection.State == ConnectionState.Open)
        {
            loop.Counters.Connections--;
            if (loop.Sessions[connection.Session].IsVehicle)
            {
                loop.Counters.ConnectedVehicles--;
            }
        }

        loop.Publishes.OnEnded(slot);
        if (connection.IsHere && !connection.IsConnectEventUnderWay)
        {
            loop.Presence.AppendEnd(slot, reason);
        }

        var session = connection.Session;
        connection.Session = -1;
        var wasOpen = connection.State == ConnectionState.Open;
        var isLingering = connection.IsConnectEventUnderWay;
        connection.State = ConnectionState.Lingering;
        connection.Handshake = null;
        if (session >= 0)
        {
            loop.Register.OnConnectionEnded(session, slot, wasOpen, isSessionDiscarded);
        }

        if (isLingering)
        {
            // What of the connect event is not yet sent is dropped; if it was stored, its end follows with the outcome.
            loop.Shared.VehicleEvents.Abandon(loop.OwnerOf(AppendClass.Connect, slot));
        }
        else
        {
            loop.Free(slot);
        }

        loop.Sweep.OnEnded();
    }
}
