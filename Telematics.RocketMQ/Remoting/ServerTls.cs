using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Whom we trust, and who we are, when a connection uses TLS.</summary>
internal sealed class ServerTls
{
    private readonly X509Certificate2Collection _trusted = [];
    private readonly X509Certificate2Collection _own = [];
    private readonly bool _acceptAny;

    private ServerTls(RocketMQTlsOptions options)
    {
        _acceptAny = options.AcceptAnyCertificate;
        if (options.TrustedCertificates.Length > 0)
        {
            Load(nameof(options.TrustedCertificates), options.TrustedCertificates, _trusted.ImportFromPemFile);
            if (_trusted.Count == 0)
            {
                throw new MessageLogException($"{RocketMQOptions.SectionName}:Tls:{nameof(options.TrustedCertificates)}: '{options.TrustedCertificates}' holds no certificate.");
            }
        }

        if (options.ClientCertificate.Length > 0)
        {
            Load(nameof(options.ClientCertificate), options.ClientCertificate, path => _own.Add(X509Certificate2.CreateFromPemFile(path)));
        }
    }

    /// <summary>Null where TLS is off.</summary>
    /// <exception cref="MessageLogException">A file cannot be used; the text names the setting and the file.</exception>
    public static ServerTls? FromOptions(RocketMQTlsOptions options) => options.Enabled ? new(options) : null;

    public SslClientAuthenticationOptions ForHost(string host) => new()
    {
        TargetHost = host,
        ClientCertificates = _own,
        RemoteCertificateValidationCallback = (_, certificate, sent, errors) => errors == SslPolicyErrors.None || _acceptAny || IsTrusted(certificate as X509Certificate2, sent, errors),
    };

    private bool IsTrusted(X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is null || _trusted.Count == 0)
        {
            return false;
        }

        // One that is listed itself is as good as its name: brokers are found by address, and few certificates name one.
        if (_trusted.Any(trusted => trusted.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)))
        {
            return true;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore); // the authorities between, which a server sends along
        }

        return errors == SslPolicyErrors.RemoteCertificateChainErrors && chain.Build(certificate);
    }

    private static void Load(string setting, string path, Action<string> load)
    {
        try
        {
            load(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MessageLogException($"{RocketMQOptions.SectionName}:Tls:{setting}: '{path}' cannot be used: {fault.Message}", fault);
        }
    }
}
