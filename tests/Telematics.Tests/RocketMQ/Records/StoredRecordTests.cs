using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class StoredRecordTests
{
    /// <summary>The body of a real broker's answer to a pull (RocketMQ 5.5.0).</summary>
    private const string Captured =
        "000000b4daa320a73610a6860000000100000000000000000000000000000001f5e18f2e00000000000001a209efe95e7f0000010000a92c000001a209ffd4a57f00000100002a9f00000000000000000000000000"
        + "00000568656c6c6f0376743100514d53475f524547494f4e0144656661756c74526567696f6e02554e49515f4b455901553102434c55535445520144656661756c74436c7573746572025441475301410254524143455f4f4e017472756502";

    [Fact]
    public void A_record_of_a_real_broker_is_read_field_by_field()
    {
        var bytes = Convert.FromHexString(Captured);
        Assert.Equal(RecordReading.Read, StoredRecord.TryRead(bytes, out var record, out var size, out _));
        Assert.Equal(180, size);
        Assert.Equal(0x3610A686u, record.Crc);
        Assert.Equal((1, 0, 0L, 0x1F5E18F2EL, SysFlag.None), (record.QueueId, record.Flag, record.Offset, record.CommitLogOffset, record.SysFlag));
        Assert.Equal((1_795_463_047_518, 1_795_464_090_789, 0), (record.BornTime, record.StoreTime, record.ReconsumeTimes));
        Assert.Equal([127, 0, 0, 1, 0, 0, 0xA9, 0x2C], record.BornHost.ToArray());
        Assert.Equal([127, 0, 0, 1, 0, 0, 0x2A, 0x9F], record.StoreHost.ToArray());
        Assert.Equal(("hello", "vt1"), (Encoding.UTF8.GetString(record.Body), Encoding.UTF8.GetString(record.Topic)));
        var properties = RecordProperties.Read(record.Properties);
        Assert.Equal(("A", "U1", 0), (Encoding.UTF8.GetString(properties.Tag), Encoding.UTF8.GetString(properties.UniqueKey), properties.UserLength));
    }

    [Theory]
    [InlineData(false, SysFlag.None)]
    [InlineData(true, SysFlag.None)]
    [InlineData(false, SysFlag.BornHostIPv6)]
    [InlineData(false, SysFlag.StoreHostIPv6)]
    [InlineData(true, SysFlag.BornHostIPv6 | SysFlag.StoreHostIPv6)]
    internal void Every_layout_is_read(bool isV2, SysFlag sysFlag)
    {
        var bytes = new RecordBytes
        {
            IsV2 = isV2,
            SysFlag = sysFlag,
            Topic = isV2 ? new string('x', 200) : "t",
            Body = "abc"u8.ToArray(),
            Properties = RecordBytes.PropertiesOf(("a", "b")),
            Offset = 1L << 40,
            ReconsumeTimes = 3,
        };
        Assert.Equal(RecordReading.Read, StoredRecord.TryRead([.. bytes.ToArray(), 1, 2, 3], out var record, out var size, out _));
        Assert.Equal(bytes.ToArray().Length, size);
        Assert.Equal(("abc", bytes.Topic, bytes.Properties), (Encoding.UTF8.GetString(record.Body), Encoding.UTF8.GetString(record.Topic), Encoding.UTF8.GetString(record.Properties)));
        Assert.Equal((bytes.Offset, bytes.BornTime, bytes.StoreTime, 3), (record.Offset, record.BornTime, record.StoreTime, record.ReconsumeTimes));
        Assert.Equal(sysFlag.HasFlag(SysFlag.BornHostIPv6) ? IPAddress.IPv6Loopback : IPAddress.Loopback, new IPAddress(record.BornHost[..^4]));
        Assert.Equal(sysFlag.HasFlag(SysFlag.StoreHostIPv6) ? IPAddress.IPv6Loopback : IPAddress.Loopback, new IPAddress(record.StoreHost[..^4]));
    }

    [Fact]
    public void A_truncated_record_is_malformed_wherever_it_ends()
    {
        var bytes = Convert.FromHexString(Captured);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(RecordReading.Malformed, StoredRecord.TryRead(bytes.AsSpan(0, length), out _, out _, out var fault));
            Assert.NotNull(fault);
        }
    }

    [Fact]
    public void A_record_whose_size_is_too_small_for_its_parts_is_stepped_over()
    {
        for (var size = 8; size < 180; size++)
        {
            var bytes = Convert.FromHexString(Captured);
            bytes[3] = (byte)size;
            Assert.Equal(RecordReading.Unreadable, StoredRecord.TryRead(bytes, out _, out var stepped, out var fault));
            Assert.Equal(size, stepped);
            Assert.NotNull(fault);
        }
    }

    [Fact]
    public void An_unknown_layout_is_stepped_over_by_its_size()
    {
        var bytes = Convert.FromHexString(Captured);
        bytes[7] = 0xAC;
        Assert.Equal(RecordReading.UnknownLayout, StoredRecord.TryRead(bytes, out _, out var size, out _));
        Assert.Equal(180, size);
    }

    [Property(MaxTest = 2000)]
    public Property Flipped_bytes_are_an_outcome_and_never_an_exception() => Prop.ForAll(
        Gen.Choose(0, 179).Zip(Gen.Choose(0, 255)).ListOf(6).ToArbitrary(),
        flips =>
        {
            var bytes = Convert.FromHexString(Captured);
            foreach (var (position, value) in flips)
            {
                bytes[position] = (byte)value;
            }

            if (StoredRecord.TryRead(bytes, out var record, out var size, out _) == RecordReading.Read)
            {
                var properties = RecordProperties.Read(record.Properties);
                properties.CopyUserTo(new byte[properties.UserLength]);
                return size <= bytes.Length && record.Body.Length <= size && !record.StoreHost.IsEmpty;
            }

            return true;
        });
}
