using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Simulator;

/// <summary>A server on a real socket that takes every CONNECT and acknowledges every PUBLISH.</summary>
internal sealed class AcknowledgingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MqttProtocolVersion _version;
    private readonly Task _accepting;
    private long _publishes;

    public AcknowledgingServer(MqttProtocolVersion version)
    {
        _version = version;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public long Publishes => Interlocked.Read(ref _publishes);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken)));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        var buffer = new byte[64 * 1024];
        var length = 0;
        try
        {
            while (await connection.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken) is > 0 and var count)
            {
                length += count;
                var answer = Answer(buffer, ref length);
                if (answer.Length > 0)
                {
                    await connection.SendAsync(answer, TestContext.Current.CancellationToken);
                }
            }
        }
        catch (SocketException)
        {
            // The client has reset the connection.
        }
    }

    private byte[] Answer(byte[] buffer, ref int length)
    {
        var answer = new List<byte>();
        var rest = buffer.AsSpan(0, length);
        while (MqttFixedHeader.Read(rest, buffer.Length, out var header, out _) == MqttFrameStatus.Complete)
        {
            var body = rest[header.HeaderLength..header.PacketLength];
            if (header.Type == MqttPacketType.Connect)
            {
                answer.AddRange(_version == MqttProtocolVersion.V500 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]);
            }
            else if (header.Type == MqttPacketType.Publish && PublishPacket.TryParse(body, header.Flags, _version, MqttSender.Client, out var publish, out _))
            {
                Interlocked.Increment(ref _publishes);
                var puback = new byte[PubackPacket.SuccessLength];
                PubackPacket.WriteSuccess(puback, MqttPacketType.Puback, publish.PacketId);
                answer.AddRange(puback);
            }

            rest = rest[header.PacketLength..];
        }

        rest.CopyTo(buffer);
        length = rest.Length;
        return [.. answer];
    }
}
