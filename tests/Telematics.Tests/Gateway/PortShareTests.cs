using System.Net;
using System.Net.Sockets;
using Telematics.Gateway.Transport;
using Telematics.Mqtt.Sockets;
using Telematics.Tests.Mqtt.Sockets;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>When a loop listens, and when it asks for another beside it; the test moves the clock.</summary>
public sealed class PortShareTests
{
    public PortShareTests() => Assert.SkipUnless(SocketLoop.IsSupported, "The socket loop needs Linux.");

    [Fact]
    public void A_first_listen_that_fails_is_said_once_and_tried_again_each_second()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = (IPEndPoint)other.LocalEndpoint;
        using var bench = new LoopBench();
        var port = new PortShare(bench.Loop, bench, maxConnections: 10);
        bench.Do(() => port.Join(address));
        Assert.Equal(PortChange.CannotListen, Check(5_000));
        Assert.Equal((PortChange.None, 1), (Check(5_999), DueIn(5_999)));
        Assert.Equal((PortChange.None, 1_000), (Check(6_000), DueIn(6_000))); // tried, and failed again

        other.Stop();
        Assert.Equal(PortChange.None, Check(6_999));
        Assert.Equal((PortChange.Entered, -1), (Check(7_000), DueIn(7_000)));
        using var peer = LoopBench.Connect(address);
        bench.WaitForNote("accepted 0");

        PortChange Check(long now) => bench.Do(() => port.Check(now));
        int DueIn(long now) => bench.Do(() => port.DueIn(now));
    }

    [Fact]
    public void A_further_loop_is_asked_for_each_second_while_this_one_is_nearly_full()
    {
        using var bench = new LoopBench();
        var port = new PortShare(bench.Loop, bench, maxConnections: 10);
        var address = bench.Do(() => port.Enter(new IPEndPoint(IPAddress.Loopback, 0)));
        var peers = new List<Socket>();
        Connect(8);
        Assert.Equal((PortChange.None, -1, false), (Check(0), DueIn(0), port.IsNearlyFull));
        Connect(9);
        Assert.Equal((PortChange.NearlyFull, 1_000, true), (Check(0), DueIn(0), port.IsNearlyFull));
        Assert.Equal(PortChange.None, Check(999));
        Assert.Equal(PortChange.NearlyFull, Check(1_000));
        Connect(10);
        Assert.Equal(PortChange.Full, Check(2_000));
        Assert.Equal(0, DueIn(2_000));
        Assert.Equal(PortChange.NearlyFull, Check(2_000)); // also a loop that is full goes on asking
        Assert.Throws<SocketException>(() => LoopBench.Connect(address));

        bench.Do(() => bench.Loop.Close(0, abort: true));
        bench.Do(() => bench.Loop.Close(1, abort: true));
        Assert.Equal(PortChange.HasRoom, Check(2_001));
        Assert.Equal((PortChange.None, -1, false), (Check(9_000), DueIn(9_000), port.IsNearlyFull));
        peers.ForEach(static peer => peer.Dispose());

        void Connect(int count)
        {
            while (peers.Count < count)
            {
                peers.Add(LoopBench.Connect(address));
            }

            bench.WaitForNote($"accepted {count - 1} ");
        }

        PortChange Check(long now) => bench.Do(() => port.Check(now));
        int DueIn(long now) => bench.Do(() => port.DueIn(now));
    }
}
