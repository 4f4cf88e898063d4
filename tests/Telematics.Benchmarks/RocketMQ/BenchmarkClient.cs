using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Benchmarks.Database;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Reading;
using Telematics.RocketMQ.Records;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.Benchmarks.RocketMQ;

/// <summary>A client of our own making, and the plainest way to fill a topic.</summary>
internal sealed class BenchmarkClient : IAsyncDisposable
{
    private const int BatchMessages = 500;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RocketMQOptions _options;
    private readonly RemotingClient _client;
    private readonly RouteTable _routes;
    private readonly ReadingContext _context;

    public BenchmarkClient(string nameServer)
    {
        _options = new RocketMQOptions { NameServers = nameServer };
        var wrapped = Options.Create(_options);
        var meters = _services.GetRequiredService<IMeterFactory>();
        _client = new RemotingClient(wrapped, TimeProvider.System, NullLogger<RemotingClient>.Instance, new RemotingMetrics(meters));
        _routes = new RouteTable(new NameServers(_client, wrapped, NullLogger<NameServers>.Instance), TimeProvider.System, NullLogger<RouteTable>.Instance);
        _context = new ReadingContext(_client, _routes, _options, TimeProvider.System, NullLogger.Instance, new ReadingMetrics(meters));
    }

    /// <summary>What the brokers say of offsets.</summary>
    public QueueOffsets Offsets => _context.Offsets;

    public RocketMQQueueReader OpenReader(MessageQueue queue) => new(queue, "TOOLS_CONSUMER", TagFilter.All, _context);

    /// <summary>The topic's queues.</summary>
    /// <exception cref="BenchmarkException">There is no such topic.</exception>
    public async Task<IReadOnlyList<MessageQueue>> GetQueuesAsync(string topic, CancellationToken cancellationToken) =>
        await RouteQueues.GetAsync(_routes, topic, cancellationToken)
        ?? throw new BenchmarkException($"There is no topic '{topic}': mqadmin updateTopic -n {_options.NameServers} -c DefaultCluster -t {topic} -r 8 -w 8");

    /// <summary>Fills a queue up to so many messages.</summary>
    public async Task FillAsync(MessageQueue queue, long messages, int bodyLength, CancellationToken cancellationToken)
    {
        var random = new Random(queue.QueueId);
        var body = new byte[bodyLength];
        random.NextBytes(body);
        var count = 0L;
        for (var offset = await Offsets.GetMaxAsync(queue, cancellationToken) - await Offsets.GetMinAsync(queue, cancellationToken); offset < messages; offset += BatchMessages)
        {
            var stream = new MemoryStream();
            for (var i = 0; i < BatchMessages; i++)
            {
                Write(stream, queue, body, count++);
            }

            await SendAsync(queue, stream.ToArray(), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _routes.DisposeAsync();
        await _client.DisposeAsync();
        await _services.DisposeAsync();
    }

    private static void Write(MemoryStream stream, MessageQueue queue, byte[] body, long number)
    {
        var properties = new byte[64];
        var writer = new MessagePropertiesWriter(properties);
        writer.Add("clientId"u8, "car-000001");
        writer.Add("qoslevel"u8, 1);
        var message = new OutgoingMessage { Key = "car-000001"u8, Properties = writer.Written, Body = body };
        var member = new byte[BatchLayout.SizeOf(message)];
        BatchLayout.Write(member, message, "0102030405060708090A"u8, number, QueueMark.Of(queue));
        stream.Write(member);
    }

    private static void Check(RemotingResponse response, string what)
    {
        if (response.Code != ResponseCode.Success)
        {
            throw new BenchmarkException($"{what}: code {(int)response.Code}, {response.Remark}");
        }
    }

    private async Task SendAsync(MessageQueue queue, byte[] batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var request = new RemotingRequest(RequestCode.SendBatchMessage) { Body = batch }
                .Add("a", "benchmark").Add("b", queue.Topic).Add("c", "TBW102").Add("d", 4).Add("e", queue.QueueId).Add("f", 0)
                .Add("g", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Add("h", 0).Add("i", "").Add("j", 0).Add("k", false).Add("m", true);
            using var response = await _client.RequestAsync(_routes.FindAddress(queue.Broker)!, request, Timeout, cancellationToken);
            if (response.Code != ResponseCode.SystemBusy)
            {
                Check(response, $"a batch into {queue}");
                return;
            }

            await Task.Delay(50, cancellationToken);
        }
    }
}
