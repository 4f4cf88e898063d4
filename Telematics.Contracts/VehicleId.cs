using System.Buffers;

namespace Telematics.Contracts;

/// <summary>The rule for vehicle ids: <c>[A-Za-z0-9_.:@-]{1,64}</c>, case-sensitive.</summary>
public static class VehicleId
{
    /// <summary>Longest id, in characters.</summary>
    public const int MaxLength = 64;

    private const string Allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@-";
    private static readonly SearchValues<byte> AllowedBytes = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(Allowed));
    private static readonly SearchValues<char> AllowedChars = SearchValues.Create(Allowed);

    /// <summary>Whether a text in UTF-8 is a vehicle id.</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8) =>
        utf8.Length is > 0 and <= MaxLength && !utf8.ContainsAnyExcept(AllowedBytes);

    /// <summary>Whether a text is a vehicle id.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(AllowedChars);
}
