using System.Text;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>
/// Comes and goes in every way a client may, one after the other and each checked: with reports, wills, takeovers,
/// subscriptions, kept sessions, and packets that are none. Its choices are drawn from a seed.
/// </summary>
internal sealed class ChurningClient(int port, int number)
{
    /// <summary>The gateway's topic for messages among clients.</summary>
    public const string Exchange = "chat";

    private const int Names = 8;

    private static readonly byte[] Disconnect = [0xE0, 0];
    private static readonly byte[] Suback = [0x90, 3, 0, 1];

    // What ends a connection that has its CONNACK.
    private static readonly byte[][] Refused =
    [
        [0x00, 0x00], // a reserved type
        [0x20, 0x02, 0x00, 0x00], // the server's packet
        [0x30, 0xFF, 0xFF, 0xFF, 0x7F], // a packet of 256 MiB
        [0x30, 0x80, 0x80, 0x80, 0x80], // a length that does not end
        [0x82, 0x02, 0x00, 0x01], // a subscription to nothing
        [0x32, 0x05, 0x00, 0x01, (byte)'#', 0x00, 0x01], // a publish to a filter
        RawClient.Connect("again"),
    ];

    private readonly Random _random = new(number);

    /// <summary>Connections begun.</summary>
    public long Connections { get; private set; }

    /// <summary>Goes on until it is to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var name = $"soak-{number}-{_random.Next(Names)}";
            await (_random.Next(8) switch
            {
                0 => ReportAsync(name),
                1 => DieAsync(name),
                2 => TakeOverAsync(name),
                3 => TalkAsync(name),
                4 => LeaveSessionAsync(name),
                5 => SendWhatIsRefusedAsync(name),
                6 => SendNoConnectAsync(),
                _ => BreakOffAsync(name),
            });
        }
    }

    private async Task ReportAsync(string name)
    {
        using var client = await ConnectAsync(name);
        for (ushort i = 1; i <= 3; i++)
        {
            await client.SendAsync(RawClient.Publish($"telemetry/{name}", i, Report()));
            await client.ExpectAsync(RawClient.Puback(i));
        }

        await client.SendAsync(Disconnect);
        Assert.Empty(await client.ReadToEndAsync());
    }

    /// <summary>The will is sent for it.</summary>
    private async Task DieAsync(string name)
    {
        using var client = await ConnectAsync(name, will: $"{Exchange}/{number}");
        client.Reset();
    }

    private async Task TakeOverAsync(string name)
    {
        using var first = await ConnectAsync(name, will: $"{Exchange}/{number}");
        using var second = await ConnectAsync(name);
        Assert.Empty(await first.ReadToEndAsync());
        await second.SendAsync(RawClient.Pingreq);
        await second.ExpectAsync(RawClient.Pingresp);
    }

    /// <summary>Hears its own message among those of others.</summary>
    private async Task TalkAsync(string name)
    {
        using var client = await ConnectAsync(name);
        await client.SendAsync(RawClient.Subscribe(1, $"{Exchange}/#"));
        await ReadUntilAsync(client, packet => packet.AsSpan().StartsWith(Suback));
        await client.SendAsync(RawClient.Publish($"{Exchange}/{number}", 2, name));
        var isHeard = false;
        var isAcknowledged = false;
        await ReadUntilAsync(client, packet =>
        {
            isAcknowledged |= packet.AsSpan().SequenceEqual(RawClient.Puback(2));
            isHeard |= packet[0] >> 4 == (int)MqttPacketType.Publish && packet.AsSpan().EndsWith(Encoding.UTF8.GetBytes(name));
            return isHeard && isAcknowledged;
        });
    }

    /// <summary>Its session stays for its time, and messages are queued for it.</summary>
    private async Task LeaveSessionAsync(string name)
    {
        using var client = await ConnectAsync(name, isKept: true);
        await client.SendAsync(RawClient.Subscribe(1, $"{Exchange}/{number}", qos: 1));
        await ReadUntilAsync(client, packet => packet.AsSpan().StartsWith(Suback));
        await client.SendAsync(Disconnect);
        await client.ReadToEndAsync();
    }

    private async Task SendWhatIsRefusedAsync(string name)
    {
        using var client = await ConnectAsync(name);
        await client.SendAsync(Refused[_random.Next(Refused.Length)]);
        Assert.Empty(await client.ReadToEndAsync());
    }

    private async Task SendNoConnectAsync()
    {
        using var client = await OpenAsync();
        var bytes = new byte[_random.Next(1, 100)];
        _random.NextBytes(bytes);
        bytes[0] = (byte)(bytes[0] | 0x80); // of a type that is not CONNECT
        await client.SendAsync(bytes);
        await client.ReadToEndAsync();
    }

    /// <summary>In the middle of a packet.</summary>
    private async Task BreakOffAsync(string name)
    {
        using var half = await OpenAsync();
        await half.SendAsync(RawClient.Connect(name)[.._random.Next(1, 10)]);
        using var client = await ConnectAsync(name);
        var packet = RawClient.Publish($"telemetry/{name}", 1, Report());
        await client.SendAsync(packet[.._random.Next(1, packet.Length)]);
        if (_random.Next(2) == 0)
        {
            client.Reset();
            half.Reset();
        }
    }

    private async Task<RawClient> OpenAsync()
    {
        Connections++;
        return await RawClient.ConnectAsync(port);
    }

    private async Task<RawClient> ConnectAsync(string name, bool isKept = false, string? will = null)
    {
        var client = await OpenAsync();
        try
        {
            await client.SendAsync(Connect(name, isKept, will));
            var connack = await client.ReadPacketAsync();
            Assert.Equal(((byte)0x20, (byte)0), (connack[0], connack[3]));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static byte[] Connect(string name, bool isKept, string? will)
    {
        var packet = new ConnectPacket
        {
            Version = MqttProtocolVersion.V311,
            CleanStart = !isKept,
            KeepAlive = 60,
            ClientId = Encoding.UTF8.GetBytes(name),
            HasWill = will is not null,
            WillQualityOfService = will is null ? QualityOfService.AtMostOnce : QualityOfService.AtLeastOnce,
            WillTopic = Encoding.UTF8.GetBytes(will ?? string.Empty),
            WillPayload = "gone"u8,
        };
        var bytes = new byte[packet.GetLength()];
        packet.Write(bytes);
        return bytes;
    }

    private static async Task ReadUntilAsync(RawClient client, Func<byte[], bool> isLast)
    {
        while (!isLast(await client.ReadPacketAsync()))
        {
            // A message of another's.
        }
    }

    private static string Report() => $$"""{"time":"{{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}","Vehicle.Speed":80}""";
}
