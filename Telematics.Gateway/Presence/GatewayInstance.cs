using System.Security.Cryptography;
using System.Text;

namespace Telematics.Gateway.Presence;

/// <summary>Under which name this gateway is known: random at each start, and another when Commands has ended it.</summary>
internal sealed class GatewayInstance
{
    private volatile string _id = New();
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The name: <c>gw-</c> and twelve hexadecimal digits.</summary>
    public string Id => _id;

    /// <summary>Completes when the present name was ended by Commands.</summary>
    public Task Ended => Volatile.Read(ref _ended).Task;

    /// <summary>Whether UTF-8 is the present name.</summary>
    public bool IsCurrent(ReadOnlySpan<byte> utf8)
    {
        var id = _id;
        Span<byte> own = stackalloc byte[32];
        return utf8.SequenceEqual(own[..Encoding.UTF8.GetBytes(id, own)]);
    }

    /// <summary>An instance was ended.</summary>
    public void OnEnded(ReadOnlySpan<byte> instance)
    {
        if (IsCurrent(instance))
        {
            Volatile.Read(ref _ended).TrySetResult();
        }
    }

    /// <summary>Takes a new name.</summary>
    public string Renew()
    {
        _id = New();
        Volatile.Write(ref _ended, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _id;
    }

    private static string New() => $"gw-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
}
