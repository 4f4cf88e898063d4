namespace Telematics.Simulator.Transport;

/// <summary>
/// The connections of one worker, by slot. All calls come from the worker's thread, and all events go to it, within
/// <see cref="Poll"/>. The sockets under it are one implementation; an event loop over epoll may be another.
/// </summary>
internal interface IFleetTransport : IDisposable
{
    /// <summary>Begins to connect; <see cref="ITransportEvents.OnConnected"/> or <see cref="ITransportEvents.OnClosed"/> follows.</summary>
    void Connect(int slot);

    /// <summary>Sends, or keeps what the connection does not take yet; the bytes are copied.</summary>
    void Send(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>Closes without waiting; no event follows. A slot without a connection stays so.</summary>
    void Close(int slot);

    /// <summary>Hands over what has happened; waits for something up to a time in milliseconds.</summary>
    void Poll(int timeoutMilliseconds, ITransportEvents events);
}
