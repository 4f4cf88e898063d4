using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Telematics.Storage.Registry;

/// <summary>Secrets of 256 random bits: what is so long needs no slow hash, and a log-in costs microseconds.</summary>
internal static class Secrets
{
    private const int Length = 32;

    /// <summary>A new secret, in base64url (43 characters).</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length));

    /// <summary>What is stored of it: SHA-256 of the text.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
