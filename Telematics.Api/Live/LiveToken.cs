using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Telematics.Api.Live;

/// <summary>The opaque text by which a stream resumes: version, the log, and the positions as variable-length numbers, in base64url.</summary>
internal static class LiveToken
{
    /// <summary>Longest text that is looked at.</summary>
    public const int MaxLength = 4_096;

    private const byte Version = 1;
    private const int LogHashLength = 8;

    /// <summary>Writes positions of a log.</summary>
    public static string Create(string logIdentity, LivePositions positions)
    {
        var bytes = new List<byte> { Version };
        bytes.AddRange(HashLog(logIdentity));
        Write(bytes, positions.Registry);
        Write(bytes, positions.Telemetry);
        Write(bytes, positions.Events);
        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads a token; false when the text is none.</summary>
    public static bool TryParse(string? token, out LivePositions positions, out ulong logHash)
    {
        positions = new LivePositions([], [], 0);
        logHash = 0;
        if (string.IsNullOrEmpty(token) || token.Length > MaxLength || !Base64Url.IsValid(token))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < 1 + LogHashLength || bytes[0] != Version)
        {
            return false;
        }

        logHash = BinaryPrimitives.ReadUInt64LittleEndian(bytes[1..]);
        bytes = bytes[(1 + LogHashLength)..];
        if (!TryRead(ref bytes, out long registry) || !TryRead(ref bytes, out long[] telemetry) || !TryRead(ref bytes, out long[] events) || !bytes.IsEmpty)
        {
            return false;
        }

        positions = new LivePositions(telemetry, events, registry);
        return true;
    }

    /// <summary>Whether a token's log is this one.</summary>
    public static bool IsOfLog(ulong logHash, string logIdentity) => logHash == BinaryPrimitives.ReadUInt64LittleEndian(HashLog(logIdentity));

    private static byte[] HashLog(string logIdentity) => SHA256.HashData(Encoding.UTF8.GetBytes(logIdentity))[..LogHashLength];

    private static void Write(List<byte> bytes, long[] values)
    {
        Write(bytes, values.Length);
        foreach (var value in values)
        {
            Write(bytes, value);
        }
    }

    private static void Write(List<byte> bytes, long value)
    {
        var rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        bytes.Add((byte)rest);
    }

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, out long[] values)
    {
        values = [];
        if (!TryRead(ref bytes, out long count) || count < 0 || count > bytes.Length)
        {
            return false;
        }

        values = new long[count];
        for (var i = 0; i < values.Length; i++)
        {
            if (!TryRead(ref bytes, out values[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, out long value)
    {
        value = 0;
        for (var (i, shift) = (0, 0); i < bytes.Length && shift < 64; i++, shift += 7)
        {
            value |= (long)(bytes[i] & 0x7F) << shift;
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value >= 0;
            }
        }

        return false;
    }
}
