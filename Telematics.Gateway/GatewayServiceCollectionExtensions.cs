using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telematics.Gateway.Transport;

namespace Telematics.Gateway;

/// <summary>Adds the gateway role.</summary>
public static class GatewayServiceCollectionExtensions
{
    /// <summary>
    /// Adds the gateway. It needs an <see cref="Messaging.IMessageLog"/>, with credentials also an
    /// <see cref="Contracts.Credentials.ICredentialVerifier"/>, and its listeners:
    /// <see cref="GatewayKestrelExtensions.ListenMqtt"/>.
    /// </summary>
    public static IServiceCollection AddTelematicsGateway(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<GatewayOptions, GatewayOptionsValidator>().BindConfiguration(GatewayOptions.SectionName);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, GatewayExposureValidator>());
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.TryAddSingleton(static provider => new GatewayStatistics(provider.GetRequiredService<GatewayMetrics>()));
        services.TryAddSingleton<GatewayServer>();
        services.AddHostedService<GatewayService>();

        services.AddOptions<SocketTransportOptions>().Configure<IOptions<GatewayOptions>>(static (transport, gateway) =>
        {
            // What a connection that is not read may pile up in the transport's pipe; 1 MiB, the default, is for HTTP uploads.
            transport.MaxReadBufferSize = 131_072;
            transport.CreateBoundListenSocket = endpoint => ListenSocket.Create(endpoint, gateway.Value);
        });
        return services;
    }
}
