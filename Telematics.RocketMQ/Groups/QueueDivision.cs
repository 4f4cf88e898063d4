using Telematics.Messaging;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// Divides a topic's queues among the members of a group by the rule of RocketMQ's Java clients (<c>AllocateMessageQueueAveragely</c>):
/// each member computes it for itself, so all must sort alike and see the same lists.
/// </summary>
internal static class QueueDivision
{
    /// <summary>The queues of one member, in order.</summary>
    /// <param name="queues">All queues of the topic, in any order.</param>
    /// <param name="members">The client ids of all members, in any order.</param>
    /// <param name="self">Whose queues are asked for; one that is no member gets none.</param>
    public static IReadOnlyList<MessageQueue> Divide(IEnumerable<MessageQueue> queues, IEnumerable<string> members, string self)
    {
        string[] ids = [.. members.Order(StringComparer.Ordinal)];
        MessageQueue[] sorted = [.. queues.OrderBy(queue => queue.Broker, StringComparer.Ordinal).ThenBy(queue => queue.QueueId)];
        var index = Array.IndexOf(ids, self);
        if (index < 0)
        {
            return [];
        }

        // The first members get one more when it does not come out even; more members than queues: one each, and then none.
        var (size, rest) = Math.DivRem(sorted.Length, ids.Length);
        var start = (index * size) + Math.Min(index, rest);
        return sorted[start..(start + size + (index < rest ? 1 : 0))];
    }
}
