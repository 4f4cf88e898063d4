namespace Telematics.Gateway;

/// <summary>MQTT over TLS. The certificate is given here, in Kestrel's own words, or as <c>Kestrel:Certificates:Default</c>.</summary>
public sealed class GatewayTlsOptions
{
    /// <summary>Port; 0 takes a free one.</summary>
    public int Port { get; set; } = 8883;

    /// <summary>The server's certificate.</summary>
    public GatewayCertificateOptions Certificate { get; set; } = new();

    /// <summary>Certificates of cars in the place of their secrets.</summary>
    public GatewayClientCertificateOptions ClientCertificate { get; set; } = new();
}
