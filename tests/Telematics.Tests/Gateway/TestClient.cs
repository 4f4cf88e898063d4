using System.Text;
using Telematics.Gateway.Sessions;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Mqtt.Sockets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>A client of the engine: it writes packets and takes apart what comes.</summary>
internal sealed class TestClient
{
    private readonly GatewayHarness _harness;
    private readonly FakeTransport _transport;
    private readonly List<byte> _unread = [];
    private readonly List<byte> _received = [];
    private MqttProtocolVersion _version;

    public TestClient(GatewayHarness harness, int loop, string? certified = null)
    {
        _harness = harness;
        Loop = harness.Loops[loop];
        _transport = harness.Transports[loop];
        Loop.ReadClock();
        Slot = Loop.Open(SocketPeer.From(System.Net.IPAddress.Loopback, 40_000), certifiedVehicle: certified);
        if (Slot >= 0)
        {
            Generation = Loop.Connections.GenerationOf(Slot);
            _transport.Bind(Slot, this);
        }
    }

    public SessionLoop Loop { get; }

    public int Slot { get; }

    public int Generation { get; }

    public bool IsPaused { get; set; }

    public bool IsClosed { get; private set; }

    public bool IsAborted { get; private set; }

    /// <summary>Whether the client takes what is sent to it.</summary>
    public bool IsReading { get; set; } = true;

    public int Unsent { get; private set; }

    public int OnSent(ReadOnlySpan<byte> bytes)
    {
        _received.AddRange(bytes);
        Unsent += IsReading ? 0 : bytes.Length;
        return Unsent;
    }

    public void OnClosedByServer(bool abort)
    {
        IsClosed = true;
        IsAborted = abort;
    }

    /// <summary>Takes all that waits.</summary>
    public void ReadAll()
    {
        IsReading = true;
        Unsent = 0;
        Loop.ReadClock();
        Loop.OnSent(Slot, 0);
        _harness.Run();
    }

    /// <summary>Bytes as they are.</summary>
    public TestClient Send(ReadOnlySpan<byte> bytes)
    {
        _unread.AddRange(bytes);
        ReadOn();
        _harness.Run();
        return this;
    }

    public void ReadOn()
    {
        Loop.ReadClock();
        while (_unread.Count > 0 && !IsPaused && !IsClosed)
        {
            var consumed = Loop.Receive(Slot, _unread.ToArray());
            _unread.RemoveRange(0, Math.Min(consumed, _unread.Count));
            if (consumed == 0)
            {
                return;
            }
        }
    }

    /// <summary>The network loses the connection.</summary>
    public void Drop()
    {
        IsClosed = true;
        _transport.Forget(Slot);
        Loop.ReadClock();
        Loop.OnClosed(Slot);
        _harness.Run();
    }

    public TestClient Connect(
        string clientId,
        MqttProtocolVersion version = MqttProtocolVersion.V500,
        bool cleanStart = true,
        ushort keepAlive = 60,
        uint? sessionExpiry = null,
        ushort? receiveMaximum = null,
        (string Topic, string Payload, uint Delay)? will = null,
        string? userName = null,
        string? password = null)
    {
        _version = version;
        var properties = new MqttPropertyWriter(new byte[256]);
        if (sessionExpiry is { } expiry)
        {
            properties.Add(MqttPropertyId.SessionExpiryInterval, expiry);
        }

        if (receiveMaximum is { } maximum)
        {
            properties.Add(MqttPropertyId.ReceiveMaximum, maximum);
        }

        var willProperties = new MqttPropertyWriter(new byte[64]);
        if (will is { Delay: > 0 } delayed)
        {
            willProperties.Add(MqttPropertyId.WillDelayInterval, delayed.Delay);
        }

        var packet = new ConnectPacket
        {
            Version = version,
            CleanStart = cleanStart,
            KeepAlive = keepAlive,
            Properties = properties.Properties,
            ClientId = Encoding.UTF8.GetBytes(clientId),
            HasWill = will is not null,
            WillQualityOfService = QualityOfService.AtLeastOnce,
            WillTopic = Encoding.UTF8.GetBytes(will?.Topic ?? string.Empty),
            WillPayload = Encoding.UTF8.GetBytes(will?.Payload ?? string.Empty),
            WillProperties = willProperties.Properties,
            HasUserName = userName is not null,
            UserName = Encoding.UTF8.GetBytes(userName ?? string.Empty),
            HasPassword = password is not null,
            Password = Encoding.UTF8.GetBytes(password ?? string.Empty),
        };
        var bytes = new byte[packet.GetLength()];
        packet.Write(bytes);
        return Send(bytes);
    }

