using System.Buffers.Binary;

namespace Telematics.Mqtt.Packets;

/// <summary>The payload of SUBSCRIBE (§3.8.3) and UNSUBSCRIBE (§3.10.3): a view on its bytes.</summary>
public readonly ref struct SubscriptionRequests
{
    private readonly bool _withOptions;

    internal SubscriptionRequests(ReadOnlySpan<byte> encoded, int count, bool withOptions)
    {
        Encoded = encoded;
        Count = count;
        _withOptions = withOptions;
    }

    /// <summary>The bytes as they stand in the packet.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Number of topic filters, at least 1.</summary>
    public int Count { get; }

    /// <summary>Appends a topic filter with options to a SUBSCRIBE's payload; returns the bytes it took.</summary>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> filter, SubscriptionOptions options)
    {
        var length = Write(destination, filter);
        destination[length] = options.Value;
        return length + 1;
    }

    /// <summary>Appends a topic filter to an UNSUBSCRIBE's payload; returns the bytes it took.</summary>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> filter)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filter.Length, MqttText.MaximumLength);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)filter.Length);
        filter.CopyTo(destination[2..]);
        return 2 + filter.Length;
    }

    /// <summary>Reads them one by one, in the packet's order.</summary>
    public Enumerator GetEnumerator() => new(Encoded, _withOptions);

    internal static bool TryRead(
        scoped ref PacketReader reader, MqttProtocolVersion version, bool withOptions, out SubscriptionRequests requests, out MqttError error)
    {
        requests = default;
        error = default;
        var encoded = reader.Rest;
        var count = 0;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadText("Topic Filter", out var filter, out error))
            {
                return false;
            }

            if (filter.IsEmpty)
            {
                error = MqttError.Malformed("Topic Filter is empty [MQTT-4.7.3-1]");
                return false;
            }

            if (withOptions && !TryReadOptions(ref reader, version, filter, out error))
            {
                return false;
            }

            count++;
        }

        if (count == 0)
        {
            error = MqttError.Protocol("no Topic Filter [MQTT-3.8.3-2, MQTT-3.10.3-2]");
            return false;
        }

        requests = new SubscriptionRequests(encoded, count, withOptions);
        return true;
    }

    private static bool TryReadOptions(scoped ref PacketReader reader, MqttProtocolVersion version, ReadOnlySpan<byte> filter, out MqttError error)
    {
        if (!reader.TryReadByte(out var value))
        {
            return PacketReader.Truncated("Subscription Options", out error);
        }

        var options = new SubscriptionOptions(value);
        if ((value & (version == MqttProtocolVersion.V500 ? 0xC0 : 0xFC)) != 0)
        {
            error = MqttError.Malformed($"Subscription Options 0x{value:X2}: reserved bits are set [MQTT-3.8.3-5; 3.1.1: MQTT-3.8.3-4]");
        }
        else if ((value & 3) == 3)
        {
            error = MqttError.Malformed("Maximum QoS of the subscription is 3 (§3.8.3.1)");
        }
        else if ((int)options.RetainHandling == 3)
        {
            error = MqttError.Protocol("Retain Handling is 3 (§3.8.3.1)");
        }
        else if (options.NoLocal && Topics.TopicFilter.IsShared(filter))
        {
            error = MqttError.Protocol("No Local is 1 on a shared subscription [MQTT-3.8.3-4]");
        }
        else
        {
            error = default;
        }

        return !error.IsError;
    }

    /// <summary>Walks over filters that were checked when the packet was parsed.</summary>
    public ref struct Enumerator
    {
        private readonly bool _withOptions;
        private PacketReader _reader;

        internal Enumerator(ReadOnlySpan<byte> encoded, bool withOptions)
        {
            _reader = new PacketReader(encoded);
            _withOptions = withOptions;
        }

        /// <summary>The topic filter and its options.</summary>
        public SubscriptionRequest Current { get; private set; }

        /// <summary>Goes to the next one.</summary>
        public bool MoveNext()
        {
            if (!_reader.TryReadBinary(out var filter))
            {
                return false;
            }

            byte options = 0;
            if (_withOptions)
            {
                _reader.TryReadByte(out options);
            }

            Current = new SubscriptionRequest { Filter = filter, Options = new SubscriptionOptions(options) };
            return true;
        }
    }
}
