using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Downlink;

/// <summary>Messages of a downlink or exchange topic for all loops; the reader waits for the last loop before it goes far ahead.</summary>
internal sealed class TopicWork(IReadOnlyList<OutboundMessage> messages, int loops) : ILoopWork
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _remaining = loops;

    /// <summary>Completes when every loop has delivered.</summary>
    public Task Done => _done.Task;

    /// <inheritdoc/>
    public void Run(SessionLoop loop)
    {
        try
        {
            foreach (var message in messages)
            {
                loop.Subscriptions.Deliver(message);
            }
        }
        finally
        {
            if (Interlocked.Decrement(ref _remaining) == 0)
            {
                _done.TrySetResult();
            }
        }
    }
}
