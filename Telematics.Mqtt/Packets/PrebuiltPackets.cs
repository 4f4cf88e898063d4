namespace Telematics.Mqtt.Packets;

/// <summary>Packets that are always the same bytes.</summary>
public static class PrebuiltPackets
{
    /// <summary>PINGREQ, §3.12.</summary>
    public static ReadOnlySpan<byte> Pingreq => [0xC0, 0x00];

    /// <summary>PINGRESP, §3.13.</summary>
    public static ReadOnlySpan<byte> Pingresp => [0xD0, 0x00];

    /// <summary>DISCONNECT without properties: of a 3.1.1 client, or "normal disconnection" in 5.0, §3.14.</summary>
    public static ReadOnlySpan<byte> Disconnect => [0xE0, 0x00];
}
