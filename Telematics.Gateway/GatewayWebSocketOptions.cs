namespace Telematics.Gateway;

/// <summary>MQTT over WebSocket, on ports of its own: what listens there speaks nothing else, so it may be reachable where the API is not.</summary>
public sealed class GatewayWebSocketOptions
{
    /// <summary>Port of <c>ws</c>; 0 takes a free one, -1 switches it off.</summary>
    public int Port { get; set; } = -1;

    /// <summary>Port of <c>wss</c>, with the certificate of <see cref="GatewayOptions.Tls"/>; 0 takes a free one, -1 switches it off.</summary>
    public int TlsPort { get; set; } = -1;

    /// <summary>The path of the WebSocket's URL.</summary>
    public string Path { get; set; } = "/mqtt";

    /// <summary>Origins of the web pages that may connect (<c>https://fleet.example</c>), separated by commas, or <c>*</c>; absent: no web page, only programs, which send none.</summary>
    public string? Origins { get; set; }
}
