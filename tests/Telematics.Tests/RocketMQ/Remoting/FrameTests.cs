using System.Buffers.Binary;
using System.Text;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Remoting;

public sealed class FrameTests
{
    private const string Signed = "31 min offset, signed: AccessKey admin, secret s3cret, data admin0TBW102";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Requests => [.. RemotingVectors.All.Where(vector => vector.Value.Request.Length > 0 && vector.Key != Signed).Select(vector => vector.Key)];

    public static TheoryData<string> Answers => [.. RemotingVectors.All.Keys];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_written_as_the_broker_took_it(string name)
    {
        var frame = RemotingVectors.All[name].Request;
        var read = Read(frame);
        Assert.Equal(frame, Write(read, null));
    }

    [Fact]
    public void A_signed_request_is_written_as_the_broker_took_it()
    {
        var frame = RemotingVectors.All[Signed].Request;
        var signer = RequestSigner.FromOptions(new RocketMQOptions { AccessKey = "admin", SecretKey = "s3cret" });
        Assert.Equal(frame, Write(Read(frame), signer));
    }

    [Fact]
    public void The_signature_covers_fields_in_the_order_of_their_names_and_the_body()
    {
        var signer = RequestSigner.FromOptions(new RocketMQOptions { AccessKey = "käy", SecretKey = "gehéim" })!;
        for (var i = 0; i < 2; i++)
        {
            List<RemotingField> fields = [new("b", "ö", 0), new("a", null, -12), new("B", new string('x', 1000), 0), new("Zz", "", 0)];
            signer.Sign(fields, "body"u8);
            var data = Encoding.UTF8.GetBytes($"käy{new string('x', 1000)}-12öbody");
#pragma warning disable CA5350 // RocketMQ knows no other
            var expected = Convert.ToBase64String(System.Security.Cryptography.HMACSHA1.HashData("gehéim"u8, data));
#pragma warning restore CA5350
            Assert.Equal([new("AccessKey", "käy", 0), new("Signature", expected, 0)], fields[4..]);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_frame_of_the_server_is_read_whole_or_in_pieces(string name)
    {
        var bytes = RemotingVectors.All[name].Answer;
        var expected = Read(bytes);
        foreach (var pieceLength in new[] { bytes.Length * 3, 1, 7 })
        {
            var reader = new FrameReader(new PiecewiseStream([.. bytes, .. bytes], pieceLength), () => { });
            for (var i = 0; i < 2; i++)
            {
                using var response = new RemotingResponse("server", (await reader.ReadAsync(Cancellation))!.Value);
                Assert.Equal((expected.Code, expected.Opaque, expected.Flag), ((int)response.Code, response.Header.Opaque, response.Header.Flag));
                Assert.Equal(expected.Body, response.Body.ToArray());
                Assert.All(expected.Fields, field => Assert.True(response.TryGetField(field.Key, out var value) && value == field.Value));
                Assert.False(response.TryGetField("nothing", out _));
            }

            Assert.Null(await reader.ReadAsync(Cancellation));
        }
    }

    [Fact]
    public async Task An_answer_with_a_binary_header_is_read_too()
    {
        var request = new RemotingRequest(RequestCode.PullMessage) { Body = "body"u8.ToArray() };
        request.Add("offset", -7).Add("text", "gerät").Add("empty", "");
        byte[] frame = [.. FrameWriter.OfThisThread.WriteRequest(HeaderEncoding.Binary, request, 5, FrameHeader.ResponseFlag, null), .. request.Body.Span];
        using var response = new RemotingResponse("server", (await new FrameReader(new MemoryStream(frame), () => { }).ReadAsync(Cancellation))!.Value);
        Assert.Equal((11, 5, true), ((int)response.Code, response.Header.Opaque, response.Header.IsResponse));
        Assert.Equal(-7, response.GetInt64("offset"));
        Assert.True(response.TryGetField("text", out var text));
        Assert.Equal("gerät", text);
        Assert.Equal(RemotingFault.Malformed, Assert.Throws<RemotingException>(() => response.GetInt64("text")).Fault);
        Assert.Equal("body"u8.ToArray(), response.Body.ToArray());
    }

    [Theory]
    [InlineData("0000000400000000", "header cannot be read")] // no header at all
    [InlineData("0000000600000002" + "7b7d", "no 'code'")]
    [InlineData("0000000600000002" + "7b5d", "header cannot be read")]
    [InlineData("0000000600000003" + "7b7d", "header of 3")]
    [InlineData("0000000302000000", "length 3")]
    [InlineData("8000000000000000", "length -2147483648")]
    [InlineData("7fffffff00000000", "length 2147483647")]
    [InlineData("0100000000000000", "length 16777216")]
    [InlineData("0000000402000000", "encoding 2")]
    [InlineData("0000000501000001" + "00", "leads out of it")]
    [InlineData("0000001901000015" + "000002000000000000000000010000000a" + "00000000", "leads out of it")]
    public async Task What_is_no_frame_is_refused_before_memory_is_taken_for_it(string hex, string message)
    {
        var reader = new FrameReader(new MemoryStream(Convert.FromHexString(hex)), () => { });
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => new RemotingResponse("server", (await reader.ReadAsync(Cancellation))!.Value).Dispose());
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    public async Task An_end_within_a_frame_is_told_from_an_end_between_two(int length)
    {
        var frame = RemotingVectors.All["30 max offset"].Answer[..length];
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await new FrameReader(new MemoryStream(frame), () => { }).ReadAsync(Cancellation));
    }

    [Fact]
    public void A_request_longer_than_servers_take_is_refused()
    {
        var request = new RemotingRequest(RequestCode.SendBatchMessage) { Body = new byte[FrameHeader.MaxFrameLength] };
        var fault = Assert.Throws<ArgumentException>(() => FrameWriter.OfThisThread.WriteRequest(request, 1, null).Length);
        Assert.Contains("16777216", fault.Message, StringComparison.Ordinal);
    }

    private static FakeRequest Read(byte[] frame)
    {
        Assert.Equal(frame.Length - 4, BinaryPrimitives.ReadInt32BigEndian(frame));
        return new(null!, frame);
    }

    private static byte[] Write(FakeRequest read, RequestSigner? signer)
    {
        var request = new RemotingRequest(read.Request) { Body = read.Body };
        foreach (var (name, value) in read.Fields.Where(field => field.Key is not ("AccessKey" or "Signature")))
        {
            // Numbers and texts must look the same.
            _ = long.TryParse(value, out var number) && $"{number}" == value ? request.Add(name, number) : request.Add(name, value);
        }

        return [.. FrameWriter.OfThisThread.WriteRequest(read.IsBinary ? HeaderEncoding.Binary : HeaderEncoding.Json, request, read.Opaque, read.Flag, signer), .. read.Body];
    }

    private sealed class PiecewiseStream(byte[] bytes, int pieceLength) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(pieceLength, buffer.Length)], cancellationToken);
    }
}
