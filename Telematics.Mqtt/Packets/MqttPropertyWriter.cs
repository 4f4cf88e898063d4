namespace Telematics.Mqtt.Packets;

/// <summary>
/// Encodes properties into a buffer of the caller's, one after the other. A property that does not fit, or a value of
/// the wrong kind, is an error of the program and throws <see cref="ArgumentException"/>.
/// </summary>
public ref struct MqttPropertyWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _written;

    /// <summary>What was written so far.</summary>
    public readonly MqttProperties Properties => new(_buffer[.._written]);

    /// <summary>Bytes that a text or binary property takes.</summary>
    public static int GetLength(ReadOnlySpan<byte> value) => 3 + value.Length;

    /// <summary>Bytes that a user property takes.</summary>
    public static int GetLength(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => 5 + name.Length + value.Length;

    /// <summary>Adds a property that is a number.</summary>
    public void Add(MqttPropertyId id, uint number)
    {
        var kind = MqttPropertyRules.GetKind((uint)id);
        var limit = kind switch
        {
            MqttPropertyKind.Byte => byte.MaxValue,
            MqttPropertyKind.TwoByteInteger => ushort.MaxValue,
            MqttPropertyKind.FourByteInteger => uint.MaxValue,
            MqttPropertyKind.VariableByteInteger => (uint)VariableByteInteger.MaximumValue,
            _ => throw new ArgumentException($"{id} is no number.", nameof(id)),
        };
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, limit);
        var writer = new PacketWriter(_buffer[_written..]);
        writer.WriteByte((byte)id);
        switch (kind)
        {
            case MqttPropertyKind.Byte:
                writer.WriteByte((byte)number);
                break;
            case MqttPropertyKind.TwoByteInteger:
                writer.WriteUInt16((ushort)number);
                break;
            case MqttPropertyKind.FourByteInteger:
                writer.WriteUInt32(number);
                break;
            default:
                writer.WriteVariableByteInteger((int)number);
                break;
        }

        _written += writer.Written;
    }

    /// <summary>Adds a text or binary property.</summary>
    public void Add(MqttPropertyId id, ReadOnlySpan<byte> value)
    {
        if (MqttPropertyRules.GetKind((uint)id) is not (MqttPropertyKind.Text or MqttPropertyKind.Binary))
        {
            throw new ArgumentException($"{id} is neither text nor binary.", nameof(id));
        }

        var writer = new PacketWriter(_buffer[_written..]);
        writer.WriteByte((byte)id);
        writer.WriteBinary(value);
        _written += writer.Written;
    }

    /// <summary>Adds a user property.</summary>
    public void AddUserProperty(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var writer = new PacketWriter(_buffer[_written..]);
        writer.WriteByte((byte)MqttPropertyId.UserProperty);
        writer.WriteBinary(name);
        writer.WriteBinary(value);
        _written += writer.Written;
    }

    /// <summary>Adds a property as another packet had it.</summary>
    public void Add(in MqttProperty property)
    {
        switch (MqttPropertyRules.GetKind((uint)property.Id))
        {
            case MqttPropertyKind.TextPair:
                AddUserProperty(property.Name, property.Value);
                break;
            case MqttPropertyKind.Text or MqttPropertyKind.Binary:
                Add(property.Id, property.Value);
                break;
            default:
                Add(property.Id, property.Number);
                break;
        }
    }
}
