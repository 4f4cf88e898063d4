using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// RocketMQ's access control: HMAC-SHA1 with the user's secret over the values of all fields in the order of their names,
/// without anything between them, and the body. It covers neither code nor time, so it can be replayed: use TLS too.
/// </summary>
internal sealed class RequestSigner
{
    private const string AccessKeyField = "AccessKey";
    private const string SignatureField = "Signature";

    private readonly RemotingField _accessKey;
    private readonly byte[] _secret;
    private readonly ConcurrentQueue<IncrementalHash> _hashes = new();

    private RequestSigner(string accessKey, string secretKey)
    {
        _accessKey = new(AccessKeyField, accessKey, 0);
        _secret = Encoding.UTF8.GetBytes(secretKey);
    }

    /// <summary>Null where no user is configured.</summary>
    public static RequestSigner? FromOptions(RocketMQOptions options) =>
        options.AccessKey.Length == 0 ? null : new(options.AccessKey, options.SecretKey);

    /// <summary>Adds the user and the signature.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RocketMQ knows no other.")]
    public void Sign(List<RemotingField> fields, ReadOnlySpan<byte> body)
    {
        fields.Add(_accessKey);
        Span<int> order = stackalloc int[fields.Count];
        Sort(CollectionsMarshal.AsSpan(fields), order);
        if (!_hashes.TryDequeue(out var hash))
        {
            hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, _secret);
        }

        Span<byte> scratch = stackalloc byte[256];
        foreach (var index in order)
        {
            hash.AppendData(fields[index].Encode(scratch));
        }

        hash.AppendData(body);
        Span<byte> signature = stackalloc byte[HMACSHA1.HashSizeInBytes];
        hash.GetHashAndReset(signature);
        _hashes.Enqueue(hash);
        fields.Add(new(SignatureField, Convert.ToBase64String(signature), 0));
    }

    // By insertion: there are a dozen of them.
    private static void Sort(ReadOnlySpan<RemotingField> fields, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            var at = i;
            for (; at > 0 && string.CompareOrdinal(fields[order[at - 1]].Name, fields[i].Name) > 0; at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = i;
        }
    }
}
