using System.Buffers.Binary;
using System.Text;
using Telematics.Messaging;

namespace Telematics.RocketMQ.Records;

/// <summary>
/// One member of the body of SEND_BATCH_MESSAGE: <c>total 4 | magic 4 | crc 4 | flag 4 | body length 4, body | properties length 2,
/// properties</c>, big endian; magic and crc are not looked at by the broker. Of the properties the user's come first, then
/// <c>TAGS</c>, <c>KEYS</c>, <c>UNIQ_KEY</c> and the mark of numbered messages, so that a reader cuts ours off at the end.
/// </summary>
internal static class BatchLayout
{
    /// <summary>The longest properties that a record can hold, ours included (a signed 16-bit length).</summary>
    public const int MaxPropertiesLength = short.MaxValue;

    public const int MaxKeyLength = byte.MaxValue;
    public const int MaxTagLength = 127;

    private const int FixedLength = 22;
    private const byte NameEnd = 0x01;
    private const byte ValueEnd = 0x02;

    private static ReadOnlySpan<byte> TagsName => "TAGS\u0001"u8;

    private static ReadOnlySpan<byte> KeysName => "KEYS\u0001"u8;

    private static ReadOnlySpan<byte> UniqueKeyName => "UNIQ_KEY\u0001"u8;

    private static ReadOnlySpan<byte> NumberedName => "TMNO\u0001"u8;

    /// <summary>The bytes of a member.</summary>
    public static int SizeOf(in OutgoingMessage message) => FixedLength + message.Body.Length + PropertiesLength(message);

    /// <summary>The bytes of its properties, ours included.</summary>
    public static int PropertiesLength(in OutgoingMessage message) =>
        message.Properties.Length
        + (LacksEnd(message.Properties) ? 1 : 0)
        + (message.Tag.IsEmpty ? 0 : TagsName.Length + message.Tag.Length + 1)
        + KeysName.Length + message.Key.Length + 1
        + UniqueKeyName.Length + UniqueKey.Length + 1
        + NumberedName.Length + QueueMark.Length + 1;

    /// <summary>Writes a member.</summary>
    /// <param name="destination">Exactly <see cref="SizeOf"/> bytes.</param>
    /// <param name="message">The parts, checked by <see cref="Check"/>.</param>
    /// <param name="instance">The producer's instance in digits.</param>
    /// <param name="number">The producer's number of the message.</param>
    /// <param name="mark">The <see cref="QueueMark"/> of the queue.</param>
    public static void Write(Span<byte> destination, in OutgoingMessage message, ReadOnlySpan<byte> instance, long number, ReadOnlySpan<byte> mark)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, destination.Length);
        destination[4..16].Clear();
        BinaryPrimitives.WriteInt32BigEndian(destination[16..], message.Body.Length);
        message.Body.CopyTo(destination[20..]);
        var rest = destination[(20 + message.Body.Length)..];
        BinaryPrimitives.WriteInt16BigEndian(rest, (short)(rest.Length - 2));
        rest = rest[2..];
        Append(ref rest, message.Properties);
        if (LacksEnd(message.Properties))
        {
            AppendEnd(ref rest);
        }

        if (!message.Tag.IsEmpty)
        {
            Append(ref rest, TagsName);
            Append(ref rest, message.Tag);
            AppendEnd(ref rest);
        }

        Append(ref rest, KeysName);
        Append(ref rest, message.Key);
        AppendEnd(ref rest);
        Append(ref rest, UniqueKeyName);
        UniqueKey.Write(rest, instance, number);
        rest = rest[UniqueKey.Length..];
        AppendEnd(ref rest);
        Append(ref rest, NumberedName);
        Append(ref rest, mark);
        AppendEnd(ref rest);
    }

    /// <summary>Makes sure that no part forges or breaks a property that RocketMQ interprets.</summary>
    /// <exception cref="ArgumentException">A part does; the text names it.</exception>
    public static void Check(in OutgoingMessage message)
    {
        if (message.Key.IsEmpty)
        {
            throw new ArgumentException("The key is empty.", nameof(message));
        }

        if (message.Key.ContainsAny(NameEnd, ValueEnd) || message.Tag.ContainsAny(NameEnd, ValueEnd))
        {
            throw new ArgumentException($"Key '{Encoding.UTF8.GetString(message.Key)}' or tag '{Encoding.UTF8.GetString(message.Tag)}' holds the control character 0x01 or 0x02.", nameof(message));
        }

        CheckProperties(message.Properties);
    }

    /// <inheritdoc cref="Check"/>
    public static void CheckProperties(ReadOnlySpan<byte> properties)
    {
        var walked = 0;
        foreach (var property in new MessageProperties(properties))
        {
            if (property.Name.IsEmpty || property.Name.Contains(ValueEnd) || property.Value.Contains(NameEnd))
            {
                break;
            }

            if (SystemProperties.Contains(property.Name))
            {
                throw new ArgumentException($"Property '{Encoding.UTF8.GetString(property.Name)}' is one that RocketMQ interprets.", nameof(properties));
            }

            walked += property.Name.Length + property.Value.Length + 2;
        }

        if (walked != properties.Length + (LacksEnd(properties) ? 1 : 0))
        {
            throw new ArgumentException($"The properties are not of the form 'name 0x01 value 0x02' from byte {walked} on.", nameof(properties));
        }
    }

    private static bool LacksEnd(ReadOnlySpan<byte> properties) => !properties.IsEmpty && properties[^1] != ValueEnd;

    private static void Append(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static void AppendEnd(ref Span<byte> rest)
    {
        rest[0] = ValueEnd;
        rest = rest[1..];
    }
}
