using System.Collections.Concurrent;
using Telematics.Messaging;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ.Groups;

/// <summary>Reports to the brokers how far a member got: every few seconds, and for a queue that is given back at once.</summary>
internal sealed class GroupProgress(string group, GroupContext context)
{
    private readonly ConcurrentDictionary<MessageQueue, long> _next = new();
    private readonly ConcurrentDictionary<MessageQueue, long> _reported = new();
    private readonly BrokerOffsets _offsets = new(group, context);
    private bool _hasFailed;

    public void Report(MessageQueue queue, long nextOffset) => _next[queue] = nextOffset;

    public async Task RunAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, context.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.WhenAll(_next.Keys.Select(queue => FlushAsync(queue, cancellationToken)));

    public async Task FlushAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        if (!_next.TryGetValue(queue, out var next) || (_reported.TryGetValue(queue, out var reported) && reported == next))
        {
            return;
        }

        try
        {
            await _offsets.SetAsync(queue, next, cancellationToken);
            _reported[queue] = next;
            _hasFailed = false;
        }
        catch (RemotingException fault)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                context.Logger.LogProgressNotReported(group, queue.ToString(), fault.Message);
            }
        }
    }

    /// <summary>Forgets a queue that another member has from now on.</summary>
    public void Forget(MessageQueue queue)
    {
        _next.TryRemove(queue, out _);
        _reported.TryRemove(queue, out _);
    }
}
