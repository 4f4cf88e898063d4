using System.Collections.Concurrent;
using Telematics.Messaging;

namespace Telematics.Tests.RocketMQ.Groups;

/// <summary>Keeps what a member has; the test may make it slow or faulty.</summary>
internal sealed class RecordingListener : IAssignmentListener
{
    private readonly ConcurrentDictionary<MessageQueue, bool> _queues = new();
    private int _calls;

    public int Count => _queues.Count;

    /// <summary>How often something was taken or given.</summary>
    public int Changes { get; private set; }

    public bool Overlapped { get; private set; }

    public IEnumerable<int> Ids => _queues.Keys.Select(queue => queue.Index).Order();

    public Func<MessageQueue, Task> OnRevoking { get; set; } = _ => Task.CompletedTask;

    public Action<MessageQueue> OnAssigning { get; set; } = _ => { };

    public void OnAssigned(MessageQueue queue)
    {
        Overlapped |= Interlocked.Increment(ref _calls) > 1;
        Changes++;
        Interlocked.Decrement(ref _calls);
        OnAssigning(queue);
        _queues[queue] = true;
    }

    public async ValueTask OnRevokedAsync(MessageQueue queue)
    {
        Overlapped |= Interlocked.Increment(ref _calls) > 1;
        Changes++;
        await OnRevoking(queue);
        _queues.TryRemove(queue, out _);
        Interlocked.Decrement(ref _calls);
    }
}
