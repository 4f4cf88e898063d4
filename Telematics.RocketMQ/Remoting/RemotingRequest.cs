using System.Runtime.InteropServices;

namespace Telematics.RocketMQ.Remoting;

/// <summary>
/// A request; its owner may use it again when its answer or failure is there. Fields keep the order in which they were
/// added; the client signs them.
/// </summary>
internal sealed class RemotingRequest(RequestCode code)
{
    private readonly List<RemotingField> _fields = [];

    public RequestCode Code { get; } = code;

    /// <summary>The caller's memory: not to be touched until the answer or the failure is there.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    internal ReadOnlySpan<RemotingField> Fields => CollectionsMarshal.AsSpan(_fields);

    public RemotingRequest Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _fields.Add(new(name, value, 0));
        return this;
    }

    public RemotingRequest Add(string name, long value)
    {
        _fields.Add(new(name, null, value));
        return this;
    }

    public RemotingRequest Add(string name, bool value) => Add(name, value ? "true" : "false");

    /// <summary>Drops fields and body.</summary>
    public void Clear()
    {
        _fields.Clear();
        Body = default;
    }
}
