namespace Telematics.IntegrationTests.Host;

public sealed class EmbeddedBroadcastTests : BroadcastSuite
{
    private protected override ValueTask<HostProcess> CreateHostAsync(params string[] settings) => ValueTask.FromResult(new HostProcess(settings));
}
