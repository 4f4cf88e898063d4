using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Telematics.Mqtt.Sockets;
using Xunit;

namespace Telematics.Tests.Mqtt.Sockets;

/// <summary>A socket loop on a thread of its own, which notes what happens and does what the test asks.</summary>
internal sealed class LoopBench : ISocketEvents, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<Action> _orders = new();
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly Stack<int> _free = new();
    private volatile bool _isStopping;
    private Exception? _fault;
    private int _used;

    public LoopBench(SocketLoopOptions? options = null)
    {
        Loop = new SocketLoop(options ?? new SocketLoopOptions());
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public SocketLoop Loop { get; }

    /// <summary>What happened, in words.</summary>
    public List<string> Happened { get; } = [];

    /// <summary>Bytes of each slot, in the order in which they came.</summary>
    public Dictionary<int, List<byte>> Received { get; } = [];

    /// <summary>How many of the bytes handed in are consumed; all unless set.</summary>
    public Func<int, byte[], int>? Consume { get; set; }

    /// <summary>How many bytes are needed behind a rest; one more unless set.</summary>
    public Func<int>? Needs { get; set; }

    /// <summary>How often bytes were handed in.</summary>
    public int HandIns { get; private set; }

    /// <summary>A slot that is closed while bytes of another are handed in; -1 is none.</summary>
    public int ClosesWhenReceiving { get; set; } = -1;

    /// <summary>Asked for each accepted connection; answers -1 to refuse.</summary>
    public bool Refuses { get; set; }

    public int OnAccepted(in SocketPeer peer)
    {
        if (Refuses)
        {
            Note("refused");
            return -1;
        }

        var slot = _free.TryPop(out var free) ? free : _used++;
        Note($"accepted {slot} from {peer}");
        return slot;
    }

    public void OnConnected(int slot) => Note($"connected {slot}");

    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        if (ClosesWhenReceiving >= 0 && ClosesWhenReceiving != slot)
        {
            Loop.Close(ClosesWhenReceiving, abort: false);
            ClosesWhenReceiving = -1;
        }

        HandIns++;
        var consumed = Consume?.Invoke(slot, bytes.ToArray()) ?? bytes.Length;
        lock (_gate)
        {
            if (!Received.TryGetValue(slot, out var list))
            {
                Received[slot] = list = [];
            }

            list.AddRange(bytes[..consumed]);
            Monitor.PulseAll(_gate);
        }

        return consumed;
    }

    public int GetNeeded(int slot, ReadOnlySpan<byte> rest) => Needs?.Invoke() ?? rest.Length + 1;

    public void OnSent(int slot, int unsent) => Note($"sent {slot}, {(unsent == 0 ? "all" : "a part")}");

    public void OnClosed(int slot, SocketError error)
    {
        _free.Push(slot);
        Note($"closed {slot}: {error}");
    }

    /// <summary>Runs something on the loop's thread, and waits for it.</summary>
    public T Do<T>(Func<T> what)
    {
        T result = default!;
        var isDone = false;
        _orders.Enqueue(() =>
        {
            result = what();
            lock (_gate)
            {
                isDone = true;
                Monitor.PulseAll(_gate);
            }
        });
        Loop.Wake();
        WaitFor(() => isDone);
        return result;
    }

    /// <summary>Runs something on the loop's thread, and waits for it.</summary>
    public void Do(Action what) => Do(() =>
    {
        what();
        return true;
    });

    /// <summary>Listens on a free port of the loopback address.</summary>
    public IPEndPoint Listen(int port = 0) => Do(() => Loop.Listen(new IPEndPoint(IPAddress.Loopback, port), 512));

    /// <summary>Connects a peer.</summary>
    public static Socket Connect(IPEndPoint to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
        socket.Connect(to);
        return socket;
    }

    /// <summary>Waits until something has happened.</summary>
    public void WaitFor(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        lock (_gate)
        {
            while (!condition())
            {
                Assert.Null(_fault);
                Assert.True(DateTime.UtcNow < deadline, $"Not in time; happened: {string.Join("; ", Happened)}");
                Monitor.Wait(_gate, 100);
            }
        }
    }

    /// <summary>Waits for a note that begins so.</summary>
    public void WaitForNote(string start) => WaitFor(() => Happened.Exists(note => note.StartsWith(start, StringComparison.Ordinal)));

    public void Dispose()
    {
        _isStopping = true;
        Loop.Wake();
        Assert.True(_thread.Join(Patience));
        Assert.Null(_fault);
    }

    private void Note(string what)
    {
        lock (_gate)
        {
            Happened.Add(what);
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        try
        {
            Loop.Attach();
            while (!_isStopping)
            {
                while (_orders.TryDequeue(out var order))
                {
                    order();
                }

                Loop.Poll(-1, this);
            }
        }
        catch (Exception exception)
        {
            _fault = exception;
        }
        finally
        {
            Loop.Dispose();
        }
    }
}
