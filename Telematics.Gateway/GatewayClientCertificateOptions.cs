namespace Telematics.Gateway;

/// <summary>Mutual TLS: a car's certificate, signed by one of the given authorities, stands for its secret.</summary>
public sealed class GatewayClientCertificateOptions
{
    /// <summary>Whether clients are asked for one.</summary>
    public ClientCertificateUse Mode { get; set; }

    /// <summary>PEM file with the root certificates, and intermediate ones if cars do not send them, that are trusted for this and nothing else.</summary>
    public string? AuthoritiesPath { get; set; }

    /// <summary>Where the vehicle id stands in a certificate.</summary>
    public ClientCertificateField VehicleId { get; set; }
}
