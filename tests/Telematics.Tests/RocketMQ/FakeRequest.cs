using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Telematics.RocketMQ.Remoting;

namespace Telematics.Tests.RocketMQ;

/// <summary>A frame that a <see cref="FakePeer"/> received, taken apart by code of its own.</summary>
internal sealed class FakeRequest
{
    private readonly FakeConnection _connection;

    public FakeRequest(FakeConnection connection, byte[] frame)
    {
        _connection = connection;
        Frame = frame;
        var word = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4));
        var header = frame.AsSpan(8, (int)(word & 0xFFFFFF));
        Body = frame[(8 + header.Length)..];
        IsBinary = word >> 24 == 1;
        (Code, Opaque, Flag, Fields) = IsBinary ? DecodeBinary(header) : DecodeJson(header);
    }

    /// <summary>The whole frame with its length.</summary>
    public byte[] Frame { get; }

    /// <summary>A request's code; the response code where it is an answer to a request of ours.</summary>
    public int Code { get; }

    public RequestCode Request => (RequestCode)Code;

    public int Opaque { get; }

    public int Flag { get; }

    public bool IsBinary { get; }

    public IReadOnlyDictionary<string, string> Fields { get; }

    public byte[] Body { get; }

    /// <summary>On which of the peer's connections it came, counted from 1.</summary>
    public int ConnectionNumber => _connection.Number;

    public string this[string name] => Fields[name];

    /// <summary>Answers it, now or later.</summary>
    public Task AnswerAsync(FakeAnswer answer) => _connection.AnswerAsync(Opaque, answer);

    /// <summary>Closes the connection that it came on.</summary>
    public void CloseConnection() => _connection.Close();

    private static (int Code, int Opaque, int Flag, IReadOnlyDictionary<string, string> Fields) DecodeJson(ReadOnlySpan<byte> header)
    {
        using var document = JsonDocument.Parse(header.ToArray());
        var root = document.RootElement;
        var fields = root.TryGetProperty("extFields", out var given)
            ? given.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.GetString()!)
            : [];
        return (root.GetProperty("code").GetInt32(), root.GetProperty("opaque").GetInt32(), root.GetProperty("flag").GetInt32(), fields);
    }

    private static (int Code, int Opaque, int Flag, IReadOnlyDictionary<string, string> Fields) DecodeBinary(ReadOnlySpan<byte> header)
    {
        var code = BinaryPrimitives.ReadInt16BigEndian(header);
        var opaque = BinaryPrimitives.ReadInt32BigEndian(header[5..]);
        var flag = BinaryPrimitives.ReadInt32BigEndian(header[9..]);
        var rest = header[(17 + BinaryPrimitives.ReadInt32BigEndian(header[13..]))..];
        rest = rest.Slice(4, BinaryPrimitives.ReadInt32BigEndian(rest));
        var fields = new Dictionary<string, string>();
        while (!rest.IsEmpty)
        {
            var name = rest.Slice(2, BinaryPrimitives.ReadInt16BigEndian(rest));
            rest = rest[(2 + name.Length)..];
            var value = rest.Slice(4, BinaryPrimitives.ReadInt32BigEndian(rest));
            rest = rest[(4 + value.Length)..];
            fields.Add(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value));
        }

        return (code, opaque, flag, fields);
    }
}
