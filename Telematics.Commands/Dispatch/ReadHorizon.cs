using Microsoft.EntityFrameworkCore;
using Telematics.Messaging;
using Telematics.Storage;

namespace Telematics.Commands.Dispatch;

/// <summary>
/// Up to which moment everything on a topic has been applied by the group, whichever process applies it: the ends of all
/// queues are noted together with the clock, and once the stored offsets have reached them, everything that was stored
/// before that moment is in the database. A log that does not answer keeps the horizon where it is. Not for several
/// threads at once.
/// </summary>
internal sealed class ReadHorizon(IMessageLog log, ITelematicsDatabase database, TimeProvider clock, string group, string topic)
{
    private DateTime _notedAt;
    private long[]? _ends;

    /// <summary>Everything stored before this moment is applied; <see cref="DateTime.MinValue"/> before the first time.</summary>
    public DateTime UpTo { get; private set; } = DateTime.MinValue;

    /// <summary>Looks again.</summary>
    /// <returns>The horizon.</returns>
    /// <exception cref="MessageLogException">The log does not answer.</exception>
    public async Task<DateTime> AdvanceAsync(CancellationToken cancellationToken)
    {
        var queues = log.GetQueues(topic);
        if (_ends is null)
        {
            _notedAt = clock.GetUtcNow().UtcDateTime;
            var ends = new long[queues.Count];
            for (var i = 0; i < queues.Count; i++)
            {
                ends[i] = (await log.GetRangeAsync(queues[i], cancellationToken)).EndOffset;
            }

            _ends = ends;
        }

        await using var db = database.CreateReader();
        var offsets = await db.ConsumerOffsets
            .Where(offset => offset.Group == group && offset.Topic == topic)
            .ToDictionaryAsync(offset => (offset.Broker, offset.QueueId), offset => offset.NextOffset, cancellationToken);
        for (var i = 0; i < queues.Count; i++)
        {
            if (offsets.GetValueOrDefault((queues[i].Broker, queues[i].QueueId)) < _ends[i])
            {
                return UpTo;
            }
        }

        UpTo = _notedAt;
        _ends = null;
        return UpTo;
    }
}
