using System.Net;
using System.Net.Sockets;

namespace Telematics.Simulator.Transport;

/// <summary>What .NET has no name for.</summary>
internal static class LinuxSocket
{
    private const int ProtocolLevelIp = 0;
    private const int BindAddressNoPort = 24;

    /// <summary>
    /// Chooses the source address and leaves the port to the connect, so that the same port serves several addresses
    /// (IP_BIND_ADDRESS_NO_PORT).
    /// </summary>
    public static void BindAddressWithoutPort(Socket socket, IPAddress source)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(ProtocolLevelIp, BindAddressNoPort, BitConverter.GetBytes(1));
        }

        socket.Bind(new IPEndPoint(source, 0));
    }
}
