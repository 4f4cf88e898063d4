using System.Globalization;
using System.Security.Cryptography;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// Names of channels, unique for ever: random of this process, loop, slot and the slot's generation, in hexadecimal. It is
/// made when needed instead of kept with each connection, and leads back to the connection without a table.
/// </summary>
internal sealed class ChannelId
{
    private const int PrefixLength = 16;

    /// <summary>Room for any channel id.</summary>
    public const int MaxLength = 40;

    /// <summary>The random part.</summary>
    public string Prefix { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PrefixLength / 2));

    /// <summary>The name of a connection.</summary>
    public string Format(int loop, int slot, int generation) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{loop:x}-{slot:x}-{generation:x}");

    /// <summary>The name of a connection in UTF-8; answers its length.</summary>
    public int Format(Span<byte> destination, int loop, int slot, int generation)
    {
        System.Text.Unicode.Utf8.TryWrite(destination, CultureInfo.InvariantCulture, $"{Prefix}-{loop:x}-{slot:x}-{generation:x}", out var written);
        return written;
    }

    /// <summary>Reads a name of this process; false for any other.</summary>
    public bool TryParse(ReadOnlySpan<char> text, out int loop, out int slot, out int generation)
    {
        loop = slot = generation = 0;
        Span<Range> parts = stackalloc Range[5];
        return text.Split(parts, '-') == 4
            && text[parts[0]].SequenceEqual(Prefix)
            && TryParse(text[parts[1]], out loop)
            && TryParse(text[parts[2]], out slot)
            && TryParse(text[parts[3]], out generation);
    }

    private static bool TryParse(ReadOnlySpan<char> hex, out int value) =>
        int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0;
}
