using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Telematics.Api.Problems;

namespace Telematics.Api.Parameters;

/// <summary>
/// Opaque cursors: where a list goes on, bound to the list and its filter. The check value is no secret (a caller may
/// read the whole list anyway); it notices a cursor that was cut, edited, or belongs to another filter.
/// </summary>
internal static class Cursor
{
    /// <summary>Longest cursor, in characters.</summary>
    public const int MaxLength = 400;

    private const int CheckLength = 9;

    /// <summary>A cursor for the position behind the last item.</summary>
    /// <param name="filter">List and filter, each part in an unambiguous form.</param>
    /// <param name="position">Up to 250 bytes of UTF-8.</param>
    public static string Create(string filter, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        var bytes = new byte[CheckLength + text.Length];
        ComputeCheck(filter, text, bytes);
        text.CopyTo(bytes, CheckLength);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The position in a cursor of this filter; a problem for any other text.</summary>
    public static ProblemResult? TryRead(string? cursor, string filter, out string? position)
    {
        position = null;
        if (cursor is null)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Base64Url.GetMaxDecodedLength(MaxLength)];
        if (cursor.Length <= MaxLength
            && Base64Url.IsValid(cursor)
            && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            && length > CheckLength)
        {
            var text = Encoding.UTF8.GetString(bytes[CheckLength..length]);

            // Compared as a whole, since base64 has several spellings of the same bytes.
            if (Create(filter, text).Equals(cursor, StringComparison.Ordinal))
            {
                position = text;
                return null;
            }
        }

        return Invalid(cursor);
    }

    /// <summary>The refusal of a cursor.</summary>
    public static ProblemResult Invalid(string cursor) =>
        ProblemResult.For(ProblemTypes.InvalidCursor, "cursor", "an unchanged nextCursor of the same list with the same parameters", cursor);

    private static void ComputeCheck(string filter, ReadOnlySpan<byte> position, Span<byte> check)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(filter));
        hash.AppendData([0]);
        hash.AppendData(position);
        Span<byte> full = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(full);
        full[..CheckLength].CopyTo(check);
    }
}
