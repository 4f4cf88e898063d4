using System.Globalization;
using System.Text.RegularExpressions;
using Telematics.IntegrationTests.Host;
using Telematics.Mqtt;
using Telematics.Simulator;
using Telematics.Simulator.CommandLine;
using Telematics.Simulator.Meters;
using Telematics.Simulator.Scenarios;
using Xunit;

namespace Telematics.IntegrationTests.Simulator;

/// <summary><c>fleet</c>, <c>load</c> and <c>idle</c> against the real Host in a process of its own.</summary>
public sealed partial class SimulatorCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fleet_that_orders_a_broadcast_itself_ends_with_0_when_every_car_has_answered()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Token);
        var output = new StringWriter(CultureInfo.InvariantCulture);
        var options = new FleetOptions
        {
            Vehicles = 200,
            Port = host.MqttPort,
            Interval = TimeSpan.FromSeconds(2),
            Workers = 2,
            Scenario = ScenarioOptions.For(ScenarioKind.Broadcast),
        };
        var order = new BroadcastOrder(host.Http.BaseAddress!, key: null, TimeSpan.FromMinutes(5));
        var code = await new FleetRun(options, duration: null, order, new ServerProcess(host.ProcessId), output).RunAsync(Token);
        Assert.True(code == 0, output.ToString());
        Assert.Contains("200 cars obeyed", output.ToString(), StringComparison.Ordinal);
        Assert.Matches("broadcast     command .*: completed after .*\"succeeded\":200", output.ToString());
    }

    [Theory]
    [InlineData(ScenarioKind.Storm)]
    [InlineData(ScenarioKind.Tunnel)]
    public async Task Cars_that_come_and_go_lose_nothing(ScenarioKind kind)
    {
        await using var host = new HostProcess();
        await host.StartAsync(Token);
        var options = new FleetOptions
        {
            Vehicles = 100,
            Port = host.MqttPort,
            Interval = TimeSpan.FromMilliseconds(500),
            GatherMilliseconds = 20,
            Scenario = ScenarioOptions.For(kind) with { Share = 0.8, Every = TimeSpan.FromSeconds(3), Away = TimeSpan.FromSeconds(2) },
        };
        await using var fleet = new Fleet(options, TimeProvider.System);
        await fleet.StartAsync(Token);
        while (fleet.GetCounters().Reconnects < 150)
        {
            await Task.Delay(100, Token);
        }

        await fleet.StopAsync(TimeSpan.FromSeconds(30), Token);
        var summary = fleet.GetSummary();
        Assert.True(summary.IsComplete, $"{string.Join("; ", summary.FindFaults())} {summary.Counters}");
        Assert.Equal(0, summary.Counters.ProtocolErrors);
    }

    [Fact]
    public async Task The_meters_measure_the_gateway()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Token);
        var server = new ServerProcess(host.ProcessId);
        var output = new StringWriter(CultureInfo.InvariantCulture);
        var options = new MeterOptions { Port = host.MqttPort, Connections = 50, Window = 4, Workers = 2 };
        var code = await new LoadRun(options, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), server, output).RunAsync(Token);
        Assert.True(code == 0, output.ToString());
        Assert.True(Figure(output, "messages/s acknowledged") > 100, output.ToString());
        Assert.True(Figure(output, "server CPU, us per publish") > 0, output.ToString());
        Assert.InRange(Figure(output, "PUBACK p50, ms"), 0.01, Figure(output, "PUBACK p99, ms"));

        output = new StringWriter(CultureInfo.InvariantCulture);
        options = options with { Connections = 300, Prefix = "idle-", Version = MqttProtocolVersion.V311 };
        code = await new IdleRun(options, TimeSpan.FromSeconds(1), reconnects: 100, server, output).RunAsync(Token);
        Assert.True(code == 0, output.ToString());
        Assert.Equal(300, Figure(output, "connections"));
        Assert.True(Figure(output, "server memory, MiB") > 10, output.ToString());
        Assert.Contains("after 100 reconnects", output.ToString(), StringComparison.Ordinal);
    }

    private static double Figure(StringWriter output, string name)
    {
        var match = Row().Matches(output.ToString()).FirstOrDefault(row => row.Groups["name"].Value.TrimEnd() == name);
        Assert.True(match is not null, $"no '{name}' in\n{output}");
        return double.Parse(match.Groups["value"].Value, NumberStyles.Number, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^\| (?<name>[^|]+) \| +(?<value>[\d.,]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
