namespace Telematics.Mqtt.Sockets;

/// <summary>Settings of a <see cref="SocketLoop"/>.</summary>
public sealed record SocketLoopOptions
{
    /// <summary>Bytes taken from a socket at once, 4,096 or more. One buffer of this size and <see cref="MaxKeptBytes"/> serves all connections.</summary>
    public int ReadBytes { get; init; } = 65_536;

    /// <summary>Most bytes that the owner leaves unconsumed without being paused: the largest packet.</summary>
    public int MaxKeptBytes { get; init; } = 65_536 + 8;

    /// <summary>How long a closed connection may take for its last bytes before it is reset.</summary>
    public TimeSpan ClosePatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After how much silence the kernel asks whether an accepted peer is alive (TCP_KEEPIDLE), in whole seconds; zero never asks.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long sent bytes may stay unacknowledged before an accepted peer counts as gone (TCP_USER_TIMEOUT, RFC 5482); zero leaves it to the system.</summary>
    public TimeSpan UserTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
