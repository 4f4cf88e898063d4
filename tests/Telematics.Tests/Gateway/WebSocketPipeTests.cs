using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FsCheck.Xunit;
using Telematics.Gateway.Transport.WebSockets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>MQTT's bytes in WebSocket frames, without a socket.</summary>
public sealed class WebSocketPipeTests
{
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private WebSocketPipe _socket;

    public WebSocketPipeTests() => _socket = Create(origins: null);

    [Fact]
    public void The_handshake_is_answered_when_its_last_byte_is_there()
    {
        var request = WebSocketFrames.Request("/mqtt?x=y");
        foreach (var one in request)
        {
            Assert.Empty(Answer());
            Assert.Empty(Read([one]));
        }

        Assert.Equal(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
            Encoding.ASCII.GetString(Answer()));
        Assert.False(_socket.IsFaulted);
    }

    [Theory]
    [InlineData("404", "/other", "GET", null, null)]
    [InlineData("404", "/mqtt/", "GET", null, null)]
    [InlineData("405", "/mqtt", "POST", null, null)]
    [InlineData("426", "/mqtt", "GET", "Upgrade", null)]
    [InlineData("426", "/mqtt", "GET", "Connection", null)]
    [InlineData("426", "/mqtt", "GET", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")]
    [InlineData("400", "/mqtt", "GET", "Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ=")]
    [InlineData("400", "/mqtt", "GET", "Sec-WebSocket-Key", null)]
    [InlineData("400", "/mqtt", "GET", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat")]
    [InlineData("400", "/mqtt", "GET", null, "no field")]
    [InlineData("403", "/mqtt", "GET", null, "Origin: https://evil.example")]
    public void A_request_that_is_not_for_MQTT_is_refused(string status, string path, string method, string? without, string? more)
    {
        Assert.Empty(Read([.. WebSocketFrames.Request(path, method, without, more), .. WebSocketFrames.Frame(WebSocketFrames.Binary, [1])]));
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(Answer()), StringComparison.Ordinal);
        Assert.True(_socket.IsFaulted);
    }

    [Fact]
    public void A_request_without_end_is_refused()
    {
        Assert.Empty(Read(WebSocketFrames.Request(more: "X: " + new string('x', 9_000))));
        Assert.StartsWith("HTTP/1.1 431 ", Encoding.ASCII.GetString(Answer()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://fleet.example", true)]
    [InlineData("http://fleet.example", false)]
    public void A_page_of_a_listed_origin_may_connect(string origin, bool isAccepted)
    {
        _socket = Create("https://other.example, https://fleet.example");
        Read(WebSocketFrames.Request(more: $"Origin: {origin}"));
        Assert.Equal(isAccepted, !_socket.IsFaulted);
    }

    [Property(MaxTest = 300)]
    public void Bytes_arrive_as_they_were_however_they_are_framed_and_cut(byte[][] frames, byte[] cuts, uint key)
    {
        _socket = Create(origins: null);
        var wire = WebSocketFrames.Request().ToList();
        for (var i = 0; i < frames.Length; i++)
        {
            var isFirst = i == 0 || frames[i - 1].Length % 3 != 1;
            var isFinal = i == frames.Length - 1 || frames[i].Length % 3 != 1;
            wire.AddRange(WebSocketFrames.Frame(isFirst ? WebSocketFrames.Binary : WebSocketFrames.Continuation, frames[i], isFinal, key: key + (uint)i));
            if (frames[i].Length % 5 == 0)
            {
                wire.AddRange(WebSocketFrames.Frame(WebSocketFrames.Ping, "p"u8)); // may stand between the parts of a message
            }
        }

        var received = new List<byte>();
        for (int at = 0, n = 0; at < wire.Count; n++)
        {
            var length = Math.Min(wire.Count - at, cuts.Length == 0 ? 1_000 : cuts[n % cuts.Length] + 1);
            received.AddRange(Read(wire.GetRange(at, length).ToArray()));
            at += length;
        }

        Assert.Equal(frames.SelectMany(frame => frame), received);
        Assert.False(_socket.IsFaulted);
    }

    [Fact]
    public void What_was_not_consumed_comes_again_in_front_of_what_follows()
    {
        Open();
        Write(WebSocketFrames.Frame(WebSocketFrames.Binary, "abc"u8));
        var result = ReadNow();
        _socket.Input.AdvanceTo(result.Buffer.GetPosition(1), result.Buffer.End);
        Write(WebSocketFrames.Frame(WebSocketFrames.Binary, "def"u8));
        result = ReadNow();
        Assert.Equal("bcdef", Encoding.ASCII.GetString(result.Buffer));

        // Not examined to its end, it is there at once.
        _socket.Input.AdvanceTo(result.Buffer.GetPosition(2), result.Buffer.GetPosition(2));
        Assert.Equal("def", Encoding.ASCII.GetString(ReadNow().Buffer));
    }

    [Fact]
    public async Task A_reader_that_waits_goes_on_when_bytes_come()
    {
        Open();
        var reading = _socket.Input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.False(reading.IsCompleted);
        Write(WebSocketFrames.Frame(WebSocketFrames.Binary, "abc"u8));
        Assert.Equal("abc", Encoding.ASCII.GetString((await reading).Buffer));
    }

    [Fact]
    public void A_ping_is_answered_and_a_close_too()
    {
        Open();
        Assert.Empty(Read(WebSocketFrames.Frame(WebSocketFrames.Ping, "hello"u8)));
        Assert.Equal([0x8A, 5, .. "hello"u8], Answer());
        Assert.Empty(Read(WebSocketFrames.Frame(WebSocketFrames.Close, [0x03, 0xE8])));
        Assert.Equal([0x88, 2, 0x03, 0xE8], Answer());
        Assert.True(ReadNow().IsCompleted);
        Assert.False(_socket.IsFaulted);
    }

    public static TheoryData<int, byte[]> Wrong() => new()
    {
        { 1_003, WebSocketFrames.Frame(WebSocketFrames.Text, "text"u8) },
        { 1_002, WebSocketFrames.Frame(WebSocketFrames.Binary, "x"u8, isMasked: false) },
        { 1_002, WebSocketFrames.Frame(WebSocketFrames.Continuation, "x"u8) },
        { 1_002, [.. WebSocketFrames.Frame(WebSocketFrames.Binary, [], isFinal: false), .. WebSocketFrames.Frame(WebSocketFrames.Binary, "x"u8)] },
        { 1_002, WebSocketFrames.Frame(WebSocketFrames.Ping, "x"u8, isFinal: false) },
        { 1_002, WebSocketFrames.Frame(WebSocketFrames.Ping, new byte[126]) },
        { 1_002, WebSocketFrames.Frame(3, "x"u8) },
        { 1_002, WebSocketFrames.Frame(0x40 | WebSocketFrames.Binary, "x"u8) },
        { 1_002, [0x82, 0xFE, 0, 5, 0, 0, 0, 0] },
        { 1_002, [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0] },
        { 1_002, [0x82, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_frame_that_is_not_allowed_closes(int code, byte[] frames)
    {
        Open();
        Assert.Equal("before"u8, Read([.. WebSocketFrames.Frame(WebSocketFrames.Binary, "before"u8), .. frames, .. WebSocketFrames.Frame(WebSocketFrames.Binary, "behind"u8)]));
        Assert.True(_socket.IsFaulted);
        Assert.Equal([0x88, 2, (byte)(code >> 8), (byte)code], Answer());
    }

    [Theory]
    [InlineData(0, new byte[0])]
    [InlineData(125, new byte[] { 0x82, 125 })]
    [InlineData(126, new byte[] { 0x82, 126, 0, 126 })]
    [InlineData(65_535, new byte[] { 0x82, 126, 0xFF, 0xFF })]
    [InlineData(65_536, new byte[] { 0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    public void What_is_written_until_a_flush_is_one_frame(int length, byte[] header)
    {
        Open();
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        _socket.Output.Write(bytes.AsSpan(0, length / 3));
        _socket.Output.Write(bytes.AsSpan(length / 3));
        Assert.Equal(length, _socket.Output.UnflushedBytes);
        Assert.Equal([.. header, .. bytes], Answer());
        Assert.Equal(0, _socket.Output.UnflushedBytes);
    }

    [Fact]
    public void Behind_the_last_frame_nothing_is_written()
    {
        Open();
        _socket.Output.Write("last"u8);
        _socket.End();
        Assert.Equal([0x82, 4, .. "last"u8, 0x88, 2, 0x03, 0xE8], Answer());
        _socket.Output.Write("more"u8);
        Assert.Empty(Answer());
    }

    private WebSocketPipe Create(string? origins) => new(new TestDuplex(_toServer.Reader, _toClient.Writer), new WebSocketUpgrade("/mqtt", origins));

    private void Open()
    {
        Read(WebSocketFrames.Request());
        Assert.NotEmpty(Answer());
    }

    /// <summary>What is there to be read, without a wait.</summary>
    private ReadResult ReadNow()
    {
        var reading = _socket.Input.ReadAsync().AsTask();
        Assert.True(reading.IsCompleted);
        return reading.GetAwaiter().GetResult();
    }

    private void Write(byte[] bytes) => _toServer.Writer.WriteAsync(bytes).AsTask().Wait();

    /// <summary>Hands in bytes of the client and takes all payload that came of them.</summary>
    private byte[] Read(byte[] bytes)
    {
        Write(bytes);
        var result = ReadNow();
        var payload = result.Buffer.ToArray();
        _socket.Input.AdvanceTo(result.Buffer.End);
        return payload;
    }

    private byte[] Answer()
    {
        _socket.Output.FlushAsync().AsTask().Wait();
        if (!_toClient.Reader.TryRead(out var result))
        {
            return [];
        }

        var bytes = result.Buffer.ToArray();
        _toClient.Reader.AdvanceTo(result.Buffer.End);
        return bytes;
    }
}
