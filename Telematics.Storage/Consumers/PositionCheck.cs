using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Messaging;

namespace Telematics.Storage.Consumers;

/// <summary>
/// Compares a stored position with the log: a store that was wiped or exchanged would otherwise be read from the wrong
/// messages. An embedded log that lost its tail in a power cut is told to go on above the position.
/// </summary>
internal static class PositionCheck
{
    /// <summary>Checks one position.</summary>
    /// <returns>The position to go on from: the same, or without the last message where that is gone from the log.</returns>
    /// <exception cref="StartupException">The log is not the one that the position belongs to.</exception>
    public static async Task<QueuePosition> VerifyAsync(
        IMessageLog log,
        string group,
        MessageQueue queue,
        QueuePosition position,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var range = await log.GetRangeAsync(queue, cancellationToken);
        if (position.NextOffset > range.EndOffset)
        {
            if (!await log.TryRaiseEndAsync(queue, position.NextOffset, cancellationToken))
            {
                throw new StartupException(
                    $"Queue {queue} ends at offset {range.EndOffset}, but group {group} has applied it up to {position.NextOffset}: the message log was wiped or exchanged, or lost messages. Restore the log that the database belongs to, or use an empty database with it.");
            }

            logger.LogTailLost(queue, range.EndOffset, position.NextOffset, group);
            return position with { LastOffset = -1, LastStoreTime = 0 };
        }

        if (position.LastOffset < range.BeginOffset || position.LastOffset >= range.EndOffset)
        {
            return position;
        }

        await using var reader = log.OpenReader(queue, TagFilter.All);
        var result = await reader.ReadAsync(position.LastOffset, 1, int.MaxValue, TimeSpan.Zero, cancellationToken);
        using var batch = result.Batch;
        if (batch is null || batch[0].Offset != position.LastOffset)
        {
            // Nothing is stored there: trimmed meanwhile, or lost with a tail above which another group had it go on.
            return position with { LastOffset = -1, LastStoreTime = 0 };
        }

        if (batch[0].StoreTime != position.LastStoreTime)
        {
            throw new StartupException(
                $"Queue {queue} has another message at offset {position.LastOffset} (stored at {batch[0].StoreTime} ms) than the one group {group} applied (stored at {position.LastStoreTime} ms): the message log was wiped or exchanged. Restore the log that the database belongs to, or use an empty database with it.");
        }

        return position;
    }
}
