using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Simulator.Transport;
using Xunit;

namespace Telematics.Tests.Simulator.Cars;

/// <summary>A gateway without sockets: speaks the real bytes, holds back PUBACKs and cuts connections on demand.</summary>
internal sealed class FakeGateway(MqttProtocolVersion version = MqttProtocolVersion.V500) : IFleetTransport
{
    private readonly Queue<Action<ITransportEvents>> _events = new();
    private readonly Dictionary<int, List<byte>> _received = [];
    private readonly Dictionary<int, List<byte>> _unconsumed = [];

    /// <summary>Whether connections are taken at all.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>Whether publishes are acknowledged at once.</summary>
    public bool AnswersPublishes { get; set; } = true;

    public MqttReasonCode ConnackReason { get; set; }

    public bool SessionPresent { get; set; }

    public ushort ReceiveMaximum { get; set; } = 32;

    public ushort ServerKeepAlive { get; set; } = 480;

    public bool AnswersPings { get; set; } = true;

    public List<(int Slot, string ClientId, string? Secret, bool CleanStart)> Connects { get; } = [];

    public List<Published> Publishes { get; } = [];

    public List<(int Slot, ushort PacketId, MqttReasonCode Reason)> Pubacks { get; } = [];

    public List<int> Disconnects { get; } = [];

    public int Pings { get; private set; }

    public HashSet<int> Open { get; } = [];

    public List<int> Aborted { get; } = [];

    /// <summary>Connections that were left without a word.</summary>
    public List<int> Abandoned { get; } = [];

    public IEnumerable<Published> Telemetry => Publishes.Where(publish => publish.Topic.StartsWith("telemetry/", StringComparison.Ordinal));

    public IEnumerable<VehicleCommandResult> Results => Publishes
        .Where(publish => publish.Topic.StartsWith("command-result/", StringComparison.Ordinal))
        .Select(publish => JsonSerializer.Deserialize(publish.Payload, ContractsJson.Default.VehicleCommandResult)!);

    public void Attach()
    {
        // No descriptors here.
    }

    public void Connect(int slot)
    {
        if (!IsReachable)
        {
            _events.Enqueue(events => events.OnClosed(slot, SocketError.ConnectionRefused));
            return;
        }

        Open.Add(slot);
        _received[slot] = [];
        _unconsumed[slot] = [];
        _events.Enqueue(events => events.OnConnected(slot));
    }

    public void Send(int slot, ReadOnlySpan<byte> bytes)
    {
        Assert.Contains(slot, Open);
        var buffer = _received[slot];
        buffer.AddRange(bytes);
        while (MqttFixedHeader.Read(buffer.ToArray(), 65_536, out var header, out var error) is var status && status != MqttFrameStatus.Incomplete)
        {
            Assert.True(status == MqttFrameStatus.Complete, error.Text);
            var packet = buffer.GetRange(0, header.PacketLength).ToArray();
            buffer.RemoveRange(0, header.PacketLength);
            Handle(slot, header, packet.AsSpan(header.HeaderLength));
        }
    }

    public void Close(int slot, bool abort)
    {
        if (Open.Remove(slot) && abort)
        {
            Aborted.Add(slot);
        }
    }

    public void Abandon(int slot)
    {
        Open.Remove(slot);
        Abandoned.Add(slot);
    }

    public void Poll(int timeoutMilliseconds, ITransportEvents events)
    {
        for (var left = _events.Count; left > 0; left--)
        {
            _events.Dequeue()(events);
        }
    }

    public void Dispose() => Open.Clear();

    /// <summary>Acknowledges a publish.</summary>
    public void Acknowledge(Published publish, MqttReasonCode reason = MqttReasonCode.Success)
    {
        var packet = new PubackPacket { PacketId = publish.PacketId, ReasonCode = reason };
        var bytes = new byte[packet.GetLength(version)];
        packet.Write(bytes, MqttPacketType.Puback, version);
        Answer(publish.Slot, bytes);
    }

    /// <summary>Cuts a connection.</summary>
    public void Cut(int slot)
    {
        Open.Remove(slot);
        _events.Enqueue(events => events.OnClosed(slot, SocketError.ConnectionReset));
    }

