using Telematics.Api.Live;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Live;

public sealed class LiveSubscriptionTests
{
    private static readonly GeoBox Box = new(0, 0, 10, 10);
    private readonly LiveViewFixture _live = new();

    [Fact]
    public async Task Everything_that_matches_comes_first_then_what_changed_each_car_once()
    {
        _live.Register("in", "out");
        _live.Report("in", 1, 1);
        _live.Report("out", 20, 20);
        var subscription = Subscribe(LiveFilter.InBox(Box));

        var batch = await NextAsync(subscription);
        Assert.True(batch.IsReset);
        Assert.Equal(["in"], Changed(batch));
        Assert.NotNull(batch.Token);

        for (var i = 1; i <= 100; i++)
        {
            _live.Report("in", 2, 2, LiveViewFixture.Noon + i, speed: i);
            _live.Report("out", 21, 21, LiveViewFixture.Noon + i);
        }

        batch = await NextAsync(subscription);
        Assert.False(batch.IsReset);
        Assert.Equal(["in"], Changed(batch));
        Assert.Equal(100, batch.Changed[0].Values[SignalCatalogue.Speed]);
    }

    [Fact]
    public async Task A_car_that_leaves_the_rectangle_or_is_deleted_is_named_once()
    {
        _live.Register("a", "b", "c");
        _live.Report("a", 1, 1);
        _live.Report("b", 1, 1);
        var subscription = Subscribe(LiveFilter.InBox(Box));
        await NextAsync(subscription);

        _live.Report("a", 11, 11, LiveViewFixture.Noon + 1);
        _live.ChangeRegistry("b", isRegistered: false);
        _live.Report("c", 5, 5);
        var batch = await NextAsync(subscription);
        Assert.Equal(["a", "b"], batch.Left.Order(StringComparer.Ordinal));
        Assert.Equal(["c"], Changed(batch));

        _live.Report("a", 12, 12, LiveViewFixture.Noon + 2);
        _live.Report("b", 1, 1, LiveViewFixture.Noon + 2);
        batch = await NextAsync(subscription);
        Assert.Empty(batch.Left);
        Assert.Empty(batch.Changed);
        Assert.NotNull(batch.Token);
    }

    [Fact]
    public async Task Cars_by_id_are_followed_before_they_are_registered_and_after_they_are_deleted()
    {
        var subscription = Subscribe(LiveFilter.OfVehicles(["car-1", "car-2", "car-1"]));
        Assert.Empty((await NextAsync(subscription)).Changed);

        _live.ChangeRegistry("car-1", isRegistered: true);
        Assert.Equal(["car-1"], Changed(await NextAsync(subscription)));

        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");
        var batch = await NextAsync(subscription);
        Assert.True(Assert.Single(batch.Changed).IsOnline);

        _live.ChangeRegistry("car-1", isRegistered: false);
        Assert.Equal(["car-1"], (await NextAsync(subscription)).Left);
    }

    [Fact]
    public async Task Large_answers_come_in_parts_and_the_token_with_the_last()
    {
        for (var i = 0; i < 2_500; i++)
        {
            _live.Register($"car-{i}");
            _live.Report($"car-{i}", 1, 1);
        }

        var subscription = Subscribe(LiveFilter.InBox(Box));
        var seen = new HashSet<string>();
        for (var part = 0; part < 3; part++)
        {
            var batch = await NextAsync(subscription);
            Assert.Equal(part == 0, batch.IsReset);
            Assert.Equal(part < 2, batch.HasMore);
            Assert.InRange(batch.Changed.Count, 1, LiveSubscription.MaxBatch);
            Assert.All(batch.Changed, vehicle => Assert.True(seen.Add(vehicle.VehicleId)));
        }

        Assert.Equal(2_500, seen.Count);
    }

