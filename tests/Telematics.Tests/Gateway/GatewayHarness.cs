using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Credentials;
using Telematics.Contracts.Presence;
using Telematics.Gateway;
using Telematics.Gateway.Commands;
using Telematics.Gateway.Downlink;
using Telematics.Gateway.Presence;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Topics;
using Xunit;

namespace Telematics.Tests.Gateway;

/// <summary>The engine on its own: loops whose threads are the test, a clock that the test moves, a log that it scripts.</summary>
internal sealed class GatewayHarness
{
    private readonly bool[] _woken;
    private readonly GatewayInstance _instance = new();

    public GatewayHarness(int loops = 1, Action<GatewayOptions>? configure = null, ICredentialVerifier? verifier = null)
    {
        Options = new GatewayOptions { Loops = loops };
        configure?.Invoke(Options);
        Shared = new GatewayShared
        {
            Options = Options,
            Time = Time,
            Topics = new TopicTable(Options, Log),
            VehicleEvents = Log.GetProducer(TopicNames.VehicleEvent),
            CommandReceipts = Log.GetProducer(TopicNames.CommandReceipt),
            Verifier = verifier,
            Metrics = new GatewayMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()),
            Logger = Lines,
            Accepts = new RateGate(Options.AcceptRate, Time),
            Connects = new RateGate(Options.ConnectRate, Time),
            LogIns = new PendingLogIns(Options.MaxPendingLogIns, Lines),
            Buffers = new BufferBudget(Options.MaxBufferedBytes, Lines),
            Instance = _instance,
        };
        _woken = new bool[loops];
        Transports = [.. Enumerable.Range(0, loops).Select(_ => new FakeTransport())];
        for (var i = 0; i < loops; i++)
        {
            Shared.AddLoop(index => new SessionLoop(index, Shared, Transports[index], () => _woken[index] = true), static loop => loop);
        }

        Shared.Metrics.Watch(Shared);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public FakeMessageLog Log { get; } = new();

    /// <summary>What the gateway logged at Warning and above.</summary>
    public KeptLines Lines { get; } = new();

    public GatewayOptions Options { get; }

    public GatewayShared Shared { get; }

    public IReadOnlyList<SessionLoop> Loops => Shared.Loops;

    public IReadOnlyList<FakeTransport> Transports { get; }

    public SessionLoop Loop => Loops[0];

    public FakeProducer Telemetry => Log[TopicNames.Telemetry];

    public FakeProducer VehicleEvents => Log[TopicNames.VehicleEvent];

    public IReadOnlyList<VehicleEvent> Events =>
        [.. VehicleEvents.Appended.Select(message => JsonSerializer.Deserialize(message.Body, ContractsJson.Default.VehicleEvent)!)];

    public IReadOnlyList<CommandReceipt> Receipts =>
        [.. Log[TopicNames.CommandReceipt].Appended.SelectMany(message => JsonSerializer.Deserialize(message.Body, ContractsJson.Default.CommandReceipts)!.Receipts)];

    /// <summary>Whether the loops' threads stand still.</summary>
    public bool IsStopped { get; set; }

