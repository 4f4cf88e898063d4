using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Transport;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>A connection whose writer is a stream's, as TLS has it: that one takes nothing while a flush is under way.</summary>
public sealed class HeldOutputTests
{
    private static readonly byte[] Connect = [0x10, 0x0F, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 3, (byte)'c', (byte)'a', (byte)'r'];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_sent_while_the_client_takes_nothing_arrives_whole_and_in_order(bool closesBehindIt)
    {
        const int messages = 40;
        var harness = new GatewayHarness();
        var thread = harness.Shared.AddLoop(index => new KestrelThread(index, harness.Shared), static thread => thread.Loop);
        var toServer = new Pipe();
        var toClient = new Pipe();
        using var closed = new CancellationTokenSource();
        var context = new DefaultConnectionContext("test")
        {
            Transport = new TestDuplex(toServer.Reader, PipeWriter.Create(toClient.Writer.AsStream())),
            ConnectionClosed = closed.Token,
        };
        var connection = new KestrelChannel(thread, context).RunAsync();
        await toServer.Writer.WriteAsync(Connect, Cancellation);
        for (var i = 0; i < 600 && thread.Loop.Counters.Connections == 0; i++)
        {
            thread.Loop.Turn();
            await Task.Delay(5, Cancellation);
        }

        for (var i = 0; i < messages; i++)
        {
            thread.Loop.Post(new TopicWork([MessageOf(i)]));
            thread.Loop.Turn();
        }

        Assert.True(thread.Loop.Connections[0].Unsent > 0);
        if (closesBehindIt)
        {
            thread.Loop.Post(new Telematics.Gateway.Presence.DrainWork(new TaskCompletionSource()));
            thread.Loop.Turn();
        }

        var received = new List<byte>();
        var payloads = new List<string>();
        for (var i = 0; i < 600 && payloads.Count < messages; i++)
        {
            thread.Loop.Turn();
            if (toClient.Reader.TryRead(out var result))
            {
                foreach (var segment in result.Buffer)
                {
                    received.AddRange(segment.Span);
                }

                toClient.Reader.AdvanceTo(result.Buffer.End);
                payloads = Payloads(received);
            }
            else
            {
                await Task.Delay(5, Cancellation);
            }
        }

        Assert.Equal(Enumerable.Range(0, messages).Select(i => $"{i}"), payloads);
        if (closesBehindIt)
        {
            for (var i = 0; i < 600 && !connection.IsCompleted; i++)
            {
                thread.Loop.Turn();
                await Task.Delay(5, Cancellation);
            }

            await connection; // and not before its last byte was taken
        }
    }

    private static OutboundMessage MessageOf(int number) => new()
    {
        Topic = Encoding.UTF8.GetBytes("chat/p2p/car"),
        Payload = Encoding.UTF8.GetBytes($"{number}".PadRight(8_192)),
        QualityOfService = 0,
        ExpiresAt = OutboundMessage.Never,
        PeerToPeerClient = "car",
    };

    private static List<string> Payloads(List<byte> received)
    {
        var payloads = new List<string>();
        var rest = received.ToArray().AsSpan();
        while (MqttFixedHeader.Read(rest, int.MaxValue, out var header, out var error) == MqttFrameStatus.Complete)
        {
            Assert.False(error.IsError, error.Text);
            if (header.Type == MqttPacketType.Publish)
            {
                Assert.True(PublishPacket.TryParse(rest[header.HeaderLength..header.PacketLength], header.Flags, MqttProtocolVersion.V311, MqttSender.Server, out var publish, out error), error.Text);
                payloads.Add(Encoding.UTF8.GetString(publish.Payload).TrimEnd());
            }

            rest = rest[header.PacketLength..];
        }

        return payloads;
    }
}
