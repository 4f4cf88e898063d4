namespace Telematics.Mqtt.Packets;

/// <summary>PINGREQ (§3.12) and PINGRESP (§3.13); their bytes are in <see cref="PrebuiltPackets"/>.</summary>
public static class PingPacket
{
    /// <summary>Checks a body, which must be empty.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out MqttError error)
    {
        error = body.IsEmpty ? default : MqttError.Malformed($"PINGREQ or PINGRESP with {body.Length} bytes behind the fixed header (§3.12.1)");
        return body.IsEmpty;
    }
}
