using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Transport;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>One connection on pipes instead of a socket; the loop's thread is the test.</summary>
public sealed class KestrelChannelTests : IAsyncLifetime
{
    private static readonly byte[] Connect = [0x10, 0x0F, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 3, (byte)'c', (byte)'a', (byte)'r'];
    private static readonly byte[] PingRequest = [0xC0, 0];
    private static readonly byte[] PingResponse = [0xD0, 0];

    private readonly GatewayHarness _harness = new(loops: 0);
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly List<byte> _received = [];
    private readonly KestrelThread _thread;
    private Task _connection = Task.CompletedTask;

    public KestrelChannelTests()
    {
        _thread = _harness.Shared.AddLoop(index => new KestrelThread(index, _harness.Shared), static thread => thread.Loop);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionLoop Loop => _thread.Loop;

    public async ValueTask InitializeAsync()
    {
        var context = new DefaultConnectionContext("test") { Transport = new TestDuplex(_toServer.Reader, _toClient.Writer), ConnectionClosed = _closed.Token };
        _connection = new KestrelChannel(_thread, context).RunAsync();
        await SendAsync(Connect);
        await UntilAsync(() => Loop.Counters.Connections == 1);
        await ReceiveAsync();
    }

    public ValueTask DisposeAsync()
    {
        _closed.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_a_client_sends_while_it_takes_nothing_is_read_once_it_takes_its_bytes()
    {
        await FillAsync();
        await SendAsync(PingRequest);
        await TurnAWhileAsync();
        Assert.Equal(1, Loop.Counters.PausedConnections);

        await UntilAsync(() =>
        {
            TryReceive();
            return _received.Count >= 2 && _received[^2..].SequenceEqual(PingResponse);
        });
    }

    [Fact]
    public async Task A_client_that_goes_while_it_takes_nothing_is_gone_for_the_gateway_too()
    {
        await FillAsync();
        await _toServer.Writer.CompleteAsync();
        await TurnAWhileAsync();
        await _toClient.Reader.CompleteAsync();
        await _closed.CancelAsync();

        await UntilAsync(() => Loop.Counters.Connections == 0);
        await _connection;
    }

    /// <summary>Gives the client so much that it is no longer read.</summary>
    private async Task FillAsync()
    {
        var message = new OutboundMessage
        {
            Topic = Encoding.UTF8.GetBytes("chat/p2p/car"),
            Payload = new byte[8_192],
            QualityOfService = 0,
            ExpiresAt = OutboundMessage.Never,
            PeerToPeerClient = "car",
        };
        for (var i = 0; i < 20; i++)
        {
            Loop.Post(new TopicWork([message]));
        }

        await UntilAsync(() => Loop.Counters.PausedConnections == 1);
    }

    private async Task SendAsync(byte[] bytes)
    {
        await _toServer.Writer.WriteAsync(bytes, Cancellation);
    }

    private async Task ReceiveAsync()
    {
        await UntilAsync(() =>
        {
            TryReceive();
            return _received.Count > 0;
        });
    }

    private void TryReceive()
    {
        if (_toClient.Reader.TryRead(out var result))
        {
            foreach (var segment in result.Buffer)
            {
                _received.AddRange(segment.Span);
            }

            _toClient.Reader.AdvanceTo(result.Buffer.End);
        }
    }

    private async Task TurnAWhileAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            Loop.Turn();
            await Task.Delay(5, Cancellation);
        }
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            Loop.Turn();
            if (condition())
            {
                return;
            }

            await Task.Delay(5, Cancellation);
        }

        Assert.Fail("It did not happen within 3 s.");
    }
}
