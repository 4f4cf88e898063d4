namespace Telematics.Storage.Postgres;

/// <summary>
/// <c>jsonb</c> refuses the escapes of U+0000 and of half a surrogate pair, which JSON itself allows (RFC 8259, section
/// 8.2): they become U+FFFD, which is as long.
/// </summary>
internal static class JsonbText
{
    private const int EscapeLength = 6;

    /// <summary>Replaces them in place.</summary>
    public static void Clean(Span<byte> utf8)
    {
        for (var i = utf8.IndexOf((byte)'\\'); i >= 0 && i < utf8.Length - 1;)
        {
            i += utf8[i + 1] == 'u' ? CleanEscape(utf8[i..]) : 2;
            var next = utf8[i..].IndexOf((byte)'\\');
            i = next < 0 ? -1 : i + next;
        }
    }

    /// <returns>The length of what was looked at.</returns>
    private static int CleanEscape(Span<byte> escape)
    {
        var unit = Unit(escape);
        if (char.IsHighSurrogate(unit) && escape.Length >= 2 * EscapeLength && escape[EscapeLength] == '\\' && escape[EscapeLength + 1] == 'u'
            && char.IsLowSurrogate(Unit(escape[EscapeLength..])))
        {
            return 2 * EscapeLength;
        }

        if (unit == 0 || char.IsSurrogate(unit))
        {
            "\\ufffd"u8.CopyTo(escape);
        }

        return EscapeLength;
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        escape.Length >= EscapeLength && ushort.TryParse(escape[2..EscapeLength], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var unit) ? (char)unit : 'x';
}
