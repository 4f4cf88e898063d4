using System.Net;
using System.Net.Sockets;
using System.Text;
using Telematics.Mqtt.Sockets;
using Telematics.Simulator.Transport;
using Xunit;

namespace Telematics.Tests.Simulator.Transport;

/// <summary>Both transports against a plain listener.</summary>
public sealed class FleetTransportTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public FleetTransportTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_not_consumed_comes_again_in_front(bool isEpoll)
    {
        using var bench = Start(isEpoll);
        bench.Do(transport => transport.Connect(0));
        using var peer = Accept();
        Assert.Equal("connected 0", bench.WaitFor(1));
        bench.Consume = 0;
        peer.Send("ab"u8);
        Assert.Equal("0: ab", bench.WaitFor(2));
        bench.Consume = 3;
        peer.Send("cd"u8);
        Assert.Equal("0: abcd", bench.WaitFor(3));
        peer.Send("e"u8);
        Assert.Equal("0: de", bench.WaitFor(4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_that_was_left_stays_open_and_silent_beside_the_new_one(bool isEpoll)
    {
        using var bench = Start(isEpoll);
        bench.Do(transport => transport.Connect(1));
        using var old = Accept();
        bench.WaitFor(1);
        bench.Do(transport => transport.Abandon(1));
        bench.Do(transport => transport.Send(1, "lost"u8));
        bench.Do(transport => transport.Connect(1));
        using var peer = Accept();
        Assert.Equal("connected 1", bench.WaitFor(2));
        old.Send("nobody reads this"u8);
        peer.Send("new"u8);
        Assert.Equal("1: new", bench.WaitFor(3));
        Assert.False(old.Poll(50_000, SelectMode.SelectRead)); // neither bytes nor an end
        bench.Do(transport => transport.Send(1, "hello"u8));
        Assert.Equal("hello", Read(peer, 5));

        // Closing the slot ends both, and nothing is told of it.
        bench.Do(transport => transport.Close(1, abort: true));
        Assert.Throws<SocketException>(() => Read(old, 1));
        Assert.Throws<SocketException>(() => Read(peer, 1));
        Assert.Equal(3, bench.Happened.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_end_is_told_once_with_its_kind(bool isEpoll)
    {
        using var bench = Start(isEpoll);
        bench.Do(transport => transport.Connect(0));
        Accept().Dispose();
        Assert.Equal("connected 0", bench.WaitFor(1));
        Assert.Equal("closed 0: Success", bench.WaitFor(2));
        _listener.Stop();
        bench.Do(transport => transport.Connect(1));
        Assert.Equal("closed 1: ConnectionRefused", bench.WaitFor(3));
        bench.Do(transport => transport.Send(0, "to nobody"u8));
        bench.Do(transport => transport.Connect(0));
        Assert.Equal("closed 0: ConnectionRefused", bench.WaitFor(4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_sent_before_an_orderly_close_arrives(bool isEpoll)
    {
        var bench = Start(isEpoll);
        bench.Do(transport => transport.Connect(0));
        using var peer = Accept();
        bench.WaitFor(1);
        bench.Do(transport =>
        {
            transport.Send(0, "goodbye"u8);
            transport.Close(0, abort: false);
        });
        Assert.Equal("goodbye", Read(peer, 7));
        Assert.Equal(0, peer.Receive(new byte[1]));
        peer.Dispose();
        bench.Dispose();
    }

    [Fact]
    public void A_slot_connects_from_the_address_that_the_plan_gives_it()
    {
        using var bench = Start(isEpoll: true);
        bench.Do(transport => transport.Connect(0));
        using var first = Accept();
        bench.Do(transport => transport.Connect(1));
        using var second = Accept();
        Assert.Equal(
            [IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.3.9")],
            new[] { first, second }.Select(socket => ((IPEndPoint)socket.RemoteEndPoint!).Address));
    }

    private static string Read(Socket socket, int count)
    {
        var bytes = new byte[count];
        socket.ReceiveTimeout = 20_000;
        for (var read = 0; read < count;)
        {
            var more = socket.Receive(bytes.AsSpan(read));
            Assert.NotEqual(0, more);
            read += more;
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private TransportBench Start(bool isEpoll)
    {
        Assert.SkipUnless(!isEpoll || SocketLoop.IsSupported, "the socket loop needs Linux on x64 or arm64");
        var endPoint = (IPEndPoint)_listener.LocalEndpoint;
        Func<int, IPAddress?> source = slot => slot == 1 && isEpoll ? IPAddress.Parse("127.0.3.9") : null;
        return new TransportBench(isEpoll ? new EpollFleetTransport(endPoint, 2, source) : new SocketTransport(endPoint, 2, source));
    }

    private Socket Accept() => _listener.AcceptSocket();
}
