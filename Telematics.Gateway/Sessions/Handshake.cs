namespace Telematics.Gateway.Sessions;

/// <summary>What a CONNECT asked for, from its arrival to CONNACK.</summary>
internal sealed class Handshake
{
    public required bool CleanStart { get; init; }

    /// <summary>Effective, in seconds.</summary>
    public required uint SessionExpiry { get; init; }

    /// <summary>Whether the effective expiry is another than the client asked for.</summary>
    public required bool IsExpiryChanged { get; init; }

    public required bool IsKeepAliveChanged { get; init; }

    public required bool IsClientIdAssigned { get; init; }

    public required bool IsVehicle { get; init; }

    public Will? Will { get; init; }

    /// <summary>Whether the server had kept the session.</summary>
    public bool SessionPresent { get; set; }
}
