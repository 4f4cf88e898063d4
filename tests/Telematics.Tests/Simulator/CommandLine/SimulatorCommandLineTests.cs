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
    [InlineData("--unknown", "1")]
    public async Task A_wrong_option_ends_with_2(string option, string value) =>
        Assert.Equal(2, await SimulatorCommandLine.RunAsync([option, value]));

    [Fact]
    public async Task A_run_in_which_everything_was_acknowledged_ends_with_0()
    {
        using var server = new AcknowledgingServer(Telematics.Mqtt.MqttProtocolVersion.V500);
        var options = new FleetOptions { Vehicles = 3, Port = server.Port, Interval = TimeSpan.Zero, Window = 2 };
        var output = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(0, await FleetRun.RunAsync(options, TimeSpan.FromSeconds(0.5), Environment.ProcessId, output, TestContext.Current.CancellationToken));
        Assert.Contains("cars          3, of them 3 were connected", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("server CPU", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_a_server_ends_with_1()
    {
        using var server = new AcknowledgingServer(Telematics.Mqtt.MqttProtocolVersion.V500);
        var options = new FleetOptions { Vehicles = 3, Port = server.Port };
        server.Dispose();
        Assert.Equal(1, await FleetRun.RunAsync(options, TimeSpan.FromSeconds(0.3), null, TextWriter.Null, TestContext.Current.CancellationToken));
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
        var before = new FleetCounters { Vehicles = 10, Sent = 100, Acknowledged = 90 };
        var now = before with { Connected = 9, Sent = 300, Acknowledged = 280, CommandsReceived = 5, CommandsSucceeded = 3, CommandsRejected = 1 };
        Assert.Equal(
            "cars 9/10  sent 100/s  acked 95/s  PUBACK p50 1.5 p99 20.0 ms  open 20  commands 5 (3 done, 1 rejected)",
            FleetReport.Progress(before, now, new AckPercentiles(190, 1.5, 5, 20, 30, 40), TimeSpan.FromSeconds(2)));
    }
}
