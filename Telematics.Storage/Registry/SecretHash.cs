using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Telematics.Storage.Registry;

/// <summary>The 32 bytes of a SHA-256, kept without an array.</summary>
[System.Runtime.CompilerServices.InlineArray(Length)]
internal struct SecretHash
{
    public const int Length = 32;

    private byte _first;

    /// <summary>Copies a hash; false when it has another length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SecretHash hash)
    {
        hash = default;
        return bytes.Length == Length && bytes.TryCopyTo(hash);
    }

    /// <summary>Compares in constant time.</summary>
    public readonly bool IsSame(ReadOnlySpan<byte> other) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.CreateReadOnlySpan(in _first, Length), other);
}
