namespace Telematics.Mqtt.Sockets;

/// <summary>Takes what a listener accepts.</summary>
internal interface IAcceptedSockets
{
    /// <summary>One more descriptor.</summary>
    void Add(int fd, in SocketPeer peer);
}
