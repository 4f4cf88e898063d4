using System.Diagnostics;

namespace Telematics.Mqtt.Sockets;

/// <summary>
/// Sockets that their owner has closed and whose last bytes are still on the way: what waits is sent, then FIN, then what
/// the peer still sends is read away until its own FIN (closing before would reset the connection, and the peer might
/// lose the last bytes). Bounded in time; after it the connection is reset.
/// </summary>
internal sealed class ClosingSockets(TimeSpan patience)
{
    private readonly Queue<(long Deadline, int Index, int Generation)> _deadlines = new();
    private readonly Stack<int> _free = new();

    // Its own: a socket may be closed while the loop's buffer holds another's bytes.
    private readonly byte[] _scratch = new byte[4_096];
    private Closing[] _closing = new Closing[16];
    private int _used;

    /// <summary>Number of sockets under way.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a socket over; closes it at once when nothing is left to be waited for.</summary>
    public void Add(int epoll, int fd, SocketBacklog? backlog)
    {
        backlog?.DropInput();
        if (backlog is not { Output.Length: > 0 })
        {
            _ = Linux.shutdown(fd, Linux.SHUT_WR);
            if (ReadAway(fd))
            {
                _ = Linux.close(fd);
                return;
            }
        }

        var index = _free.TryPop(out var free) ? free : _used++;
        if (index == _closing.Length)
        {
            Array.Resize(ref _closing, _closing.Length * 2);
        }

        ref var closing = ref _closing[index];
        closing.Fd = fd;
        closing.Generation++;
        closing.Backlog = backlog;
        Count++;
        var events = backlog is { Output.Length: > 0 } ? Linux.EPOLLIN | Linux.EPOLLOUT : Linux.EPOLLIN;
        _ = EpollEvents.Control(epoll, Linux.EPOLL_CTL_MOD, fd, events, SocketToken.ForClosing(index, closing.Generation));
        _deadlines.Enqueue((Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency), index, closing.Generation));
    }

    /// <summary>Something happened to one.</summary>
    public void OnEvent(int epoll, ulong token, uint events)
    {
        var index = SocketToken.IndexOf(token);
        ref var closing = ref _closing[index];
        if (closing.Fd == 0 || !SocketToken.IsOf(token, closing.Generation))
        {
            return;
        }

        if ((events & Linux.EPOLLOUT) != 0 && closing.Backlog is { Output.Length: > 0 } backlog)
        {
            var sent = SocketCalls.Send(closing.Fd, backlog.Output, out var error);
            backlog.Sent(sent);
            if (error is not (0 or Linux.EAGAIN))
            {
                Forget(index, reset: true);
                return;
            }

            if (backlog.Output.IsEmpty)
            {
                _ = Linux.shutdown(closing.Fd, Linux.SHUT_WR);
                _ = EpollEvents.Control(epoll, Linux.EPOLL_CTL_MOD, closing.Fd, Linux.EPOLLIN, token);
            }
        }

        if ((events & (Linux.EPOLLIN | Linux.EPOLLERR | Linux.EPOLLHUP)) != 0 && ReadAway(closing.Fd))
        {
            if (closing.Backlog is { Output.Length: > 0 } && (events & (Linux.EPOLLERR | Linux.EPOLLHUP)) == 0)
            {
                // It has closed its half only and may still take ours.
                _ = EpollEvents.Control(epoll, Linux.EPOLL_CTL_MOD, closing.Fd, Linux.EPOLLOUT, token);
                return;
            }

            Forget(index, reset: false);
        }
    }

    /// <summary>Resets what takes too long.</summary>
    public void Expire()
    {
        while (_deadlines.TryPeek(out var first))
        {
            var isUnderWay = _closing[first.Index].Fd != 0 && _closing[first.Index].Generation == first.Generation;
            if (isUnderWay && first.Deadline > Stopwatch.GetTimestamp())
            {
                break;
            }

            _deadlines.Dequeue();
            if (isUnderWay)
            {
                Forget(first.Index, reset: true);
            }
        }
    }

    /// <summary>Resets everything.</summary>
    public void Clear()
    {
        for (var index = 0; index < _used; index++)
        {
            if (_closing[index].Fd != 0)
            {
                Forget(index, reset: true);
            }
        }
    }

    // True at the peer's end or an error. One read a call: a peer that never stops is cut by the deadline.
    private bool ReadAway(int fd)
    {
        var count = SocketCalls.Receive(fd, _scratch, out var error);
        return count == 0 && error is not Linux.EAGAIN;
    }

    private void Forget(int index, bool reset)
    {
        ref var closing = ref _closing[index];
        SocketCalls.Close(closing.Fd, reset);
        closing.Backlog?.Drop();
        closing.Backlog = null;
        closing.Fd = 0;
        _free.Push(index);
        Count--;
    }

    private struct Closing
    {
        public int Fd;
        public int Generation;
        public SocketBacklog? Backlog;
    }
}
