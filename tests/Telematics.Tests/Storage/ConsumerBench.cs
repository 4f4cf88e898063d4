using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Consumers;
using Xunit;

namespace Telematics.Tests.Storage;

/// <summary>A database, a log in memory, and consumers over both.</summary>
public sealed class ConsumerBench : IAsyncDisposable
{
    public const string Topic = "topic";
    public const string Group = "group";

    private readonly List<TransactionalConsumer> _consumers = [];
    private readonly ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private ConsumerBench(TestDatabase database, MemoryMessageLog log)
    {
        Database = database;
        Log = log;
        Consumers = new TransactionalConsumers(
            database.Database, log, TimeProvider.System, Options.Create(database.Options), new StorageMetrics(_metrics.GetRequiredService<IMeterFactory>()), NullLogger<TransactionalConsumer>.Instance);
    }

    public TestDatabase Database { get; }

    public MemoryMessageLog Log { get; }

    public TransactionalConsumers Consumers { get; }

    public MessageQueue Queue => Log.GetQueues(Topic)[0];

    public static async Task<ConsumerBench> CreateAsync(int queues = 1)
    {
        var bench = new ConsumerBench(await TestDatabase.CreateAsync(), new MemoryMessageLog(queues));
        await bench.Log.DeclareTopicAsync(new TopicDeclaration(Topic), CancellationToken.None);
        return bench;
    }

    public async Task<TransactionalConsumer> StartAsync(IQueueBatchHandler handler, int maxMessages = 100)
    {
        var consumer = Consumers.Create(
            new ConsumerSettings(Group, Topic) { MaxMessages = maxMessages, Wait = TimeSpan.FromMilliseconds(20), RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(4) },
            handler);
        _consumers.Add(consumer);
        await consumer.StartAsync(TestContext.Current.CancellationToken);
        return consumer;
    }

    public long Append(string body, byte[]? producer = null, long? number = null, string key = "key") =>
        Log.Append(Topic, key, Encoding.UTF8.GetBytes(body), producer: producer, number: number);

    /// <summary>What was committed, in no order.</summary>
    public async Task<HashSet<string>> CommittedAsync()
    {
        await using var db = Database.Database.CreateReader();
        return await db.GatewayInstances.Select(instance => instance.Instance).ToHashSetAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the stored offset is there.</summary>
    public Task UntilOffsetAsync(long offset) => UntilAsync(async () =>
    {
        await using var db = Database.Database.CreateReader();
        return await db.ConsumerOffsets.AnyAsync(o => o.NextOffset >= offset);
    });

    /// <summary>Waits for a condition, at most 20 s.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            await Task.Delay(5, timeout.Token);
        }
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
}
