using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Text;
using Telematics.RocketMQ.Records;

namespace Telematics.Tests.RocketMQ.Records;

/// <summary>Builds stored records as a broker writes them.</summary>
internal sealed record RecordBytes
{
    public long Offset { get; init; }

    public byte[] Body { get; init; } = [];

    public string Properties { get; init; } = "";

    public string Topic { get; init; } = "t";

    public SysFlag SysFlag { get; init; }

    public long StoreTime { get; init; } = 1_795_463_047_519;

    public long BornTime { get; init; } = 1_795_463_047_518;

    public int QueueId { get; init; }

    public int ReconsumeTimes { get; init; }

    public long CommitLogOffset { get; init; } = 4096;

    public bool IsV2 { get; init; }

    public uint? Crc { get; init; }

    /// <summary>Properties from names and values.</summary>
    public static string PropertiesOf(params (string Name, string Value)[] properties) =>
        string.Concat(properties.Select(property => $"{property.Name}\u0001{property.Value}\u0002"));

    /// <summary>The body of an inner batch.</summary>
    public static byte[] InnerBatchOf(params (string Body, string Properties)[] messages)
    {
        var stream = new MemoryStream();
        foreach (var (body, properties) in messages)
        {
            var (bodyBytes, propertyBytes) = (Encoding.UTF8.GetBytes(body), Encoding.UTF8.GetBytes(properties));
            Write(stream, 22 + bodyBytes.Length + propertyBytes.Length, 4);
            Write(stream, 0, 12);
            Write(stream, bodyBytes.Length, 4);
            stream.Write(bodyBytes);
            Write(stream, propertyBytes.Length, 2);
            stream.Write(propertyBytes);
        }

        return stream.ToArray();
    }

    public byte[] ToArray()
    {
        var stream = new MemoryStream();
        var crc = Crc ?? Crc32.HashToUInt32(Body) & 0x7FFF_FFFF;
        var properties = Encoding.UTF8.GetBytes(Properties);
        var topic = Encoding.UTF8.GetBytes(Topic);
        Write(stream, 0, 4);
        Write(stream, IsV2 ? 0xDAA320AB : 0xDAA320A7, 4);
        Write(stream, crc, 4);
        Write(stream, QueueId, 4);
        Write(stream, 7, 4);
        Write(stream, Offset, 8);
        Write(stream, CommitLogOffset, 8);
        Write(stream, (long)SysFlag, 4);
        Write(stream, BornTime, 8);
        WriteHost(stream, (SysFlag & SysFlag.BornHostIPv6) != 0, 43_308);
        Write(stream, StoreTime, 8);
        WriteHost(stream, (SysFlag & SysFlag.StoreHostIPv6) != 0, 10_911);
        Write(stream, ReconsumeTimes, 4);
        Write(stream, 0, 8);
        Write(stream, Body.Length, 4);
        stream.Write(Body);
        Write(stream, topic.Length, IsV2 ? 2 : 1);
        stream.Write(topic);
        Write(stream, properties.Length, 2);
        stream.Write(properties);
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        return bytes;
    }

    private static void WriteHost(MemoryStream stream, bool isIPv6, int port)
    {
        stream.Write((isIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback).GetAddressBytes());
        Write(stream, port, 4);
    }

    private static void Write(MemoryStream stream, long value, int size)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], value);
        stream.Write(bytes[(16 - size)..]);
    }
}
