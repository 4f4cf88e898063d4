namespace Telematics.Simulator.Cars;

/// <summary>How far a car's connection is.</summary>
internal enum CarState : byte
{
    /// <summary>No connection; a timer may lead to one.</summary>
    Offline,

    /// <summary>Wants to connect, and waits until fewer others are at it.</summary>
    Waiting,

    /// <summary>TCP is being connected.</summary>
    Connecting,

    /// <summary>CONNECT is sent.</summary>
    AwaitingConnack,

    /// <summary>The server has accepted.</summary>
    Online,

    /// <summary>Done for good.</summary>
    Stopped,
}
