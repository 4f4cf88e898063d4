using System.Runtime.InteropServices;
using System.Text;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Telematics.Storage.Rollups;

namespace Telematics.Ingest;

/// <summary>
/// Ingest of one queue. Everything it remembers (vehicles, counters) includes the batch under way, and is thrown away as
/// a whole when that batch fails.
/// </summary>
internal sealed class QueueIngest(MessageQueue queue, int queueCount, ITelemetryStore store, LateTelemetry late, VehicleRegistry registry, bool autoRegister, TimeSpan? longestAge)
{
    /// <summary>Samples in a part of a message that is too much for one transaction: so they lie in no more partitions than that.</summary>
    private const int PartRows = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<MessageBatch, TelemetryBatch> _prepared = [];
    private readonly Stack<TelemetryBatch> _free = new();
    private readonly QueueVehicles _vehicles = new(registry);
    private readonly List<string> _toRegister = [];
    private readonly List<IngestVehicle> _toCount = [];
    private readonly List<RejectedMessage> _rejected = [];
    private SortKey[] _keys = new SortKey[256];
    private TelemetryRow[] _rows = new TelemetryRow[256];
    private LatestRow[] _latest = new LatestRow[64];
    private LatestRow[] _sortedLatest = new LatestRow[64];
    private long[] _counterKeys = new long[64];
    private SequenceCounters[] _counters = new SequenceCounters[64];
    private BatchCounts _counts;
    private int _latestCount;
    private long _batch;

    /// <summary>What the batch under way changes in the figures.</summary>
    public BatchCounts Counts => _counts;

    /// <summary>How many vehicles the batch under way registers.</summary>
    public int Registered { get; private set; }

    /// <summary>What the batch under way rejects.</summary>
    public IReadOnlyList<RejectedMessage> Rejected => _rejected;

    /// <summary>Decodes a batch; another one may be applied meanwhile.</summary>
    public void Prepare(MessageBatch batch)
    {
        TelemetryBatch? telemetry;
        lock (_lock)
        {
            if (!_free.TryPop(out telemetry))
            {
                telemetry = new TelemetryBatch(longestAge);
            }
        }

        telemetry.Decode(batch);
        lock (_lock)
        {
            _prepared.Add(batch, telemetry);
        }
    }

