namespace Telematics.Mqtt.Packets;

/// <summary>The properties of a packet, MQTT 5.0 §2.2.2: a view on their encoded bytes, without the length before them.</summary>
public readonly ref struct MqttProperties
{
    internal MqttProperties(ReadOnlySpan<byte> encoded) => Encoded = encoded;

    /// <summary>The bytes as they stand in the packet.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Encoded.IsEmpty;

    /// <summary>Reads them one by one, in the packet's order.</summary>
    public Enumerator GetEnumerator() => new(Encoded);

    /// <summary>Finds the first property with this identifier.</summary>
    public bool TryGet(MqttPropertyId id, out MqttProperty property)
    {
        foreach (var candidate in this)
        {
            if (candidate.Id == id)
            {
                property = candidate;
                return true;
            }
        }

        property = default;
        return false;
    }

    /// <summary>The value of a property that is a number, or what its absence means.</summary>
    public uint GetNumber(MqttPropertyId id, uint absent) => TryGet(id, out var property) ? property.Number : absent;

    /// <summary>The bytes of a text or binary property; empty when absent.</summary>
    public ReadOnlySpan<byte> GetBytes(MqttPropertyId id) => TryGet(id, out var property) ? property.Value : default;

    /// <summary>Takes the property length and the properties, and checks them all.</summary>
    /// <param name="reader">Stands before the property length.</param>
    /// <param name="allowed">Bits by identifier; see <see cref="MqttPropertyRules"/>.</param>
    /// <param name="properties">The view.</param>
    /// <param name="error">Why not.</param>
    internal static bool TryRead(scoped ref PacketReader reader, ulong allowed, out MqttProperties properties, out MqttError error)
    {
        properties = default;
        error = default;
        if (!reader.TryReadVariableByteInteger(out var length) || !reader.TryReadBytes((int)length, out var encoded))
        {
            error = MqttError.Malformed("Property Length is no Variable Byte Integer, or goes beyond the packet's end (§2.2.2.1)");
            return false;
        }

        if (!encoded.IsEmpty && !IsValid(encoded, allowed, out error))
        {
            return false;
        }

        properties = new MqttProperties(encoded);
        return true;
    }

    private static bool IsValid(ReadOnlySpan<byte> encoded, ulong allowed, out MqttError error)
    {
        var rest = new PacketReader(encoded);
        var seen = 0UL;
        while (!rest.IsAtEnd)
        {
            if (!TryReadOne(ref rest, out var property, out error))
            {
                return false;
            }

            var bit = 1UL << (int)property.Id;
            if ((allowed & bit) == 0)
            {
                error = MqttError.Protocol($"{property.Id} is not allowed in this packet (§2.2.2.2)");
                return false;
            }

            if ((seen & bit) != 0 && !MqttPropertyRules.MayRepeat(property.Id, allowed))
            {
                error = MqttError.Protocol($"{property.Id} stands more than once (§2.2.2.2)");
                return false;
            }

            seen |= bit;
            error = MqttPropertyRules.CheckValue(property);
            if (error.IsError)
            {
                return false;
            }
        }

        const ulong method = 1UL << (int)MqttPropertyId.AuthenticationMethod;
        const ulong data = 1UL << (int)MqttPropertyId.AuthenticationData;
        error = (seen & (method | data)) == data ? MqttError.Protocol("Authentication Data without Authentication Method (§3.1.2.11.10)") : default;
        return !error.IsError;
    }

    private static bool TryReadOne(scoped ref PacketReader reader, scoped out MqttProperty property, out MqttError error)
    {
        property = default;
        if (!reader.TryReadVariableByteInteger(out var number) || MqttPropertyRules.GetKind(number) is var kind && kind == MqttPropertyKind.None)
        {
            error = MqttError.Malformed($"property identifier 0x{number:X2} is unknown (§2.2.2.2)");
            return false;
        }

        var id = (MqttPropertyId)number;
        uint value = 0;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> bytes = default;
        var complete = false;
        switch (kind)
        {
            case MqttPropertyKind.Byte:
                complete = reader.TryReadByte(out var one);
                value = one;
                break;
            case MqttPropertyKind.TwoByteInteger:
                complete = reader.TryReadUInt16(out var two);
                value = two;
                break;
            case MqttPropertyKind.FourByteInteger:
                complete = reader.TryReadUInt32(out value);
                break;
            case MqttPropertyKind.VariableByteInteger:
                complete = reader.TryReadVariableByteInteger(out value);
                break;
            case MqttPropertyKind.Binary:
                complete = reader.TryReadBinary(out bytes);
                break;
            default:
                complete = (kind != MqttPropertyKind.TextPair || reader.TryReadBinary(out name)) && reader.TryReadBinary(out bytes);
                if (complete && !(MqttText.IsWellFormed(name) && MqttText.IsWellFormed(bytes)))
                {
                    error = MqttError.Malformed($"{id} is not well-formed UTF-8 without U+0000 [MQTT-1.5.4-1, MQTT-1.5.4-2]");
                    return false;
                }

                break;
        }

        error = complete ? default : MqttError.Malformed($"{id} goes beyond the properties' end (§2.2.2)");
        property = new MqttProperty { Id = id, Number = value, Name = name, Value = bytes };
        return complete;
    }

    /// <summary>Walks over properties that were checked when the packet was parsed, or that our own writer made.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> encoded) => _rest = encoded;

        /// <summary>The property.</summary>
        public MqttProperty Current { get; private set; }

        /// <summary>Goes to the next one.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            var reader = new PacketReader(_rest);
            reader.TryReadByte(out var id);
            var kind = MqttPropertyRules.GetKind(id);
            uint number = 0;
            ReadOnlySpan<byte> name = default;
            ReadOnlySpan<byte> value = default;
            switch (kind)
            {
                case MqttPropertyKind.Byte:
                    reader.TryReadByte(out var one);
                    number = one;
                    break;
                case MqttPropertyKind.TwoByteInteger:
                    reader.TryReadUInt16(out var two);
                    number = two;
                    break;
                case MqttPropertyKind.FourByteInteger:
                    reader.TryReadUInt32(out number);
                    break;
                case MqttPropertyKind.VariableByteInteger:
                    reader.TryReadVariableByteInteger(out number);
                    break;
                case MqttPropertyKind.TextPair:
                    reader.TryReadBinary(out name);
                    reader.TryReadBinary(out value);
                    break;
                default:
                    reader.TryReadBinary(out value);
                    break;
            }

            Current = new MqttProperty { Id = (MqttPropertyId)id, Number = number, Name = name, Value = value };
            _rest = reader.Rest;
            return true;
        }
    }
}
