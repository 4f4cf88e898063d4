using System.Buffers.Text;
using System.Text;

namespace Telematics.Messaging;

/// <summary>
/// Writes properties in the form that <see cref="MessageProperties"/> reads, into a span of the caller. A name or value
/// with a control character 0x01 or 0x02 would forge a property and is refused.
/// </summary>
/// <param name="destination">Where to write; <see cref="Written"/> grows in it.</param>
public ref struct MessagePropertiesWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private int _length;

    /// <summary>What has been written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[.._length];

    /// <summary>The bytes that a property takes.</summary>
    public static int SizeOf(int nameLength, int valueLength) => nameLength + valueLength + 2;

    /// <summary>Adds a property.</summary>
    /// <exception cref="ArgumentException">It does not fit, or a part of it holds a separator.</exception>
    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (name.ContainsAny(MessageProperties.NameEnd, MessageProperties.ValueEnd)
            || value.ContainsAny(MessageProperties.NameEnd, MessageProperties.ValueEnd))
        {
            throw new ArgumentException($"Property '{Encoding.UTF8.GetString(name)}' holds the control character 0x01 or 0x02.", nameof(value));
        }

        if (_destination.Length - _length < SizeOf(name.Length, value.Length))
        {
            throw new ArgumentException($"Property '{Encoding.UTF8.GetString(name)}' does not fit into the {_destination.Length} B given for properties.", nameof(value));
        }

        name.CopyTo(_destination[_length..]);
        _length += name.Length;
        _destination[_length++] = MessageProperties.NameEnd;
        value.CopyTo(_destination[_length..]);
        _length += value.Length;
        _destination[_length++] = MessageProperties.ValueEnd;
    }

    /// <summary>Adds a property with a text value.</summary>
    public void Add(scoped ReadOnlySpan<byte> name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var length = Encoding.UTF8.GetByteCount(value);
        Span<byte> utf8 = length <= 256 ? stackalloc byte[256] : new byte[length];
        Add(name, utf8[..Encoding.UTF8.GetBytes(value, utf8)]);
    }

    /// <summary>Adds a property with a whole number as its value, in decimal.</summary>
    public void Add(scoped ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        Add(name, digits[..length]);
    }
}
