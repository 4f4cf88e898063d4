using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telematics.Api.Live;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Messaging;
using Telematics.Storage.Retention;
using Telematics.Tests.Messaging;
using Telematics.Tests.Storage;
using Xunit;

namespace Telematics.Tests.Live;

public sealed class LiveFollowerTests : IAsyncLifetime
{
    private readonly EmbeddedLogFolder _folder = new();
    private readonly LiveView _view = new(TimeProvider.System);
    private readonly FakeSource _source = new();
    private readonly RetentionOptions _retention = new() { MinuteRollupDays = 0 };
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private IMessageLog _log = null!;
    private LiveFollower? _follower;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _log = _folder.Open();
        await _log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry, 2), Token);
        await _log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent, 2), Token);
        _source.Create = () => new LiveState(_log.Identity, new LivePositions([0, 0], [0, 0], 0), autoRegister: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (_follower is not null)
        {
            await _follower.StopAsync(CancellationToken.None);
            _follower.Dispose();
        }

        await _log.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_ready_when_what_the_log_held_is_in_the_view()
    {
        for (var i = 0; i < 1_000; i++)
        {
            await ReportAsync($"car-{i}", $$"""{"time":"2026-01-01T00:00:00Z","Vehicle.Speed":{{i % 200}}}""");
        }

        await ReportAsync("car-1", "no telemetry at all");
        await ReportAsync("car-1", """{"time":"2999-01-01T00:00:00Z","Vehicle.Speed":99}""");
        await ReportAsync("car-2", """{"samples":[{"time":"2026-01-01T00:00:02Z","Vehicle.Speed":2},{"time":"2026-01-01T00:00:01Z","Vehicle.Speed":1},{"time":"2999-01-01T00:00:01Z","Vehicle.Speed":3}]}""");
        _source.Changes.AddRange(Enumerable.Range(0, 1_000).Select(i => new LiveRegistryChange(i + 1, $"car-{i}", true)));
        await StartAsync();

        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await WaitAsync(() => _view.Counts.Registered == 1_000);
        Assert.Equal(1_000, _view.List(null, null, 2_000).Count(vehicle => vehicle.HasState));
        Assert.Equal(1, Speed("car-1"));
        Assert.Equal(2, Speed("car-2"));
        Assert.Equal(199, Speed("car-999"));
    }

    [Fact]
    public async Task It_follows_reports_connections_and_the_registry()
    {
        await StartAsync();
        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await EventAsync(VehicleEventType.Connect, "car-1", "ch-1");
        await EventAsync(VehicleEventType.InstanceBeat, null, null);
        await ReportAsync("car-1", """{"time":"2026-01-01T00:00:00Z","Vehicle.Speed":5}""");
        _source.Changes.Add(new LiveRegistryChange(1, "car-1", true));
        await WaitAsync(() => _view.TryGet("car-1", out var vehicle) && vehicle is { IsOnline: true, HasState: true });

        await EventAsync(VehicleEventType.InstanceEnd, null, null);
        await WaitAsync(() => !_view.IsOnline("car-1"));

        _source.Changes.Add(new LiveRegistryChange(2, "car-1", null));
        _source.Changes.Add(new LiveRegistryChange(3, "car-1", false));
        await WaitAsync(() => !_view.TryGet("car-1", out _));
    }

    [Fact]
    public async Task What_Ingest_rejects_as_too_old_is_not_shown_either()
    {
        _retention.MinuteRollupDays = 365;
        await ReportAsync("car-1", """{"time":"1970-01-01T00:00:00Z","Vehicle.Speed":5}""");
        await ReportAsync("car-2", $$"""{"time":"{{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}}","Vehicle.Speed":6}""");
        _source.Changes.Add(new LiveRegistryChange(1, "car-1", true));
        _source.Changes.Add(new LiveRegistryChange(2, "car-2", true));
        await StartAsync();
        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await WaitAsync(() => _view.TryGet("car-2", out var shown) && shown.HasState && _view.TryGet("car-1", out _));
        Assert.True(_view.TryGet("car-1", out var old));
        Assert.False(old.HasState);
    }

    [Fact]
    public async Task It_waits_for_an_absent_database()
    {
        _source.Failures = 2;
        await ReportAsync("car-1", """{"time":"2026-01-01T00:00:00Z","Vehicle.Speed":5}""");
        await StartAsync();

        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(3, _source.Loads);
    }

    [Fact]
    public async Task Where_the_log_was_trimmed_or_is_shorter_than_the_database_knows_it_still_becomes_ready()
    {
        await ReportAsync("car-1", """{"time":"2026-01-01T00:00:00Z","Vehicle.Speed":5}""");
        var queue = QueueSelector.Select("car-1"u8, 2);
        var isRaised = false;
        _source.Create = () => new LiveState(_log.Identity, new LivePositions([5, 5], [0, 0], 0), autoRegister: true);
        await StartAsync();
        await Task.Delay(200, Token);
        Assert.False(_view.IsReady, "the log ends below the database's offset");

        foreach (var each in _log.GetQueues(TopicNames.Telemetry))
        {
            isRaised |= await _log.TryRaiseEndAsync(each, 5, Token);
        }

        Assert.True(isRaised);
        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await ReportAsync("car-1", """{"time":"2026-01-01T00:00:01Z","Vehicle.Speed":6}""");
        _source.Changes.Add(new LiveRegistryChange(1, "car-1", true));
        await WaitAsync(() => _view.TryGet("car-1", out var vehicle) && vehicle.HasState);
        Assert.True(_view.TryGet("car-1", out var found));
        Assert.Equal((queue, 5L), (found.QueueIndex, found.QueueOffset));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connect_that_its_producer_sent_again_does_not_bring_the_older_channel_back(bool isFirstInDatabase)
    {
        await _log.DisposeAsync();
        var log = new MemoryMessageLog();
        _log = log;
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), Token);
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent), Token);
        byte[] gateway = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        Append(VehicleEventType.Connect, "ch-1", 1);
        Append(VehicleEventType.Connect, "ch-2", 2);
        _source.Create = () =>
        {
            var state = new LiveState(log.Identity, new LivePositions([0], [isFirstInDatabase ? 2 : 0], 0), autoRegister: true);
            if (isFirstInDatabase)
            {
                state.LoadChannel("car-1", ChannelHash.Compute("ch-2"), "gw-1", isOpen: true, 0, 1);
                state.EventRepeats[0].Load(ProducerInstance.Read(gateway), 2);
            }

            return state;
        };
        Append(VehicleEventType.Connect, "ch-1", 1);
        Append(VehicleEventType.TcpClean, "ch-1", 3);
        _source.Changes.Add(new LiveRegistryChange(1, "car-1", true));
        await StartAsync();
        await _view.WaitReadyAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await WaitAsync(() => _view.TryGet("car-1", out _));
        Assert.True(_view.IsOnline("car-1"));

        void Append(VehicleEventType type, string channelId, long number) => log.Append(
            TopicNames.VehicleEvent, "car-1", EventBody(type, "car-1", channelId), TagOf(type), producer: gateway, number: number);
    }

    private double Speed(string vehicleId) =>
        _view.TryGet(vehicleId, out var vehicle) ? vehicle.Values[Telematics.Contracts.Telemetry.SignalCatalogue.Speed] : double.NaN;

    private async Task StartAsync()
    {
        _follower = new LiveFollower(_view, _source, _log, Options.Create(_retention), new LiveMetrics(_services.GetRequiredService<IMeterFactory>(), _view), TimeProvider.System, NullLogger<LiveFollower>.Instance);
        await _follower.StartAsync(Token);
    }

    private Task ReportAsync(string vehicleId, string body) =>
        AppendAsync(TopicNames.Telemetry, vehicleId, "", Encoding.UTF8.GetBytes(body));

    private Task EventAsync(VehicleEventType type, string? clientId, string? channelId) =>
        AppendAsync(TopicNames.VehicleEvent, clientId ?? "gw-1", TagOf(type), EventBody(type, clientId, channelId));

    private static string TagOf(VehicleEventType type) => JsonNamingPolicy.CamelCase.ConvertName(type.ToString());

    private static byte[] EventBody(VehicleEventType type, string? clientId, string? channelId) => JsonSerializer.SerializeToUtf8Bytes(
        new VehicleEvent { EventType = type, ClientId = clientId, ChannelId = channelId, Instance = "gw-1", IsVehicle = true, Time = 0 },
        ContractsJson.Default.VehicleEvent);

    private Task AppendAsync(string topic, string key, string tag, byte[] body)
    {
        var properties = new MessagePropertiesWriter(new byte[256]);
        properties.Add(MessagePropertyNames.MqttSecondTopic, Encoding.ASCII.GetBytes("/" + key));
        return _log.GetProducer(topic).AppendAsync(key, body, tag, properties.Written.ToArray(), Token);
    }

    private static async Task WaitAsync(Func<bool> isDone)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        while (!isDone())
        {
            await Task.Delay(20, timeout.Token);
        }
    }

    private sealed class FakeSource : ILiveSnapshotSource
    {
        public Func<LiveState> Create { get; set; } = null!;

        public List<LiveRegistryChange> Changes { get; } = [];

        public int Failures { get; set; }

        public int Loads { get; private set; }

        public Task<LiveState> LoadAsync(CancellationToken cancellationToken) =>
            ++Loads <= Failures ? throw new TimeoutException("no database") : Task.FromResult(Create());

        public Task<IReadOnlyList<LiveRegistryChange>> GetChangesAsync(long after, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<LiveRegistryChange>>([.. Changes.ToArray().Where(change => change.Number > after).Take(1_000)]);

        public bool IsUnavailable(Exception exception) => exception is TimeoutException;
    }
}
