using System.Text;

namespace Telematics.Messaging;

/// <summary>
/// A message's string properties in RocketMQ's wire form (<c>name 0x01 value 0x02</c>, repeated, UTF-8). They are
/// looked up in place, never materialised.
/// </summary>
public readonly ref struct MessageProperties(ReadOnlySpan<byte> encoded)
{
    internal const byte NameEnd = 0x01;
    internal const byte ValueEnd = 0x02;

    /// <summary>The properties as they travel.</summary>
    public ReadOnlySpan<byte> Encoded { get; } = encoded;

    /// <summary>Finds a property; false when the message does not have it.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var property in this)
        {
            if (property.Name.SequenceEqual(name))
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>A property as text, or null when the message does not have it.</summary>
    public string? GetString(ReadOnlySpan<byte> name) => TryGet(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Walks the properties in the order in which they were written.</summary>
    public Enumerator GetEnumerator() => new(Encoded);

    /// <summary>One property.</summary>
    public readonly ref struct Property(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        /// <summary>The name in UTF-8.</summary>
        public ReadOnlySpan<byte> Name { get; } = name;

        /// <summary>The value in UTF-8.</summary>
        public ReadOnlySpan<byte> Value { get; } = value;
    }

    /// <summary>Walks encoded properties.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        /// <summary>The property at which the walk stands.</summary>
        public Property Current { get; private set; }

        /// <summary>Goes to the next property; false at the end, or at text that is not of the form.</summary>
        public bool MoveNext()
        {
            var nameLength = _rest.IndexOf(NameEnd);
            if (nameLength < 0)
            {
                return false;
            }

            var afterName = _rest[(nameLength + 1)..];
            var valueLength = afterName.IndexOf(ValueEnd);
            if (valueLength < 0)
            {
                // RocketMQ leaves out the last separator.
                valueLength = afterName.Length;
            }

            Current = new Property(_rest[..nameLength], afterName[..valueLength]);
            _rest = valueLength < afterName.Length ? afterName[(valueLength + 1)..] : default;
            return true;
        }
    }
}
