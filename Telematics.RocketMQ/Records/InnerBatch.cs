using System.Buffers.Binary;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// Walks the messages of a body in the layout of a batch send (topics of batch queues are stored so):
/// <c>int32 total | int32 magic | int32 crc | int32 flag | int32 n, body | int16 n, properties</c>.
/// </summary>
internal ref struct InnerBatch(ReadOnlySpan<byte> body)
{
    private const int BodyLengthStart = 16;
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>The body of the message at which the walk stands.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Its properties.</summary>
    public ReadOnlySpan<byte> Properties { get; private set; }

    /// <summary>The user's flag.</summary>
    public int Flag { get; private set; }

    /// <summary>What is wrong where the walk ended, or null when it is at the end.</summary>
    public string? Fault { get; private set; }

    /// <summary>Goes to the next message; false at the end or at a fault.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var total = _rest.Length < BodyLengthStart + 4 ? 0 : BinaryPrimitives.ReadInt32BigEndian(_rest);
        if (total < BodyLengthStart + 6 || total > _rest.Length)
        {
            return Fail(total);
        }

        var bodyLength = BinaryPrimitives.ReadInt32BigEndian(_rest[BodyLengthStart..]);
        if (bodyLength < 0 || bodyLength > total - BodyLengthStart - 6)
        {
            return Fail(total);
        }

        var afterBody = BodyLengthStart + 4 + bodyLength;
        var propertiesLength = BinaryPrimitives.ReadUInt16BigEndian(_rest[afterBody..]);
        if (propertiesLength != total - afterBody - 2)
        {
            return Fail(total);
        }

        Flag = BinaryPrimitives.ReadInt32BigEndian(_rest[12..]);
        Body = _rest.Slice(BodyLengthStart + 4, bodyLength);
        Properties = _rest.Slice(afterBody + 2, propertiesLength);
        _rest = _rest[total..];
        return true;
    }

    private bool Fail(int total)
    {
        Fault = $"a message of {total} B in its inner batch does not fit into the {_rest.Length} B left there";
        return false;
    }
}
