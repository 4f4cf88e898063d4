namespace Telematics.RocketMQ.Remoting;

/// <summary>A request has no usable answer; <see cref="Fault"/> says whether it may have been executed.</summary>
internal sealed class RemotingException(RemotingFault fault, string address, string message, Exception? innerException = null)
    : Exception($"{address}: {message}", innerException)
{
    public RemotingFault Fault { get; } = fault;

    /// <summary>The server asked.</summary>
    public string Address { get; } = address;
}
