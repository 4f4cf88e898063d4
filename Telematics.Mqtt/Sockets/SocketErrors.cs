using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>errno, in .NET's words.</summary>
internal static class SocketErrors
{
    /// <summary>The name of an error.</summary>
    public static SocketError FromErrno(int errno) => errno switch
    {
        0 => SocketError.Success,
        13 => SocketError.AccessDenied,
        12 or 105 => SocketError.NoBufferSpaceAvailable,
        23 or 24 => SocketError.TooManyOpenSockets,
        32 or 104 => SocketError.ConnectionReset,
        98 => SocketError.AddressAlreadyInUse,
        99 => SocketError.AddressNotAvailable,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        103 => SocketError.ConnectionAborted,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        113 => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
