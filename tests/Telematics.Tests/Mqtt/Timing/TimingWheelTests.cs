using FsCheck.Xunit;
using Telematics.Mqtt.Timing;
using Xunit;

namespace Telematics.Tests.Mqtt.Timing;

public sealed class TimingWheelTests
{
    [Fact]
    public void An_entry_comes_once_never_early_and_at_most_one_slot_late()
    {
        var wheel = new TimingWheel<string>(startTicks: 1_000, ticksPerSlot: 10, slotCount: 8);
        wheel.Add(1_025, "x");
        Assert.Empty(Advance(wheel, 1_025));
        Assert.Empty(Advance(wheel, 1_029));
        Assert.Equal(["x"], Advance(wheel, 1_030));
        Assert.Empty(Advance(wheel, 2_000));
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void A_deadline_beyond_one_turn_waits_for_its_turn()
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        wheel.Add(805, "far");
        for (var now = 0; now < 810; now += 5)
        {
            Assert.Empty(Advance(wheel, now));
        }

        Assert.Equal(["far"], Advance(wheel, 810));
    }

    [Fact]
    public void A_deadline_in_the_past_comes_with_the_next_slot()
    {
        var wheel = new TimingWheel<string>(1_000, 10, 8);
        wheel.Add(5, "late");
        Assert.Equal(["late"], Advance(wheel, 1_010));
    }

    [Fact]
    public void What_was_cancelled_does_not_come()
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        var handle = wheel.Add(50, "x");
        Assert.True(wheel.Cancel(handle));
        Assert.False(wheel.Cancel(handle));
        Assert.Empty(Advance(wheel, 100));
        Assert.False(wheel.Cancel(default));
    }

    [Fact]
    public void An_old_handle_does_not_touch_the_entry_that_took_its_place()
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        var old = wheel.Add(50, "old");
        wheel.Cancel(old);
        var next = wheel.Add(60, "new");
        Assert.Equal(old.Index, next.Index);
        Assert.False(wheel.Cancel(old));
        Assert.False(wheel.Reschedule(old, 10));
        Assert.Equal(["new"], Advance(wheel, 70));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(20)]
    public void A_moved_entry_comes_at_its_new_time(int due)
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        var handle = wheel.Add(50, "x");
        Assert.True(wheel.Reschedule(handle, due));
        Assert.Empty(Advance(wheel, due));
        Assert.Equal(["x"], Advance(wheel, due + 10));
        Assert.False(wheel.Reschedule(handle, 500));
    }

    [Fact]
    public void The_sink_may_add_cancel_and_move_entries()
    {
        var wheel = new TimingWheel<string>(0, 10, 4);
        var victim = wheel.Add(10, "victim");
        wheel.Add(5, "killer");
        var seen = new List<string>();
        var sink = new Acting(name =>
        {
            seen.Add(name);
            if (name == "killer")
            {
                wheel.Cancel(victim);
                wheel.Add(0, "child");
            }
        });
        wheel.Advance(20, ref sink);
        Assert.Equal(["killer"], seen);
        wheel.Advance(30, ref sink);
        Assert.Equal(["killer", "child"], seen);
    }

    [Fact]
    public void After_a_long_pause_everything_due_comes_at_once()
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        for (var i = 0; i < 100; i++)
        {
            wheel.Add(i * 10, "x");
        }

        Assert.Equal(100, Advance(wheel, 100_000).Count);
    }

    [Fact]
    public void What_is_too_much_for_one_call_comes_first_at_the_next()
    {
        var wheel = new TimingWheel<string>(0, 10, 8);
        for (var i = 0; i < 100; i++)
        {
            wheel.Add(i % 2 == 0 ? 5 : 25, $"{i}");
        }

        var seen = new List<string>();
        var sink = new Acting(seen.Add);
        Assert.Equal(30, wheel.Advance(40, ref sink, most: 30));
        Assert.True(wheel.IsBehind);
        Assert.All(seen, name => Assert.Equal(0, int.Parse(name, System.Globalization.CultureInfo.InvariantCulture) % 2));
        wheel.Add(45, "later");
        Assert.Equal(60, wheel.Advance(40, ref sink, most: 60));
        Assert.Equal(11, wheel.Advance(60, ref sink, most: 60));
        Assert.Equal("later", seen[^1]);
        Assert.Equal(101, seen.Distinct().Count());
        Assert.False(wheel.IsBehind);
    }

    [Fact]
    public void Adding_and_cancelling_allocates_nothing_once_it_has_grown()
    {
        var wheel = new TimingWheel<(int Slot, int Kind)>(0, 10, 64);
        var handles = new TimerHandle[1_000];
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < handles.Length; i++)
            {
                handles[i] = wheel.Add(i, (i, 0));
            }

            foreach (var handle in handles)
            {
                wheel.Cancel(handle);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = wheel.Add(i, (i, 0));
            wheel.Reschedule(handles[i], i + 100);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Property(MaxTest = 300)]
    public void The_wheel_agrees_with_a_list((byte Action, ushort Number)[] steps)
    {
        var wheel = new TimingWheel<int>(0, 7, 16);
        var open = new Dictionary<int, (TimerHandle Handle, long Due)>();
        var now = 0L;
        var next = 0;
        foreach (var (action, number) in steps)
        {
            switch (action % 4)
            {
                case 0:
                    open[next] = (wheel.Add(now + (number % 500), next), now + (number % 500));
                    next++;
                    break;
                case 1 when open.Count > 0:
                    var cancelled = open.Keys.ElementAt(number % open.Count);
                    Assert.True(wheel.Cancel(open[cancelled].Handle));
                    open.Remove(cancelled);
                    break;
                case 2 when open.Count > 0:
                    var moved = open.Keys.ElementAt(number % open.Count);
                    var due = now + (number % 300);
                    Assert.True(wheel.Reschedule(open[moved].Handle, due));
                    open[moved] = (open[moved].Handle, due);
                    break;
                default:
                    now += number % 400;
                    var came = new List<int>();
                    var sink = new Numbers(came);
                    do
                    {
                        // In slices of any length, between which the rest may be cancelled or moved.
                        wheel.Advance(now, ref sink, most: (number % 5) + 1);
                    }
                    while (action % 8 != 7 && wheel.IsBehind);
                    foreach (var id in came)
                    {
                        Assert.True(open.Remove(id, out var entry));
                        Assert.True(entry.Due <= now, "early");
                    }

                    if (!wheel.IsBehind)
                    {
                        Assert.DoesNotContain(open.Values, entry => entry.Due + 7 <= now - 7);
                    }

                    break;
            }

            Assert.Equal(open.Count, wheel.Count);
        }
    }

    private static List<string> Advance(TimingWheel<string> wheel, long now)
    {
        var seen = new List<string>();
        var sink = new Acting(seen.Add);
        Assert.Equal(wheel.Advance(now, ref sink), seen.Count);
        return seen;
    }

    private readonly struct Acting(Action<string> act) : ITimerSink<string>
    {
        public void OnDue(TimerHandle handle, string state) => act(state);
    }

    private readonly struct Numbers(List<int> came) : ITimerSink<int>
    {
        public void OnDue(TimerHandle handle, int state) => came.Add(state);
    }
}
