using Telematics.Gateway;

namespace Telematics.IntegrationTests.Gateway;

/// <inheritdoc/>
public sealed class EpollSocketTests : SocketSuite
{
    private protected override GatewayTransport Transport => GatewayTransport.Epoll;
}
