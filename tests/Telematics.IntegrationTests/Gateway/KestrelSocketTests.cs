using Telematics.Gateway;

namespace Telematics.IntegrationTests.Gateway;

/// <inheritdoc/>
public sealed class KestrelSocketTests : SocketSuite
{
    private protected override GatewayTransport Transport => GatewayTransport.Kestrel;
}
