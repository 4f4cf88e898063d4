using System.Net;
using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>Connects a loop's sockets to others.</summary>
internal sealed unsafe class SocketConnector(SocketTable sockets)
{
    /// <summary>Begins to connect, from an address if one is given.</summary>
    public void Connect(int slot, IPEndPoint to, IPAddress? from)
    {
        var family = to.AddressFamily == AddressFamily.InterNetworkV6 ? Linux.AF_INET6 : Linux.AF_INET;
        var fd = Linux.socket(family, Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC, Linux.IPPROTO_TCP);
        if (fd < 0)
        {
            var errno = Linux.Errno;
            sockets.Bind(slot, 0, SocketFlags.None);
            sockets.Break(slot, errno);
            return;
        }

        sockets.Bind(slot, fd, SocketFlags.Connecting | SocketFlags.AsksToWrite);
        _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_NODELAY, 1);
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var span = new Span<byte>(bytes, SocketAddressBytes.MaxLength);
        if (from is not null)
        {
            // The port is chosen at connect, so that one port serves several addresses.
            _ = Linux.SetOption(fd, Linux.IPPROTO_IP, Linux.IP_BIND_ADDRESS_NO_PORT, 1);
            if (Linux.bind(fd, bytes, SocketAddressBytes.Write(from, 0, span)) != 0)
            {
                sockets.Break(slot, Linux.Errno);
                return;
            }
        }

        if (Linux.connect(fd, bytes, SocketAddressBytes.Write(to.Address, to.Port, span)) != 0 && Linux.Errno != Linux.EINPROGRESS)
        {
            sockets.Break(slot, Linux.Errno);
            return;
        }

        sockets.Watch(slot, Linux.EPOLLOUT);
    }

    /// <summary>It is connected, or could not be.</summary>
    public void Finish(int slot, ISocketEvents events)
    {
        ref var socket = ref sockets[slot];
        var error = SocketCalls.TakeError(socket.Fd);
        if (error != 0)
        {
            sockets.Lose(slot, error, events);
            return;
        }

        socket.Flags = (socket.Flags & ~(SocketFlags.Connecting | SocketFlags.AsksToWrite)) | SocketFlags.AsksToRead;
        if (socket.Backlog is { Output.Length: > 0 })
        {
            socket.Flags |= SocketFlags.AsksToWrite; // sent while the connect was under way
        }

        sockets.TellEpoll(slot);
        events.OnConnected(slot);
    }
}
