using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Telematics.RocketMQ.Records;

/// <summary>One record as a broker stores and sends it, seen in the answer's buffer (<c>MessageDecoder</c> in RocketMQ's own client).</summary>
internal readonly ref struct StoredRecord
{
    /// <summary>Size, magic, CRC, queue id, flag, queue offset, commit-log offset, sysFlag, born time: what precedes the born host.</summary>
    private const int BornHostStart = 48;
    private const int MagicV1 = unchecked((int)0xDAA320A7);
    private const int MagicV2 = unchecked((int)0xDAA320AB);

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _storeTimeStart;
    private readonly int _afterHosts;

    private StoredRecord(ReadOnlySpan<byte> bytes, int storeTimeStart, int afterHosts, int bodyLength, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> properties)
    {
        _bytes = bytes;
        _storeTimeStart = storeTimeStart;
        _afterHosts = afterHosts;
        BodyRange = new Range(BodyStart, BodyStart + bodyLength);
        Topic = topic;
        Properties = properties;
    }

    /// <summary>The CRC32 of the stored body, without its top bit.</summary>
    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    public int QueueId => BinaryPrimitives.ReadInt32BigEndian(_bytes[12..]);

    public int Flag => BinaryPrimitives.ReadInt32BigEndian(_bytes[16..]);

    /// <summary>The offset in the queue; of an inner batch: its first message's.</summary>
    public long Offset => BinaryPrimitives.ReadInt64BigEndian(_bytes[20..]);

    public long CommitLogOffset => BinaryPrimitives.ReadInt64BigEndian(_bytes[28..]);

    public SysFlag SysFlag => (SysFlag)BinaryPrimitives.ReadInt32BigEndian(_bytes[36..]);

    /// <summary>By the producer's clock, in milliseconds since 1970-01-01 UTC.</summary>
    public long BornTime => BinaryPrimitives.ReadInt64BigEndian(_bytes[40..]);

    /// <summary>The producer's address, 4 or 16 bytes, and its port in 4.</summary>
    public ReadOnlySpan<byte> BornHost => _bytes[BornHostStart.._storeTimeStart];

    /// <summary>By the broker's clock, in milliseconds since 1970-01-01 UTC.</summary>
    public long StoreTime => BinaryPrimitives.ReadInt64BigEndian(_bytes[_storeTimeStart..]);

    /// <summary>The broker's address, 4 or 16 bytes, and its port in 4.</summary>
    public ReadOnlySpan<byte> StoreHost => _bytes[(_storeTimeStart + 8).._afterHosts];

    /// <summary>How often a consumer has sent it back.</summary>
    public int ReconsumeTimes => BinaryPrimitives.ReadInt32BigEndian(_bytes[_afterHosts..]);

    /// <summary>Where in the record its body is.</summary>
    public Range BodyRange { get; }

    /// <summary>The body as stored: perhaps compressed, perhaps an inner batch.</summary>
    public ReadOnlySpan<byte> Body => _bytes[BodyRange];

    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>The properties' text (<see cref="Telematics.Messaging.MessageProperties"/>), the system's own among them.</summary>
    public ReadOnlySpan<byte> Properties { get; }

    private int BodyStart => _afterHosts + 16; // behind reconsume times, prepared transaction offset and the body's length

    /// <summary>Reads the record at the beginning of <paramref name="answer"/>.</summary>
    /// <param name="answer">The rest of a pull's answer.</param>
    /// <param name="record">The record, when the answer is <see cref="RecordReading.Read"/>.</param>
    /// <param name="size">The bytes that the record takes, also of one whose layout is not known; 0 when malformed.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static RecordReading TryRead(ReadOnlySpan<byte> answer, out StoredRecord record, out int size, out string? fault)
    {
        record = default;
        size = 0;
        fault = null;
        if (answer.Length < 8)
        {
            fault = $"the answer ends with {answer.Length} B where a record's size and magic are expected";
            return RecordReading.Malformed;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(answer);
        if (length < 8 || length > answer.Length)
        {
            fault = $"a record's size is {length} B where {answer.Length} B are left";
            return RecordReading.Malformed;
        }

        var magic = BinaryPrimitives.ReadInt32BigEndian(answer[4..]);
        size = length;
        if (magic is not (MagicV1 or MagicV2))
        {
            fault = $"a record's magic is {magic:X8}";
            return RecordReading.UnknownLayout;
        }

        if (!TryReadParts(answer[..length], magic == MagicV1 ? 1 : 2, out record, out fault))
        {
            return RecordReading.Unreadable;
        }

        return RecordReading.Read;
    }

    private static bool TryReadParts(ReadOnlySpan<byte> bytes, int topicLengthSize, out StoredRecord record, [NotNullWhen(false)] out string? fault)
    {
        record = default;
        if (bytes.Length < BornHostStart)
        {
            fault = $"a record of {bytes.Length} B is too short for its head";
            return false;
        }

        var sysFlag = (SysFlag)BinaryPrimitives.ReadInt32BigEndian(bytes[36..]);
        var storeTimeStart = BornHostStart + ((sysFlag & SysFlag.BornHostIPv6) != 0 ? 20 : 8);
        var afterHosts = storeTimeStart + 8 + ((sysFlag & SysFlag.StoreHostIPv6) != 0 ? 20 : 8);
        var rest = new Parts(bytes, afterHosts + 12);
        if (!rest.TryTake(4, int.MaxValue, out var body))
        {
            fault = $"the body of a record of {bytes.Length} B goes beyond its end";
            return false;
        }

        if (!rest.TryTake(topicLengthSize, short.MaxValue, out var topic))
        {
            fault = $"the topic of a record of {bytes.Length} B goes beyond its end";
            return false;
        }

        if (!rest.TryTake(2, short.MaxValue, out var properties))
        {
            fault = $"the properties of a record of {bytes.Length} B go beyond its end";
            return false;
        }

        fault = null;
        record = new StoredRecord(bytes, storeTimeStart, afterHosts, body.Length, topic, properties);
        return true;
    }

    /// <summary>Takes parts with a length before them, of 1, 2 or 4 bytes.</summary>
    private ref struct Parts(ReadOnlySpan<byte> bytes, int position)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _position = position;

        public bool TryTake(int lengthSize, int max, out ReadOnlySpan<byte> part)
        {
            part = default;
            if (_bytes.Length - _position < lengthSize)
            {
                return false;
            }

            var rest = _bytes[_position..];
            var length = lengthSize switch
            {
                1 => rest[0],
                2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
                _ => BinaryPrimitives.ReadInt32BigEndian(rest),
            };
            if (length < 0 || length > max || length > rest.Length - lengthSize)
            {
                return false;
            }

            part = rest.Slice(lengthSize, length);
            _position += lengthSize + length;
            return true;
        }
    }
}
