namespace Telematics.Simulator.Transport;

/// <summary>
/// The connections of one worker, by slot. All calls come from the worker's thread, and all events go to it, within
/// <see cref="Poll"/>.
/// </summary>
internal interface IFleetTransport : IDisposable
{
    /// <summary>The first call on the worker's thread.</summary>
    void Attach();

    /// <summary>Begins to connect; <see cref="ITransportEvents.OnConnected"/> or <see cref="ITransportEvents.OnClosed"/> follows.</summary>
    void Connect(int slot);

    /// <summary>Sends, or keeps what the connection does not take yet; the bytes are copied.</summary>
    void Send(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>Closes without waiting; no event follows. A slot without a connection stays so.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="abort">Whether the connection is reset, so that what waits is lost.</param>
    void Close(int slot, bool abort);

    /// <summary>
    /// Leaves the connection as a car in a tunnel does: it stays open and silent, nothing is read, no event follows. The
    /// slot is free to connect again; a later call for the slot, or a close of it, ends the one that was left.
    /// </summary>
    void Abandon(int slot);

    /// <summary>Hands over what has happened; waits for something up to a time in milliseconds.</summary>
    void Poll(int timeoutMilliseconds, ITransportEvents events);
}
