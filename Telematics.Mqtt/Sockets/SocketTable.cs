using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>A loop's sockets by slot: what epoll is asked about each, and which have failed.</summary>
internal sealed class SocketTable
{
    private readonly List<(int Slot, int Generation, SocketError Error)> _broken = [];
    private SocketSlot[] _slots = new SocketSlot[256];

    /// <summary>The loop's epoll; 0 until there is one.</summary>
    public int Epoll { get; set; }

    /// <summary>Slots that were ever used are below it.</summary>
    public int Length => _slots.Length;

    /// <summary>Open sockets.</summary>
    public int Count { get; private set; }

    /// <summary>Whether one failed of which its owner has not been told.</summary>
    public bool HasBroken => _broken.Count > 0;

    /// <summary>A slot; the reference is good until the next <see cref="Bind"/>.</summary>
    public ref SocketSlot this[int slot] => ref _slots[slot];

    /// <summary>A slot gets a socket, or only a place in the list of those that failed.</summary>
    public void Bind(int slot, int fd, SocketFlags flags)
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
        Count += fd != 0 ? 1 : 0;
    }

    /// <summary>A slot's socket is somebody else's from here on, or is closed.</summary>
    public void Unbind(int slot)
    {
        ref var socket = ref _slots[slot];
        Count -= socket.Fd != 0 ? 1 : 0;
        socket.Fd = 0;
        socket.Generation++;
        socket.Flags = SocketFlags.None;
        socket.Backlog = null;
    }

    /// <summary>Whether a slot still has the socket that it had, and it works.</summary>
    public bool IsCurrent(int slot, int generation) => _slots[slot].Generation == generation && (_slots[slot].Flags & SocketFlags.Broken) == 0;

    /// <summary>Adds a socket to epoll.</summary>
    public void Watch(int slot, uint events)
    {
        if (EpollEvents.Control(Epoll, Linux.EPOLL_CTL_ADD, _slots[slot].Fd, events, SocketToken.ForSlot(slot, _slots[slot].Generation)) != 0)
        {
            Break(slot, Linux.Errno);
        }
    }

    /// <summary>Asks epoll for something about a socket, or no longer.</summary>
    public void Ask(int slot, SocketFlags what, bool isAsked)
    {
        ref var socket = ref _slots[slot];
        var flags = isAsked ? socket.Flags | what : socket.Flags & ~what;
        if (flags != socket.Flags)
        {
            socket.Flags = flags;
            TellEpoll(slot);
        }
    }

    /// <summary>Tells epoll what the flags ask for.</summary>
    public void TellEpoll(int slot)
    {
        ref var socket = ref _slots[slot];
        var events = ((socket.Flags & SocketFlags.AsksToRead) != 0 ? Linux.EPOLLIN : 0) | ((socket.Flags & SocketFlags.AsksToWrite) != 0 ? Linux.EPOLLOUT : 0);
        if (EpollEvents.Control(Epoll, Linux.EPOLL_CTL_MOD, socket.Fd, events, SocketToken.ForSlot(slot, socket.Generation)) != 0)
        {
            Break(slot, Linux.Errno);
        }
    }

    /// <summary>A socket failed within a call of its owner, who is told in the next poll.</summary>
    public void Break(int slot, int errno)
    {
        ref var socket = ref _slots[slot];
        if ((socket.Flags & SocketFlags.Broken) == 0)
        {
            socket.Flags |= SocketFlags.Broken;
            _broken.Add((slot, socket.Generation, SocketErrors.FromErrno(errno)));
        }
    }

    /// <summary>Tells the owners of those that failed.</summary>
    public void TellBroken(ISocketEvents events)
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

    /// <summary>The peer has closed, or the network failed.</summary>
    public void Lose(int slot, int errno, ISocketEvents events)
    {
        Release(slot);
        events.OnClosed(slot, SocketErrors.FromErrno(errno));
    }

    private void Release(int slot)
    {
        var (fd, backlog) = (_slots[slot].Fd, _slots[slot].Backlog);
        Unbind(slot);
        backlog?.Drop();
        if (fd != 0)
        {
            _ = Linux.close(fd);
        }
    }
}
