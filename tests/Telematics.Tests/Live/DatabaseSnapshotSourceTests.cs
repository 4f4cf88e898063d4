using Microsoft.Extensions.Configuration;
using Telematics.Api.Live;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Sqlite;
using Telematics.Tests.Messaging;
using Telematics.Tests.Storage;
using Telematics.Tests.Storage.Erasures;
using Xunit;

namespace Telematics.Tests.Live;

public sealed class DatabaseSnapshotSourceTests : IAsyncLifetime
{
    private readonly EmbeddedLogFolder _folder = new();
    private IMessageLog _log = null!;
    private TestDatabase _database = null!;
    private ITelemetryStore _store = null!;
    private DatabaseSnapshotSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _log = _folder.Open();
        await _log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry, 2), Token);
        await _log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent, 2), Token);
        _database = await TestDatabase.CreateAsync();
        _store = new SqliteTelemetryStore(_database.Sqlite);
        _source = new DatabaseSnapshotSource(_database.Database, _store, _database.Registry, _log, new ConfigurationBuilder().Build());
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_state_begins_with_what_the_database_holds_and_the_offsets_it_belongs_to()
    {
        var here = (await _database.Registry.PutAsync("here", new(), "test", Token)).Vehicle;
        var gone = (await _database.Registry.PutAsync("gone", new(), "test", Token)).Vehicle;
        await _database.Registry.PutAsync("silent", new(), "test", Token);
        var values = SignalValues.None;
        values[SignalCatalogue.Latitude] = 31.2304162;
        values[SignalCatalogue.Longitude] = 121.4737012;
        values[SignalCatalogue.Speed] = 63.5;
        await using (var session = await _database.Database.BeginWriteAsync(Token))
        {
            var rows = new[] { here.Id, gone.Id }.Select(key => new LatestRow
            {
                HasState = true,
                EffectiveTime = 1_000,
                QueueIndex = 1,
                QueueOffset = 41,
                Newest = new TelemetryRow { VehicleKey = key, Time = 1_000, StoredAt = 2_000, Values = values },
            }).ToArray();
            await _store.WriteLatestAsync(rows, default, session, Token);
            var telemetry = _log.GetQueues(TopicNames.Telemetry)[1];
            var events = _log.GetQueues(TopicNames.VehicleEvent)[0];
            session.Db.ConsumerOffsets.AddRange(
                new ConsumerOffset { Group = "ingest", Topic = TopicNames.Telemetry, Broker = telemetry.Broker, QueueId = telemetry.QueueId, NextOffset = 42 },
                new ConsumerOffset { Group = "commands", Topic = TopicNames.VehicleEvent, Broker = events.Broker, QueueId = events.QueueId, NextOffset = 7 });
            session.Db.GatewayInstances.AddRange(new GatewayInstance { Instance = "gw-1" }, new GatewayInstance { Instance = "gw-0", EndedAt = DateTime.UnixEpoch });
            session.Db.VehicleConnections.AddRange(
                Connection("here", "gw-1", isOpen: true),
                Connection("silent", "gw-0", isOpen: true),
                Connection("stranger", "gw-1", isOpen: true),
                Connection("passer-by", "gw-1", isOpen: false));
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        await _database.Registry.DeleteAsync("gone", "test", Token);
        var state = await _source.LoadAsync(Token);

        Assert.Equal(new LiveCounts(2, 1), state.Counts);
        Assert.Equal([0, 42], state.Positions.Telemetry);
        Assert.Equal([7, 0], state.Positions.Events);
        var view = new LiveView(TimeProvider.System);
        view.Replace(state);
        Assert.True(view.TryGet("here", out var vehicle));
        Assert.True(vehicle is { IsOnline: true, HasState: true, Time: 1_000, StoredAt: 2_000, QueueIndex: 1, QueueOffset: 41 });
        Assert.Equal(31.2304162, vehicle.Values[SignalCatalogue.Latitude]);
        Assert.Equal(63.5, vehicle.Values[SignalCatalogue.Speed]);
        Assert.True(view.TryGet("silent", out var silent));
        Assert.True(silent is { IsOnline: false, HasState: false });
        Assert.False(view.TryGet("gone", out _));
        Assert.False(view.TryGet("stranger", out _));
        Assert.True(state.Slots.Find("passer-by"u8) < 0, "nobody needs the closed connection of an unregistered client");
    }

    [Fact]
    public async Task The_state_knows_what_the_producers_had_sent_up_to_there()
    {
        var log = new MemoryMessageLog();
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.Telemetry), Token);
        await log.DeclareTopicAsync(new TopicDeclaration(TopicNames.VehicleEvent), Token);
        byte[] gateway = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        var queue = log.GetQueues(TopicNames.VehicleEvent)[0];
        await using (var session = await _database.Database.BeginWriteAsync(Token))
        {
            session.Db.ProducerProgress.Add(new ProducerProgress { Group = "commands", Topic = queue.Topic, Broker = queue.Broker, QueueId = queue.QueueId, Instance = gateway, Number = 5 });
            await session.Db.SaveChangesAsync(Token);
            await session.CommitAsync(Token);
        }

        var state = await new DatabaseSnapshotSource(_database.Database, _store, _database.Registry, log, new ConfigurationBuilder().Build()).LoadAsync(Token);
        log.Append(queue.Topic, "car-1", [], producer: gateway, number: 5);
        log.Append(queue.Topic, "car-1", [], producer: gateway, number: 6);
        await using var reader = log.OpenReader(queue, TagFilter.All);
        using var batch = (await reader.ReadAsync(0, 10, 1_000, TimeSpan.Zero, Token)).Batch!;
        var marks = new RepeatMarks();
        state.EventRepeats[0].Judge(batch, 1, marks);
        Assert.Equal([true, false], marks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_car_that_was_deleted_or_erased_and_put_back_begins_without_a_state(bool isErased)
    {
        await using var erasures = new ErasureBench(_database.Database, _store);
        await erasures.SeedAsync("car-1");
        await erasures.SeedAsync("car-2");
        if (isErased)
        {
            await erasures.EraseAsync("car-1");
            await erasures.RunAsync();
        }
        else
        {
            await _database.Registry.DeleteAsync("car-1", "test", Token);
        }

        Assert.Equal(1, (await RestartAsync()).Counts.Registered);
        await _database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.True((await RestartAsync()).TryGet("car-1", out var vehicle));
        Assert.True(vehicle is { HasState: false, IsOnline: false });
        Assert.True((await RestartAsync()).TryGet("car-2", out var other) && other.HasState);

        async Task<LiveView> RestartAsync()
        {
            var view = new LiveView(TimeProvider.System);
            view.Replace(await _source.LoadAsync(Token));
            return view;
        }
    }

    [Fact]
    public async Task An_erasure_is_a_deletion_for_those_who_follow()
    {
        await _database.Registry.PutAsync("car-1", new(), "test", Token);
        await _database.Registry.EraseAsync("car-1", "test", Token);
        var changes = await _source.GetChangesAsync(0, Token);
        Assert.Equal([true, false, false], changes.Select(change => change.IsRegistered));
    }

    [Fact]
    public async Task Changes_of_the_registry_say_who_is_registered()
    {
        var before = (await _source.LoadAsync(Token)).Positions.Registry;
        await _database.Registry.PutAsync("car-1", new(), "test", Token);
        await _database.Registry.IssueCredentialAsync("car-1", "test", Token);
        await _database.Registry.DeleteAsync("car-1", "test", Token);

        var changes = await _source.GetChangesAsync(before, Token);

        Assert.Equal([true, null, false], changes.Select(change => change.IsRegistered));
        Assert.Equal(changes[^1].Number, (await _source.LoadAsync(Token)).Positions.Registry);
    }

    private static VehicleConnection Connection(string clientId, string instance, bool isOpen) => new()
    {
        ClientId = clientId,
        ChannelId = "ch-" + clientId,
        Instance = instance,
        IsOpen = isOpen,
        IsVehicle = true,
        ConnectedAt = DateTime.UnixEpoch,
    };
}
