namespace Telematics.RocketMQ.Producing;

/// <summary>A message could not be sent; the text says which, why and what to do.</summary>
public sealed class RocketMQSendException : Exception
{
    internal RocketMQSendException(string message, bool mayBeStored, Exception? innerException = null)
        : base(message, innerException)
    {
        MayBeStored = mayBeStored;
    }

    /// <summary>Whether it may be stored all the same: an answer was lost, the broker failed within, or it has it but not where the operator wants it.</summary>
    public bool MayBeStored { get; }
}
