using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Telematics.Simulator.Transport;
using Xunit;

namespace Telematics.Tests.Simulator.Transport;

/// <summary>A fleet's transport on a thread of its own, which notes what happens and does what the test asks.</summary>
internal sealed class TransportBench : ITransportEvents, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IFleetTransport _transport;
    private readonly ConcurrentQueue<(Action<IFleetTransport> Act, ManualResetEventSlim Done)> _orders = new();
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private volatile Exception? _fault;

    public TransportBench(IFleetTransport transport)
    {
        _transport = transport;
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>What happened, in words.</summary>
    public ConcurrentQueue<string> Happened { get; } = new();

    /// <summary>Most bytes that are consumed of what comes.</summary>
    public volatile int Consume = int.MaxValue;

    public void OnConnected(int slot) => Happened.Enqueue($"connected {slot}");

    public int OnReceived(int slot, ReadOnlySpan<byte> bytes)
    {
        Happened.Enqueue($"{slot}: {Encoding.ASCII.GetString(bytes)}");
        return Math.Min(Consume, bytes.Length);
    }

    public void OnClosed(int slot, SocketError error) => Happened.Enqueue($"closed {slot}: {error}");

    /// <summary>Does something on the transport's thread and waits for it.</summary>
    public void Do(Action<IFleetTransport> act)
    {
        using var done = new ManualResetEventSlim();
        _orders.Enqueue((act, done));
        Assert.True(done.Wait(Patience, TestContext.Current.CancellationToken), _fault?.ToString());
    }

    /// <summary>Waits until so many things have happened; answers the last.</summary>
    public string WaitFor(int count)
    {
        Assert.True(SpinWait.SpinUntil(() => Happened.Count >= count || _fault is not null, Patience), string.Join("; ", Happened));
        Assert.Null(_fault);
        return Happened.ElementAt(count - 1);
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            _transport.Attach();
            while (!_isStopping)
            {
                while (_orders.TryDequeue(out var order))
                {
                    order.Act(_transport);
                    order.Done.Set();
                }

                _transport.Poll(5, this);
            }
        }
        catch (Exception e)
        {
            _fault = e;
        }

        _transport.Dispose();
    }
}
