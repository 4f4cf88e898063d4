using System.Net.Sockets;
using Telematics.Contracts;
using Telematics.Gateway;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>Loops on epoll: what happens when they cannot listen.</summary>
public sealed class EpollLoopTests
{
    [Fact]
    public async Task A_port_in_use_is_a_fault_of_the_start_that_names_it()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        var fault = await Assert.ThrowsAsync<StartupException>(() =>
            RunningGateway.StartAsync(GatewayTransport.Epoll, new() { ["Telematics:Gateway:Port"] = $"{port}" }));
        Assert.Contains($"127.0.0.1:{port}", fault.Message, StringComparison.Ordinal);
    }
}
