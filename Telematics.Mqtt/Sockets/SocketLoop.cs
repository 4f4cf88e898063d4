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

    private readonly SocketLoopOptions _options;
    private readonly EpollEvents _events = new(EventsPerPoll);
    private readonly byte[] _buffer;
    private readonly ClosingSockets _closing;
    private readonly SocketListener _listener;
    private readonly List<(int Slot, int Generation, SocketError Error)> _broken = [];
    private readonly List<(int Slot, int Generation)> _resumed = [];
    private SocketSlot[] _slots = new SocketSlot[256];
    private readonly int _wake;
    private int _epoll;
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
        _options = options;
        _buffer = GC.AllocateUninitializedArray<byte>(options.ReadBytes + options.MaxKeptBytes, pinned: true);
        _closing = new ClosingSockets(options.ClosePatience);
        _listener = new SocketListener(options);
        _wake = WakeUps.Rent();
    }

    /// <summary>Whether this system has what the loop needs: Linux on x64 or arm64, and unshare(CLONE_FILES), which a container's profile may forbid.</summary>
    public static bool IsSupported { get; } = Linux.IsSupported && DescriptorTable.CanSeparate();

    /// <summary>Open sockets, those that are closing included.</summary>
    public int Count { get; private set; }

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
        _epoll = Linux.epoll_create1(Linux.EPOLL_CLOEXEC);
        if (_epoll < 0 || EpollEvents.Control(_epoll, Linux.EPOLL_CTL_ADD, _wake, Linux.EPOLLIN, SocketToken.Wake) != 0)
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
        return _listener.Open(_epoll, address, backlog);
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
        var family = to.AddressFamily == AddressFamily.InterNetworkV6 ? Linux.AF_INET6 : Linux.AF_INET;
        var fd = Linux.socket(family, Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC, Linux.IPPROTO_TCP);
        if (fd < 0)
        {
            var error = SocketErrors.FromErrno(Linux.Errno);
            Bind(slot, 0, SocketFlags.Broken);
            _broken.Add((slot, _slots[slot].Generation, error));
            return;
        }

        Bind(slot, fd, SocketFlags.Connecting | SocketFlags.AsksToWrite);
        Count++;
        _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_NODELAY, 1);
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var span = new Span<byte>(bytes, SocketAddressBytes.MaxLength);
        if (from is not null)
        {
            // The port is chosen at connect, so that one port serves several addresses.
            _ = Linux.SetOption(fd, Linux.IPPROTO_IP, Linux.IP_BIND_ADDRESS_NO_PORT, 1);
            if (Linux.bind(fd, bytes, SocketAddressBytes.Write(from, 0, span)) != 0)
            {
                Break(slot, Linux.Errno);
                return;
            }
        }

        if ((Linux.connect(fd, bytes, SocketAddressBytes.Write(to.Address, to.Port, span)) != 0 && Linux.Errno != Linux.EINPROGRESS)
            || EpollEvents.Control(_epoll, Linux.EPOLL_CTL_ADD, fd, Linux.EPOLLOUT, SocketToken.ForSlot(slot, _slots[slot].Generation)) != 0)
        {
            Break(slot, Linux.Errno);
        }
    }

    /// <summary>Sends; copies what the socket does not take. Answers how many bytes of the connection now wait.</summary>
    public int Send(int slot, ReadOnlySpan<byte> bytes)
    {
        ref var socket = ref _slots[slot];
        if (socket.Fd == 0 || (socket.Flags & SocketFlags.Broken) != 0)
        {
            return 0;
        }

        if ((socket.Flags & (SocketFlags.AsksToWrite | SocketFlags.Connecting)) == 0)
        {
            var sent = SocketCalls.Send(socket.Fd, bytes, out var error);
            if (error is not (0 or Linux.EAGAIN))
            {
                Break(slot, error);
                return 0;
            }

            if (sent == bytes.Length)
            {
                return 0;
            }

            bytes = bytes[sent..];
            Ask(slot, SocketFlags.AsksToWrite, isAsked: true);
        }

        socket.Backlog ??= new SocketBacklog();
        socket.Backlog.AddOutput(bytes);
        return socket.Backlog.Output.Length;
    }

    /// <summary>
    /// Reads no more; what was not consumed is kept. A peer that closes meanwhile is noticed when the slot is resumed, or
    /// when its connection breaks.
    /// </summary>
    public void Pause(int slot) => _slots[slot].Flags |= SocketFlags.Paused; // epoll is told when it next reports bytes: most pauses are shorter

    /// <summary>Reads again, beginning with what was kept.</summary>
    public void Resume(int slot)
    {
        ref var socket = ref _slots[slot];
        socket.Flags &= ~SocketFlags.Paused;
        if (socket.Fd == 0 || (socket.Flags & (SocketFlags.Connecting | SocketFlags.Broken)) != 0)
        {
            return;
        }

        Ask(slot, SocketFlags.AsksToRead, isAsked: true);
        if (socket.Backlog is { Input.Length: > 0 } && (socket.Flags & SocketFlags.Resumed) == 0)
        {
            socket.Flags |= SocketFlags.Resumed;
            _resumed.Add((slot, socket.Generation));
        }
    }

    /// <summary>
    /// Forgets the slot and closes: at once with a reset, or, in the background and within a bounded time, after what
    /// waits is sent. No event follows.
    /// </summary>
    public void Close(int slot, bool abort)
    {
        if (slot >= _slots.Length)
        {
            return;
        }

        var (fd, backlog, flags) = (_slots[slot].Fd, _slots[slot].Backlog, _slots[slot].Flags);
        Unbind(slot);
        if (fd == 0)
        {
            return;
        }

        if (!abort && (flags & (SocketFlags.Connecting | SocketFlags.Broken)) == 0)
        {
            if (!_closing.Add(_epoll, fd, backlog))
            {
                Count--;
            }

            return;
        }

        Drop(backlog);
        SocketCalls.Close(fd, abort);
        Count--;
    }

    /// <summary>Hands over what has happened; waits for something up to a time in milliseconds, -1 for ever.</summary>
    public void Poll(int timeoutMilliseconds, ISocketEvents events)
    {
        ArgumentNullException.ThrowIfNull(events);
        TellBroken(events);
        HandInKept(events);
        if (_mayAcceptMore)
        {
            _mayAcceptMore = Accept(events);
        }

        var count = Linux.epoll_wait(_epoll, _events.Pointer, _events.Capacity, GetWait(timeoutMilliseconds));
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
                    if (_closing.OnEvent(_epoll, token, what))
                    {
                        Count--;
                    }

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

        Count -= _closing.Expire();
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
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot].Fd != 0)
            {
                Close(slot, abort: true);
            }
        }

        Count = 0;
        if (_epoll != 0)
        {
            _ = Linux.close(_epoll);
        }

        WakeUps.Return(_wake);
        _events.Dispose();
    }

    private void OnEvent(ulong token, uint what, ISocketEvents events)
    {
        var slot = SocketToken.IndexOf(token);
        ref var socket = ref _slots[slot];
        var generation = socket.Generation;
        if (socket.Fd == 0 || !SocketToken.IsOf(token, generation) || (socket.Flags & SocketFlags.Broken) != 0)
        {
            return; // of a socket that was closed within this poll
        }

        if ((socket.Flags & SocketFlags.Connecting) != 0)
        {
            FinishConnect(slot, events);
            return;
        }

        if ((what & (Linux.EPOLLERR | Linux.EPOLLHUP)) != 0 && (socket.Flags & SocketFlags.Paused) != 0)
        {
            // Nobody reads, so nobody else would see it.
            Lose(slot, SocketCalls.TakeError(socket.Fd), events);
            return;
        }

        if ((what & Linux.EPOLLOUT) != 0 && (socket.Flags & SocketFlags.AsksToWrite) != 0)
        {
            SendKept(slot, events);
        }

        if ((what & ~Linux.EPOLLOUT) != 0 && IsCurrent(slot, generation))
        {
            Read(slot, events);
        }
    }

    private void FinishConnect(int slot, ISocketEvents events)
    {
        ref var socket = ref _slots[slot];
        var error = SocketCalls.TakeError(socket.Fd);
        if (error != 0)
        {
            Lose(slot, error, events);
            return;
        }

        socket.Flags = (socket.Flags & ~(SocketFlags.Connecting | SocketFlags.AsksToWrite)) | SocketFlags.AsksToRead;
        if (socket.Backlog is { Output.Length: > 0 })
        {
            socket.Flags |= SocketFlags.AsksToWrite; // sent while the connect was under way
        }

        TellEpoll(slot);
        events.OnConnected(slot);
    }

    private void Read(int slot, ISocketEvents events)
    {
        ref var socket = ref _slots[slot];
        if ((socket.Flags & SocketFlags.Paused) != 0)
        {
            Ask(slot, SocketFlags.AsksToRead, isAsked: false);
            return;
        }

        if ((socket.Flags & SocketFlags.Resumed) != 0)
        {
            return; // what was kept is handed in first, at the next poll
        }

        // Behind the place of what was kept, in the one buffer that all connections share.
        var kept = socket.Backlog is { } waiting ? waiting.Input.Length : 0;
        var count = SocketCalls.Receive(socket.Fd, _buffer.AsSpan(kept, Math.Min(_options.ReadBytes, _buffer.Length - kept)), out var error);
        if (error == Linux.EAGAIN)
        {
            return;
        }

        if (count == 0)
        {
            Lose(slot, error, events);
            return;
        }

        if (kept > 0)
        {
            var backlog = socket.Backlog!;
            if (kept + count < Math.Min(backlog.Needed, _options.MaxKeptBytes))
            {
                backlog.AddInput(_buffer.AsSpan(kept, count));
                return;
            }

            backlog.Input.CopyTo(_buffer);
        }

        HandIn(slot, _buffer.AsSpan(0, kept + count), events);
    }

    private void HandIn(int slot, ReadOnlySpan<byte> bytes, ISocketEvents events)
    {
        var generation = _slots[slot].Generation;
        var consumed = events.OnReceived(slot, bytes);
        if (!IsCurrent(slot, generation))
        {
            return;
        }

        ref var socket = ref _slots[slot];
        var rest = bytes[consumed..];
        if (rest.IsEmpty)
        {
            if (socket.Backlog is { } backlog)
            {
                backlog.DropInput();
                ForgetEmptyBacklog(ref socket);
            }

            return;
        }

        var isPaused = (socket.Flags & SocketFlags.Paused) != 0;
        if (rest.Length > _options.MaxKeptBytes && !isPaused)
        {
            throw new InvalidOperationException($"{rest.Length} bytes are left unread without a pause; {_options.MaxKeptBytes} may be.");
        }

        socket.Backlog ??= new SocketBacklog();
        socket.Backlog.KeepInput(rest, isPaused ? 0 : events.GetNeeded(slot, rest));
    }

    private void HandInKept(ISocketEvents events)
    {
        for (var i = 0; i < _resumed.Count; i++)
        {
            var (slot, generation) = _resumed[i];
            if (!IsCurrent(slot, generation))
            {
                continue;
            }

            ref var socket = ref _slots[slot];
            socket.Flags &= ~SocketFlags.Resumed;
            if ((socket.Flags & SocketFlags.Paused) == 0 && socket.Backlog is { Input.Length: > 0 } backlog)
            {
                backlog.Input.CopyTo(_buffer);
                HandIn(slot, _buffer.AsSpan(0, backlog.Input.Length), events);
            }
        }

        _resumed.Clear();
    }

    private void SendKept(int slot, ISocketEvents events)
    {
        ref var socket = ref _slots[slot];
        var unsent = 0;
        if (socket.Backlog is { Output.Length: > 0 } backlog)
        {
            backlog.Sent(SocketCalls.Send(socket.Fd, backlog.Output, out var error));
            if (error is not (0 or Linux.EAGAIN))
            {
                Break(slot, error);
                return;
            }

            unsent = backlog.Output.Length;
        }

        if (unsent == 0)
        {
            ForgetEmptyBacklog(ref socket);
            Ask(slot, SocketFlags.AsksToWrite, isAsked: false);
        }

        events.OnSent(slot, unsent);
    }

    /// <summary>Accepts what waits, within the turn's share and the room there is; answers whether more may be accepted now.</summary>
    private bool Accept(ISocketEvents events)
    {
        for (var i = 0; i < AcceptsPerTurn; i++)
        {
            // The last descriptors are the runtime's.
            if (Count >= Capacity || !_listener.IsOpen || !_listener.TryAccept(_epoll, out var fd, out var peer))
            {
                return false;
            }

            Add(fd, peer, events);
        }

        return true;
    }

    private void Add(int fd, in SocketPeer peer, ISocketEvents events)
    {
        var slot = events.OnAccepted(peer);
        if (slot < 0)
        {
            SocketCalls.Close(fd, reset: true);
            return;
        }

        Count++;
        Bind(slot, fd, SocketFlags.AsksToRead);
        if (EpollEvents.Control(_epoll, Linux.EPOLL_CTL_ADD, fd, Linux.EPOLLIN, SocketToken.ForSlot(slot, _slots[slot].Generation)) != 0)
        {
            Break(slot, Linux.Errno);
        }
    }

    private void TellBroken(ISocketEvents events)
    {
        for (var i = 0; i < _broken.Count; i++)
        {
            var (slot, generation, error) = _broken[i];
            if (_slots[slot].Generation == generation && (_slots[slot].Flags & SocketFlags.Broken) != 0)
            {
                Release(slot);
                events.OnClosed(slot, error);
            }
        }

        _broken.Clear();
    }

    private void Break(int slot, int errno)
    {
        ref var socket = ref _slots[slot];
        if ((socket.Flags & SocketFlags.Broken) == 0)
        {
            socket.Flags |= SocketFlags.Broken;
            _broken.Add((slot, socket.Generation, SocketErrors.FromErrno(errno)));
        }
    }

    private void Lose(int slot, int errno, ISocketEvents events)
    {
        Release(slot);
        events.OnClosed(slot, SocketErrors.FromErrno(errno));
    }

    private void Release(int slot)
    {
        var (fd, backlog) = (_slots[slot].Fd, _slots[slot].Backlog);
        Unbind(slot);
        Drop(backlog);
        if (fd != 0)
        {
            _ = Linux.close(fd);
            Count--;
        }
    }

    private void Bind(int slot, int fd, SocketFlags flags)
    {
        if (slot >= _slots.Length)
        {
            Array.Resize(ref _slots, Math.Max(slot + 1, _slots.Length * 2));
        }

        ref var socket = ref _slots[slot];
        if (socket.Fd != 0)
        {
            throw new InvalidOperationException($"Slot {slot} has a connection.");
        }

        socket.Fd = fd;
        socket.Generation++;
        socket.Flags = flags;
    }

    private void Unbind(int slot)
    {
        ref var socket = ref _slots[slot];
        socket.Fd = 0;
        socket.Generation++;
        socket.Flags = SocketFlags.None;
        socket.Backlog = null;
    }

    private bool IsCurrent(int slot, int generation) => _slots[slot].Generation == generation && (_slots[slot].Flags & SocketFlags.Broken) == 0;

    private void Ask(int slot, SocketFlags what, bool isAsked)
    {
        ref var socket = ref _slots[slot];
        var flags = isAsked ? socket.Flags | what : socket.Flags & ~what;
        if (flags != socket.Flags)
        {
            socket.Flags = flags;
            TellEpoll(slot);
        }
    }

    private void TellEpoll(int slot)
    {
        ref var socket = ref _slots[slot];
        var events = ((socket.Flags & SocketFlags.AsksToRead) != 0 ? Linux.EPOLLIN : 0) | ((socket.Flags & SocketFlags.AsksToWrite) != 0 ? Linux.EPOLLOUT : 0);
        if (EpollEvents.Control(_epoll, Linux.EPOLL_CTL_MOD, socket.Fd, events, SocketToken.ForSlot(slot, socket.Generation)) != 0)
        {
            Break(slot, Linux.Errno);
        }
    }

    private int GetWait(int timeoutMilliseconds)
    {
        if (_mayAcceptMore || _broken.Count > 0 || _resumed.Count > 0)
        {
            return 0;
        }

        var accept = _listener.Continue(_epoll);
        var close = _closing.Count > 0 ? 1_000 : -1;
        return Sooner(Sooner(timeoutMilliseconds, accept), close);
    }

    private static int Sooner(int one, int other) => one < 0 ? other : other < 0 ? one : Math.Min(one, other);

    private static void ForgetEmptyBacklog(ref SocketSlot socket)
    {
        if (socket.Backlog is { IsEmpty: true })
        {
            socket.Backlog = null;
        }
    }

    private static void Drop(SocketBacklog? backlog)
    {
        backlog?.DropInput();
        backlog?.DropOutput();
    }
}
