using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Telematics.Simulator.Transport;

namespace Telematics.Benchmarks.Fleet;

/// <summary>Connections without sockets to a server that accepts and acknowledges everything (MQTT 5.0).</summary>
internal sealed class AnsweringTransport(int slots) : IFleetTransport
{
    private readonly Queue<(int Slot, byte[]? Answer)> _answers = new();
    private static readonly byte[] Connack = [0x20, 3, 0, 0, 0];

    public void Connect(int slot) => _answers.Enqueue((slot, null));

    public void Send(int slot, ReadOnlySpan<byte> bytes)
    {
        while (MqttFixedHeader.Read(bytes, int.MaxValue, out var header, out _) == MqttFrameStatus.Complete)
        {
            if (header.Type == MqttPacketType.Connect)
            {
                _answers.Enqueue((slot, Connack));
            }
            else if (header.Type == MqttPacketType.Publish
                && PublishPacket.TryParse(bytes[header.HeaderLength..header.PacketLength], header.Flags, MqttProtocolVersion.V500, MqttSender.Client, out var publish, out _))
            {
                var puback = new byte[PubackPacket.SuccessLength];
                PubackPacket.WriteSuccess(puback, MqttPacketType.Puback, publish.PacketId);
                _answers.Enqueue((slot, puback));
            }

            bytes = bytes[header.PacketLength..];
        }
    }

    public void Close(int slot, bool abort)
    {
        // Nothing to close.
    }

    public void Abandon(int slot)
    {
        // Nothing to leave.
    }

    public void Attach()
    {
        // No descriptors.
    }

    public void Poll(int timeoutMilliseconds, ITransportEvents events)
    {
        for (var left = _answers.Count; left > 0; left--)
        {
            var (slot, answer) = _answers.Dequeue();
            if (answer is null)
            {
                events.OnConnected(slot);
            }
            else
            {
                events.OnReceived(slot, answer);
            }
        }
    }

    public void Dispose() => _answers.Clear();

    /// <summary>The same command to every connection.</summary>
    public void Broadcast(byte[] payload)
    {
        var packet = new PublishPacket { QualityOfService = QualityOfService.AtLeastOnce, Topic = "command/all"u8, PacketId = 1, Payload = payload };
        var bytes = new byte[packet.GetLength(MqttProtocolVersion.V500)];
        packet.Write(bytes, MqttProtocolVersion.V500);
        for (var slot = 0; slot < slots; slot++)
        {
            _answers.Enqueue((slot, bytes));
        }
    }
}
