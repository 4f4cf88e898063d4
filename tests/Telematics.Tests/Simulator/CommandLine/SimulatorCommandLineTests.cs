using System.Globalization;
using Telematics.Contracts;
using Telematics.Simulator;
using Telematics.Simulator.CommandLine;
using Xunit;

namespace Telematics.Tests.Simulator.CommandLine;

public sealed class SimulatorCommandLineTests
{
    [Theory]
    [InlineData("--vehicles", "0")]
    [InlineData("--vehicles", "many")]
    [InlineData("--gateway", "host:port")]
    [InlineData("--interval", "-1")]
    [InlineData("--duration", "0")]
    [InlineData("--qos", "2")]
    [InlineData("--window", "33")]
    [InlineData("--mqtt", "3")]
    [InlineData("--format", "xml")]
    [InlineData("--credentials", "/does/not/exist.csv")]
    [InlineData("--pid", "2147483647")]
    [InlineData("--server-pid", "2147483647")]
    [InlineData("--interval", "1w")]
    [InlineData("--keep-alive", "70000")]
    [InlineData("--gather", "1001")]
    [InlineData("--source", "here")]
    [InlineData("--scenario", "fog")]
    [InlineData("--share", "0")]
    [InlineData("--share", "1.1")]
    [InlineData("--every", "500ms")]
    [InlineData("--away", "25h")]
    [InlineData("--api", "http://localhost:1")]
    [InlineData("--unknown", "1")]
    public async Task A_wrong_option_ends_with_2(string option, string value)
    {
        Assert.Equal(2, await SimulatorCommandLine.RunAsync([option, value]));
        Assert.Equal(2, await SimulatorCommandLine.RunAsync(["fleet", option, value]));
    }

    [Theory]
    [InlineData("load", "--connections", "0")]
    [InlineData("load", "--connections", "1000001")]
    [InlineData("load", "--window", "0")]
    [InlineData("load", "--payload", "65537")]
    [InlineData("load", "--topic", "telemetry/#")]
    [InlineData("load", "--duration", "0")]
    [InlineData("load", "--server-pid", "2147483647")]
    [InlineData("idle", "--connections", "0")]
    [InlineData("idle", "--reconnects", "10001")]
    [InlineData("idle", "--hold", "long")]
    [InlineData("idle", "--vehicles", "1")]
    public async Task A_wrong_option_of_a_meter_ends_with_2(string command, string option, string value) =>
        Assert.Equal(2, await SimulatorCommandLine.RunAsync([command, option, value]));

    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("30s", 30_000)]
    [InlineData("0.5", 500)]
    [InlineData("250ms", 250)]
    [InlineData("10m", 600_000)]
    [InlineData("2h", 7_200_000)]
    public void Times_have_units(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), DurationOption.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1,5s")]
    [InlineData("9000h")]
    [InlineData("1e3")]
    public void What_is_no_time_is_none(string text) => Assert.Null(DurationOption.Parse(text));

    [Fact]
    public async Task A_run_in_which_everything_was_acknowledged_ends_with_0()
    {
        using var server = new AcknowledgingServer(Telematics.Mqtt.MqttProtocolVersion.V500);
        var options = new FleetOptions { Vehicles = 3, Port = server.Port, Interval = TimeSpan.Zero, Window = 2 };
        var output = new StringWriter(CultureInfo.InvariantCulture);
        var run = new FleetRun(options, TimeSpan.FromSeconds(0.5), order: null, new ServerProcess(Environment.ProcessId), output);
        Assert.Equal(0, await run.RunAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("3 connections: 1 loops of up to 3, 1 source address, connects as fast as it goes", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("cars          3, of them 3 were connected", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("server CPU", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("server memory", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("INCOMPLETE", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_a_server_ends_with_1()
    {
        using var server = new AcknowledgingServer(Telematics.Mqtt.MqttProtocolVersion.V500);
        var options = new FleetOptions { Vehicles = 3, Port = server.Port };
        server.Dispose();
        var output = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(1, await new FleetRun(options, TimeSpan.FromSeconds(0.3), order: null, server: null, output).RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains("INCOMPLETE    3 cars were never connected", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_are_read_line_by_line()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "# fleet\n\nsim-000001,se,cret \nsim-000002, x\n");
            Assert.Equal(new Dictionary<string, string> { ["sim-000001"] = "se,cret", ["sim-000002"] = "x" }, CredentialsFile.Read(path));
            File.WriteAllText(path, "sim-000001,a\nsim-2\n");
            Assert.EndsWith("line 2: expected vehicleId,secret", Assert.Throws<StartupException>(() => CredentialsFile.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_progress_line_shows_rates_of_the_time_since_the_line_before()
    {
        var before = new FleetCounters { Vehicles = 2_000, Sent = 100, Acknowledged = 90 };
        var now = before with { Connected = 1_990, EverConnected = 1_990, Connects = 2_000, Sent = 300, Acknowledged = 280, CommandsReceived = 5, CommandsSucceeded = 3, CommandsRejected = 1 };
        var acks = new AckPercentiles(190, 1.5, 5, 20, 30, 40);
        Assert.Equal(
            "cars 1,990/2,000  sent 100/s  acked 95/s  PUBACK p50 1.5 p99 20.0 ms  open 20  commands 5 (4 answered)  reconnects 10",
            FleetReport.Progress(before, now, acks, TimeSpan.FromSeconds(2)));
        Assert.StartsWith(
            "cars 1,990/2,000 (+7 connecting) (3 away)  sent",
            FleetReport.Progress(before, now with { Connecting = 7, Away = 3 }, acks, TimeSpan.FromSeconds(2)),
            StringComparison.Ordinal);
    }
}
