namespace Telematics.RocketMQ.Producing;

/// <summary>Sends batches of one queue to wherever its broker is now, once each. One call at a time.</summary>
internal interface IBatchTransport
{
    /// <summary>Sends a batch and says what came of it.</summary>
    /// <param name="body">The members in RocketMQ's layout.</param>
    /// <param name="bornTime">When the batch was made, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="cancellationToken">Ends the wait: the batch may be stored all the same.</param>
    ValueTask<SendAnswer> SendAsync(ReadOnlyMemory<byte> body, long bornTime, CancellationToken cancellationToken);
}