    /// <summary>What a reader of a topic gives the loops.</summary>
    public void Deliver(string topic, string payload, int qos = 1, TimeSpan? expiresIn = null, string? publisher = null, string? peer = null)
    {
        var message = new OutboundMessage
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = Encoding.UTF8.GetBytes(payload),
            QualityOfService = qos,
            ExpiresAt = expiresIn is { } time ? (Time.GetUtcNow() + time).ToUnixTimeMilliseconds() : OutboundMessage.Never,
            Publisher = publisher,
            PeerToPeerClient = peer,
        };
        var work = new TopicWork([message]);
        Shared.PostToAll(work);
        Run();
        Assert.True(IsStopped || SpinWait.SpinUntil(() => work.Done.IsCompletedSuccessfully, TimeSpan.FromSeconds(10)));
    }

    /// <summary>Gives the loops what clients appended to an exchange topic.</summary>
    public void ReadBack(string topic)
    {
        var route = Shared.Topics.Find(Encoding.UTF8.GetBytes(topic))!;
        new TopicSink(route, Shared).OnBatchAsync(MessageBatches.Of(Log[topic].Appended, Time), new bool[Log[topic].Appended.Count], CancellationToken.None).AsTask().Wait();
        Run();
    }

    /// <summary>What somebody else's producer appends: any properties, any tag or none.</summary>
    public void AppendForeign(string topic, string payload, params (string Name, string Value)[] properties)
    {
        var message = new AppendedMessage(topic, "", "MQ2MQTT", properties.ToDictionary(property => property.Name, property => property.Value), Encoding.UTF8.GetBytes(payload), default);
        new TopicSink(Shared.Topics.Find(Encoding.UTF8.GetBytes(topic))!, Shared).OnBatchAsync(MessageBatches.Of([message], Time), [false], CancellationToken.None).AsTask().Wait();
        Run();
    }

    /// <summary>What Commands appends to the command topic.</summary>
    public void Order(
        GatewayOrderKind kind, Guid commandId, string key, int attempt = 1, string? tag = null, string? channelId = null, TimeSpan? expiresIn = null)
    {
        var properties = new Dictionary<string, string>
        {
            ["orderKind"] = JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()),
            ["commandId"] = commandId.ToString(),
            ["attempt"] = attempt.ToString(CultureInfo.InvariantCulture),
            ["notAfter"] = (Time.GetUtcNow() + (expiresIn ?? TimeSpan.FromMinutes(5))).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        };
        if (channelId is not null)
        {
            properties["channelId"] = channelId;
        }

        var message = new AppendedMessage(TopicNames.Command, key, tag ?? _instance.Id, properties, "{}"u8.ToArray(), default);
        new CommandSink(Shared, _instance).OnBatchAsync(MessageBatches.Of([message], Time), [false], CancellationToken.None).AsTask().Wait();
        Run();
    }

    /// <summary>A connection that has said nothing yet.</summary>
    public TestClient Accept(int loop = 0, string? certified = null) => new(this, loop, certified);

    /// <summary>A client with its CONNACK.</summary>
    public TestClient Client(string clientId, Telematics.Mqtt.MqttProtocolVersion version = Telematics.Mqtt.MqttProtocolVersion.V500, int loop = 0)
    {
        var client = Accept(loop).Connect(clientId, version);
        Assert.Equal(Telematics.Mqtt.MqttReasonCode.Success, client.TakeOne().Reason);
        return client;
    }

    /// <summary>The gateway stops; completes when all ends are in the log.</summary>
    public Task DrainAsync()
    {
        var drains = Loops.Select(_ => new TaskCompletionSource()).ToList();
        for (var i = 0; i < Loops.Count; i++)
        {
            Loops[i].Post(new DrainWork(drains[i]));
        }

        Run();
        return Task.WhenAll(drains.Select(drain => drain.Task));
    }

    /// <summary>Turns all loops until none has anything to do.</summary>
    public void Run()
    {
        for (var isBusy = !IsStopped; isBusy;)
        {
            isBusy = false;
            for (var i = 0; i < Loops.Count; i++)
            {
                _woken[i] = false;
                isBusy |= Loops[i].Turn() == 0 | Transports[i].ReadResumed();
            }

            isBusy |= _woken.Any(woken => woken);
        }
    }

    /// <summary>Moves the clock, in steps that no deadline can hide between.</summary>
    public void Advance(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(Math.Max(100, time.TotalMilliseconds / 200));
        for (var done = TimeSpan.Zero; done < time; done += step)
        {
            Time.Advance(step);
            Run();
        }

        Time.Advance(TimeSpan.FromMilliseconds(200));
        Run();
    }
}
