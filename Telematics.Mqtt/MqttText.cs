using System.Text.Unicode;

namespace Telematics.Mqtt;

/// <summary>UTF-8 Encoded Strings, MQTT 5.0 §1.5.4.</summary>
public static class MqttText
{
    /// <summary>Longest string in bytes.</summary>
    public const int MaximumLength = ushort.MaxValue;

    /// <summary>
    /// Whether bytes are well-formed UTF-8 without surrogates [MQTT-1.5.4-1] and without U+0000 [MQTT-1.5.4-2], and
    /// short enough.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> utf8) =>
        utf8.Length <= MaximumLength && !utf8.Contains((byte)0) && Utf8.IsValid(utf8);

    /// <summary>
    /// Whether well-formed UTF-8 has control characters, U+0001 to U+001F and U+007F to U+009F: legal in MQTT, and
    /// §1.5.4 allows a receiver to refuse them.
    /// </summary>
    public static bool ContainsControlCharacters(ReadOnlySpan<byte> utf8)
    {
        if (utf8.ContainsAnyInRange((byte)0x00, (byte)0x1F) || utf8.Contains((byte)0x7F))
        {
            return true;
        }

        // U+0080 to U+009F are 0xC2 0x80 to 0xC2 0x9F.
        for (int at; (at = utf8.IndexOf((byte)0xC2)) >= 0 && at + 1 < utf8.Length; utf8 = utf8[(at + 2)..])
        {
            if (utf8[at + 1] is >= 0x80 and <= 0x9F)
            {
                return true;
            }
        }

        return false;
    }
}
