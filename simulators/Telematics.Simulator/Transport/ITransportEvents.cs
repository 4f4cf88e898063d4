using System.Net.Sockets;

namespace Telematics.Simulator.Transport;

/// <summary>What happens to connections.</summary>
internal interface ITransportEvents
{
    /// <summary>The connection is there.</summary>
    void OnConnected(int slot);

    /// <summary>
    /// Bytes came; they are good until the call returns. Answers how many are done with: the rest comes again in front
    /// of the next ones.
    /// </summary>
    int OnReceived(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>The connection could not be made, or is gone; <see cref="SocketError.Success"/> when the server closed it.</summary>
    void OnClosed(int slot, SocketError error);
}
