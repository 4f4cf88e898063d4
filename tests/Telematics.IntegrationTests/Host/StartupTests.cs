using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>What an operator gets wrong is said in one clear line each, with exit code 2.</summary>
public sealed class StartupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_starts_answers_and_ends_with_exit_code_0_within_10_seconds_of_an_interrupt()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Cancel);
        using var answer = await host.Http.GetAsync(new Uri("health/live", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await host.InterruptAsync(Cancel));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed} to end.");
    }

    [Fact]
    public async Task A_second_start_on_the_same_folder_continues()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Cancel);
        using var put = await host.Http.PutAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), new StringContent("{}", null, "application/json"), Cancel);
        Assert.True(put.IsSuccessStatusCode);
        Assert.Equal(0, await host.InterruptAsync(Cancel));

        await host.StartAsync(Cancel);
        using var get = await host.Http.GetAsync(new Uri("api/v1/vehicles/car-1", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
    }

    [Theory]
    [InlineData("Telematics:Http:Port")]
    [InlineData("Telematics:Gateway:Port")]
    public async Task A_taken_port_is_one_line_and_exit_code_2(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var host = new HostProcess();
        host.Launch("--data", host.DataDirectory, $"--Telematics:Http:Port={HostProcess.FreePort()}", $"--Telematics:Gateway:Port={HostProcess.FreePort()}", $"--{option}={port}");
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), Fault(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_one_line_and_exit_code_2()
    {
        await using var first = new HostProcess();
        await first.StartAsync(Cancel);
        await using var second = new HostProcess();
        second.Launch("--data", first.DataDirectory, $"--Telematics:Http:Port={second.HttpPort}", $"--Telematics:Gateway:Port={second.MqttPort}");
        Assert.Equal(2, await second.WaitForExitAsync(Cancel));
        Assert.Contains($"in use by another process (process {first.ProcessId})", Fault(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_one_line_and_exit_code_2()
    {
        await using var host = new HostProcess();
        var file = Path.Combine(host.DataDirectory, "file");
        await File.WriteAllTextAsync(file, "", Cancel);
        host.Launch("--data", Path.Combine(file, "below"));
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains(file, Fault(host), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "bogus")]
    [InlineData("--demo=0", "--demo 0: must be 1 to 15000")]
    [InlineData("--Telematics:Gateway:Prot=1884", "Telematics:Gateway:Prot is no option")]
    [InlineData("--Telematics:Gateway:Port=many", "Telematics:Gateway:Port: 'many' is not")]
    [InlineData("--Telematics:Roles=gateway", "must have all roles")]
    [InlineData("--Telematics:Roles=gatway", "'gatway' is no role")]
    [InlineData("--Telematics:Gateway:Address=0.0.0.0", "Telematics:Gateway:Authentication")]
    [InlineData("--Telematics:Http:Address=localhost", "Telematics:Http:Address is 'localhost', but must be an IP address")]
    [InlineData("--Telematics:Http:Address=0.0.0.0", "Telematics:Api:Authentication")]
    public async Task A_bad_option_is_one_line_and_exit_code_2(string argument, string expected)
    {
        await using var host = new HostProcess();
        host.Launch("--data", host.DataDirectory, argument);
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        Assert.Contains(expected, Fault(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_wrong_options_are_reported_at_once()
    {
        await using var host = new HostProcess();
        host.Launch("--data", host.DataDirectory, "--Telematics:Gateway:Port=99999", "--Telematics:Http:Port=-1", "--Telematics:Nothing=1", "--Telematics:Roles=none");
        Assert.Equal(2, await host.WaitForExitAsync(Cancel));
        var lines = host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("Telematics:Gateway:Port is '99999', but must be between -1 and 65535", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Telematics:Http:Port", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Telematics:Nothing", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Telematics:Roles", StringComparison.Ordinal));
    }

    /// <summary>What was said; nothing else was printed, no stack trace above all.</summary>
    private static string Fault(HostProcess host)
    {
        var lines = host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("telematics: ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lines);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        return string.Join('\n', lines);
    }
}
