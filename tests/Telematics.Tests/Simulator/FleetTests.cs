using System.Net;
using System.Net.Sockets;
using Telematics.Contracts;
using Telematics.Mqtt;
using Telematics.Simulator;
using Xunit;

namespace Telematics.Tests.Simulator;

/// <summary>The fleet over real sockets, against a small server that acknowledges everything.</summary>
public sealed class FleetTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MqttProtocolVersion.V500)]
    [InlineData(MqttProtocolVersion.V311)]
    public async Task A_fleet_at_full_speed_ends_with_everything_acknowledged(MqttProtocolVersion version)
    {
        using var server = new AcknowledgingServer(version);
        await using var fleet = new Fleet(
            new FleetOptions { Vehicles = 20, Port = server.Port, Interval = TimeSpan.Zero, Window = 4, Version = version, Workers = 2 }, TimeProvider.System);
        await fleet.StartAsync(Cancellation);
        while (fleet.GetCounters() is var counters && (counters.Acknowledged < 2_000 || counters.EverConnected < 20))
        {
            Assert.Equal(0, counters.ProtocolErrors);
            await Task.Delay(5, Cancellation);
        }

        await fleet.StopAsync(TimeSpan.FromSeconds(20), Cancellation);
        var summary = fleet.GetSummary();
        Assert.True(summary.IsComplete, summary.Counters.ToString());
        Assert.Equal(summary.Counters.Sent, server.Publishes);
        Assert.Equal(summary.Counters.Sent, summary.AckTimes.Count);
        Assert.InRange(summary.AckTimes.P50, 0.001, summary.AckTimes.P99);
        Assert.Equal(0, summary.Counters.Connected);
    }

    [Fact]
    public async Task Without_a_gateway_a_fleet_is_not_complete_and_stops_all_the_same()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var port = ((IPEndPoint)unused.LocalEndpoint).Port;
        unused.Stop();
        await using var fleet = new Fleet(new FleetOptions { Vehicles = 5, Port = port }, TimeProvider.System);
        await fleet.StartAsync(Cancellation);
        while (fleet.GetCounters().ConnectFailures < 5)
        {
            await Task.Delay(5, Cancellation);
        }

        await fleet.StopAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.False(fleet.GetSummary().IsComplete);
        Assert.Contains("ConnectionRefused", fleet.GetCounters().LastProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_are_refused_in_one_line()
    {
        var options = new FleetOptions { Vehicles = 0, Port = 0, Window = 33, Prefix = "a b", Interval = TimeSpan.Zero, QualityOfService = QualityOfService.AtMostOnce };
        Assert.Equal(5, options.Validate().Count);
        await using var fleet = new Fleet(options, TimeProvider.System);
        var exception = await Assert.ThrowsAsync<StartupException>(() => fleet.StartAsync(Cancellation));
        Assert.Equal("vehicles is 0; it must be 1 to 1000000", exception.Message);
    }
}
