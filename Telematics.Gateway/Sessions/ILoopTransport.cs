namespace Telematics.Gateway.Sessions;

/// <summary>
/// What a loop asks of its sockets; everything on the loop's thread, by the connection's slot. In the other direction the
/// transport calls <see cref="SessionLoop.Open"/>, <see cref="SessionLoop.Receive"/>, <see cref="SessionLoop.OnSent"/> and
/// <see cref="SessionLoop.OnClosed"/>, never from within one of these.
/// </summary>
internal interface ILoopTransport
{
    /// <summary>Sends; copies what the socket does not take. Answers how many bytes of the connection now wait unsent.</summary>
    int Send(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>Reads no more; what <see cref="SessionLoop.Receive"/> did not consume is kept.</summary>
    void PauseReading(int slot);

    /// <summary>Reads again, beginning with what was kept.</summary>
    void ResumeReading(int slot);

    /// <summary>Forgets the slot and closes: after what was sent is out (bounded), or at once.</summary>
    void Close(int slot, bool abort);
}
