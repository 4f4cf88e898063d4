using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Telematics.Commands;
using Telematics.Commands.Dispatch;
using Telematics.Commands.Operations;
using Telematics.Commands.Presence;
using Telematics.Commands.Receipts;
using Telematics.Commands.Registry;
using Telematics.Commands.Results;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Presence;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Commands;

/// <summary>
/// The Commands role over a real database, a log in memory and a clock of the test. Nothing moves by itself: the test says
/// when messages are consumed, when the dispatcher looks, and what gateways and cars do.
/// </summary>
public sealed class CommandsBench : IAsyncDisposable
{
    public const string Gateway = "gw-a";

    private readonly string[] _consumed = [TopicNames.VehicleEvent, TopicNames.CommandReceipt, TopicNames.CommandResult];
    private readonly Dictionary<MessageQueue, long> _offsets = [];
    private ServiceProvider _services = null!;

    private CommandsBench(TestDatabase database, FakeTimeProvider clock, Dictionary<string, string?> settings)
    {
        Database = database;
        Clock = clock;
        Log = new FakeMessageLog(clock);
        Settings = settings;
        StartRole();
    }

    public TestDatabase Database { get; }

    public FakeTimeProvider Clock { get; }

    public FakeMessageLog Log { get; }

    public Dictionary<string, string?> Settings { get; }

    public CommandOperations Operations => _services.GetRequiredService<CommandOperations>();

    /// <summary>What happens when a batch is applied and not yet committed.</summary>
    public Func<Task>? BeforeCommit { get; set; }

    internal InstanceWatch Watch => _services.GetRequiredService<InstanceWatch>();

    internal IServiceProvider Services => _services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CommandsBench> CreateAsync(params (string Option, string Value)[] settings)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var bench = new CommandsBench(
            await TestDatabase.CreateAsync(clock),
            clock,
            settings.ToDictionary(setting => $"{CommandsOptions.SectionName}:{setting.Option}", setting => (string?)setting.Value));
        foreach (var topic in bench._consumed.Append(TopicNames.Command))
        {
            await bench.Log.DeclareTopicAsync(new TopicDeclaration(topic), Token);
        }

