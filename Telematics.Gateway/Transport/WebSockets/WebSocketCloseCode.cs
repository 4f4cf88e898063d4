namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>Why a WebSocket is closed, RFC 6455 §7.4.1.</summary>
internal enum WebSocketCloseCode : ushort
{
    /// <summary>It has done its work.</summary>
    Normal = 1_000,

    /// <summary>A frame that is not allowed.</summary>
    ProtocolError = 1_002,

    /// <summary>A text frame: MQTT takes binary ones only [MQTT-6.0.0-1].</summary>
    UnsupportedData = 1_003,
}
