using Telematics.Gateway;

namespace Telematics.IntegrationTests.Gateway;

/// <inheritdoc/>
public sealed class KestrelGatewayTests : GatewaySuite
{
    private protected override GatewayTransport Transport => GatewayTransport.Kestrel;
}
