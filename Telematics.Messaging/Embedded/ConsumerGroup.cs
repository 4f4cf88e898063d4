using Microsoft.Extensions.Logging;

namespace Telematics.Messaging.Embedded;

/// <summary>
/// A consumer group of one topic. On every change the queues are divided anew, in even runs in the order of joining, and
/// only what changes hands is revoked and then assigned; one change after the other.
/// </summary>
#pragma warning disable CA1001 // a SemaphoreSlim whose wait handle nobody asks for holds nothing
internal sealed class ConsumerGroup(string name, EmbeddedTopic topic, ILogger logger)
#pragma warning restore CA1001
{
    private readonly long[] _progress = [.. Enumerable.Repeat(-1L, topic.Queues.Length)];
    private readonly SemaphoreSlim _change = new(1, 1);
    private readonly List<GroupMember> _members = [];
    private readonly Dictionary<int, GroupMember> _ownerOfQueue = [];

    public string Name => name;

    public string Topic => topic.Topic;

    /// <summary>Messages behind what the members have reported.</summary>
    public long Lag
    {
        get
        {
            var lag = 0L;
            for (var index = 0; index < _progress.Length; index++)
            {
                var range = topic.Queues[index].Range;
                lag += Math.Max(0, range.EndOffset - Math.Max(Volatile.Read(ref _progress[index]), range.BeginOffset));
            }

            return lag;
        }
    }

    public void ReportProgress(MessageQueue queue, long nextOffset) => Volatile.Write(ref _progress[queue.Index], nextOffset);

    public async Task<GroupMember> JoinAsync(IAssignmentListener listener)
    {
        var member = new GroupMember(this, listener);
        await _change.WaitAsync();
        try
        {
            _members.Add(member);
            await DivideAsync();
            return member;
        }
        finally
        {
            _change.Release();
        }
    }

    public async Task LeaveAsync(GroupMember member)
    {
        await _change.WaitAsync();
        try
        {
            if (_members.Remove(member))
            {
                await DivideAsync();
            }
        }
        finally
        {
            _change.Release();
        }
    }

    private async Task DivideAsync()
    {
        var queues = topic.MessageQueues;
        var moved = new List<(MessageQueue Queue, GroupMember? From, GroupMember? To)>();
        for (var index = 0; index < queues.Count; index++)
        {
            var from = _ownerOfQueue.GetValueOrDefault(index);
            var to = _members.Count == 0 ? null : _members[(int)((long)index * _members.Count / queues.Count)];
            if (!ReferenceEquals(from, to))
            {
                moved.Add((queues[index], from, to));
            }
        }

        foreach (var (queue, from, _) in moved)
        {
            if (from is not null)
            {
                _ownerOfQueue.Remove(queue.Index);
                await RevokeAsync(from, queue);
            }
        }

        foreach (var (queue, _, to) in moved)
        {
            if (to is not null)
            {
                _ownerOfQueue[queue.Index] = to;
                Assign(to, queue);
            }
        }
    }

#pragma warning disable CA1031 // the listener is the caller's; its fault must not keep the queue from the others
    private async Task RevokeAsync(GroupMember member, MessageQueue queue)
    {
        try
        {
            await member.Listener.OnRevokedAsync(queue);
        }
        catch (Exception fault)
        {
            logger.AssignmentFailed(name, topic.Topic, fault);
        }
    }

    private void Assign(GroupMember member, MessageQueue queue)
    {
        try
        {
            member.Listener.OnAssigned(queue);
        }
        catch (Exception fault)
        {
            logger.AssignmentFailed(name, topic.Topic, fault);
        }
    }
#pragma warning restore CA1031
}
