namespace Telematics.Gateway.Sessions;

/// <summary>
/// Owner of an append: class, loop, slot and generation in 62 bits. The classes are different owners, since only publishes
/// that nobody was told to be stored, and connect events, may be abandoned.
/// </summary>
internal readonly record struct AppendOwner(AppendClass Class, int Loop, int Slot, int Generation)
{
    /// <summary>Most loops and slots that an owner can name.</summary>
    public const int MaxLoops = 1 << 8;

    /// <inheritdoc cref="MaxLoops"/>
    public const int MaxSlots = 1 << 22;

    /// <summary>Reads an owner.</summary>
    public static AppendOwner FromInt64(long value) =>
        new((AppendClass)(value >> 60), (int)(value >> 52) & (MaxLoops - 1), (int)value & (MaxSlots - 1), (int)(value >> 22) & 0x3FFF_FFFF);

    /// <summary>As it travels in a token.</summary>
    public long ToInt64() => ((long)Class << 60) | ((long)Loop << 52) | ((long)Generation << 22) | (uint)Slot;
}

/// <summary>What was appended.</summary>
internal enum AppendClass : byte
{
    /// <summary>A QoS 1 publish; the item is its number in the <see cref="PubackWindow"/>.</summary>
    Publish,

    /// <summary>A QoS 0 publish: nobody sends it again, so it is never abandoned.</summary>
    UnacknowledgedPublish,

    /// <summary>A connect event.</summary>
    Connect,

    /// <summary>Something whose outcome concerns no connection; the item is a <see cref="SystemAppend"/>.</summary>
    System,
}

/// <summary>Appends of the loop itself.</summary>
internal enum SystemAppend : byte
{
    /// <summary>Disconnect, tcpclean or announcement.</summary>
    PresenceEvent,

    /// <summary>A will.</summary>
    Will,

    /// <summary>Receipts.</summary>
    Receipts,
}
