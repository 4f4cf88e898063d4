namespace Telematics.RocketMQ.Remoting;

/// <summary>Why a request has no answer.</summary>
internal enum RemotingFault
{
    /// <summary>No connection was to be had: the request was surely not executed.</summary>
    CannotConnect,

    /// <summary>The connection broke: the request may or may not have been executed.</summary>
    ConnectionLost,

    /// <summary>No answer in time: the request may or may not have been executed.</summary>
    TimedOut,

    /// <summary>The answer cannot be understood.</summary>
    Malformed,

    /// <summary>The client was closed.</summary>
    Closed,
}
