using System.Globalization;
using Telematics.IntegrationTests.Host;
using Telematics.Mqtt.Sockets;
using Xunit;

namespace Telematics.IntegrationTests.Gateway;

/// <summary>
/// Clients that come and go in every way for 20 s, or for as many as <c>TELEMATICS_TEST_SOAK_SECONDS</c> says, against a
/// process of its own: afterwards nothing is left of them.
/// </summary>
public sealed class GatewaySoakTests
{
    private const int Clients = 16;
    private const string Gateway = "telematics_gateway_";
    private const string Heap = "dotnet_gc_last_collection_heap_size_bytes";
    private const string Collections = "dotnet_gc_collections_total";

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("TELEMATICS_TEST_SOAK_SECONDS") ?? "20", CultureInfo.InvariantCulture));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_clients_that_come_and_go_nothing_is_left()
    {
        Assert.SkipUnless(SocketLoop.IsSupported, "Descriptors and memory are read as Linux shows them.");
        await using var host = new HostProcess(
            $"--Telematics:Gateway:Topics:{ChurningClient.Exchange}=Exchange",
            "--Telematics:Gateway:MaxSessionExpirySeconds=1",
            "--Telematics:Gateway:ConnectTimeoutSeconds=2")
        {
            // A collection for each few MB: what the last one left is close to what is in use.
            Environment = new Dictionary<string, string> { ["DOTNET_GCgen0MaxBudget"] = "600000", ["DOTNET_gcConcurrent"] = "0" },
        };
        await host.StartAsync(Token);
        var clients = Enumerable.Range(0, Clients).Select(number => new ChurningClient(host.MqttPort, number)).ToList();

        // Code, pools and caches have their size after the first half.
        var before = await ChurnAsync(host, clients);
        var connections = clients.Sum(client => client.Connections);
        var after = await ChurnAsync(host, clients);
        connections = clients.Sum(client => client.Connections) - connections;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{connections} connections in {Length.TotalSeconds / 2} s; heap {before[Heap] / 1e6:F1} → {after[Heap] / 1e6:F1} MB after {before[Collections]} → {after[Collections]} collections, resident {before.ResidentBytes / 1e6:F1} → {after.ResidentBytes / 1e6:F1} MB");
        Assert.True(connections > 500, $"{connections} connections are no churn");
        Assert.Equal(before.LoopDescriptors, after.LoopDescriptors);
        Assert.True(after[Collections] > before[Collections] + 5, "The memory was not looked at after a collection.");
        Assert.True(after[Heap] < (1.1 * before[Heap]) + 8e6, $"The heap grew from {before[Heap]:N0} to {after[Heap]:N0} B.");
        Assert.True(after.ResidentBytes < (1.15 * before.ResidentBytes) + 16e6, $"Resident memory grew from {before.ResidentBytes:N0} to {after.ResidentBytes:N0} B.");

        // Under load the loops have had the pool do much, and whoever makes a worker gives it its own table.
        Assert.Empty(ThreadTables.FindStray(host.ProcessId) ?? []);
        Assert.Equal(0, await host.InterruptAsync(Token));
        Assert.DoesNotContain("fail: Telematics", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", host.Output, StringComparison.Ordinal);
    }

    /// <summary>Half of the time; answers what is there when everybody has gone.</summary>
    private static async Task<HostFigures> ChurnAsync(HostProcess host, List<ChurningClient> clients)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stop.CancelAfter(Length / 2);
        await Task.WhenAll(clients.Select(client => client.RunAsync(stop.Token)));
        HostFigures? figures = null;
        await RunningGateway.EventuallyAsync(async () =>
        {
            figures = await HostFigures.ReadAsync(host, Token);
            return figures.NotZero(Gateway).Count == 0;
        });
        Assert.True(figures!.CountGauges(Gateway) > 6, "The gateway's gauges are not among the metrics.");
        return figures;
    }
}
