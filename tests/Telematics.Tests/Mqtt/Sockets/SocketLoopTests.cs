using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt.Sockets;
using Xunit;

namespace Telematics.Tests.Mqtt.Sockets;

/// <summary>The socket loop against the system's own sockets.</summary>
public sealed class SocketLoopTests
{
    public SocketLoopTests() => Assert.SkipUnless(SocketLoop.IsSupported, "The socket loop needs Linux.");

    [Fact]
    public void Bytes_go_both_ways()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        peer.Send("hello"u8);
        bench.WaitFor(() => bench.Received.TryGetValue(0, out var bytes) && bytes.Count == 5);
        Assert.Equal(0, bench.Do(() => bench.Loop.Send(0, "world"u8)));
        Assert.Equal("world"u8.ToArray(), Read(peer, 5));
        Assert.StartsWith($"accepted 0 from {peer.LocalEndPoint}", bench.Happened[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_consumed_comes_again_in_front()
    {
        using var bench = new LoopBench { Consume = static (_, bytes) => bytes.Length >= 4 ? 4 : 0 };
        using var peer = LoopBench.Connect(bench.Listen());
        foreach (var value in "abcdef"u8.ToArray())
        {
            peer.Send([value]);
            Thread.Sleep(5);
        }

        bench.WaitFor(() => bench.Received.TryGetValue(0, out var bytes) && bytes.Count == 4);
        peer.Send("gh"u8);
        bench.WaitFor(() => bench.Received[0].Count == 8);
        Assert.Equal("abcdefgh"u8.ToArray(), bench.Received[0].ToArray());
    }

    [Fact]
    public void A_large_packet_in_many_small_pieces_is_handed_in_when_it_is_whole()
    {
        const int length = 262_144;
        using var bench = new LoopBench(new SocketLoopOptions { MaxKeptBytes = length + 8 })
        {
            Consume = static (_, bytes) => bytes.Length >= length ? length : 0,
            Needs = static () => length,
        };
        using var peer = LoopBench.Connect(bench.Listen());
        var sent = new byte[length + 100];
        new Random(7).NextBytes(sent);
        for (var at = 0; at < sent.Length; at += 128)
        {
            peer.Send(sent.AsSpan(at, Math.Min(128, sent.Length - at)));
        }

        bench.WaitFor(() => bench.Received.TryGetValue(0, out var bytes) && bytes.Count == length);
        Assert.Equal(sent[..length], bench.Received[0].ToArray());
        Assert.InRange(bench.HandIns, 1, 2); // with the first piece, when nothing is known of it, and when it is whole
        peer.Send(sent.AsSpan(0, length - 100));
        bench.WaitFor(() => bench.Received[0].Count == 2 * length);
        Assert.Equal([.. sent[length..], .. sent[..(length - 100)]], bench.Received[0].Skip(length));
    }

    [Fact]
    public void A_paused_connection_is_not_read_and_goes_on_where_it_stopped()
    {
        LoopBench? bench = null;
        var isPaused = false;
        using (bench = new LoopBench
        {
            Consume = (slot, bytes) =>
            {
                if (!isPaused)
                {
                    isPaused = true;
                    bench!.Loop.Pause(slot);
                    return 1;
                }

                return bytes.Length;
            },
        })
        {
            using var peer = LoopBench.Connect(bench.Listen());
            peer.Send("abc"u8);
            bench.WaitFor(() => bench.Received.TryGetValue(0, out var bytes) && bytes.Count == 1);
            peer.Send("def"u8);
            Thread.Sleep(50);
            Assert.Equal(["a"u8[0]], bench.Do(() => bench.Received[0].ToArray()));
            bench.Do(() => bench.Loop.Resume(0));
            bench.WaitFor(() => bench.Received[0].Count == 6);
            Assert.Equal("abcdef"u8.ToArray(), bench.Received[0].ToArray());
        }
    }

    [Fact]
    public void The_end_of_a_paused_peer_is_noticed_when_it_is_resumed()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        bench.Do(() => bench.Loop.Pause(0));
        peer.Send("last"u8);
        peer.Shutdown(SocketShutdown.Send);
        Thread.Sleep(50);
        Assert.DoesNotContain(bench.Do(() => bench.Happened.ToArray()), static note => note.StartsWith("closed", StringComparison.Ordinal));
        bench.Do(() => bench.Loop.Resume(0));
        bench.WaitForNote("closed 0: Success");
        Assert.Equal("last"u8.ToArray(), bench.Received[0].ToArray());
    }

    [Fact]
    public void A_reset_is_noticed_even_while_paused()
    {
        using var bench = new LoopBench();
        var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        bench.Do(() => bench.Loop.Pause(0));
        peer.LingerState = new LingerOption(true, 0);
        peer.Close();
        bench.WaitForNote("closed 0: ConnectionReset");
    }

    [Fact]
    public void What_a_full_socket_does_not_take_is_sent_later_and_in_order()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        var sent = new byte[16 * 1024 * 1024];
        new Random(7).NextBytes(sent);
        var waiting = bench.Do(() =>
        {
            var unsent = 0;
            for (var at = 0; at < sent.Length; at += 65_536)
            {
                unsent = bench.Loop.Send(0, sent.AsSpan(at, 65_536));
            }

            return unsent;
        });
        Assert.InRange(waiting, 1, sent.Length);
        Assert.Equal(sent, Read(peer, sent.Length));
        bench.WaitForNote("sent 0, all");
    }

