using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>Readers, members and consumers on a real cluster, and the plainest of senders.</summary>
internal sealed class ReadingHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StoredEnds _storedEnds = new(TimeProvider.System);
    private readonly RocketMQOptions _options;

    public ReadingHarness(RocketMQCluster cluster)
    {
        Cluster = cluster;
        _options = new RocketMQOptions { NameServers = cluster.NameServers };
        Client = NewClient();
        Routes = new RouteTable(new NameServers(Client, Options.Create(_options), NullLogger<NameServers>.Instance), TimeProvider.System, NullLogger<RouteTable>.Instance);
    }

    public RocketMQCluster Cluster { get; }

    public RemotingClient Client { get; }

    public RouteTable Routes { get; }

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes a topic of a name of its own, on all brokers.</summary>
    public async Task<string> CreateTopicAsync(int queues)
    {
        var topic = $"reading-{Guid.NewGuid():N}";
        await Cluster.CreateTopicAsync(topic, queues);
        return topic;
    }

    public async Task<IReadOnlyList<MessageQueue>> QueuesAsync(string topic) =>
        await RouteQueues.GetAsync(Routes, topic, Cancellation) ?? throw new InvalidOperationException($"Topic {topic} has no route.");

    public async Task<RocketMQQueueReader> OpenReaderAsync(string topic, TagFilter? filter = null, int queue = 0) =>
        new((await QueuesAsync(topic))[queue], "readers", filter ?? TagFilter.All, new ReadingContext(Client, Routes, _options, TimeProvider.System, NullLogger.Instance, new ReadingMetrics(Meters)) { StoredEnds = _storedEnds });

    public GroupContext NewGroupContext() => new(NewClient(), Routes, _options, TimeProvider.System, NullLogger.Instance);

    public Task<RocketMQConsumer> StartConsumerAsync(RocketMQConsumerOptions options, Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> handler) =>
        RocketMQConsumer.StartAsync(_options, options, handler, NullLoggerFactory.Instance, Meters, TimeProvider.System, Cancellation);

    /// <summary>Sends one message; answers its offset.</summary>
    public async Task<long> SendAsync(MessageQueue queue, string body, string tag = "", string keys = "k", int sysFlag = 0, byte[]? bytes = null)
    {
        var request = new RemotingRequest(RequestCode.SendMessageV2) { Body = bytes ?? Encoding.UTF8.GetBytes(body) }
            .Add("a", "senders").Add("b", queue.Topic).Add("c", "TBW102").Add("d", 4).Add("e", queue.QueueId).Add("f", sysFlag)
            .Add("g", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Add("h", 0)
            .Add("i", $"KEYS\u0001{keys}\u0002{(tag.Length == 0 ? "" : $"TAGS\u0001{tag}\u0002")}own\u0001{body.Length.ToString(CultureInfo.InvariantCulture)}\u0002")
            .Add("j", 0).Add("k", false).Add("m", false);
        using var response = await Client.RequestAsync(Routes.FindAddress(queue.Broker)!, request, TimeSpan.FromSeconds(5), Cancellation);
        Assert.True(response.Code == ResponseCode.Success, $"{response.Code}: {response.Remark}");
        var offset = response.GetInt64("queueOffset");
        _storedEnds.Note(queue, offset + 1); // as a producer of the same process does
        return offset;
    }

    public async ValueTask DisposeAsync()
    {
        await Routes.DisposeAsync();
        await Client.DisposeAsync();
        await _services.DisposeAsync();
    }

    private RemotingClient NewClient() => new(Options.Create(_options), TimeProvider.System, NullLogger<RemotingClient>.Instance, new RemotingMetrics(Meters));
}