        return bench;
    }

    /// <summary>The process dies and another begins: what was in memory is gone.</summary>
    public void RestartRole()
    {
        _services.Dispose();
        StartRole();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Registers cars and connects them.</summary>
    public async Task ConnectAsync(params string[] vehicles)
    {
        foreach (var vehicle in vehicles)
        {
            await RegisterAsync(vehicle);
            Connect(vehicle, $"ch-{vehicle}");
        }

        await PumpAsync();
    }

    public Task RegisterAsync(string vehicle) => Database.Registry.PutAsync(vehicle, new(), "test", Token);

    public void Connect(string vehicle, string channel, string instance = Gateway) => Event(VehicleEventType.Connect, instance, vehicle, channel);

    public void Close(string vehicle, string channel, string instance = Gateway) => Event(VehicleEventType.TcpClean, instance, vehicle, channel);

    public void Beat(string instance = Gateway) => Event(VehicleEventType.InstanceBeat, instance, null, null);

    public void Event(VehicleEventType type, string instance, string? vehicle, string? channel) => Append(
        TopicNames.VehicleEvent,
        vehicle ?? instance,
        JsonSerializer.SerializeToUtf8Bytes(
            new VehicleEvent
            {
                EventType = type,
                Instance = instance,
                ClientId = vehicle,
                ChannelId = channel,
                IsVehicle = vehicle is null ? null : true,
                ProtocolVersion = 5,
                ClientIp = "127.0.0.1:1",
                Time = 0,
            },
            ContractsJson.Default.VehicleEvent));

    /// <summary>A gateway reports.</summary>
    public void Receipt(CommandReceiptKind kind, Guid command, string vehicle, int attempt = 1, string instance = Gateway) =>
        Receipts(instance, new CommandReceipt { Kind = kind, CommandId = command, VehicleId = vehicle, Attempt = attempt, ReasonCode = kind == CommandReceiptKind.Refused ? 0x97 : null });

    public void Receipts(string instance, params CommandReceipt[] receipts) =>
        Append(TopicNames.CommandReceipt, instance, JsonSerializer.SerializeToUtf8Bytes(new CommandReceipts(instance, receipts), ContractsJson.Default.CommandReceipts));

    /// <summary>A car answers.</summary>
    public void Result(string vehicle, Guid command, VehicleCommandState state, int? progress = null, string? code = null, string? message = null, string? result = null) => ResultBody(
        vehicle,
        JsonSerializer.SerializeToUtf8Bytes(
            new VehicleCommandResult
            {
                CommandId = command,
                State = state,
                Progress = progress,
                Code = code,
                Message = message,
                Result = result is null ? null : JsonSerializer.Deserialize<JsonElement>(result),
            },
            ContractsJson.Default.VehicleCommandResult));

    public void ResultBody(string vehicle, byte[] body)
    {
        Span<byte> buffer = stackalloc byte[256];
        var properties = new MessagePropertiesWriter(buffer);
        properties.Add(MessagePropertyNames.MqttSecondTopic, $"/{vehicle}");
        properties.Add(MessagePropertyNames.ClientId, vehicle);
        Append(TopicNames.CommandResult, vehicle, body, properties.Written.ToArray());
    }

    /// <summary>Consumes everything there is.</summary>
    public async Task PumpAsync(params string[] topics)
    {
        foreach (var topic in topics.Length == 0 ? _consumed : topics)
        {
            IQueueBatchHandler handler = topic switch
            {
                TopicNames.VehicleEvent => _services.GetRequiredService<VehicleEventHandler>(),
                TopicNames.CommandReceipt => _services.GetRequiredService<CommandReceiptHandler>(),
                _ => _services.GetRequiredService<CommandResultHandler>(),
            };
            foreach (var queue in Log.GetQueues(topic))
            {
                while (await ConsumeAsync(queue, handler))
                {
                }
            }
        }
    }

    /// <summary>The dispatcher looks until it has nothing to do.</summary>
    public async Task DispatchAsync()
    {
        var dispatcher = new CommandDispatcher(
            _services.GetRequiredService<BroadcastRelease>(), _services.GetRequiredService<DirectedDispatch>(), _services.GetRequiredService<CancelSweep>(),
            _services.GetRequiredService<ExpirySweep>(), _services.GetRequiredService<TimeoutSweep>(), _services.GetRequiredService<RestingOrders>(),
            _services.GetRequiredService<DispatchWake>(), Log, Database.Database, Microsoft.Extensions.Options.Options.Create(new CommandsOptions()), Clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<CommandDispatcher>.Instance);
        while (await dispatcher.DispatchAsync(Token))
        {
        }
    }

    /// <summary>Time passes; everything has been read; what is due is swept.</summary>
    public async Task PassAsync(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        await PumpAsync();
        await SweepAsync();
    }

    public async Task SweepAsync()
    {
        // Twice, some seconds apart: what is stored now is counted in the ends that the second notes, and read.
        await RunSweepsAsync();
        Clock.Advance(TimeSpan.FromSeconds(3));
        await RunSweepsAsync();
    }

    /// <summary>One round.</summary>
    public async Task RunSweepsAsync()
    {
        await _services.GetRequiredService<ExpirySweep>().RunAsync(Token);
        await _services.GetRequiredService<TimeoutSweep>().RunAsync(Token);
    }

    public Task<bool> FollowRegistryAsync() => _services.GetRequiredService<RegistryFollower>().FollowAsync(Token);

    /// <summary>Orders, and lets the dispatcher look.</summary>
    public async Task<Guid> OrderAsync(string[]? vehicles, string type = "locate", long? ttl = null, string parameters = "{}", bool dispatch = true)
    {
        var outcome = await Operations.CreateAsync(
            new CommandOrder
            {
                Type = type,
                Parameters = JsonSerializer.Deserialize<JsonElement>(parameters),
                Target = new CommandTarget(vehicles is null, vehicles),
                TtlSeconds = ttl,
                Actor = "tester",
            },
            Token);
        var id = Assert.IsType<CommandOrderOutcome.Created>(outcome).Command.Id;
        if (dispatch)
        {
            await DispatchAsync();
        }

        return id;
    }

    /// <summary>Orders to cars and gateways so far.</summary>
    public IReadOnlyList<SeenOrder> Sent(GatewayOrderKind? kind = null) =>
    [
        .. Log.Messages(TopicNames.Command)
            .Select(message => new SeenOrder(
                Enum.Parse<GatewayOrderKind>(message.Property(MessagePropertyNames.OrderKind)!, ignoreCase: true),
                message.KeyText,
                message.TagText,
                Guid.TryParse(message.Property(MessagePropertyNames.CommandId), out var id) ? id : null,
                int.TryParse(message.Property(MessagePropertyNames.Attempt), out var attempt) ? attempt : 0,
                message.Property(MessagePropertyNames.ChannelId),
                message))
            .Where(order => kind is null || order.Kind == kind),
    ];

    public async Task<CommandExecution> ExecutionAsync(Guid command, string vehicle)
    {
        await using var db = Database.Database.CreateReader();
        return await db.CommandExecutions
            .Where(e => db.Commands.Any(c => c.Id == command && c.Order == e.CommandOrder) && db.Vehicles.Any(v => v.VehicleId == vehicle && v.Id == e.VehicleKey))
            .SingleAsync(Token);
    }

    public async Task<ExecutionState> StateAsync(Guid command, string vehicle) => (await ExecutionAsync(command, vehicle)).State;

    /// <summary>The command's counts, which must be the executions' states.</summary>
    public async Task<CommandView> CheckedAsync(Guid command)
    {
        var view = (await Operations.GetAsync(command, Token))!;
        await using var db = Database.Database.CreateReader();
        var states = await db.CommandExecutions.Where(e => e.CommandOrder == view.Order).Select(e => e.State).ToListAsync(Token);
        long Count(ExecutionState state) => states.Count(s => s == state);
        Assert.Equal(
            new CommandCounts(
                Count(ExecutionState.Created), Count(ExecutionState.Queued), Count(ExecutionState.Sent), Count(ExecutionState.Delivered),
                Count(ExecutionState.Accepted), Count(ExecutionState.InProgress), Count(ExecutionState.Succeeded), Count(ExecutionState.Failed),
                Count(ExecutionState.Rejected), Count(ExecutionState.Expired), Count(ExecutionState.TimedOut), Count(ExecutionState.Canceled)),
            view.Counts);
        return view;
    }

    public async Task<VehicleConnection?> ConnectionAsync(string vehicle)
    {
        await using var db = Database.Database.CreateReader();
        return await db.VehicleConnections.SingleOrDefaultAsync(c => c.ClientId == vehicle, Token);
    }

    /// <summary>Online as the architecture says: the newest channel is open, and its instance has not ended.</summary>
    public async Task<bool> IsOnlineAsync(string vehicle)
    {
        await using var db = Database.Database.CreateReader();
        return await db.VehicleConnections.AnyAsync(c => c.ClientId == vehicle && c.IsOpen && !db.GatewayInstances.Any(g => g.Instance == c.Instance && g.EndedAt != null), Token);
    }

    public async Task<IReadOnlyList<CommandEvent>> EventsAsync(Guid command, string? vehicle = null)
    {
        await using var db = Database.Database.CreateReader();
        return await db.CommandEvents
            .Where(e => db.Commands.Any(c => c.Id == command && c.Order == e.CommandOrder)
                && (vehicle == null ? e.VehicleKey == null : db.Vehicles.Any(v => v.VehicleId == vehicle && v.Id == e.VehicleKey)))
            .OrderBy(e => e.Id)
            .ToListAsync(Token);
    }

    public async Task<IReadOnlyList<RejectedMessage>> RejectedAsync()
    {
        await using var db = Database.Database.CreateReader();
        return await db.RejectedMessages.OrderBy(r => r.Id).ToListAsync(Token);
    }

    private void StartRole() => _services = new ServiceCollection()
        .AddLogging()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Settings).Build())
        .AddSingleton<TimeProvider>(Clock)
        .AddSingleton<IMessageLog>(Log)
        .AddSingleton(Database.Database)
        .AddTelematicsCommands()
        .BuildServiceProvider();

    private void Append(string topic, string key, byte[] body, byte[]? properties = null) =>
        Log.GetProducer(topic).Append(
            new OutgoingMessage { Key = Encoding.UTF8.GetBytes(key), Properties = properties, Body = body }, new Ignored(), default);

    private async Task<bool> ConsumeAsync(MessageQueue queue, IQueueBatchHandler handler)
    {
        // The bench is the only one that moves offsets, and is spared most of the queries so.
        var next = _offsets.GetValueOrDefault(queue);
        using var batch = Log.Read(queue, next, 1_000);
        if (batch is null)
        {
            return false;
        }

        await using var session = await Database.Database.BeginWriteAsync(Token);
        await handler.ApplyAsync(batch, new bool[batch.Count], session, Token);
        await session.Db.Database.ExecuteSqlAsync(
            $"""INSERT INTO consumer_offset ("group", topic, broker, queue_id, next_offset, last_offset, last_store_time) VALUES ('commands', {queue.Topic}, {queue.Broker}, {queue.QueueId}, {next + batch.Count}, 0, 0) ON CONFLICT ("group", topic, broker, queue_id) DO UPDATE SET next_offset = excluded.next_offset""",
            Token);
        if (BeforeCommit is not null)
        {
            await BeforeCommit();
        }

        await session.CommitAsync(Token);
        _offsets[queue] = next + batch.Count;
        handler.OnCommitted(queue, new QueuePosition(next + batch.Count, next, 0));
        return true;
    }

    private sealed class Ignored : IAppendSink
    {
        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
        }
    }
}

/// <summary>A message on the command topic, as a gateway reads it.</summary>
public sealed record SeenOrder(GatewayOrderKind Kind, string Key, string Tag, Guid? CommandId, int Attempt, string? ChannelId, FakeMessageLog.Stored Message);
