using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Ingest;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Consumers;
using Telematics.Storage.Model;
using Telematics.Storage.Retention;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Ingest;

/// <summary>Ingest over a log in memory and a SQLite database.</summary>
public sealed class IngestBench : IAsyncDisposable
{
    private readonly List<TransactionalConsumer> _consumers = [];
    private readonly ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConcurrentDictionary<int, long> _counted = new();
    private readonly bool _autoRegister;

    private IngestBench(TestDatabase database, int queues, bool autoRegister)
    {
        Database = database;
        Log = new MemoryMessageLog(queues);
        _autoRegister = autoRegister;
        Status = new IngestStatus(TimeProvider.System);
    }

    public TestDatabase Database { get; }

    public MemoryMessageLog Log { get; }

    public IngestStatus Status { get; }

    /// <summary>Called within the transaction, after everything was written; what it throws fails the transaction.</summary>
    public Func<Task>? BeforeCommit { get; set; }

    /// <summary>Called by the store before it writes rows.</summary>
    public Action<ReadOnlyMemory<TelemetryRow>>? BeforeRows { get; set; }

    public RetentionOptions Retention { get; } = new();

    public MessageQueue Queue => Log.GetQueues(TopicNames.Telemetry)[0];

    public static async Task<IngestBench> CreateAsync(int queues = 1, bool autoRegister = true)
    {
        var bench = new IngestBench(await TestDatabase.CreateAsync(), queues, autoRegister);
        await bench.Log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), CancellationToken.None);
        return bench;
    }

    public async Task<TransactionalConsumer> StartAsync(int maxMessages = 100)
    {
        var meters = _metrics.GetRequiredService<IMeterFactory>();
        var store = new InterceptedStore(Database.Store, this);
        var handler = new TelemetryHandler(
            Log, store, TestDatabase.Late, Database.Registry, Options.Create(new VehiclesOptions { AutoRegister = _autoRegister }), Options.Create(Retention), Status, new IngestMetrics(meters, Status), TimeProvider.System, NullLogger<TelemetryHandler>.Instance);
        var consumers = new TransactionalConsumers(
            Database.Database, Log, TimeProvider.System, Options.Create(Database.Options), new StorageMetrics(meters), NullLogger<TransactionalConsumer>.Instance);
        var consumer = consumers.Create(
            new ConsumerSettings(IngestService.Group, TopicNames.Telemetry) { MaxMessages = maxMessages, Wait = TimeSpan.FromMilliseconds(20), RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(4) },
            new CommitHook(handler, this));
        _consumers.Add(consumer);
        Status.Follow(consumer);
        await consumer.StartAsync(TestContext.Current.CancellationToken);
        return consumer;
    }

    /// <summary>A message as the gateway stores it.</summary>
    public long Append(string vehicleId, string body, string? secondTopic = null, string? contentType = null, byte[]? producer = null, long? number = null, int? queueIndex = null)
    {
        var buffer = new byte[1_024];
        var properties = new MessagePropertiesWriter(buffer);
        properties.Add(MessagePropertyNames.MqttSecondTopic, secondTopic ?? "/" + vehicleId);
        properties.Add(MessagePropertyNames.ClientId, "client-" + vehicleId);
        if (contentType is not null)
        {
            properties.Add(MessagePropertyNames.Mqtt5ContentType, contentType);
        }

        return Log.Append(TopicNames.Telemetry, vehicleId, Encoding.UTF8.GetBytes(body), properties: properties.Written.ToArray(), producer: producer, number: number, queueIndex: queueIndex);
    }

    /// <summary>A report at the log's time plus <paramref name="seconds"/>.</summary>
    public long Report(string vehicleId, double speed, double seconds = 0, long? boot = null, long? seq = null, byte[]? producer = null, long? number = null, int? queueIndex = null) =>
        Append(vehicleId, Sample(speed, seconds, boot, seq), producer: producer, number: number, queueIndex: queueIndex);

    public string Sample(double speed, double seconds = 0, long? boot = null, long? seq = null)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(Log.Now).AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var sequence = boot is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\"boot\":{boot},\"seq\":{seq},");
        return string.Create(CultureInfo.InvariantCulture, $"{{\"time\":\"{time}\",{sequence}\"Vehicle.Speed\":{speed}}}");
    }

    /// <summary>Waits until everything in the log is committed, and counted in <see cref="Status"/>, which follows the commit.</summary>
    public Task DrainAsync() => ConsumerBench.UntilAsync(async () =>
    {
        await using var db = Database.Database.CreateReader();
        foreach (var queue in Log.GetQueues(TopicNames.Telemetry))
        {
            var end = (await Log.GetRangeAsync(queue, CancellationToken.None)).EndOffset;
            if (end > 0 && _counted.GetValueOrDefault(queue.QueueId) != end)
            {
                return false;
            }

            if (end > 0 && !await db.ConsumerOffsets.AnyAsync(o => o.QueueId == queue.QueueId && o.NextOffset == end))
            {
                return false;
            }
        }

        return true;
    });

    /// <summary>The speeds stored for a vehicle, in the order of device time.</summary>
    public async Task<List<double>> SpeedsAsync(string vehicleId)
    {
        await using var db = Database.Database.CreateReader();
        return await db.Database
            .SqlQuery<double>($"SELECT t.speed AS \"Value\" FROM telemetry t JOIN vehicle v ON v.id = t.vehicle_key WHERE v.vehicle_id = {vehicleId} ORDER BY t.time, t.stored_at, t.speed")
            .ToListAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The newest speed of a vehicle.</summary>
    public async Task<double?> LatestSpeedAsync(string vehicleId)
    {
        await using var db = Database.Database.CreateReader();
        return (await db.Database
            .SqlQuery<double?>($"SELECT l.speed AS \"Value\" FROM vehicle_latest l JOIN vehicle v ON v.id = l.vehicle_key WHERE v.vehicle_id = {vehicleId}")
            .ToListAsync(TestContext.Current.CancellationToken)).SingleOrDefault();
    }

    public async Task<List<RejectedMessage>> RejectedAsync()
    {
        await using var db = Database.Database.CreateReader();
        return await db.RejectedMessages.OrderBy(rejected => rejected.Id).ToListAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in _consumers)
        {
            await consumer.DisposeAsync();
        }

        await Database.DisposeAsync();
        await _metrics.DisposeAsync();
    }

    private sealed class CommitHook(IQueueBatchHandler inner, IngestBench bench) : IQueueBatchHandler
    {
        public void Prepare(MessageBatch batch) => inner.Prepare(batch);

        public async ValueTask ApplyAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, WriteSession session, CancellationToken cancellationToken)
        {
            await inner.ApplyAsync(batch, isRepeat, session, cancellationToken);
            if (bench.BeforeCommit is not null)
            {
                await bench.BeforeCommit();
            }
        }

        public async ValueTask<long> ApplyPartAsync(MessageBatch batch, IReadOnlyList<bool> isRepeat, long part, WriteSession session, CancellationToken cancellationToken)
        {
            var next = await inner.ApplyPartAsync(batch, isRepeat, part, session, cancellationToken);
            if (bench.BeforeCommit is not null)
            {
                await bench.BeforeCommit();
            }

            return next;
        }

        public void OnCommitted(MessageQueue queue, QueuePosition position)
        {
            inner.OnCommitted(queue, position);
            bench._counted[queue.QueueId] = position.NextOffset;
        }

        public void OnReset(MessageQueue queue) => inner.OnReset(queue);
    }

    private sealed class InterceptedStore(ITelemetryStore inner, IngestBench bench) : ITelemetryStore
    {
        public ValueTask WriteAsync(ReadOnlyMemory<TelemetryRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken)
        {
            bench.BeforeRows?.Invoke(rows);
            return inner.WriteAsync(rows, otherSignals, session, cancellationToken);
        }

        public ValueTask WriteLatestAsync(ReadOnlyMemory<LatestRow> rows, ReadOnlyMemory<byte> otherSignals, WriteSession session, CancellationToken cancellationToken) =>
            inner.WriteLatestAsync(rows, otherSignals, session, cancellationToken);

        public ValueTask ReadCountersAsync(ReadOnlyMemory<long> vehicleKeys, Memory<SequenceCounters> counters, WriteSession session, CancellationToken cancellationToken) =>
            inner.ReadCountersAsync(vehicleKeys, counters, session, cancellationToken);

        public ValueTask<HistoryPage<HistorySample>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) => inner.ReadHistoryAsync(query, cancellationToken);

        public ValueTask<HistoryPage<HistoryStep>> ReadStepsAsync(HistoryQuery query, long step, CancellationToken cancellationToken) => inner.ReadStepsAsync(query, step, cancellationToken);

        public ValueTask ReadLatestAsync(ReadSnapshot snapshot, LatestStateVisitor visit, CancellationToken cancellationToken) => inner.ReadLatestAsync(snapshot, visit, cancellationToken);
    }
}
