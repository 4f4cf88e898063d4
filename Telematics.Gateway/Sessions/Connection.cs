using Telematics.Mqtt;
using Telematics.Mqtt.Sockets;
using Telematics.Mqtt.Timing;

namespace Telematics.Gateway.Sessions;

/// <summary>One MQTT connection: a slot of its loop. What an idle one does not need is absent.</summary>
internal struct Connection
{
    public ConnectionState State;
    public MqttProtocolVersion Version;
    public PauseReasons Paused;

    /// <summary>Whether the connect event was appended: from here on orders are for this connection.</summary>
    public bool IsHere;

    /// <summary>Whether the connect event's outcome is still to come.</summary>
    public bool IsConnectEventUnderWay;

    /// <summary>Whether the log-in was checked, which restricts the client to its own topics.</summary>
    public bool IsAuthenticated;

    /// <summary>Whether it stands in the loop's list of connections with something to write.</summary>
    public bool IsOutputListed;

    /// <summary>Effective keep-alive in seconds.</summary>
    public ushort KeepAlive;

    /// <summary>The client's Receive Maximum.</summary>
    public ushort ReceiveMaximum;

    /// <summary>The client's Maximum Packet Size.</summary>
    public uint MaximumPacketSize;

    /// <summary>The session's slot, or -1.</summary>
    public int Session;

    /// <summary>Publishes appended whose outcome is still to come.</summary>
    public int AppendsUnderWay;

    /// <summary>Bytes given to the transport and not yet taken by the socket.</summary>
    public int Unsent;

    /// <summary>Bytes in <see cref="Output"/>.</summary>
    public int OutputLength;

    /// <summary>When the last packet came, or reading began again.</summary>
    public long LastReceived;

    /// <summary>The instance whose events have announced this connection.</summary>
    public string? Instance;

    public string ClientId;
    public SocketPeer Peer;
    public TimerHandle Timer;
    public PubackWindow? Pubacks;
    public Handshake? Handshake;
    public byte[]? Output;
}
