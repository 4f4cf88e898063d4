using System.Buffers;
using System.IO.Compression;
using System.Text;
using K4os.Compression.LZ4.Streams;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class CompressedBodyTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("hello hello hello hello ", 40)));

    [Theory]
    [InlineData(SysFlag.Compressed)]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionZlib)]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionLz4)]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionZstd)]
    internal void Each_algorithm_is_opened(SysFlag sysFlag)
    {
        Assert.Equal(Text, Open(sysFlag, Compress(sysFlag, Text)));
        var large = new byte[3 << 20];
        Random.Shared.NextBytes(large);
        Assert.Equal(large, Open(sysFlag, Compress(sysFlag, large)));
        Assert.Empty(Open(sysFlag, Compress(sysFlag, []))!);
    }

    [Theory]
    [InlineData(SysFlag.CompressionZlib, "785ecb48cdc9c957c8182547c9517208920031ea6090")]
    [InlineData(SysFlag.CompressionLz4, "04224d18607073130000006f68656c6c6f200600ffffffa550656c6c6f2000000000")]
    [InlineData(SysFlag.CompressionZstd, "28b52ffd00586c00003068656c6c6f200100b7539522010000")]
    internal void What_RocketMQs_Java_client_compressed_is_opened(SysFlag sysFlag, string compressed) =>
        Assert.Equal(Text, Open(sysFlag, Convert.FromHexString(compressed)));

    [Theory]
    [InlineData(SysFlag.CompressionZlib)]
    [InlineData(SysFlag.CompressionLz4)]
    [InlineData(SysFlag.CompressionZstd)]
    internal void A_body_that_was_cut_is_a_fault(SysFlag sysFlag)
    {
        var body = new byte[10_000];
        new Random(1).NextBytes(body);
        Assert.False(CompressedBody.TryOpen(sysFlag, Compress(sysFlag, body).AsSpan(0, 5000), out _, out _, out _));
    }

    [Theory]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionZlib)]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionLz4)]
    [InlineData(SysFlag.Compressed | SysFlag.CompressionZstd)]
    [InlineData(SysFlag.Compressed | (SysFlag)0x400)]
    internal void What_is_not_compressed_is_a_fault_with_a_text(SysFlag sysFlag)
    {
        Assert.False(CompressedBody.TryOpen(sysFlag, "not compressed at all, whatever the flag says"u8, out _, out _, out var fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void A_few_bytes_that_ask_for_gigabytes_are_refused()
    {
        var bomb = Compress(SysFlag.CompressionZlib, new byte[CompressedBody.MaxLength + 1]);
        Assert.True(bomb.Length < 1_000_000);
        Assert.False(CompressedBody.TryOpen(SysFlag.CompressionZlib, bomb, out _, out _, out var fault));
        Assert.Contains($"{CompressedBody.MaxLength}", fault, StringComparison.Ordinal);
        Assert.Equal(CompressedBody.MaxLength, Open(SysFlag.CompressionZlib, Compress(SysFlag.CompressionZlib, new byte[CompressedBody.MaxLength]))!.Length);
    }

    internal static byte[] Compress(SysFlag sysFlag, byte[] body)
    {
        var stream = new MemoryStream();
        using (Stream compressing = (sysFlag & SysFlag.CompressionType) switch
        {
            SysFlag.CompressionLz4 => LZ4Stream.Encode(stream, leaveOpen: true),
            SysFlag.CompressionZstd => new ZstdSharp.CompressionStream(stream, leaveOpen: true),
            _ => new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            compressing.Write(body);
        }

        return stream.ToArray();
    }

    private static byte[]? Open(SysFlag sysFlag, byte[] compressed)
    {
        Assert.True(CompressedBody.TryOpen(sysFlag, compressed, out var buffer, out var length, out var fault), fault);
        var body = buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return body;
    }
}
