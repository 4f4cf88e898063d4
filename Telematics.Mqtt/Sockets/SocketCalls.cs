namespace Telematics.Mqtt.Sockets;

/// <summary>Calls on one socket, over spans; errors are errno values, 0 is none.</summary>
internal static unsafe class SocketCalls
{
    /// <summary>Reads; 0 bytes without an error is the peer's end.</summary>
    public static int Receive(int fd, Span<byte> buffer, out int error)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                var count = Linux.recv(fd, pointer, buffer.Length, 0);
                error = count < 0 ? Linux.Errno : 0;
                if (error != Linux.EINTR)
                {
                    return (int)Math.Max(count, 0);
                }
            }
        }
    }

    /// <summary>Sends as much as the socket takes.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> bytes, out int error)
    {
        fixed (byte* pointer = bytes)
        {
            while (true)
            {
                var count = Linux.send(fd, pointer, bytes.Length, Linux.MSG_NOSIGNAL);
                error = count < 0 ? Linux.Errno : 0;
                if (error != Linux.EINTR)
                {
                    return (int)Math.Max(count, 0);
                }
            }
        }
    }

    /// <summary>Closes, with FIN or with RST. Even an interrupted close has closed.</summary>
    public static void Close(int fd, bool reset)
    {
        if (reset)
        {
            var linger = stackalloc int[2];
            linger[0] = 1;
            linger[1] = 0;
            _ = Linux.setsockopt(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, linger, 2 * sizeof(int));
        }

        _ = Linux.close(fd);
    }

    /// <summary>What became of a connect, or of a socket that reports an error.</summary>
    public static int TakeError(int fd)
    {
        var error = 0;
        var length = sizeof(int);
        return Linux.getsockopt(fd, Linux.SOL_SOCKET, Linux.SO_ERROR, &error, &length) == 0 ? error : Linux.Errno;
    }
}
