using Telematics.Messaging;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// The properties of a stored record, with RocketMQ's own told apart from the user's. One walk: what our producer wrote has the
/// user's first, so that they are one stretch; a foreign record's lie anywhere (single sends are stored in hash order).
/// </summary>
internal ref struct RecordProperties
{
    private const byte NameEnd = 0x01;
    private const byte ValueEnd = 0x02;

    /// <summary>The value of KEYS; empty when absent.</summary>
    public ReadOnlySpan<byte> Keys { get; private set; }

    /// <summary>The value of TAGS; empty when absent.</summary>
    public ReadOnlySpan<byte> Tag { get; private set; }

    /// <summary>The value of UNIQ_KEY; empty when absent. A foreign one may be of any form.</summary>
    public ReadOnlySpan<byte> UniqueKey { get; private set; }

    /// <summary>Bytes that the user's properties take.</summary>
    public int UserLength { get; private set; }

    /// <summary>Bytes of the user's properties that come before the first of RocketMQ's own: all of them in what we wrote.</summary>
    private int LeadingUserLength { get; set; }

    private ReadOnlySpan<byte> Mark { get; set; }

    private ReadOnlySpan<byte> Encoded { get; set; }

    /// <summary>Walks the text.</summary>
    public static RecordProperties Read(ReadOnlySpan<byte> encoded)
    {
        var result = new RecordProperties { Encoded = encoded };
        var leading = true;
        foreach (var property in new MessageProperties(encoded))
        {
            if (result.TakeOwn(property))
            {
                leading = false;
                continue;
            }

            var size = MessagePropertiesWriter.SizeOf(property.Name.Length, property.Value.Length);
            result.UserLength += size;
            if (leading)
            {
                result.LeadingUserLength += size;
            }
        }

        return result;
    }

    /// <summary>
    /// The producer's instance and number, when the message carries our mark for its queue and an identifier of the form that goes with it.
    /// </summary>
    /// <param name="mark">The <see cref="QueueMark"/> of the queue that it is read from.</param>
    /// <param name="instance">Gets the instance, <see cref="UniqueKey.InstanceLength"/> bytes.</param>
    /// <param name="number">The number.</param>
    public readonly bool TryGetNumber(ReadOnlySpan<byte> mark, Span<byte> instance, out long number)
    {
        number = 0;
        return Mark.SequenceEqual(mark) && Records.UniqueKey.TryParse(UniqueKey, instance, out number);
    }

    /// <summary>Copies the user's properties; <paramref name="destination"/> has at least <see cref="UserLength"/> bytes.</summary>
    public readonly void CopyUserTo(Span<byte> destination)
    {
        if (LeadingUserLength == UserLength && UserLength <= Encoded.Length)
        {
            Encoded[..UserLength].CopyTo(destination);
            return;
        }

        // By hand: a foreign value may hold what our own writer refuses.
        var length = 0;
        foreach (var property in new MessageProperties(Encoded))
        {
            if (!SystemProperties.Contains(property.Name))
            {
                property.Name.CopyTo(destination[length..]);
                length += property.Name.Length;
                destination[length++] = NameEnd;
                property.Value.CopyTo(destination[length..]);
                length += property.Value.Length;
                destination[length++] = ValueEnd;
            }
        }
    }

    private bool TakeOwn(MessageProperties.Property property)
    {
        var name = property.Name;
        if (name.SequenceEqual("KEYS"u8))
        {
            Keys = property.Value;
            return true;
        }

        if (name.SequenceEqual("TAGS"u8))
        {
            Tag = property.Value;
            return true;
        }

        if (name.SequenceEqual("UNIQ_KEY"u8))
        {
            UniqueKey = property.Value;
            return true;
        }

        if (name.SequenceEqual("TMNO"u8))
        {
            Mark = property.Value;
            return true;
        }

        return SystemProperties.Contains(name);
    }
}
