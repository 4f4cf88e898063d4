namespace Telematics.Messaging;

/// <summary>Reads one queue from any offset on; progress is the caller's. Not for several reads at once.</summary>
public interface IQueueReader : IAsyncDisposable
{
    /// <summary>The queue.</summary>
    MessageQueue Queue { get; }

    /// <summary>Reads from <paramref name="offset"/> on.</summary>
    /// <param name="offset">The first offset wanted, at least 0.</param>
    /// <param name="maxMessages">At most so many messages, at least 1.</param>
    /// <param name="maxBytes">Stops before the batch's buffer would exceed so many bytes, but never before the first message.</param>
    /// <param name="wait">How long to wait when nothing is there; zero answers at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MessageLogException">The log cannot be read.</exception>
    ValueTask<ReadResult> ReadAsync(long offset, int maxMessages, int maxBytes, TimeSpan wait, CancellationToken cancellationToken);
}
