using System.Net;
using System.Net.Sockets;
using Telematics.Gateway.Sessions;
using Telematics.Messaging;
using Telematics.Mqtt.Sockets;

namespace Telematics.Gateway.Transport;

/// <summary>
/// The owner thread of a session loop on epoll. It has a descriptor table of its own: nothing on it touches a socket or
/// file of the rest of the process, or queues to the thread pool but through <see cref="PoolRelay"/>.
/// </summary>
#pragma warning disable CA1001 // its own thread disposes of the sockets
internal sealed class EpollThread : LoopThread
#pragma warning restore CA1001
{
    private readonly SocketLoop _sockets;
    private readonly EpollTransport _transport;
    private readonly PortShare _port;
    private readonly Action _onNearlyFull;
    private readonly int _gather;

    /// <param name="index">The loop's index.</param>
    /// <param name="shared">What all loops share.</param>
    /// <param name="onNearlyFull">Called on the thread pool, each second while it is nearly full.</param>
    public EpollThread(int index, GatewayShared shared, Action onNearlyFull)
        : base(shared)
    {
        _sockets = new SocketLoop(new SocketLoopOptions
        {
            MaxKeptBytes = shared.Options.MaxPacketSize + 8,
            KeepAlive = TimeSpan.FromSeconds(shared.Options.TcpKeepAliveSeconds),
            UserTimeout = TimeSpan.FromSeconds(shared.Options.TcpUserTimeoutSeconds),
        });
        _transport = new EpollTransport(_sockets);
        _port = new PortShare(_sockets, _transport, shared.Options.MaxConnectionsPerLoop);
        _onNearlyFull = onNearlyFull;
        _gather = shared.Options.GatherMilliseconds;
        Loop = new SessionLoop(index, shared, _transport, _sockets.Wake);
        _transport.Loop = Loop;
    }

    /// <inheritdoc/>
    public override SessionLoop Loop { get; }

    /// <summary>Connections with which it is full; known when it listens.</summary>
    public int Limit => _port.Limit;

    /// <summary>Whether it has little room left.</summary>
    public bool IsNearlyFull => _port.IsNearlyFull;

    /// <summary>Listens as soon as it can.</summary>
    public void Join(IPEndPoint address) => Loop.Post(new JoinWork(_port, address));

    /// <summary>Listens; answers the address with the port in effect.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    /// <exception cref="InvalidOperationException">The thread has ended.</exception>
    public async Task<IPEndPoint> ListenAsync(IPEndPoint address)
    {
        var bound = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(new ListenWork(_port, address, bound));
        await await Task.WhenAny(bound.Task, Completion);
        return bound.Task.IsCompleted ? await bound.Task : throw new InvalidOperationException("The loop's thread has ended.");
    }

    /// <summary>Listens no more; what had come is still accepted.</summary>
    public void StopListening() => Loop.Post(new LeaveWork(_port));

    /// <inheritdoc/>
    protected override void Run()
    {
        using var sockets = _sockets;
        sockets.Attach();
        while (!IsStopping)
        {
            var wait = Loop.Turn();
            React(_port.Check(Loop.Now));
            var due = _port.DueIn(Loop.Now);
            _transport.Poll(due < 0 ? wait : wait < 0 ? due : Math.Min(wait, due));
            if (_gather > 0 && wait != 0)
            {
                Thread.Sleep(_gather); // nothing was left over; what comes now is met in one turn
            }
        }
    }

    /// <inheritdoc/>
    protected override void Wake() => _sockets.Wake();

    private void React(PortChange change)
    {
        switch (change)
        {
            case PortChange.NearlyFull:
                PoolRelay.Queue(_onNearlyFull);
                break;
            case PortChange.Entered:
                Shared.Logger.LoopAdded(Loop.Index, Limit);
                break;
            case PortChange.Full:
                Shared.Logger.LoopFull(Loop.Index, _sockets.Count);
                break;
            case PortChange.HasRoom:
                Shared.Logger.LoopHasRoom(Loop.Index, _sockets.Count);
                break;
            case PortChange.CannotListen:
                Shared.Logger.LoopCannotListen(Loop.Index);
                break;
            case PortChange.CannotAccept:
                if (Loop.Counters.AcceptFailures++ == 0)
                {
                    Shared.Logger.LoopCannotAccept(Loop.Index, _sockets.Count);
                }

                break;
        }
    }

    private sealed class ListenWork(PortShare port, IPEndPoint address, TaskCompletionSource<IPEndPoint> bound) : ILoopWork
    {
        public void Run(SessionLoop loop)
        {
            try
            {
                var endPoint = port.Enter(address);
                PoolRelay.Queue(() => bound.SetResult(endPoint));
            }
            catch (SocketException exception)
            {
                PoolRelay.Queue(() => bound.SetException(exception));
            }
        }
    }

    private sealed class JoinWork(PortShare port, IPEndPoint address) : ILoopWork
    {
        public void Run(SessionLoop loop) => port.Join(address);
    }

    private sealed class LeaveWork(PortShare port) : ILoopWork
    {
        public void Run(SessionLoop loop) => port.Leave();
    }
}
