namespace Telematics.Simulator.Transport;

/// <summary>What a completion means for a connection.</summary>
internal enum SocketSignal
{
    Connected,
    Readable,
    Writable,
    Closed,
}
