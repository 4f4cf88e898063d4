namespace Telematics.Mqtt.Sockets;

/// <summary>Writes to a loop's sockets; what one does not take is kept with it, and sent when it has room.</summary>
internal sealed class SocketSender(SocketTable sockets)
{
    /// <summary>Sends; answers how many bytes of the connection now wait.</summary>
    public int Send(int slot, ReadOnlySpan<byte> bytes)
    {
        ref var socket = ref sockets[slot];
        if (socket.Fd == 0 || (socket.Flags & SocketFlags.Broken) != 0)
        {
            return 0;
        }

        if ((socket.Flags & (SocketFlags.AsksToWrite | SocketFlags.Connecting)) == 0)
        {
            var sent = SocketCalls.Send(socket.Fd, bytes, out var error);
            if (error is not (0 or Linux.EAGAIN))
            {
                sockets.Break(slot, error);
                return 0;
            }

            if (sent == bytes.Length)
            {
                return 0;
            }

            bytes = bytes[sent..];
            sockets.Ask(slot, SocketFlags.AsksToWrite, isAsked: true);
        }

        socket.Backlog ??= new SocketBacklog();
        socket.Backlog.AddOutput(bytes);
        return socket.Backlog.Output.Length;
    }

    /// <summary>There is room for what waits.</summary>
    public void SendKept(int slot, ISocketEvents events)
    {
        ref var socket = ref sockets[slot];
        var unsent = 0;
        if (socket.Backlog is { Output.Length: > 0 } backlog)
        {
            backlog.Sent(SocketCalls.Send(socket.Fd, backlog.Output, out var error));
            if (error is not (0 or Linux.EAGAIN))
            {
                sockets.Break(slot, error);
                return;
            }

            unsent = backlog.Output.Length;
        }

        if (unsent == 0)
        {
            socket.ForgetEmptyBacklog();
            sockets.Ask(slot, SocketFlags.AsksToWrite, isAsked: false);
        }

        events.OnSent(slot, unsent);
    }
}
