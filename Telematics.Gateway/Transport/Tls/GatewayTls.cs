using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Telematics.Contracts;

namespace Telematics.Gateway.Transport.Tls;

/// <summary>TLS of the gateway's listeners: its certificate, and what is asked of clients.</summary>
internal sealed class GatewayTls
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2? _certificate;
    private readonly GatewayClientCertificateOptions _client;
    private readonly X509ChainPolicy? _clientPolicy;

    private GatewayTls(X509Certificate2? certificate, GatewayClientCertificateOptions client, X509ChainPolicy? clientPolicy)
    {
        _certificate = certificate;
        _client = client;
        _clientPolicy = clientPolicy;
    }

    /// <summary>Whether Kestrel's configuration has a certificate for everything that names none.</summary>
    public static bool HasDefaultCertificate(IConfiguration configuration) => configuration.GetSection(DefaultCertificate).GetChildren().Any();

    /// <summary>Loads what the options name; null when there is no certificate, and so no TLS.</summary>
    /// <exception cref="StartupException">A file cannot be loaded.</exception>
    public static GatewayTls? Load(GatewayTlsOptions options, IConfiguration configuration)
    {
        var certificate = LoadCertificate(options.Certificate);
        return certificate is null && !HasDefaultCertificate(configuration)
            ? null
            : new GatewayTls(certificate, options.ClientCertificate, LoadClientPolicy(options.ClientCertificate));
    }

    /// <summary>Makes a listener speak TLS.</summary>
    public void Use(ListenOptions listen)
    {
        listen.UseHttps(https =>
        {
            if (_certificate is not null)
            {
                https.ServerCertificate = _certificate;
            }

            https.ClientCertificateMode = _client.Mode switch
            {
                ClientCertificateUse.Required => ClientCertificateMode.RequireCertificate,
                ClientCertificateUse.Allowed => ClientCertificateMode.AllowCertificate,
                _ => ClientCertificateMode.NoCertificate,
            };
            https.HandshakeTimeout = TimeSpan.FromHours(1); // PendingHandshake's deadline is sooner; Kestrel takes no infinite one
            https.OnAuthenticate = (_, authentication) =>
            {
                // Kestrel would offer HTTP only, and refuse a client that asks for "mqtt".
                authentication.ApplicationProtocols = null;

                // A copy: each handshake adds the client's intermediate certificates to its own.
                authentication.CertificateChainPolicy = _clientPolicy?.Clone();
            };
        });
        if (_clientPolicy is not null)
        {
            listen.Use(next => connection =>
            {
                if (connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate)
                {
                    connection.Features.Set(CertifiedVehicle.Of(certificate, _client.VehicleId));
                }

                return next(connection);
            });
        }
    }

    private static X509ChainPolicy? LoadClientPolicy(GatewayClientCertificateOptions options)
    {
        if (options.Mode == ClientCertificateUse.None)
        {
            return null;
        }

        // Revocation is the registry's: a revoked credential or a deleted vehicle is refused, and put out at once.
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        Load($"{GatewayOptions.SectionName}:Tls:ClientCertificate:AuthoritiesPath", options.AuthoritiesPath!, path =>
        {
            policy.CustomTrustStore.ImportFromPemFile(path);
            return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("it has no certificate.");
        });
        return policy;
    }

    private static X509Certificate2? LoadCertificate(GatewayCertificateOptions options)
    {
        if (string.IsNullOrEmpty(options.Path))
        {
            return null;
        }

        return Load($"{GatewayOptions.SectionName}:Tls:Certificate:Path", options.Path, path =>
        {
            if (string.IsNullOrEmpty(options.KeyPath))
            {
                return X509CertificateLoader.LoadPkcs12FromFile(path, options.Password);
            }

            return string.IsNullOrEmpty(options.Password)
                ? X509Certificate2.CreateFromPemFile(path, options.KeyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(path, options.Password, options.KeyPath);
        });
    }

    private static T Load<T>(string option, string path, Func<string, T> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{option} '{path}' cannot be loaded: {exception.Message}", exception);
        }
    }
}
