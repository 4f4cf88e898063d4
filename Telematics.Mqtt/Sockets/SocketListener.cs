using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>The listening socket of a loop: one of a group of SO_REUSEPORT, among which the kernel spreads the connections.</summary>
internal sealed unsafe class SocketListener(SocketLoopOptions options)
{
    private const int PauseMilliseconds = 100;

    private int _fd;
    private long _pausedUntil;

    /// <summary>Whether it listens.</summary>
    public bool IsOpen => _fd != 0;

    /// <summary>How often the system refused to accept (no descriptor, no memory).</summary>
    public long Failures { get; private set; }

    /// <summary>Listens; answers the address with the port in effect.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public IPEndPoint Open(int epoll, IPEndPoint address, int backlog)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.Write(address.Address, address.Port, new Span<byte>(bytes, SocketAddressBytes.MaxLength));
        var isV6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var fd = Linux.socket(isV6 ? Linux.AF_INET6 : Linux.AF_INET, Linux.SOCK_STREAM | Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC, Linux.IPPROTO_TCP);
        if (fd < 0)
        {
            throw Failure();
        }

        // What a listener has set, the connections it accepts have too.
        _ = Linux.SetOption(fd, Linux.SOL_SOCKET, Linux.SO_REUSEADDR, 1);
        _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_NODELAY, 1);
        if (options.KeepAlive > TimeSpan.Zero)
        {
            _ = Linux.SetOption(fd, Linux.SOL_SOCKET, Linux.SO_KEEPALIVE, 1);
            _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_KEEPIDLE, (int)Math.Max(1, options.KeepAlive.TotalSeconds));
            _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_KEEPINTVL, 15);
            _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_KEEPCNT, 4);
        }

        _ = Linux.SetOption(fd, Linux.IPPROTO_TCP, Linux.TCP_USER_TIMEOUT, (int)options.UserTimeout.TotalMilliseconds);
        if (isV6)
        {
            _ = Linux.SetOption(fd, Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, address.Address.Equals(IPAddress.IPv6Any) ? 0 : 1);
        }

        var nameLength = SocketAddressBytes.MaxLength;
        if (Linux.SetOption(fd, Linux.SOL_SOCKET, Linux.SO_REUSEPORT, 1) != 0
            || Linux.bind(fd, bytes, length) != 0
            || Linux.listen(fd, backlog) != 0
            || Linux.getsockname(fd, bytes, &nameLength) != 0
            || EpollEvents.Control(epoll, Linux.EPOLL_CTL_ADD, fd, Linux.EPOLLIN, SocketToken.Listener) != 0)
        {
            var failure = Failure();
            _ = Linux.close(fd);
            throw failure;
        }

        _fd = fd;
        _pausedUntil = 0;
        return new IPEndPoint(address.Address, SocketAddressBytes.Read(new ReadOnlySpan<byte>(bytes, SocketAddressBytes.MaxLength)).Port);
    }

    /// <summary>Listens no more; what has not been accepted is reset.</summary>
    public void Close()
    {
        if (_fd != 0)
        {
            _ = Linux.close(_fd);
            _fd = 0;
        }
    }

    /// <summary>Accepts one; false when none waits, or the system has nothing for it.</summary>
    public bool TryAccept(int epoll, out int fd, out SocketPeer peer)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        peer = default;
        do
        {
            var length = SocketAddressBytes.MaxLength;
            fd = Linux.accept4(_fd, bytes, &length, Linux.SOCK_NONBLOCK | Linux.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                peer = SocketAddressBytes.Read(new ReadOnlySpan<byte>(bytes, SocketAddressBytes.MaxLength));
                return true;
            }
        }
        while (Linux.Errno is Linux.EINTR or Linux.ECONNABORTED or Linux.EPROTO);

        if (Linux.Errno != Linux.EAGAIN)
        {
            // No descriptor, no memory: what waits goes on waiting, and the loop does not spin over it.
            Failures++;
            _pausedUntil = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * PauseMilliseconds / 1_000);
            _ = EpollEvents.Control(epoll, Linux.EPOLL_CTL_MOD, _fd, 0, SocketToken.Listener);
        }

        return false;
    }

    /// <summary>Accepts again after a pause; answers in how many milliseconds that is due, -1 when it is not paused.</summary>
    public int Continue(int epoll)
    {
        if (_pausedUntil == 0 || _fd == 0)
        {
            return -1;
        }

        var left = (int)((_pausedUntil - Stopwatch.GetTimestamp()) * 1_000 / Stopwatch.Frequency);
        if (left > 0)
        {
            return left;
        }

        _pausedUntil = 0;
        _ = EpollEvents.Control(epoll, Linux.EPOLL_CTL_MOD, _fd, Linux.EPOLLIN, SocketToken.Listener);
        return -1;
    }

    private static SocketException Failure() => new((int)SocketErrors.FromErrno(Linux.Errno));
}
