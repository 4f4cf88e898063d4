namespace Telematics.Mqtt.Sockets;

/// <summary>What an epoll event is about: a slot or a closing socket with its generation, the listener, or the wake-up.</summary>
internal static class SocketToken
{
    /// <summary>The loop was woken.</summary>
    public const ulong Wake = ulong.MaxValue;

    /// <summary>Connections wait to be accepted.</summary>
    public const ulong Listener = ulong.MaxValue - 1;

    private const ulong ClosingBit = 1UL << 63;
    private const int GenerationMask = 0x3FFF_FFFF;

    public static ulong ForSlot(int slot, int generation) => ((ulong)(uint)(generation & GenerationMask) << 32) | (uint)slot;

    public static ulong ForClosing(int index, int generation) => ClosingBit | ForSlot(index, generation);

    public static bool IsClosing(ulong token) => (token & ClosingBit) != 0;

    public static int IndexOf(ulong token) => (int)(uint)token;

    /// <summary>Whether the token was made for this generation.</summary>
    public static bool IsOf(ulong token, int generation) => ((int)(token >> 32) & GenerationMask) == (generation & GenerationMask);
}