    /// <summary>A CONNECT of 5.0 given in bytes.</summary>
    public TestClient Connect5(ReadOnlySpan<byte> bytes)
    {
        _version = MqttProtocolVersion.V500;
        return Send(bytes);
    }

    public byte[] PublishBytes(string topic, string payload, ushort packetId = 0, bool retain = false, bool duplicate = false, Action<Properties>? add = null, int qos = -1)
    {
        var properties = new Properties();
        add?.Invoke(properties);
        var writer = new MqttPropertyWriter(new byte[65_536]);
        foreach (var one in properties.All)
        {
            one.WriteTo(ref writer);
        }

        var packet = new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            PacketId = packetId,
            QualityOfService = qos >= 0 ? (QualityOfService)qos : packetId == 0 ? QualityOfService.AtMostOnce : QualityOfService.AtLeastOnce,
            Retain = retain,
            Duplicate = duplicate,
            Properties = writer.Properties,
            Payload = Encoding.UTF8.GetBytes(payload),
        };
        var bytes = new byte[packet.GetLength(_version)];
        packet.Write(bytes, _version);
        return bytes;
    }

    public TestClient Publish(string topic, string payload, ushort packetId = 0, bool retain = false, bool duplicate = false, Action<Properties>? add = null, int qos = -1) =>
        Send(PublishBytes(topic, payload, packetId, retain, duplicate, add, qos));

    public TestClient Puback(ushort packetId, MqttReasonCode reason = MqttReasonCode.Success)
    {
        var packet = new PubackPacket { PacketId = packetId, ReasonCode = reason };
        var bytes = new byte[packet.GetLength(_version)];
        packet.Write(bytes, MqttPacketType.Puback, _version);
        return Send(bytes);
    }

    public TestClient Subscribe(string filter, int qos = 1, uint identifier = 0, bool noLocal = false)
    {
        var requests = new byte[filter.Length * 4 + 8];
        var length = SubscriptionRequests.Write(requests, Encoding.UTF8.GetBytes(filter), new SubscriptionOptions((QualityOfService)qos, noLocal));
        var properties = new MqttPropertyWriter(new byte[16]);
        if (identifier > 0)
        {
            properties.Add(MqttPropertyId.SubscriptionIdentifier, identifier);
        }

        var bytes = new byte[SubscribePacket.GetLength(properties.Properties, requests.AsSpan(0, length), _version)];
        SubscribePacket.Write(bytes, 77, properties.Properties, requests.AsSpan(0, length), _version);
        return Send(bytes);
    }

    public TestClient Unsubscribe(string filter)
    {
        var requests = new byte[filter.Length * 4 + 8];
        var length = SubscriptionRequests.Write(requests, Encoding.UTF8.GetBytes(filter));
        var bytes = new byte[UnsubscribePacket.GetLength(default, requests.AsSpan(0, length), _version)];
        UnsubscribePacket.Write(bytes, 78, default, requests.AsSpan(0, length), _version);
        return Send(bytes);
    }

    public TestClient Disconnect(MqttReasonCode reason = MqttReasonCode.Success, uint? sessionExpiry = null)
    {
        var properties = new MqttPropertyWriter(new byte[16]);
        if (sessionExpiry is { } expiry)
        {
            properties.Add(MqttPropertyId.SessionExpiryInterval, expiry);
        }

        var packet = new DisconnectPacket { ReasonCode = reason, Properties = properties.Properties };
        var bytes = new byte[packet.GetLength(_version)];
        packet.Write(bytes, _version);
        return Send(bytes);
    }

    public TestClient Ping() => Send(PrebuiltPackets.Pingreq);

    /// <summary>Everything that came since the last call, packet by packet.</summary>
    public List<ReceivedPacket> Take()
    {
        var packets = new List<ReceivedPacket>();
        var rest = _received.ToArray().AsSpan();
        while (MqttFixedHeader.Read(rest, int.MaxValue, out var header, out _) == MqttFrameStatus.Complete)
        {
            packets.Add(ReceivedPacket.Parse(header, rest[header.HeaderLength..header.PacketLength], _version));
            rest = rest[header.PacketLength..];
        }

        Assert.True(rest.IsEmpty, "half a packet was sent");
        _received.Clear();
        return packets;
    }

    /// <summary>The only packet that came.</summary>
    public ReceivedPacket TakeOne() => Assert.Single(Take());
}
