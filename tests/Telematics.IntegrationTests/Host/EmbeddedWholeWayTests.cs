namespace Telematics.IntegrationTests.Host;

public sealed class EmbeddedWholeWayTests : WholeWaySuite
{
    private protected override ValueTask<HostProcess> CreateHostAsync(params string[] settings) => ValueTask.FromResult(new HostProcess(settings));
}
