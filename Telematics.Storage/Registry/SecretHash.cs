using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Telematics.Storage.Registry;

/// <summary>The 32 bytes of a SHA-256, kept without an array.</summary>
[System.Runtime.CompilerServices.InlineArray(Length)]
internal struct SecretHash
{
    private const int Length = 32;

    private byte _first;

    /// <summary>Copies a hash of that length.</summary>
    public static SecretHash Of(ReadOnlySpan<byte> bytes)
    {
        SecretHash hash = default;
        bytes.CopyTo(hash);
        return hash;
    }

    /// <summary>Compares in constant time.</summary>
    public readonly bool IsSame(ReadOnlySpan<byte> other) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.CreateReadOnlySpan(in _first, Length), other);
}
