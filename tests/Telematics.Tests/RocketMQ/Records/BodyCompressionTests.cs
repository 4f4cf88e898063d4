using System.IO.Compression;
using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class BodyCompressionTests
{
    [Fact]
    public void A_compressed_body_is_inflated_to_what_it_was()
    {
        var body = Enumerable.Range(0, 10_000).Select(i => (byte)(i % 50)).ToArray();
        var compressed = BodyCompression.TryCompress(body);
        Assert.NotNull(compressed);
        Assert.InRange(compressed.Length, 1, body.Length / 10);
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress))
        {
            zlib.CopyTo(inflated);
        }

        Assert.Equal(body, inflated.ToArray());
    }

    [Fact]
    public void A_body_that_would_not_become_shorter_stays_as_it_is()
    {
        var body = new byte[5000];
        Random.Shared.NextBytes(body);
        Assert.Null(BodyCompression.TryCompress(body));
    }
}
