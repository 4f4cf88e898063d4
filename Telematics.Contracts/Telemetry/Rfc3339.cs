namespace Telematics.Contracts.Telemetry;

/// <summary>Times of RFC 3339 §5.6, <c>2026-11-24T15:04:05.123456Z</c> or with an offset such as <c>+08:00</c>.</summary>
internal static class Rfc3339
{
    /// <summary>Longest text that <see cref="Format"/> writes.</summary>
    public const int MaxLength = 27;

    private const int SecondsPart = 19;

    /// <summary>Reads a time in microseconds since 1970-01-01 UTC; what is finer is cut off.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < SecondsPart + 1
            || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' || text[13] != ':' || text[16] != ':'
            || !TryNumber(text[..4], out var year) || !TryNumber(text[5..7], out var month) || !TryNumber(text[8..10], out var day)
            || !TryNumber(text[11..13], out var hour) || !TryNumber(text[14..16], out var minute) || !TryNumber(text[17..19], out var second)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        var rest = text[SecondsPart..];
        long fraction = 0;
        if (rest[0] == '.')
        {
            var digits = 0;
            for (rest = rest[1..]; rest.Length > 0 && char.IsAsciiDigit((char)rest[0]); rest = rest[1..])
            {
                if (digits++ < 6)
                {
                    fraction = (fraction * 10) + rest[0] - '0';
                }
            }

            if (digits == 0)
            {
                return false;
            }

            for (; digits < 6; digits++)
            {
                fraction *= 10;
            }
        }

        if (!TryOffset(rest, out var offsetMinutes))
        {
            return false;
        }

        // A leap second (60) is the first moment of the next minute, as on clocks that step.
        microseconds = UnixTime.ToMicroseconds(new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Utc))
            + ((second - (offsetMinutes * 60L)) * UnixTime.MicrosecondsPerSecond) + fraction;
        return IsInRange(microseconds);
    }

    /// <summary>Whether a time lies in the years 1 to 9999, which all our stores can hold.</summary>
    public static bool IsInRange(long microseconds) => microseconds is >= MinTime and <= MaxTime;

    private const long MinTime = -62_135_596_800_000_000;
    private const long MaxTime = 253_402_300_799_999_999;

    /// <summary>Writes a time with as many groups of three decimals as it needs, and <c>Z</c>.</summary>
    public static int Format(long microseconds, Span<byte> target)
    {
        var time = UnixTime.ToDateTime(microseconds);
        var format = (microseconds % UnixTime.MicrosecondsPerSecond, microseconds % UnixTime.MicrosecondsPerMillisecond) switch
        {
            (0, _) => "yyyy-MM-dd'T'HH:mm:ss'Z'",
            (_, 0) => "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
            _ => "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
        };
        time.TryFormat(target, out var written, format, System.Globalization.CultureInfo.InvariantCulture);
        return written;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
        {
            return (text[0] | 0x20) == 'z';
        }

        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !TryNumber(text[1..3], out var hour) || !TryNumber(text[4..6], out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = (value * 10) + digit - '0';
        }

        return true;
    }
}