    /// <summary>Writes a batch.</summary>
    public Task ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken) =>
        ApplyAsync(batch, isRepeat, null, session, cancellationToken);

    /// <summary>
    /// Writes a part of a message: samples in the order of their time, from <paramref name="part"/> on. Everything else of
    /// the message (its number, the newest state, what it has of rejected samples) comes with the last part, so that until
    /// then nothing takes the rest of it for a repeat.
    /// </summary>
    /// <returns>The time of the next part's first sample; 0 when this was the last.</returns>
    public Task<long> ApplyPartAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, long part, WriteSession session, CancellationToken cancellationToken) =>
        ApplyAsync(batch, isRepeat, part, session, cancellationToken);

    private async Task<long> ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, long? part, WriteSession session, CancellationToken cancellationToken)
    {
        TelemetryBatch? telemetry;
        lock (_lock)
        {
            if (!_prepared.Remove(batch, out telemetry))
            {
                throw new InvalidOperationException($"The batch of queue {queue} was not prepared.");
            }
        }

        BeginBatch();
        await ResolveVehiclesAsync(telemetry, isRepeat, session, cancellationToken);
        await LoadCountersAsync(telemetry, isRepeat, session, cancellationToken);
        Judge(batch, telemetry, isRepeat);
        var next = await WriteAsync(telemetry, part, session, cancellationToken);
        lock (_lock)
        {
            _free.Push(telemetry);
        }

        return next;
    }

    /// <summary>The batch under way was committed; the figures begin anew.</summary>
    public void EndBatch()
    {
        _counts = default;
        _rejected.Clear();
        Registered = 0;
    }

    private void BeginBatch()
    {
        EndBatch();
        _batch++;
        _latestCount = 0;
        _toRegister.Clear();
        _toCount.Clear();
    }

    private async Task ResolveVehiclesAsync(TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        await _vehicles.BeginAsync(session, cancellationToken);
        FindVehicles(telemetry, isRepeat);
        await _vehicles.ResolveAsync(session, cancellationToken);

        // Known before the registry is held: what will be registered needs it for a change.
        FindUnknown(telemetry, isRepeat);
        await session.LockRegistryAsync(_toRegister.Count > 0 ? RegistryAccess.Change : RegistryAccess.Follow, cancellationToken);
        await _vehicles.FollowAsync(session, cancellationToken);
        FindVehicles(telemetry, isRepeat);
        await _vehicles.ResolveAsync(session, cancellationToken);
        if (_toRegister.Count > 0)
        {
            FindUnknown(telemetry, isRepeat);
            await _vehicles.RegisterAsync(_toRegister, session, cancellationToken);
            Registered = _toRegister.Count;
        }
    }

    private void FindVehicles(TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat)
    {
        var messages = telemetry.Messages;
        for (var i = 0; i < messages.Length; i++)
        {
            if (!isRepeat[i] && messages[i].IdLength > 0)
            {
                _vehicles.Find(telemetry.VehicleId(in messages[i]));
            }
        }
    }

    /// <summary>A car is registered at its first telemetry; something undecodable under a name is none.</summary>
    private void FindUnknown(TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat)
    {
        _toRegister.Clear();
        if (!autoRegister)
        {
            return;
        }

        var unknown = new HashSet<string>(StringComparer.Ordinal);
        var messages = telemetry.Messages;
        for (var i = 0; i < messages.Length; i++)
        {
            ref readonly var message = ref messages[i];
            if (!isRepeat[i] && message.RowCount > 0 && _vehicles.Find(telemetry.VehicleId(in message)) is { Key: 0 } vehicle && unknown.Add(vehicle.Id))
            {
                _toRegister.Add(vehicle.Id);
            }
        }
    }

    /// <summary>The counters are read in the transaction that moved the offset, so after it.</summary>
    private async Task LoadCountersAsync(TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
    {
        CollectWithoutCounters(telemetry, isRepeat);
        if (_toCount.Count == 0)
        {
            return;
        }

        _toCount.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        Grow(ref _counterKeys, _toCount.Count);
        Grow(ref _counters, _toCount.Count);
        for (var i = 0; i < _toCount.Count; i++)
        {
            _counterKeys[i] = _toCount[i].Key;
        }

        await store.ReadCountersAsync(_counterKeys.AsMemory(0, _toCount.Count), _counters.AsMemory(0, _toCount.Count), session, cancellationToken);
        for (var i = 0; i < _toCount.Count; i++)
        {
            _toCount[i].Counters = _counters[i];
        }
    }

    private void CollectWithoutCounters(TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat)
    {
        var messages = telemetry.Messages;
        for (var i = 0; i < messages.Length; i++)
        {
            ref readonly var message = ref messages[i];
            if (!isRepeat[i]
                && message is { HasSequence: true, IdLength: > 0 }
                && _vehicles.Find(telemetry.VehicleId(in message)) is { Key: > 0, IsDeleted: false, HasCounters: false } vehicle)
            {
                vehicle.HasCounters = true;
                _toCount.Add(vehicle);
            }
        }
    }

    private void Judge(MessageBatch batch, TelemetryBatch telemetry, IReadOnlyList<bool> isRepeat)
    {
        var messages = telemetry.Messages;
        var rejection = 0;
        for (var i = 0; i < messages.Length; i++)
        {
            var firstRejection = rejection;
            while (rejection < telemetry.Rejections.Count && telemetry.Rejections[rejection].Message == i)
            {
                rejection++;
            }

            if (!isRepeat[i])
            {
                _counts.Messages++;
                Judge(batch, telemetry, i, CollectionsMarshal.AsSpan(telemetry.Rejections)[firstRejection..rejection]);
            }
        }
    }

    private void Judge(MessageBatch batch, TelemetryBatch telemetry, int index, ReadOnlySpan<PreparedRejection> rejections)
    {
        ref readonly var message = ref telemetry.Messages[index];
        var vehicle = message.IdLength > 0 ? _vehicles.Find(telemetry.VehicleId(in message)) : null;
        if (vehicle is { IsDeleted: true })
        {
            Reject(batch, index, vehicle, new PreparedRejection(index, RejectReason.VehicleDeleted, "The vehicle was deleted, and not put back since.", 0, batch[index].Body.Length));
            return;
        }

        if (vehicle is { Key: 0 } && message.RowCount > 0)
        {
            Reject(batch, index, vehicle, new PreparedRejection(index, RejectReason.VehicleUnknown, "Nobody registered the vehicle, and Telematics:Vehicles:AutoRegister is off.", 0, batch[index].Body.Length));
            return;
        }

        // A message in another queue than its car's is taken, but not judged: two queues must not move one car's counters.
        var isJudged = message.HasSequence && vehicle is { Key: > 0 } && IsOwn(vehicle.Id);
        if (isJudged && IsDuplicate(vehicle!, in message))
        {
            return;
        }

        foreach (ref readonly var rejection in rejections)
        {
            Reject(batch, index, vehicle, in rejection);
        }

        if (vehicle is { Key: > 0 } && (isJudged || message.RowCount > 0))
        {
            Take(batch[index].Offset, telemetry, in message, vehicle, isJudged);
        }
    }

    private bool IsDuplicate(IngestVehicle vehicle, in PreparedMessage message)
    {
        var verdict = SequenceWindow.Take(ref vehicle.Counters, message.Boot, message.Seq);
        if (verdict == SequenceVerdict.Duplicate)
        {
            _counts.Duplicates++;
        }
        else if (verdict == SequenceVerdict.Unjudged)
        {
            _counts.Unjudged++;
        }

        return verdict == SequenceVerdict.Duplicate;
    }

    /// <summary>Adds a message's samples to the rows, and the newest one to its car's newest state.</summary>
    private void Take(long offset, TelemetryBatch telemetry, in PreparedMessage message, IngestVehicle vehicle, bool isJudged)
    {
        ref var latest = ref LatestOf(vehicle);
        if (isJudged)
        {
            latest.HasCounters = true;
            latest.Counters = vehicle.Counters;
        }

        Grow(ref _keys, _counts.Rows + message.RowCount);
        for (var i = message.RowStart; i < message.RowStart + message.RowCount; i++)
        {
            ref var row = ref telemetry.Rows[i];
            row.VehicleKey = vehicle.Key;
            _keys[_counts.Rows++] = new SortKey(vehicle.Key, row.Time, i);
            var effective = TelemetryAcceptance.EffectiveTime(row.Time, row.StoredAt);
            if (!latest.HasState || effective >= latest.EffectiveTime)
            {
                latest.HasState = true;
                latest.Newest = row;
                latest.EffectiveTime = effective;
                latest.QueueIndex = queue.Index;
                latest.QueueOffset = offset;
            }
        }
    }

    private ref LatestRow LatestOf(IngestVehicle vehicle)
    {
        if (vehicle.Batch != _batch)
        {
            vehicle.Batch = _batch;
            vehicle.LatestIndex = _latestCount++;
            Grow(ref _latest, _latestCount);
            _latest[vehicle.LatestIndex] = default;
            _latest[vehicle.LatestIndex].Newest.VehicleKey = vehicle.Key;
        }

        return ref _latest[vehicle.LatestIndex];
    }

    private async Task<long> WriteAsync(TelemetryBatch telemetry, long? part, WriteSession session, CancellationToken cancellationToken)
    {
        SortRows(telemetry);
        var (rows, next) = part is { } from ? PartFrom(from) : (_rows.AsMemory(0, _counts.Rows), 0);
        var kept = await late.TakeAsync(rows, session, cancellationToken);
        _counts.RollupOnly = rows.Length - kept;
        _counts.Rows = kept;
        await store.WriteAsync(rows[..kept], telemetry.Other, session, cancellationToken);
        if (next != 0)
        {
            _counts = new BatchCounts { Rows = _counts.Rows, RollupOnly = _counts.RollupOnly };
            _rejected.Clear();
            return next;
        }

        SortLatest();
        await store.WriteLatestAsync(_sortedLatest.AsMemory(0, _latestCount), telemetry.Other, session, cancellationToken);
        if (_rejected.Count > 0)
        {
            // What an erased vehicle sends late is counted like the rest, and not kept.
            session.Db.RejectedMessages.AddRange(await ErasedVehicles.ExceptAsync(session.Db, _rejected, cancellationToken));
            await session.Db.SaveChangesAsync(cancellationToken);
        }

        return 0;
    }

    /// <summary>Rows of one time stay together, so that a time says where the next part begins.</summary>
    private (Memory<TelemetryRow> Rows, long Next) PartFrom(long time)
    {
        var rows = _rows.AsSpan(0, _counts.Rows);
        var start = 0;
        while (start < rows.Length && rows[start].Time < time)
        {
            start++;
        }

        var end = Math.Min(start + PartRows, rows.Length);
        while (end < rows.Length && rows[end].Time == rows[end - 1].Time)
        {
            end++;
        }

        return (_rows.AsMemory(start, end - start), end < rows.Length ? rows[end].Time : 0);
    }

    private void SortRows(TelemetryBatch telemetry)
    {
        var keys = _keys.AsSpan(0, _counts.Rows);
        keys.Sort();
        Grow(ref _rows, keys.Length);
        for (var i = 0; i < keys.Length; i++)
        {
            _rows[i] = telemetry.Rows[keys[i].Index];
        }
    }

    private void SortLatest()
    {
        Grow(ref _keys, _latestCount);
        Grow(ref _sortedLatest, _latestCount);
        var keys = _keys.AsSpan(0, _latestCount);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = new SortKey(_latest[i].Newest.VehicleKey, 0, i);
        }

        keys.Sort();
        for (var i = 0; i < keys.Length; i++)
        {
            _sortedLatest[i] = _latest[keys[i].Index];
        }
    }

    private void Reject(MessageBatch batch, int index, IngestVehicle? vehicle, in PreparedRejection rejection)
    {
        const int maxDetail = 1_024;
        var message = batch[index];
        _counts.Rejected++;
        _rejected.Add(new RejectedMessage
        {
            Topic = queue.Topic,
            Broker = queue.Broker,
            QueueId = queue.QueueId,
            QueueOffset = message.Offset,
            StoredAt = UnixTime.ToDateTime(message.StoreTime * UnixTime.MicrosecondsPerMillisecond),
            ClientId = message.Properties.GetString(MessagePropertyNames.ClientId),
            VehicleId = vehicle?.Id,
            Reason = rejection.Reason,
            Detail = rejection.Detail[..Math.Min(rejection.Detail.Length, maxDetail)],
            Payload = message.Body.Slice(rejection.BodyStart, rejection.BodyLength).ToArray(),
        });
    }

    private bool IsOwn(string vehicleId)
    {
        Span<byte> utf8 = stackalloc byte[VehicleId.MaxLength];
        return QueueSelector.Select(utf8[..Encoding.ASCII.GetBytes(vehicleId, utf8)], queueCount) == queue.Index;
    }

    private static void Grow<TItem>(ref TItem[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
        }
    }
}
