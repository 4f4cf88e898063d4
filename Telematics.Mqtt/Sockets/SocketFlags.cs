namespace Telematics.Mqtt.Sockets;

/// <summary>What is going on with a socket.</summary>
[Flags]
internal enum SocketFlags
{
    None = 0,

    /// <summary>connect() is under way.</summary>
    Connecting = 1,

    /// <summary>The owner wants no bytes.</summary>
    Paused = 2,

    /// <summary>epoll reports what can be read.</summary>
    AsksToRead = 4,

    /// <summary>epoll reports when there is room to write.</summary>
    AsksToWrite = 8,

    /// <summary>It failed; the owner is told in the next poll.</summary>
    Broken = 16,

    /// <summary>It stands in the list of those whose kept bytes are to be handed in again.</summary>
    Resumed = 32,
}
