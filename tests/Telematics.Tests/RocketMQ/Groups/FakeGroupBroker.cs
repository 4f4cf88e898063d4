using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Telematics.Messaging;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Groups;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Groups;

/// <summary>A <see cref="FakePeer"/> that is name server and broker at once and keeps a group's list; time stands still unless the test moves it.</summary>
internal sealed class FakeGroupBroker : IAsyncDisposable
{
    public const string Topic = "t";
    public const string Group = "g";

    private readonly RemotingHarness _harness;

    public FakeGroupBroker(string? otherBroker = null)
    {
        Peer = new FakePeer();
        (string, string?)[] brokers = otherBroker is null ? [("broker-a", Peer.Address)] : [("broker-a", Peer.Address), ("broker-b", otherBroker)];
        Peer.ServeRoute(Topic, 8 / brokers.Length, brokers);
        Serve(Peer);
        Queues = [.. brokers.SelectMany((broker, place) => Enumerable.Range(0, 8 / brokers.Length).Select(id => new MessageQueue(Topic, broker.Item1, id, (place * 8 / brokers.Length) + id)))];
        _harness = new RemotingHarness(new RocketMQOptions { NameServers = Peer.Address }, Time);
    }

    public FakePeer Peer { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public MessageQueue[] Queues { get; }

    /// <summary>Who the broker says is there besides the members of the test.</summary>
    public List<string> Others { get; } = [];

    /// <summary>Those that sent a heartbeat.</summary>
    public ConcurrentDictionary<string, int> Present { get; } = new();

    /// <summary>Answers the question for members instead of the list.</summary>
    public Func<FakeRequest, FakeAnswer?>? ListScript { get; set; }

    public Func<FakeRequest, FakeAnswer>? HeartbeatScript { get; set; }

    /// <summary>Answers as this broker, also at the second one's address.</summary>
    public void Serve(FakePeer peer)
    {
        peer.On(RequestCode.Heartbeat, request =>
        {
            if (HeartbeatScript is not null)
            {
                return HeartbeatScript(request);
            }

            using var body = JsonDocument.Parse(request.Body);
            Present[body.RootElement.GetProperty("clientID").GetString()!] = request.ConnectionNumber;
            return FakeAnswer.Success;
        });
        peer.On(RequestCode.UnregisterClient, request =>
        {
            Present.TryRemove(request["clientID"], out _);
            return FakeAnswer.Success;
        });
        peer.On(RequestCode.GetConsumerList, request => ListScript is not null ? ListScript(request) : List([.. Present.Keys, .. Others]));
        peer.On(RequestCode.UpdateConsumerOffset, _ => FakeAnswer.Success);
    }

    public static FakeAnswer List(params string[] ids) => FakeAnswer.Success with { Body = JsonSerializer.SerializeToUtf8Bytes(new { consumerIdList = ids }) };

    public async Task<RocketMQGroupMember> JoinAsync(IAssignmentListener listener)
    {
        // A member has a client of its own.
        var client = new RemotingHarness(new RocketMQOptions { NameServers = Peer.Address }, Time);
        await client.Routes.DisposeAsync();
        var context = new GroupContext(client.Client, _harness.Routes, _harness.Options, Time, NullLogger.Instance);
        var joining = RocketMQGroupMember.JoinAsync(Group, Topic, Queues, listener, context, TestContext.Current.CancellationToken);
        await UntilAsync(() => joining.IsCompleted);
        return await joining;
    }

    /// <summary>Tells every member that the list changed.</summary>
    public Task NotifyAsync(string group = Group) => Peer.SendRequestAsync(40, 1, oneWay: true, new Dictionary<string, string> { ["consumerGroup"] = group });

    /// <summary>Lets time pass until something is so.</summary>
    public async Task UntilAsync(Func<bool> reached)
    {
        var watch = Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "It did not come to that.");
            await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Lets so much time pass, in steps between which the member works.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        await Peer.DisposeAsync();
    }
}
