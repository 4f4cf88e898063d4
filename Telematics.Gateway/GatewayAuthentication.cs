namespace Telematics.Gateway;

/// <summary>Who may connect.</summary>
public enum GatewayAuthentication
{
    /// <summary>Anybody on this machine; any client may use any vehicle's topics. Loopback only.</summary>
    None,

    /// <summary>A vehicle with its credential: client id = user name = vehicle id, and its own topics only.</summary>
    Credential,
}
