using System.Net.Sockets;

namespace Telematics.Mqtt.Sockets;

/// <summary>What happens to the sockets of a <see cref="SocketLoop"/>; all calls come from its thread, within <see cref="SocketLoop.Poll"/>.</summary>
public interface ISocketEvents
{
    /// <summary>A connection was accepted. Answers the slot, a number of the owner's that is not in use, or -1 to close it.</summary>
    int OnAccepted(in SocketPeer peer);

    /// <summary>What <see cref="SocketLoop.Connect"/> began is done.</summary>
    void OnConnected(int slot);

    /// <summary>
    /// Bytes came; they are good until the call returns. Answers how many were consumed: the rest is kept and comes again
    /// in front of the next ones, or, after a pause, when the slot is resumed.
    /// </summary>
    int OnReceived(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// How many bytes must be there before it is worth handing them in, asked when the owner left a rest unconsumed: with
    /// the length of a large packet, its pieces are gathered and not looked at one by one. One byte more unless said otherwise.
    /// </summary>
    int GetNeeded(int slot, ReadOnlySpan<byte> rest) => rest.Length + 1;

    /// <summary>The socket took bytes that had waited; so many still wait.</summary>
    void OnSent(int slot, int unsent);

    /// <summary>The connection is gone, or could not be made; the slot is already forgotten. Success: the peer closed it.</summary>
    void OnClosed(int slot, SocketError error);
}
