using Telematics.Gateway.Sessions;
using Telematics.Messaging;

namespace Telematics.Gateway.Downlink;

/// <summary>Messages of a downlink or exchange topic for all loops; the reader waits for the last loop before it goes far ahead.</summary>
internal sealed class TopicWork(IReadOnlyList<OutboundMessage> messages) : ILoopWork
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _remaining = 1;

    /// <summary>The messages.</summary>
    public IReadOnlyList<OutboundMessage> Messages => messages;

    /// <summary>Its number among what all loops get, from 1; 0 when it is for one loop only.</summary>
    public long Sequence { get; private set; }

    /// <summary>Completes when every loop has delivered.</summary>
    public Task Done => _done.Task;

    /// <summary>It is for all loops.</summary>
    public void Number(long sequence, int loops)
    {
        Sequence = sequence;
        _remaining = loops;
    }

    /// <inheritdoc/>
    public void Run(SessionLoop loop)
    {
        try
        {
            if (Sequence > 0)
            {
                loop.Recent.Add(this);
            }

            foreach (var message in messages)
            {
                loop.Subscriptions.Deliver(message, Sequence);
            }
        }
        finally
        {
            if (Interlocked.Decrement(ref _remaining) == 0)
            {
                PoolRelay.Queue(() => _done.TrySetResult());
            }
        }
    }
}
