using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Administration;
using Telematics.RocketMQ.Remoting;

namespace Telematics.Tests.RocketMQ.Administration;

/// <summary>A peer that is the name server and every broker, and knows the topics that it is told of or made to make.</summary>
internal sealed class AdministrationBench : IAsyncDisposable
{
    private readonly RemotingHarness _harness;
    private readonly Dictionary<string, Dictionary<string, (int Queues, int Permission)>> _topics = [];
    private readonly List<(string Cluster, string Broker)> _brokers = [];

    public AdministrationBench(Action<RocketMQOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new RocketMQOptions { NameServers = Peer.Address };
        configure?.Invoke(options);
        _harness = new(options);
        Context = new(_harness.Client, _harness.NameServers, _harness.Routes, options, time ?? TimeProvider.System, NullLogger.Instance);
        Peer.On(RequestCode.GetRouteInfoByTopic, request => Answer(request["topic"]))
            .On(RequestCode.GetBrokerClusterInfo, _ => FakeAnswer.Success with { Body = Encoding.UTF8.GetBytes(Cluster()) })
            .On(RequestCode.GetBrokerConfig, _ => FakeAnswer.Success with { Body = "flushDiskType=ASYNC_FLUSH\nbrokerRole=ASYNC_MASTER\n"u8.ToArray() })
            .On(RequestCode.UpdateAndCreateTopic, request =>
            {
                // One address for all brokers: made on the first that lacks it.
                var made = _topics.TryGetValue(request["topic"], out var known) ? known : _topics[request["topic"]] = [];
                made[_brokers.First(broker => !made.ContainsKey(broker.Broker)).Broker] = (int.Parse(request["writeQueueNums"], null), int.Parse(request["perm"], null));
                return FakeAnswer.Success with { Remark = "not set any response code" };
            });
    }

    public FakePeer Peer { get; } = new();

    public AdministrationContext Context { get; }

    public RemotingHarness Harness => _harness;

    public AdministrationBench WithBrokers(params string[] brokers)
    {
        _brokers.AddRange(brokers.Select(broker => ("c", broker)));
        return this;
    }

    public AdministrationBench WithBrokerOf(string cluster, string broker)
    {
        _brokers.Add((cluster, broker));
        return this;
    }

    public AdministrationBench WithTopic(string topic, string broker, int queues, int permission = 6)
    {
        (_topics.TryGetValue(topic, out var known) ? known : _topics[topic] = [])[broker] = (queues, permission);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        await Peer.DisposeAsync();
    }

    // As RocketMQ writes it: with a key that is no JSON.
    private string Cluster()
    {
        var brokers = _brokers.Select(broker => $$"""
            "{{broker.Broker}}":{"brokerAddrs":{0:"{{Peer.Address}}"},"brokerName":"{{broker.Broker}}","cluster":"{{broker.Cluster}}"}
            """);
        return $"{{\"brokerAddrTable\":{{{string.Join(',', brokers)}}},\"clusterAddrTable\":{{}}}}";
    }

    private FakeAnswer Answer(string topic) => !_topics.TryGetValue(topic, out var parts)
        ? new(ResponseCode.TopicNotExist)
        : FakeAnswer.Success with
        {
            Body = Encoding.UTF8.GetBytes($$"""
                {"brokerDatas":[{{string.Join(',', parts.Keys.Select(broker => $$"""{"brokerAddrs":{"0":"{{Peer.Address}}"},"brokerName":"{{broker}}","cluster":"c"}"""))}}],
                "queueDatas":[{{string.Join(',', parts.Select(part => $$"""{"brokerName":"{{part.Key}}","perm":{{part.Value.Permission}},"readQueueNums":{{part.Value.Queues}},"writeQueueNums":{{part.Value.Queues}}}"""))}}]}
                """),
        };
}
