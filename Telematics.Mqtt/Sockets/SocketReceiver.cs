namespace Telematics.Mqtt.Sockets;

/// <summary>
/// Reads a loop's sockets into the one buffer that all share, and hands the bytes in. What is not consumed is kept with its
/// socket, and stands in front of what comes next.
/// </summary>
internal sealed class SocketReceiver(SocketTable sockets, SocketLoopOptions options)
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(options.ReadBytes + options.MaxKeptBytes, pinned: true);
    private readonly List<(int Slot, int Generation)> _resumed = [];

    /// <summary>Whether kept bytes are to be handed in again.</summary>
    public bool HasResumed => _resumed.Count > 0;

    /// <summary>Reads a socket again, beginning with what was kept.</summary>
    public void Resume(int slot)
    {
        ref var socket = ref sockets[slot];
        socket.Flags &= ~SocketFlags.Paused;
        if (socket.Fd == 0 || (socket.Flags & (SocketFlags.Connecting | SocketFlags.Broken)) != 0)
        {
            return;
        }

        sockets.Ask(slot, SocketFlags.AsksToRead, isAsked: true);
        if (socket.Backlog is { Input.Length: > 0 } && (socket.Flags & SocketFlags.Resumed) == 0)
        {
            socket.Flags |= SocketFlags.Resumed;
            _resumed.Add((slot, socket.Generation));
        }
    }

    /// <summary>Hands in what was kept of those that were resumed.</summary>
    public void HandInKept(ISocketEvents events)
    {
        for (var i = 0; i < _resumed.Count; i++)
        {
            var (slot, generation) = _resumed[i];
            if (!sockets.IsCurrent(slot, generation))
            {
                continue;
            }

            ref var socket = ref sockets[slot];
            socket.Flags &= ~SocketFlags.Resumed;
            if ((socket.Flags & SocketFlags.Paused) == 0 && socket.Backlog is { Input.Length: > 0 } backlog)
            {
                backlog.Input.CopyTo(_buffer);
                HandIn(slot, _buffer.AsSpan(0, backlog.Input.Length), events);
            }
        }

        _resumed.Clear();
    }

    /// <summary>There is something to read.</summary>
    public void Read(int slot, ISocketEvents events)
    {
        ref var socket = ref sockets[slot];
        if ((socket.Flags & SocketFlags.Paused) != 0)
        {
            sockets.Ask(slot, SocketFlags.AsksToRead, isAsked: false);
            return;
        }

        if ((socket.Flags & SocketFlags.Resumed) != 0)
        {
            return; // what was kept is handed in first, at the next poll
        }

        // Behind the place of what was kept.
        var kept = socket.Backlog is { } waiting ? waiting.Input.Length : 0;
        var count = SocketCalls.Receive(socket.Fd, _buffer.AsSpan(kept, Math.Min(options.ReadBytes, _buffer.Length - kept)), out var error);
        if (error == Linux.EAGAIN)
        {
            return;
        }

        if (count == 0)
        {
            sockets.Lose(slot, error, events);
            return;
        }

        if (kept > 0)
        {
            var backlog = socket.Backlog!;
            if (kept + count < Math.Min(backlog.Needed, options.MaxKeptBytes))
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
        var generation = sockets[slot].Generation;
        var consumed = events.OnReceived(slot, bytes);
        if (!sockets.IsCurrent(slot, generation))
        {
            return;
        }

        ref var socket = ref sockets[slot];
        var rest = bytes[consumed..];
        if (rest.IsEmpty)
        {
            socket.Backlog?.DropInput();
            socket.ForgetEmptyBacklog();
            return;
        }

        var isPaused = (socket.Flags & SocketFlags.Paused) != 0;
        if (rest.Length > options.MaxKeptBytes && !isPaused)
        {
            throw new InvalidOperationException($"{rest.Length} bytes are left unread without a pause; {options.MaxKeptBytes} may be.");
        }

        socket.Backlog ??= new SocketBacklog();
        socket.Backlog.KeepInput(rest, isPaused ? 0 : events.GetNeeded(slot, rest));
    }
}
