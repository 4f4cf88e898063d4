using Telematics.Simulator.Scenarios;
using Xunit;

namespace Telematics.Tests.Simulator.Scenarios;

public sealed class ScenarioOptionsTests
{
    private const int Cars = 10_000;

    [Fact]
    public void In_a_storm_its_share_of_the_cars_leaves_within_a_second()
    {
        var storm = ScenarioOptions.For(ScenarioKind.Storm);
        var times = Enumerable.Range(1, Cars).Select(car => storm.NextAbsence(seed: 1, car, TimeSpan.Zero)!.Value).ToList();
        var first = times.Where(time => time < 2 * storm.Every).ToList();
        Assert.All(first, time => Assert.InRange(time, storm.Every, storm.Every + TimeSpan.FromSeconds(1)));
        Assert.InRange(first.Count, 4_800, 5_200);

        // Who is spared now is met by another storm.
        Assert.All(times.Except(first), time => Assert.InRange(time.TotalSeconds % storm.Every.TotalSeconds, 0, 1));
    }

    [Fact]
    public void Into_the_tunnel_cars_go_one_after_the_other()
    {
        var tunnel = ScenarioOptions.For(ScenarioKind.Tunnel) with { Share = 1, Every = TimeSpan.FromSeconds(100) };
        var times = Enumerable.Range(1, Cars).Select(car => tunnel.NextAbsence(seed: 1, car, TimeSpan.Zero)!.Value.TotalSeconds).ToList();
        Assert.All(times, time => Assert.InRange(time, 100, 200));
        Assert.InRange(times.Count(time => time < 150), 4_800, 5_200);
        var after = TimeSpan.FromSeconds(730);
        Assert.All(Enumerable.Range(1, 100), car => Assert.InRange(tunnel.NextAbsence(1, car, after)!.Value, TimeSpan.FromSeconds(800), TimeSpan.FromSeconds(900)));
    }

    [Fact]
    public void At_night_its_share_of_the_cars_stands_and_always_the_same_ones()
    {
        var night = ScenarioOptions.For(ScenarioKind.Night);
        var idle = Enumerable.Range(1, Cars).Where(car => night.IsIdle(seed: 1, car)).ToList();
        Assert.InRange(idle.Count, 8_850, 9_150);
        Assert.Equal(idle, Enumerable.Range(1, Cars).Where(car => night.IsIdle(seed: 1, car)));
        Assert.NotEqual(idle, Enumerable.Range(1, Cars).Where(car => night.IsIdle(seed: 2, car)));
        Assert.Null(night.NextAbsence(1, 1, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(ScenarioKind.Steady)]
    [InlineData(ScenarioKind.Broadcast)]
    public void Elsewhere_nobody_leaves_and_nobody_stands(ScenarioKind kind)
    {
        var options = ScenarioOptions.For(kind);
        Assert.All(Enumerable.Range(1, 100), car => Assert.False(options.IsIdle(1, car)));
        Assert.All(Enumerable.Range(1, 100), car => Assert.Null(options.NextAbsence(1, car, TimeSpan.Zero)));
    }

    [Fact]
    public void How_long_a_car_is_away_keeps_to_its_limits()
    {
        var storm = ScenarioOptions.For(ScenarioKind.Storm);
        Assert.Equal((TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(60)), (storm.GetAway(0), storm.GetAway(1)));
        var tunnel = ScenarioOptions.For(ScenarioKind.Tunnel);
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)), (tunnel.GetAway(0), tunnel.GetAway(1)));
    }
}
