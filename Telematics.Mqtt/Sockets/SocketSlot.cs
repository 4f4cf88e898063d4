namespace Telematics.Mqtt.Sockets;

/// <summary>One socket of a loop: 24 bytes, and nothing beside while no bytes wait.</summary>
internal struct SocketSlot
{
    /// <summary>The descriptor, or 0: the standard streams are nobody's connection.</summary>
    public int Fd;

    /// <summary>Grows with each use, so that an event of the previous socket is told apart.</summary>
    public int Generation;

    public SocketFlags Flags;

    /// <summary>Bytes that wait, in either direction; null when none do.</summary>
    public SocketBacklog? Backlog;

    /// <summary>Lets the backlog go when nothing waits.</summary>
    public void ForgetEmptyBacklog()
    {
        if (Backlog is { IsEmpty: true })
        {
            Backlog = null;
        }
    }
}
