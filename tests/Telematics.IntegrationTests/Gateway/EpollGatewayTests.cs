using Telematics.Gateway;

namespace Telematics.IntegrationTests.Gateway;

/// <inheritdoc/>
public sealed class EpollGatewayTests : GatewaySuite
{
    private protected override GatewayTransport Transport => GatewayTransport.Epoll;
}