    /// <summary>Sends a command, in two pieces.</summary>
    public void Command(int slot, VehicleCommand command, ushort packetId) =>
        Publish(slot, JsonSerializer.SerializeToUtf8Bytes(command, ContractsJson.Default.VehicleCommand), packetId);

    public void Publish(int slot, byte[] payload, ushort packetId, QualityOfService qualityOfService = QualityOfService.AtLeastOnce)
    {
        var packet = new PublishPacket { QualityOfService = qualityOfService, Topic = "command/p2p/x"u8, PacketId = packetId, Payload = payload };
        var bytes = new byte[packet.GetLength(version)];
        packet.Write(bytes, version);
        Answer(slot, bytes[..5]);
        Answer(slot, bytes[5..]);
    }

    /// <summary>Sends any bytes.</summary>
    public void Answer(int slot, byte[] bytes) => _events.Enqueue(events =>
    {
        if (Open.Contains(slot))
        {
            // What the car leaves comes again, in front of the next bytes.
            var waiting = _unconsumed[slot];
            waiting.AddRange(bytes);
            waiting.RemoveRange(0, events.OnReceived(slot, waiting.ToArray()));
        }
    });

    private void Handle(int slot, MqttFixedHeader header, ReadOnlySpan<byte> body)
    {
        MqttError error = default;
        switch (header.Type)
        {
            case MqttPacketType.Connect:
                Assert.True(ConnectPacket.TryParse(body, out var connect, out error), error.Text);
                Assert.Equal(version, connect.Version);
                Connects.Add((slot, Encoding.UTF8.GetString(connect.ClientId), connect.HasPassword ? Encoding.UTF8.GetString(connect.Password) : null, connect.CleanStart));
                var properties = new MqttPropertyWriter(new byte[16]);
                if (version == MqttProtocolVersion.V500)
                {
                    properties.Add(MqttPropertyId.ReceiveMaximum, ReceiveMaximum);
                    properties.Add(MqttPropertyId.ServerKeepAlive, ServerKeepAlive);
                }

                var connack = new ConnackPacket { ReasonCode = ConnackReason, SessionPresent = SessionPresent && !connect.CleanStart, Properties = properties.Properties };
                var bytes = new byte[connack.GetLength(version)];
                connack.Write(bytes, version);
                Answer(slot, bytes);
                break;
            case MqttPacketType.Publish:
                Assert.True(PublishPacket.TryParse(body, header.Flags, version, MqttSender.Client, out var publish, out error), error.Text);
                var published = new Published(slot, Encoding.UTF8.GetString(publish.Topic), publish.PacketId, publish.QualityOfService, publish.Duplicate, publish.Payload.ToArray());
                Publishes.Add(published);
                if (AnswersPublishes && publish.QualityOfService == QualityOfService.AtLeastOnce)
                {
                    Acknowledge(published);
                }

                break;
            case MqttPacketType.Puback:
                Assert.True(PubackPacket.TryParse(body, header.Type, version, out var puback, out error), error.Text);
                Pubacks.Add((slot, puback.PacketId, puback.ReasonCode));
                break;
            case MqttPacketType.Pingreq:
                Pings++;
                if (AnswersPings)
                {
                    Answer(slot, PrebuiltPackets.Pingresp.ToArray());
                }

                break;
            case MqttPacketType.Disconnect:
                Assert.True(DisconnectPacket.TryParse(body, version, MqttSender.Client, out _, out error), error.Text);
                Disconnects.Add(slot);
                break;
            default:
                Assert.Fail($"{header.Type} from a car");
                break;
        }
    }

    internal sealed record Published(int Slot, string Topic, ushort PacketId, QualityOfService QualityOfService, bool IsDuplicate, byte[] Payload)
    {
        public DecodedTelemetry Decode()
        {
            var decoded = new DecodedTelemetry();
            var result = TelemetryCodec.Decode(Payload, [], decoded);
            Assert.True(result.Reason == RejectReason.None, result.Detail);
            return decoded;
        }
    }
}
