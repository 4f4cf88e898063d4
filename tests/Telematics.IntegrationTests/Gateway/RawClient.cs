using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>A client that writes MQTT 3.1.1 byte by byte as a test wants it.</summary>
internal sealed class RawClient : IDisposable
{
    public static readonly byte[] Connack = [0x20, 2, 0, 0];
    public static readonly byte[] Pingreq = [0xC0, 0];
    public static readonly byte[] Pingresp = [0xD0, 0];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<RawClient> ConnectAsync(RunningGateway gateway, int? receiveBuffer = null) => ConnectAsync(gateway.Ports[0], receiveBuffer);

    public static async Task<RawClient> ConnectAsync(int port, int? receiveBuffer = null)
    {
        var client = new RawClient();
        if (receiveBuffer is { } size)
        {
            client._socket.ReceiveBufferSize = size;
        }

        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Token);
        return client;
    }

    public static byte[] Connect(string clientId, byte level = 4) =>
        Packet(0x10, [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', level, 2, 0, 60, .. level == 5 ? [0] : Array.Empty<byte>(), .. Text(clientId)]);

    public static byte[] Publish(string topic, ushort packetId, string payload) =>
        Packet(0x32, [.. Text(topic), (byte)(packetId >> 8), (byte)packetId, .. Encoding.UTF8.GetBytes(payload)]);

    public static byte[] Subscribe(ushort packetId, string filter, byte qos = 0) => Packet(0x82, [(byte)(packetId >> 8), (byte)packetId, .. Text(filter), qos]);

    public static byte[] Puback(ushort packetId) => [0x40, 2, (byte)(packetId >> 8), (byte)packetId];

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent), Token);
        }
    }

    /// <summary>Takes exactly these bytes.</summary>
    public async Task ExpectAsync(params byte[] bytes) => Assert.Equal(bytes, await ReadAsync(bytes.Length));

    /// <summary>Takes so many bytes.</summary>
    public async Task<byte[]> ReadAsync(int length)
    {
        var got = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = await ReceiveAsync(got.AsMemory(read));
            Assert.True(count > 0, $"The connection ended after {Convert.ToHexString(got, 0, read)}.");
            read += count;
        }

        return got;
    }

    /// <summary>Takes the next packet, whatever it is.</summary>
    public async Task<byte[]> ReadPacketAsync()
    {
        var packet = new List<byte>(await ReadAsync(2));
        var length = packet[1] & 0x7F;
        for (var shift = 7; packet[^1] > 0x7F; shift += 7)
        {
            packet.AddRange(await ReadAsync(1));
            length |= (packet[^1] & 0x7F) << shift;
        }

        packet.AddRange(await ReadAsync(length));
        return [.. packet];
    }

    /// <summary>Takes everything until the gateway ends the connection; a reset is an end too.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        var all = new List<byte>();
        var buffer = new byte[65_536];
        try
        {
            while (await ReceiveAsync(buffer) is > 0 and var count)
            {
                all.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Aborted by the gateway.
        }

        return [.. all];
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<int> ReceiveAsync(Memory<byte> buffer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        return await _socket.ReceiveAsync(buffer, limit.Token);
    }

    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Packet(byte first, byte[] body)
    {
        var length = new List<byte>();
        for (var rest = body.Length; ; rest >>= 7)
        {
            length.Add((byte)((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)));
            if (rest <= 0x7F)
            {
                return [first, .. length, .. body];
            }
        }
    }
}
