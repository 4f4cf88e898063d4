using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A producer of one topic on a real cluster, and what is read of it afterwards.</summary>
internal sealed class ProducingHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RocketMQOptions _options;
    private readonly RemotingClient _client;
    private readonly RouteTable _routes;

    private ProducingHarness(RocketMQOptions options, string topic, int queues)
    {
        _options = options;
        Topic = topic;
        Queues = [.. Enumerable.Range(0, queues).Select(id => new MessageQueue(topic, "broker-a", id, id))];
        var wrapped = Options.Create(_options);
        _client = new RemotingClient(wrapped, TimeProvider.System, NullLogger<RemotingClient>.Instance, new RemotingMetrics(Meters));
        _routes = new RouteTable(new NameServers(_client, wrapped, NullLogger<NameServers>.Instance), TimeProvider.System, NullLogger<RouteTable>.Instance);
        Producer = new RocketMQProducer(
            topic,
            Queues,
            new ProducingContext(
                _options,
                TimeProvider.System,
                NullLogger.Instance,
                new ProducingMetrics(Meters),
                new OutcomeDelivery(NullLogger.Instance),
                queue => new RemotingBatchTransport(queue, _client, _routes, _options.RequestTimeout)));
        Sender = new RocketMQSender(_options, NullLoggerFactory.Instance, Meters, TimeProvider.System);
    }

    public string Topic { get; }

    public IReadOnlyList<MessageQueue> Queues { get; }

    public RocketMQProducer Producer { get; }

    public RocketMQSender Sender { get; }

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes a topic of a name of its own; with a user where access control is on.</summary>
    public static async Task<ProducingHarness> CreateAsync(RocketMQCluster cluster, int queues, string user = "", string secret = "")
    {
        var topic = $"producing-{Guid.NewGuid():N}";
        await cluster.CreateTopicAsync(topic, queues);
        var harness = new ProducingHarness(new RocketMQOptions { NameServers = cluster.NameServers, AccessKey = user, SecretKey = secret }, topic, queues);
        Assert.NotNull(await harness._routes.GetAsync(topic, Cancellation));
        return harness;
    }

    /// <summary>All messages of a queue in the order of their offsets.</summary>
    public async Task<List<ProducedMessage>> ReadAsync(MessageQueue queue, int atLeast = 0)
    {
        await using var reader = new RocketMQQueueReader(
            queue, "producing-tests", TagFilter.All, new ReadingContext(_client, _routes, _options, TimeProvider.System, NullLogger.Instance, new ReadingMetrics(Meters)));
        var messages = new List<ProducedMessage>();
        var deadline = DateTime.UtcNow.AddMinutes(1);
        for (var offset = 0L; ;)
        {
            var result = await reader.ReadAsync(offset, 2000, 4 << 20, TimeSpan.FromSeconds(1), Cancellation);
            using (result.Batch)
            {
                for (var i = 0; i < (result.Batch?.Count ?? 0); i++)
                {
                    messages.Add(Read(result.Batch![i]));
                }
            }

            if (result.Batch is null && (messages.Count >= atLeast || DateTime.UtcNow > deadline))
            {
                return messages;
            }

            offset = result.NextOffset;
        }

        static ProducedMessage Read(in MessageView message) => new(
            message.Offset,
            message.StoreTime,
            Encoding.UTF8.GetString(message.Key),
            Encoding.UTF8.GetString(message.Body),
            message.ProducerInstance.IsEmpty ? "" : Convert.ToHexString(message.ProducerInstance),
            message.ProducerNumber,
            message.Properties.GetString("colour"u8));
    }

    public async ValueTask DisposeAsync()
    {
        await Producer.CloseAsync();
        await Sender.DisposeAsync();
        await _routes.DisposeAsync();
        await _client.DisposeAsync();
        await _services.DisposeAsync();
    }
}

/// <summary>A message as it was read.</summary>
internal sealed record ProducedMessage(long Offset, long StoreTime, string Key, string Body, string Instance, long Number, string? Colour)
{
    public string UniqueKey => Instance + Number.ToString("X12", CultureInfo.InvariantCulture);
}
