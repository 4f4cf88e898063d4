using Microsoft.Extensions.Time.Testing;
using Telematics.Mqtt;
using Telematics.Simulator;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Planning;
using Telematics.Simulator.Scenarios;
using Telematics.Simulator.Workers;
using Xunit;

namespace Telematics.Tests.Simulator.Cars;

/// <summary>What the scenarios do to cars, at a gateway without sockets.</summary>
public sealed class CarScenarioTests
{
    private const int Cars = 40;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_storm_resets_connections_and_all_return_within_the_time()
    {
        var (worker, gateway) = Start(ScenarioOptions.For(ScenarioKind.Storm) with { Every = TimeSpan.FromSeconds(30), Away = TimeSpan.FromSeconds(10) });
        Pass(worker, TimeSpan.FromSeconds(29));
        Assert.Equal(Cars, worker.Counters.Connected);
        Pass(worker, TimeSpan.FromSeconds(2.1));
        var cut = gateway.Aborted.Count;
        Assert.InRange(cut, 10, 30);
        Assert.Equal(cut, gateway.Aborted.Distinct().Count());
        Assert.Equal((Cars, (long)cut), (worker.Counters.Connected + worker.Counters.Away, worker.Counters.Away + worker.Counters.Connects - Cars));
        Pass(worker, TimeSpan.FromSeconds(12));
        Assert.Equal((Cars, 0L, Cars + cut), (worker.Counters.Connected, worker.Counters.Away, gateway.Connects.Count));
        Assert.Equal((0L, 0L), (worker.Counters.ConnectionsLost, worker.Counters.ConnectFailures));
        AssertNothingIsMissing(worker, gateway);
    }

    [Fact]
    public void Who_comes_out_of_the_tunnel_has_a_new_connection_and_brings_what_it_could_not_say()
    {
        var (worker, gateway) = Start(ScenarioOptions.For(ScenarioKind.Tunnel) with { Share = 1, Every = TimeSpan.FromSeconds(60), Away = TimeSpan.FromSeconds(20) });
        Pass(worker, TimeSpan.FromSeconds(145));
        Assert.Equal(Cars, gateway.Abandoned.Distinct().Count());
        Assert.Empty(gateway.Aborted);
        Assert.Empty(gateway.Disconnects);
        Assert.InRange(gateway.Connects.Count, 2 * Cars, 3 * Cars);
        Assert.Contains(gateway.Telemetry, publish => publish.Decode().SampleCount >= 8);
        AssertNothingIsMissing(worker, gateway);
    }

    [Fact]
    public void At_night_most_cars_only_ping()
    {
        var (worker, gateway) = Start(ScenarioOptions.For(ScenarioKind.Night) with { Share = 0.5 });
        gateway.ServerKeepAlive = 40;
        Pass(worker, TimeSpan.FromSeconds(60));
        Assert.Equal(Cars, worker.Counters.Connected);
        var reporting = gateway.Telemetry.Select(publish => publish.Slot).Distinct().Count();
        Assert.InRange(reporting, 10, 30);
        Assert.InRange(gateway.Pings, 2 * (Cars - reporting), 3 * (Cars - reporting));
    }

    [Fact]
    public void A_drain_brings_back_who_is_away_and_waits_for_what_it_has_to_say()
    {
        var (worker, gateway) = Start(ScenarioOptions.For(ScenarioKind.Storm) with { Share = 1, Every = TimeSpan.FromSeconds(20), Away = TimeSpan.FromHours(1) });
        Pass(worker, TimeSpan.FromSeconds(30));
        Assert.Equal((0L, Cars), (worker.Counters.Connected, worker.Counters.Away));
        AssertNothingIsMissing(worker, gateway);
        Assert.Equal((0L, 0L), (worker.Counters.Connected, worker.Counters.Away));
    }

    private void AssertNothingIsMissing(FleetWorker worker, FakeGateway gateway)
    {
        worker.RequestDrain();
        Pass(worker, TimeSpan.FromSeconds(3));
        Assert.True(worker.IsFinished);
        Assert.Equal(0, worker.Counters.SamplesGivenUp);
        Assert.Equal(worker.Counters.TelemetrySent, worker.Counters.Acknowledged);
        foreach (var car in gateway.Telemetry.GroupBy(publish => publish.Slot))
        {
            var numbers = car.Select(publish => publish.Decode().Seq).Distinct().ToList();
            Assert.Equal(Enumerable.Range(1, numbers.Count).Select(i => (long)i), numbers);
        }
    }

    private (FleetWorker Worker, FakeGateway Gateway) Start(ScenarioOptions scenario)
    {
        var options = new FleetOptions { Vehicles = Cars, Interval = TimeSpan.FromSeconds(1), Scenario = scenario };
        Assert.Empty(options.Validate());
        var gateway = new FakeGateway(MqttProtocolVersion.V500) { SessionPresent = true };
        var worker = new FleetWorker(
            new CarEnvironment(options, gateway, _clock, new AckTimes(), boot: 1),
            new NumberRange(First: 1, Step: 1, Cars),
            new WorkerPace(ConnectRate: 0, MaximumConnecting: 128, GatherMilliseconds: 0, StopsPerTurn: 10));
        worker.Start();
        return (worker, gateway);
    }

    private void Pass(FleetWorker worker, TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(10))
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            worker.RunOnce(0);
        }
    }
}