    [Fact]
    public async Task A_resumed_stream_gets_what_changed_since_its_token()
    {
        _live.Register("same", "moved", "left", "online", "ended", "deleted", "stranger-to-be");
        foreach (var id in new[] { "same", "moved", "left", "online", "ended", "deleted" })
        {
            _live.Report(id, 1, 1);
        }

        _live.Event(VehicleEventType.Connect, "ended", "ch-0", "gw-0");
        var token = (await NextAsync(Subscribe(LiveFilter.InBox(Box)))).Token;

        _live.Report("moved", 2, 2, LiveViewFixture.Noon + 1);
        _live.Report("left", 12, 12, LiveViewFixture.Noon + 1);
        _live.Event(VehicleEventType.Connect, "online", "ch-1");
        _live.Event(VehicleEventType.InstanceEnd, null, null, "gw-0");
        _live.ChangeRegistry("deleted", isRegistered: false);
        var batch = await NextAsync(Subscribe(LiveFilter.InBox(Box), token));

        Assert.False(batch.IsReset);
        Assert.Equal(["ended", "moved", "online"], Changed(batch));
        Assert.Equal(["deleted", "left"], batch.Left.Order(StringComparer.Ordinal));

        var ofVehicles = await NextAsync(Subscribe(LiveFilter.OfVehicles(["same", "moved", "deleted"]), token));
        Assert.Equal(["moved"], Changed(ofVehicles));
        Assert.Equal(["deleted"], ofVehicles.Left);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AQ")]
    [InlineData("not a token")]
    public async Task Without_a_usable_token_everything_comes(string? token)
    {
        _live.Register("car-1");
        _live.Report("car-1", 1, 1);

        var batch = await NextAsync(Subscribe(LiveFilter.InBox(Box), token));

        Assert.True(batch.IsReset);
        Assert.Equal(["car-1"], Changed(batch));
    }

    [Fact]
    public async Task A_token_of_another_log_is_not_usable()
    {
        _live.Register("car-1");
        _live.Report("car-1", 1, 1);
        var token = LiveToken.Create("log-2", _live.State.Positions);

        Assert.True((await NextAsync(Subscribe(LiveFilter.InBox(Box), token))).IsReset);
        Assert.False((await NextAsync(Subscribe(LiveFilter.InBox(Box), LiveToken.Create("log-1", _live.State.Positions)))).IsReset);
    }

    [Fact]
    public async Task A_state_that_was_loaded_again_begins_again()
    {
        _live.Register("car-1");
        _live.Report("car-1", 1, 1);
        var subscription = Subscribe(LiveFilter.InBox(Box));
        await NextAsync(subscription);
        _live.Reload();
        _live.Register("car-2");
        _live.Report("car-2", 1, 1);

        var batch = await NextAsync(subscription);

        Assert.True(batch.IsReset);
        Assert.Equal(["car-2"], Changed(batch));
    }

    [Fact]
    public void A_token_gives_its_positions_back()
    {
        var positions = new LivePositions([0, 1, long.MaxValue], [127, 128], 300);

        Assert.True(LiveToken.TryParse(LiveToken.Create("log", positions), out var read, out var log));

        Assert.Equal(positions.Telemetry, read.Telemetry);
        Assert.Equal(positions.Events, read.Events);
        Assert.Equal(300, read.Registry);
        Assert.True(LiveToken.IsOfLog(log, "log"));
        Assert.False(LiveToken.IsOfLog(log, "other"));
    }

    private static string[] Changed(LiveBatch batch) => [.. batch.Changed.Select(vehicle => vehicle.VehicleId).Order(StringComparer.Ordinal)];

    private LiveSubscription Subscribe(LiveFilter filter, string? token = null) => _live.View.Subscribe(filter, token, TimeSpan.FromSeconds(1));

    private async Task<LiveBatch> NextAsync(LiveSubscription subscription)
    {
        var next = subscription.NextAsync(TimeSpan.Zero, TestContext.Current.CancellationToken).AsTask();
        while (!next.IsCompleted)
        {
            _live.Clock.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        return await next;
    }
}
