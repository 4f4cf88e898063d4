using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// The cluster whose servers tests kill: two name servers and a broker, for one test at a time; what that has killed and not
/// started again is started for the next one. It ends with the tests' process.
/// </summary>
internal sealed class KillableRocketMQ : IDisposable
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static PrivateRocketMQ? _shared;

    private KillableRocketMQ(PrivateRocketMQ servers) => Servers = servers;

    /// <summary>Its servers, all running at first.</summary>
    public PrivateRocketMQ Servers { get; }

    /// <summary>Waits for its turn; skips the test where there are no programs to start.</summary>
    public static async Task<KillableRocketMQ> RentAsync()
    {
        await Turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _shared ??= await PrivateRocketMQ.StartNewAsync(new PrivateRocketMQOptions { NameServers = 2 });
            foreach (var server in _shared.NameServers.Concat(_shared.Brokers).Where(server => !server.IsRunning))
            {
                await server.StartAsync();
            }

            await _shared.WaitForBrokersAsync();
            return new KillableRocketMQ(_shared);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    public void Dispose() => Turn.Release();
}