    [Fact]
    public void A_close_still_delivers_what_was_sent()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        var sent = new byte[8 * 1024 * 1024];
        new Random(7).NextBytes(sent);
        peer.Send("unread"u8); // unread bytes of the peer must not turn the close into a reset
        bench.Do(() =>
        {
            bench.Loop.Pause(0);
            bench.Loop.Send(0, sent);
            bench.Loop.Close(0, abort: false);
        });
        Assert.Equal(sent, Read(peer, sent.Length));
        Assert.Equal(0, peer.Receive(new byte[1]));
        peer.Close();
        bench.WaitFor(() => bench.Loop.Count == 0 || Woken(bench));
    }

    [Fact]
    public void A_closed_peer_that_takes_nothing_is_reset_in_bounded_time()
    {
        using var bench = new LoopBench(new SocketLoopOptions { ClosePatience = TimeSpan.FromMilliseconds(200) });
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        bench.Do(() =>
        {
            bench.Loop.Send(0, new byte[8 * 1024 * 1024]);
            bench.Loop.Close(0, abort: false);
        });
        Assert.Equal(1, bench.Loop.Count);
        bench.WaitFor(() => bench.Loop.Count == 0 || Woken(bench));
    }

    [Fact]
    public void A_peer_that_has_closed_its_half_still_gets_what_was_sent()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        var sent = new byte[8 * 1024 * 1024];
        new Random(7).NextBytes(sent);
        bench.Do(() =>
        {
            bench.Loop.Send(0, sent);
            bench.Loop.Close(0, abort: false);
        });
        peer.Shutdown(SocketShutdown.Send);
        Thread.Sleep(50);
        Assert.Equal(sent, Read(peer, sent.Length));
        Assert.Equal(0, peer.Receive(new byte[1]));
    }

    [Fact]
    public void The_bytes_handed_in_stay_while_another_connection_is_closed()
    {
        using var bench = new LoopBench();
        var to = bench.Listen();
        using var other = LoopBench.Connect(to);
        bench.WaitForNote("accepted 0");
        bench.Do(() => bench.Loop.Pause(0));
        other.Send(Enumerable.Repeat((byte)'B', 64).ToArray());
        using var peer = LoopBench.Connect(to);
        bench.WaitForNote("accepted 1");
        bench.ClosesWhenReceiving = 0;
        peer.Send("abcdefgh"u8);
        bench.WaitFor(() => bench.Received.TryGetValue(1, out var bytes) && bytes.Count == 8);
        Assert.Equal("abcdefgh"u8.ToArray(), bench.Received[1].ToArray());
    }

    [Fact]
    public void An_aborted_connection_is_reset()
    {
        using var bench = new LoopBench();
        using var peer = LoopBench.Connect(bench.Listen());
        bench.WaitForNote("accepted 0");
        bench.Do(() => bench.Loop.Close(0, abort: true));
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => peer.Receive(new byte[1])).SocketErrorCode);
        Assert.Equal(0, bench.Loop.Count);
    }

    [Fact]
    public void A_connection_that_the_owner_refuses_is_closed()
    {
        using var bench = new LoopBench { Refuses = true };
        using var peer = LoopBench.Connect(bench.Listen());
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => peer.Receive(new byte[1])).SocketErrorCode);
        Assert.Equal(["refused"], bench.Do(() => bench.Happened.ToArray()));
    }

    [Fact]
    public void A_loop_connects_to_another_from_a_chosen_address()
    {
        using var server = new LoopBench();
        using var client = new LoopBench();
        var to = server.Listen();
        client.Do(() =>
        {
            client.Loop.Connect(5, to, IPAddress.Parse("127.0.0.7"));
            client.Loop.Send(5, "early"u8);
        });
        client.WaitForNote("connected 5");
        server.WaitFor(() => server.Received.TryGetValue(0, out var bytes) && bytes.Count == 5);
        Assert.StartsWith("accepted 0 from 127.0.0.7:", server.Happened[0], StringComparison.Ordinal);
        server.Do(() => server.Loop.Close(0, abort: false));
        client.WaitForNote("closed 5: Success");
    }

    [Fact]
    public void A_connect_to_nobody_is_refused()
    {
        using var bench = new LoopBench();
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, so nobody else gets it, and not listening
        var to = (IPEndPoint)unused.LocalEndPoint!;
        bench.Do(() => bench.Loop.Connect(3, to, null));
        bench.WaitForNote("closed 3: ConnectionRefused");
        Assert.Equal(0, bench.Loop.Count);
    }

    [Fact]
    public void Two_loops_share_a_port_and_one_that_leaves_it_gets_no_more()
    {
        using var one = new LoopBench();
        using var other = new LoopBench();
        var to = one.Listen();
        Assert.Equal(to, other.Listen(to.Port));
        var peers = Enumerable.Range(0, 64).Select(_ => LoopBench.Connect(to)).ToList();
        one.WaitFor(() => one.Loop.Count + other.Loop.Count == 64 || Woken(one));
        Assert.InRange(one.Loop.Count, 1, 63);
        one.Do(() => one.Loop.StopListening(one));
        var before = one.Loop.Count;
        peers.AddRange(Enumerable.Range(0, 64).Select(_ => LoopBench.Connect(to)));
        other.WaitFor(() => one.Loop.Count + other.Loop.Count == 128 || Woken(other));
        Assert.Equal(before, one.Loop.Count);
        peers.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public void A_slot_that_is_used_again_hears_nothing_of_the_connection_before()
    {
        using var bench = new LoopBench();
        var to = bench.Listen();
        var peers = Enumerable.Range(0, 200).Select(_ => LoopBench.Connect(to)).ToList();
        bench.WaitFor(() => bench.Loop.Count == 200 || Woken(bench));

        // All have sent before the loop looks again, and the first it hears of closes all others and takes their slots anew.
        var isFirst = true;
        bench.Consume = (slot, bytes) =>
        {
            if (isFirst)
            {
                isFirst = false;
                for (var i = 0; i < 200; i++)
                {
                    if (i != slot)
                    {
                        bench.Loop.Close(i, abort: true);
                        bench.Loop.Connect(i, to, null);
                    }
                }
            }

            return bytes.Length;
        };
        using var sent = new ManualResetEventSlim();
        using var waits = new ManualResetEventSlim();
        var order = Task.Run(() => bench.Do(() =>
        {
            waits.Set();
            sent.Wait();
        }));
        waits.Wait();
        peers.ForEach(static peer => peer.Send("x"u8));
        sent.Set();
        order.GetAwaiter().GetResult();
        bench.WaitFor(() => bench.Happened.Count(static note => note.StartsWith("connected", StringComparison.Ordinal)) == 199);
        Assert.Equal(1, bench.Do(() => bench.Received.Values.Sum(static bytes => bytes.Count)));
        peers.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public void The_thread_has_a_descriptor_table_of_its_own()
    {
        using var bench = new LoopBench();
        var to = bench.Listen();
        using var stranger = LoopBench.Connect(to);
        bench.WaitForNote("accepted 0");
        var sockets = bench.Do(() => CountSockets("/proc/thread-self/fd"));
        Assert.Equal(2, sockets); // the listener and the one connection

        // A socket of the process that the thread inherited would keep this end from being noticed.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var mine = LoopBench.Connect((IPEndPoint)listener.LocalEndPoint!);
        using var his = listener.Accept();
        using var later = new LoopBench();
        later.Listen();
        mine.Close();
        his.ReceiveTimeout = 5_000;
        Assert.Equal(0, his.Receive(new byte[1]));
    }

    [Fact]
    public void A_child_whose_input_is_closed_hears_of_it()
    {
        using var child = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        using var bench = new LoopBench();
        bench.Listen();
        child.StandardInput.Close();
        Assert.True(child.WaitForExit(5_000));
    }

    private static int CountSockets(string folder) =>
        Directory.GetFileSystemEntries(folder).Count(static path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    // Counts of the loop change without a note: looks again at the loop's next turn.
    private static bool Woken(LoopBench bench)
    {
        bench.Loop.Wake();
        return false;
    }

    private static byte[] Read(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = socket.Receive(bytes.AsSpan(at));
            Assert.NotEqual(0, count);
            at += count;
        }

        return bytes;
    }
}
