namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>What a frame is, RFC 6455 §5.2.</summary>
internal enum WebSocketOpcode : byte
{
    /// <summary>The next part of a message.</summary>
    Continuation = 0,

    /// <summary>A text message, or its first part.</summary>
    Text = 1,

    /// <summary>A binary message, or its first part.</summary>
    Binary = 2,

    /// <summary>The end.</summary>
    Close = 8,

    /// <summary>To be answered with <see cref="Pong"/>.</summary>
    Ping = 9,

    /// <summary>An answer, or a sign of life.</summary>
    Pong = 10,
}
