using System.Text;
using Microsoft.EntityFrameworkCore;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Up to which moment each queue of a topic has been applied by the group, whichever process applies it: the end of a
/// queue is noted with the clock, and once the stored offset has reached it, everything that was stored before that
/// moment is in the database. A queue that does not answer stays where it is, and keeps no other. Not for several
/// threads at once.
/// </summary>
internal sealed class ReadHorizon(IMessageLog log, ITelematicsDatabase database, TimeProvider clock, string group, string topic)
{
    // What a broker has answered for is counted in its queue's end a little later: milliseconds mostly, seconds on a busy machine.
    private static readonly TimeSpan EndLag = TimeSpan.FromSeconds(3);

    // An end that is not reached for so long is asked for again: the log may have lost what was in front of it.
    private static readonly TimeSpan EndDoubt = TimeSpan.FromSeconds(5);

    private Mark[] _marks = [];

    /// <summary>Everything on the topic that was stored before this moment is applied; <see cref="DateTime.MinValue"/> before the first time.</summary>
    public DateTime Earliest => _marks.Length == 0 ? DateTime.MinValue : _marks.Min(mark => mark.UpTo);

    /// <summary>As <see cref="Earliest"/>, for the queue that is furthest.</summary>
    public DateTime Latest => _marks.Length == 0 ? DateTime.MinValue : _marks.Max(mark => mark.UpTo);

    /// <summary>Whether everything with a key (of an unknown one: everything) that was stored before a moment is applied.</summary>
    public bool IsReadUpTo(string? key, DateTime moment) =>
        (key is null || _marks.Length == 0 ? Earliest : _marks[QueueSelector.Select(Encoding.UTF8.GetBytes(key), _marks.Length)].UpTo) >= moment;

    /// <summary>Looks again.</summary>
    /// <exception cref="MessageLogException">No queue answers.</exception>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        var queues = log.GetQueues(topic);
        if (_marks.Length != queues.Count)
        {
            _marks = [.. queues.Select(queue => new Mark(queue))];
        }

        // Side by side: a broker that is away takes its time to say so.
        var now = clock.GetUtcNow().UtcDateTime;
        var asked = await Task.WhenAll(_marks.Where(mark => mark.End is null || now - mark.NotedAt >= EndDoubt).Select(mark => AskAsync(mark, now, cancellationToken)));
        if (asked.Length == _marks.Length && Array.TrueForAll(asked, fault => fault is not null))
        {
            throw new MessageLogException(asked[0]!.Message, asked[0]!);
        }

        await using var db = database.CreateReader();
        var offsets = await db.ConsumerOffsets
            .Where(offset => offset.Group == group && offset.Topic == topic)
            .ToDictionaryAsync(offset => (offset.Broker, offset.QueueId), offset => offset.NextOffset, cancellationToken);
        foreach (var mark in _marks)
        {
            if (offsets.GetValueOrDefault((mark.Queue.Broker, mark.Queue.QueueId)) >= mark.End)
            {
                mark.UpTo = mark.NotedAt - EndLag;
                mark.End = null;
            }
        }
    }

    /// <returns>Why the queue's end is not to be had; null when it is noted.</returns>
    private async Task<MessageLogException?> AskAsync(Mark mark, DateTime now, CancellationToken cancellationToken)
    {
        try
        {
            var end = (await log.GetRangeAsync(mark.Queue, cancellationToken)).EndOffset;
            if (mark.End is null)
            {
                (mark.End, mark.NotedAt) = (end, now);
            }
            else
            {
                mark.End = Math.Min(mark.End.Value, end);
            }

            return null;
        }
        catch (MessageLogException fault)
        {
            return fault;
        }
    }

    private sealed class Mark(MessageQueue queue)
    {
        public MessageQueue Queue { get; } = queue;

        /// <summary>Where it ended at <see cref="NotedAt"/>; null when that is reached, or was never noted.</summary>
        public long? End { get; set; }

        public DateTime NotedAt { get; set; }

        public DateTime UpTo { get; set; } = DateTime.MinValue;
    }
}
