using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Commands.Dispatch;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Commands.Presence;

/// <summary>
/// Ends gateway instances that are silent. Silence is only what was heard in full: it counts from the moment since which
/// the instance's queue has been read on and on to where it ended moments before. So neither our own absence, nor a
/// backlog, nor a log that is down makes a gateway look dead. Not for several threads at once.
/// </summary>
internal sealed class InstanceWatch(
    ITelematicsDatabase database,
    IMessageLog log,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider clock,
    ILogger<InstanceWatch> logger)
{
    /// <summary>A longer time between two moments up to which all was read is a gap: we were paused, behind, or the log did not answer.</summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _silence = TimeSpan.FromSeconds(options.Value.InstanceSilenceSeconds);
    private readonly TimeSpan _appendTimeout = TimeSpan.FromSeconds(options.Value.AppendTimeoutSeconds);
    private readonly Dictionary<int, Listening> _queues = [];
    private readonly Dictionary<int, (long End, long At)> _noted = [];
    private readonly Dictionary<string, Heard> _heard = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Task<bool>> _ending = [];
    private long _owner;

    /// <summary>One look, about once a second.</summary>
    /// <exception cref="MessageLogException">The log does not answer.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await ListenAsync(cancellationToken);
        await TakeEndingsAsync();
        List<GatewayInstance> instances;
        await using (var db = database.CreateReader())
        {
            instances = await db.GatewayInstances.Where(instance => instance.EndedAt == null).ToListAsync(cancellationToken);
        }

        foreach (var gone in _heard.Keys.Except(instances.Select(instance => instance.Instance), StringComparer.Ordinal).ToList())
        {
            _heard.Remove(gone);
        }

        var now = clock.GetTimestamp();
        foreach (var instance in instances)
        {
            if (!_heard.TryGetValue(instance.Instance, out var heard) || heard.BeatAt != instance.LastBeatAt)
            {
                _heard[instance.Instance] = new Heard(instance.LastBeatAt, now);
            }
            else if (SilentFor(instance.Instance, heard, now) >= _silence && !_ending.ContainsKey(QueueOf(instance.Instance)))
            {
                // One of a queue at a time: a queue that takes no end took no beats either.
                // Not waited for: a broker that takes nothing must not keep the others' gateways from being watched.
                _ending[QueueOf(instance.Instance)] = EndAsync(instance.Instance, cancellationToken);

                // The end is read back within moments; until then, and if it was not stored, the count begins anew.
                _heard[instance.Instance] = heard with { At = now };
            }
        }
    }

    /// <summary>Notes up to which moment each queue is read, and since when without a gap.</summary>
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        Dictionary<(string, int), long> offsets;
        await using (var db = database.CreateReader())
        {
            offsets = await db.ConsumerOffsets
                .Where(offset => offset.Group == ConsumerGroup.Name && offset.Topic == TopicNames.VehicleEvent)
                .ToDictionaryAsync(offset => (offset.Broker, offset.QueueId), offset => offset.NextOffset, cancellationToken);
        }

        var queues = log.GetQueues(TopicNames.VehicleEvent);
        foreach (var queue in queues)
        {
            if (_noted.TryGetValue(queue.Index, out var noted) && offsets.GetValueOrDefault((queue.Broker, queue.QueueId)) >= noted.End)
            {
                _noted.Remove(queue.Index);
                var isContinued = _queues.TryGetValue(queue.Index, out var before) && clock.GetElapsedTime(before.UpTo, noted.At) <= MaxGap;
                _queues[queue.Index] = new Listening(isContinued ? before.Since : noted.At, noted.At);
            }
        }

        // Side by side: one broker that is away must neither hold up the others' queues nor leave their gateways unwatched.
        var now = clock.GetTimestamp();
        var ends = await Task.WhenAll(queues.Select(queue => FindEndAsync(queue, cancellationToken)));
        foreach (var (queue, end, _) in ends)
        {
            if (end is { } offset)
            {
                // One that is not reached stands, unless the log has lost what was in front of it.
                _noted[queue.Index] = _noted.TryGetValue(queue.Index, out var noted) ? (Math.Min(noted.End, offset), noted.At) : (offset, now);
            }
        }

        if (ends.All(end => end.Fault is not null))
        {
            throw new MessageLogException(ends[0].Fault!.Message, ends[0].Fault!);
        }
    }

    /// <summary>The queue's end, or why there is none: whoever consumes the queue says that it stands still.</summary>
    private async Task<(MessageQueue Queue, long? End, MessageLogException? Fault)> FindEndAsync(MessageQueue queue, CancellationToken cancellationToken)
    {
        try
        {
            return (queue, (await log.GetRangeAsync(queue, cancellationToken)).EndOffset, null);
        }
        catch (MessageLogException fault)
        {
            return (queue, null, fault);
        }
    }

    private TimeSpan SilentFor(string instance, Heard heard, long now)
    {
        if (!_queues.TryGetValue(QueueOf(instance), out var listening) || clock.GetElapsedTime(listening.UpTo, now) > MaxGap)
        {
            return TimeSpan.Zero;
        }

        return clock.GetElapsedTime(Math.Max(heard.At, listening.Since), listening.UpTo);
    }

    /// <summary>What became of the ends that were appended.</summary>
    private async Task TakeEndingsAsync()
    {
        foreach (var (queue, ending) in _ending.Where(each => each.Value.IsCompleted).ToList())
        {
            _ending.Remove(queue);
            if (!await ending)
            {
                // The silence of all who write to it begins anew.
                _queues.Remove(queue);
                _noted.Remove(queue);
            }
        }
    }

    /// <returns>Whether the end is stored.</returns>
    private async Task<bool> EndAsync(string instance, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new VehicleEvent { EventType = VehicleEventType.InstanceEnd, Instance = instance, Reason = "silent", Time = clock.GetUtcNow().ToUnixTimeMilliseconds() },
            ContractsJson.Default.VehicleEvent);
        var producer = log.GetProducer(TopicNames.VehicleEvent);
        var owner = ++_owner;
        var watch = new AppendWatch();
        watch.Append(producer, new OutgoingMessage { Key = Encoding.UTF8.GetBytes(instance), Tag = "instanceEnd"u8, Body = body }, owner);
        if (!await watch.IsSettledWithinAsync(_appendTimeout, clock, cancellationToken))
        {
            producer.Abandon(owner);
        }
        else if (watch.NotStored == 0)
        {
            metrics.InstanceEnded();
            logger.InstanceSilent(instance, (int)_silence.TotalSeconds);
            return true;
        }

        logger.InstanceEndNotStored(instance);
        return false;
    }

    private int QueueOf(string instance) =>
        QueueSelector.Select(Encoding.UTF8.GetBytes(instance), log.GetQueues(TopicNames.VehicleEvent).Count);

    /// <summary>From when and up to when a queue is read without a gap.</summary>
    private readonly record struct Listening(long Since, long UpTo);

    /// <summary>The newest beat that the database has, and when we first saw it there.</summary>
    private readonly record struct Heard(DateTime BeatAt, long At);
}
