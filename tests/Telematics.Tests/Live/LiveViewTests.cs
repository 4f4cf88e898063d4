using System.Runtime.InteropServices;
using Telematics.Api.Live;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Live;

public sealed class LiveViewTests
{
    private readonly LiveViewFixture _live = new();

    [Fact]
    public void Every_signal_comes_back_as_it_was_reported()
    {
        var values = SignalValues.None;
        foreach (var signal in SignalCatalogue.Signals)
        {
            values[signal.Index] = signal.Type is SignalType.Boolean ? 1 : Math.Min(signal.Max, 63.1 + signal.Index) is var value && signal.Type is SignalType.Real or SignalType.Double ? value : Math.Min(signal.Max, 7 + signal.Index);
        }

        _live.Register("car-1");
        _live.Apply("car-1", LiveViewFixture.Noon, LiveViewFixture.Noon + 5, values);

        Assert.True(_live.View.TryGet("car-1", out var vehicle));
        Assert.Equal((LiveViewFixture.Noon, LiveViewFixture.Noon + 5, 1, 0L), (vehicle.Time, vehicle.StoredAt, vehicle.QueueIndex, vehicle.QueueOffset));
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            Assert.Equal(values[i], vehicle.Values[i]);
        }

        _live.Apply("car-1", LiveViewFixture.Noon + 1, LiveViewFixture.Noon + 6, SignalValues.None);
        Assert.True(_live.View.TryGet("car-1", out vehicle));
        Assert.All(Enumerable.Range(0, SignalCatalogue.Count), i => Assert.True(double.IsNaN(vehicle.Values[i])));
        Assert.Empty(_live.InBox(-180, -90, 180, 90));
    }

    [Fact]
    public void An_older_sample_does_not_replace_a_newer_one_and_a_fast_clock_does_not_freeze_a_car()
    {
        _live.Register("car-1");
        const long hour = 3_600_000_000;
        _live.Report("car-1", 10, 10, LiveViewFixture.Noon + hour, storedAt: LiveViewFixture.Noon);
        _live.Report("car-1", 20, 20, LiveViewFixture.Noon - hour, storedAt: LiveViewFixture.Noon + 1);
        Assert.True(_live.View.TryGet("car-1", out var vehicle));
        Assert.Equal(10, vehicle.Values[SignalCatalogue.Latitude]);

        _live.Report("car-1", 30, 30, LiveViewFixture.Noon + 2, storedAt: LiveViewFixture.Noon + 2);
        Assert.True(_live.View.TryGet("car-1", out vehicle));
        Assert.Equal(30, vehicle.Values[SignalCatalogue.Latitude]);
    }

    [Fact]
    public void Rectangles_follow_the_cars_and_cross_the_antimeridian()
    {
        _live.Register("fiji", "tonga", "berlin", "pole");
        _live.Report("fiji", -17.7, 178.0);
        _live.Report("tonga", -21.1, -175.2);
        _live.Report("berlin", 52.5, 13.4);
        _live.Report("pole", 90, 180);

        Assert.Equal(["fiji", "tonga"], _live.InBox(170, -30, -170, 0));
        Assert.Equal(["berlin"], _live.InBox(13.4, 52.5, 13.4, 52.5));
        Assert.Equal(["berlin", "fiji", "pole", "tonga"], _live.InBox(-180, -90, 180, 90));

        _live.Report("berlin", 48.1, 11.6, LiveViewFixture.Noon + 1);
        Assert.Empty(_live.InBox(13, 52, 14, 53));
        Assert.Equal(["berlin"], _live.InBox(11, 48, 12, 49));
    }

    [Fact]
    public void A_rectangle_with_more_cars_than_the_limit_says_so_and_unregistered_ones_take_no_place()
    {
        for (var i = 0; i < 20; i++)
        {
            _live.Report($"stranger-{i}", 1, 1);
        }

        _live.Register("car-1", "car-2", "car-3");
        _live.Report("car-1", 1, 1);
        _live.Report("car-2", 1, 1);
        _live.Report("car-3", 1, 1);
        var box = new GeoBox(0, 0, 2, 2);

        Assert.Equal(2, _live.View.GetInBox(box, 2, out var hasMore).Count);
        Assert.True(hasMore);
        Assert.Equal(3, _live.View.GetInBox(box, 3, out hasMore).Count);
        Assert.False(hasMore);
    }

    [Fact]
    public void A_car_is_online_while_its_newest_channel_is_open_and_the_instance_lives()
    {
        _live.Register("car-1");
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");
        Assert.Equal(new LiveCounts(1, 1), _live.View.Counts);

        _live.Event(VehicleEventType.Connect, "car-1", "ch-2", "gw-2");
        _live.Event(VehicleEventType.TcpClean, "car-1", "ch-1");
        Assert.True(_live.View.IsOnline("car-1"), "the end of an older channel counts for nothing");

        _live.Event(VehicleEventType.InstanceEnd, null, null, "gw-1");
        Assert.True(_live.View.IsOnline("car-1"));
        _live.Event(VehicleEventType.InstanceEnd, null, null, "gw-2");
        Assert.Equal(new LiveCounts(1, 0), _live.View.Counts);

        _live.Event(VehicleEventType.Announce, "car-1", "ch-1", "gw-3");
        Assert.False(_live.View.IsOnline("car-1"), "an announcement of an older channel counts for nothing");
        _live.Event(VehicleEventType.Announce, "car-1", "ch-2", "gw-3");
        Assert.True(_live.View.IsOnline("car-1"));

        _live.Event(VehicleEventType.TcpClean, "car-1", "ch-2", "gw-3");
        Assert.Equal(new LiveCounts(1, 0), _live.View.Counts);
    }

    [Fact]
    public void A_connect_to_an_instance_whose_end_was_read_first_is_not_online()
    {
        _live.Register("car-1");
        _live.Event(VehicleEventType.InstanceEnd, null, null);
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");

        Assert.False(_live.View.IsOnline("car-1"));
    }

    [Fact]
    public void An_unregistered_car_is_not_seen_until_the_registry_names_it()
    {
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");
        _live.Report("car-1", 1, 1);
        Assert.False(_live.View.TryGet("car-1", out _));
        Assert.Equal(new LiveCounts(0, 0), _live.View.Counts);

        _live.ChangeRegistry("car-1", isRegistered: true);

        Assert.True(_live.View.TryGet("car-1", out var vehicle));
        Assert.True(vehicle is { IsOnline: true, HasState: true });
        Assert.Equal(new LiveCounts(1, 1), _live.View.Counts);
    }

    [Fact]
    public void Without_automatic_registration_an_unknown_cars_telemetry_is_not_kept()
    {
        var live = new LiveViewFixture(autoRegister: false);
        live.Report("car-1", 1, 1);
        live.ChangeRegistry("car-1", isRegistered: true);

        Assert.True(live.View.TryGet("car-1", out var vehicle));
        Assert.False(vehicle.HasState);
        Assert.Equal(1, live.View.IgnoredUnregistered);
    }

    [Fact]
    public void A_deleted_car_disappears_and_its_late_messages_are_kept_out_until_the_next_put()
    {
        _live.Register("car-1");
        _live.Report("car-1", 1, 1);
        _live.ChangeRegistry("car-1", isRegistered: false);
        _live.Report("car-1", 2, 2, LiveViewFixture.Noon + 1);

        Assert.False(_live.View.TryGet("car-1", out _));
        Assert.Empty(_live.InBox(0, 0, 3, 3));
        Assert.Equal(new LiveCounts(0, 0), _live.View.Counts);

        _live.ChangeRegistry("car-1", isRegistered: true);
        Assert.True(_live.View.TryGet("car-1", out var vehicle));
        Assert.False(vehicle.HasState);
        _live.Report("car-1", 3, 3, LiveViewFixture.Noon + 2);
        Assert.Equal(["car-1"], _live.InBox(0, 0, 3, 3));
    }

    [Fact]
    public void A_stranger_that_connects_and_leaves_leaves_nothing_behind()
    {
        _live.Register("car-1");
        for (var i = 0; i < 100; i++)
        {
            _live.Event(VehicleEventType.Connect, $"stranger-{i % 7}", $"ch-{i}");
            _live.Event(VehicleEventType.TcpClean, $"stranger-{i % 7}", $"ch-{i}");
        }

        Assert.Equal(1, _live.State.Slots.UsedCount);
        Assert.Equal(2, _live.State.Slots.Count);
        Assert.Equal(["car-1"], _live.View.List(null, null, 10).Select(vehicle => vehicle.VehicleId));
    }

    [Fact]
    public void Pages_go_through_all_cars_once_in_the_order_of_their_ids()
    {
        var random = new Random(1);
        var ids = Enumerable.Range(0, 10_000).Select(i => $"car-{random.NextInt64():x}").Distinct().ToArray();
        _live.Register(ids[..5_000]);
        Assert.Equal(5_000, Pages(null).Length);
        _live.Register(ids[5_000..]);
        foreach (var id in ids.Where((_, i) => i % 3 == 0))
        {
            _live.Event(VehicleEventType.Connect, id, "ch-" + id);
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), Pages(null));
        Assert.Equal(ids.Where((_, i) => i % 3 == 0).Order(StringComparer.Ordinal), Pages(true));
        Assert.Equal(ids.Where((_, i) => i % 3 != 0).Order(StringComparer.Ordinal), Pages(false));

        string[] Pages(bool? isOnline)
        {
            var all = new List<string>();
            while (_live.View.List(isOnline, all.LastOrDefault(), 700) is { Count: > 0 } page)
            {
                all.AddRange(page.Select(vehicle => vehicle.VehicleId));
            }

            return [.. all];
        }
    }

    [Fact]
    public void Of_a_deleted_car_only_the_tombstone_stays_and_its_late_messages_change_nothing()
    {
        _live.Register("car-1", "car-2");
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");
        _live.Report("car-1", 10, 10);
        _live.Report("car-2", 10, 10);
        _live.ChangeRegistry("car-1", isRegistered: false);
        var slot = _live.State.Slots.Find("car-1"u8);
        _live.Report("car-1", 20, 20, LiveViewFixture.Noon + 1);
        Assert.Equal(["car-2"], _live.InBox(-180, -90, 180, 90));
        _live.Event(VehicleEventType.TcpClean, "car-1", "ch-1");

        var entry = _live.State.Slots[slot];
        Assert.Equal(LiveFlags.Used | LiveFlags.Deleted, entry.Flags);
        Assert.True(MemoryMarshal.AsBytes(new ReadOnlySpan<CompactSignals>(in entry.Values)).IndexOfAnyExcept((byte)0) < 0, "its newest sample is still in memory");
        Assert.Equal((0UL, 0L, 0L, 0L, 0L), (entry.Channel, entry.Time, entry.StoredAt, entry.StateOffset, entry.PresenceOffset));
        Assert.Equal(new LiveCounts(1, 0), _live.View.Counts);
    }

    [Fact]
    public void A_car_that_is_put_back_is_fresh_in_its_slot()
    {
        _live.Register("car-1");
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1");
        _live.Report("car-1", 10, 10, LiveViewFixture.Noon + 10);
        var slot = _live.State.Slots.Find("car-1"u8);
        _live.ChangeRegistry("car-1", isRegistered: false);
        _live.ChangeRegistry("car-1", isRegistered: false); // erased, after the deletion
        _live.Event(VehicleEventType.TcpClean, "car-1", "ch-1");
        _live.ChangeRegistry("car-1", isRegistered: true);

        Assert.Equal(slot, _live.State.Slots.Find("car-1"u8));
        Assert.True(_live.View.TryGet("car-1", out var vehicle));
        Assert.True(vehicle is { HasState: false, IsOnline: false });
        _live.Event(VehicleEventType.Connect, "car-1", "ch-2");
        _live.Report("car-1", 30, 30, LiveViewFixture.Noon);
        Assert.True(_live.View.TryGet("car-1", out vehicle));
        Assert.True(vehicle is { HasState: true, IsOnline: true, Time: LiveViewFixture.Noon });
        Assert.Equal(["car-1"], _live.InBox(29, 29, 31, 31));
    }

    [Fact]
    public void A_deleted_cars_channel_is_forgotten_when_its_gateway_ends_and_kept_while_it_is_open()
    {
        _live.Register("car-1", "car-2");
        _live.Event(VehicleEventType.Connect, "car-1", "ch-1", "gw-1");
        _live.Event(VehicleEventType.Connect, "car-2", "ch-2", "gw-2");
        _live.ChangeRegistry("car-1", isRegistered: false);
        _live.ChangeRegistry("car-2", isRegistered: false);
        _live.Event(VehicleEventType.InstanceEnd, null, null, "gw-1");
        Assert.Equal(LiveFlags.Used | LiveFlags.Deleted, _live.State.Slots[_live.State.Slots.Find("car-1"u8)].Flags);

        // Put back before the order to close its channel arrives.
        _live.ChangeRegistry("car-2", isRegistered: true);
        Assert.True(_live.View.IsOnline("car-2"));
    }
}
