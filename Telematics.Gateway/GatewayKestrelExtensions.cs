using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Gateway.Transport;

namespace Telematics.Gateway;

/// <summary>The gateway's listeners in Kestrel.</summary>
public static class GatewayKestrelExtensions
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";

    /// <summary>
    /// Listens for MQTT as <see cref="GatewayOptions"/> say: TLS when there is a certificate for it, and plain on
    /// <see cref="GatewayOptions.Port"/> where the gateway has no event loop of its own for it.
    /// </summary>
    /// <exception cref="StartupException">The certificate cannot be loaded.</exception>
    public static KestrelServerOptions ListenMqtt(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        var services = kestrel.ApplicationServices;
        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger<GatewayServer>();
        options.TryGetAddress(out var address); // validated
        if (options.Port >= 0 && !PlainTransport.Choose(options).IsEpoll)
        {
            kestrel.Listen(address, options.Port, static listen => listen.UseConnectionHandler<MqttConnectionHandler>());
            logger.Listening(new IPEndPoint(address, options.Port).ToString(), "mqtt");
        }

        var certificate = LoadCertificate(options.Tls.Certificate);
        var hasDefault = services.GetRequiredService<IConfiguration>().GetSection(DefaultCertificate).GetChildren().Any();
        if (certificate is not null || hasDefault)
        {
            kestrel.Listen(address, options.Tls.Port, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
                else
                {
                    listen.UseHttps();
                }

                listen.UseConnectionHandler<MqttConnectionHandler>();
            });
            logger.Listening(new IPEndPoint(address, options.Tls.Port).ToString(), "mqtts");
        }

        return kestrel;
    }

    private static X509Certificate2? LoadCertificate(GatewayCertificateOptions options)
    {
        if (string.IsNullOrEmpty(options.Path))
        {
            return null;
        }

        try
        {
            if (string.IsNullOrEmpty(options.KeyPath))
            {
                return X509CertificateLoader.LoadPkcs12FromFile(options.Path, options.Password);
            }

            return string.IsNullOrEmpty(options.Password)
                ? X509Certificate2.CreateFromPemFile(options.Path, options.KeyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(options.Path, options.Password, options.KeyPath);
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{GatewayOptions.SectionName}:Tls:Certificate:Path '{options.Path}' cannot be loaded: {exception.Message}", exception);
        }
    }
}
