using System.Net;
using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>
/// Non-blocking TCP connections of one thread on Linux' epoll, level-triggered: no task, no timer and no buffer for one
/// that is idle. Its thread has a descriptor table of its own (<see cref="DescriptorTable"/>), so each loop may hold as
/// many sockets as a process may; what that forbids on the thread is said there. Everything but <see cref="Wake"/> is
/// called on the thread that called <see cref="Attach"/>. A connection is known by its slot, a number that the owner
/// chose; no event comes from within a call.
/// </summary>
public sealed unsafe class SocketLoop : IDisposable
{
    private const int EventsPerPoll = 1_024;
    private const int AcceptsPerTurn = 128; // so that those that are open get their turn in a storm of new ones
    private const int Reserve = 16; // for what the runtime opens for a moment on this thread

    private readonly EpollEvents _events = new(EventsPerPoll);
    private readonly SocketTable _sockets = new();
    private readonly SocketReceiver _receiver;
    private readonly SocketSender _sender;
    private readonly SocketConnector _connector;
    private readonly SocketListener _listener;
    private readonly ClosingSockets _closing;
    private readonly int _wake;
    private int _isWoken;
    private bool _mayAcceptMore;

    /// <summary>Makes a loop; call on any thread but that of another loop.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or arm64.</exception>
    public SocketLoop(SocketLoopOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReadBytes, 4_096);
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException("The socket loop needs Linux on x64 or arm64 that lets a thread have a descriptor table of its own.");
        }

        DescriptorTable.Prepare();
        _receiver = new SocketReceiver(_sockets, options);
        _sender = new SocketSender(_sockets);
        _connector = new SocketConnector(_sockets);
        _listener = new SocketListener(options);
        _closing = new ClosingSockets(options.ClosePatience);
        _wake = WakeUps.Rent();
    }

    /// <summary>Whether this system has what the loop needs: Linux on x64 or arm64, and unshare(CLONE_FILES), which a container's profile may forbid.</summary>
    public static bool IsSupported { get; } = Linux.IsSupported && DescriptorTable.CanSeparate();

    /// <summary>Open sockets, those that are closing included.</summary>
    public int Count => _sockets.Count + _closing.Count;

    /// <summary>How many sockets this loop may have.</summary>
    public int Capacity { get; private set; }

    /// <summary>Whether it listens.</summary>
    public bool IsListening => _listener.IsOpen;

    /// <summary>How often the system refused to accept a connection, for want of descriptors or memory.</summary>
    public long AcceptFailures => _listener.Failures;

    /// <summary>Makes the calling thread the loop's, with a descriptor table of its own.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public void Attach()
    {
        DescriptorTable.Separate();
        _sockets.Epoll = Linux.epoll_create1(Linux.EPOLL_CLOEXEC);
        if (_sockets.Epoll < 0 || EpollEvents.Control(_sockets.Epoll, Linux.EPOLL_CTL_ADD, _wake, Linux.EPOLLIN, SocketToken.Wake) != 0)
        {
            throw new InvalidOperationException($"epoll cannot be set up: error {Linux.Errno}.");
        }

        Capacity = Linux.GetOpenFileLimit() - Directory.GetFileSystemEntries("/proc/thread-self/fd").Length - Reserve;
    }

    /// <summary>Listens as one of a port's group (SO_REUSEPORT); answers the address with the port in effect.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public IPEndPoint Listen(IPEndPoint address, int backlog)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _listener.Open(_sockets.Epoll, address, backlog);
    }

    /// <summary>Leaves the port's group. What waits there is accepted first; what comes at this very moment is reset, and comes again.</summary>
    public void StopListening(ISocketEvents events)
    {
        while (_listener.IsOpen && Accept(events))
        {
            // Until nothing waits.
        }

        _listener.Close();
        _mayAcceptMore = false;
    }

    /// <summary>Begins to connect, from an address if one is given; <see cref="ISocketEvents.OnConnected"/> or <see cref="ISocketEvents.OnClosed"/> follows.</summary>
    public void Connect(int slot, IPEndPoint to, IPAddress? from)
    {
        ArgumentNullException.ThrowIfNull(to);
        _connector.Connect(slot, to, from);
    }

    /// <summary>Sends; copies what the socket does not take. Answers how many bytes of the connection now wait.</summary>
    public int Send(int slot, ReadOnlySpan<byte> bytes) => _sender.Send(slot, bytes);

    /// <summary>
    /// Reads no more; what was not consumed is kept. A peer that closes meanwhile is noticed when the slot is resumed, or
    /// when its connection breaks.
    /// </summary>
    public void Pause(int slot) => _sockets[slot].Flags |= SocketFlags.Paused; // epoll is told when it next reports bytes: most pauses are shorter

    /// <summary>Reads again, beginning with what was kept.</summary>
    public void Resume(int slot) => _receiver.Resume(slot);

    /// <summary>
    /// Forgets the slot and closes: at once with a reset, or, in the background and within a bounded time, after what
    /// waits is sent. No event follows.
    /// </summary>
    public void Close(int slot, bool abort)
    {
        if (slot >= _sockets.Length)
        {
            return;
        }

        var (fd, backlog, flags) = (_sockets[slot].Fd, _sockets[slot].Backlog, _sockets[slot].Flags);
        _sockets.Unbind(slot);
        if (fd == 0)
        {
            return;
        }

        if (!abort && (flags & (SocketFlags.Connecting | SocketFlags.Broken)) == 0)
        {
            _closing.Add(_sockets.Epoll, fd, backlog);
            return;
        }

        backlog?.Drop();
        SocketCalls.Close(fd, abort);
    }

    /// <summary>Hands over what has happened; waits for something up to a time in milliseconds, -1 for ever.</summary>
    public void Poll(int timeoutMilliseconds, ISocketEvents events)
    {
        ArgumentNullException.ThrowIfNull(events);
        _sockets.TellBroken(events);
        _receiver.HandInKept(events);
        if (_mayAcceptMore)
        {
            _mayAcceptMore = Accept(events);
        }

        var count = Linux.epoll_wait(_sockets.Epoll, _events.Pointer, _events.Capacity, GetWait(timeoutMilliseconds));
        for (var i = 0; i < count; i++)
        {
            var (what, token) = _events[i];
            switch (token)
            {
                case SocketToken.Wake:
                    WakeUps.Take(_wake);
                    Interlocked.Exchange(ref _isWoken, 0); // before the owner looks for what it was woken for, also in the processor's order
                    break;
                case SocketToken.Listener:
                    _mayAcceptMore = true;
                    break;
                case var _ when SocketToken.IsClosing(token):
                    _closing.OnEvent(_sockets.Epoll, token, what);
                    break;
                default:
                    OnEvent(token, what, events);
                    break;
            }
        }

        // Behind those that are open already.
        if (_mayAcceptMore)
        {
            _mayAcceptMore = Accept(events);
        }

        _closing.Expire();
    }

    /// <summary>Ends the present wait, or the next; safe for any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            WakeUps.Signal(_wake);
        }
    }

    /// <summary>Resets everything; on the loop's thread.</summary>
    public void Dispose()
    {
        _listener.Close();
        _closing.Clear();
        for (var slot = 0; slot < _sockets.Length; slot++)
        {
            Close(slot, abort: true);
        }

        if (_sockets.Epoll > 0)
        {
            _ = Linux.close(_sockets.Epoll);
        }

        WakeUps.Return(_wake);
        _events.Dispose();
    }

    private void OnEvent(ulong token, uint what, ISocketEvents events)
    {
        var slot = SocketToken.IndexOf(token);
        ref var socket = ref _sockets[slot];
        var generation = socket.Generation;
        if (socket.Fd == 0 || !SocketToken.IsOf(token, generation) || (socket.Flags & SocketFlags.Broken) != 0)
        {
            return; // of a socket that was closed within this poll
        }

        if ((socket.Flags & SocketFlags.Connecting) != 0)
        {
            _connector.Finish(slot, events);
            return;
        }

        if ((what & (Linux.EPOLLERR | Linux.EPOLLHUP)) != 0 && (socket.Flags & SocketFlags.Paused) != 0)
        {
            // Nobody reads, so nobody else would see it.
            _sockets.Lose(slot, SocketCalls.TakeError(socket.Fd), events);
            return;
        }

        if ((what & Linux.EPOLLOUT) != 0 && (socket.Flags & SocketFlags.AsksToWrite) != 0)
        {
            _sender.SendKept(slot, events);
        }

        if ((what & ~Linux.EPOLLOUT) != 0 && _sockets.IsCurrent(slot, generation))
        {
            _receiver.Read(slot, events);
        }
    }

    /// <summary>Accepts what waits, within the turn's share and the room there is; answers whether more may be accepted now.</summary>
    private bool Accept(ISocketEvents events)
    {
        for (var i = 0; i < AcceptsPerTurn; i++)
        {
            // The last descriptors are the runtime's.
            if (Count >= Capacity || !_listener.IsOpen || !_listener.TryAccept(_sockets.Epoll, out var fd, out var peer))
            {
                return false;
            }

            var slot = events.OnAccepted(peer);
            if (slot < 0)
            {
                SocketCalls.Close(fd, reset: true);
                continue;
            }

            _sockets.Bind(slot, fd, SocketFlags.AsksToRead);
            _sockets.Watch(slot, Linux.EPOLLIN);
        }

        return true;
    }

    private int GetWait(int timeoutMilliseconds)
    {
        if (_mayAcceptMore || _sockets.HasBroken || _receiver.HasResumed)
        {
            return 0;
        }

        var accept = _listener.Continue(_sockets.Epoll);
        var close = _closing.Count > 0 ? 1_000 : -1;
        return Sooner(Sooner(timeoutMilliseconds, accept), close);
    }

    private static int Sooner(int one, int other) => one < 0 ? other : other < 0 ? one : Math.Min(one, other);
}
