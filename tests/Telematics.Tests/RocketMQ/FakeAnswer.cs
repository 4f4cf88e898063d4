using Telematics.RocketMQ.Remoting;

namespace Telematics.Tests.RocketMQ;

/// <summary>What a <see cref="FakePeer"/> answers, and how it misbehaves in doing so.</summary>
internal sealed record FakeAnswer(ResponseCode Code)
{
    public static FakeAnswer Success => new(ResponseCode.Success);

    public string? Remark { get; init; }

    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    public byte[] Body { get; init; } = [];

    /// <summary>The answer waits for this.</summary>
    public Task After { get; init; } = Task.CompletedTask;

    /// <summary>Added to the opaque: 0 is the right one.</summary>
    public int OpaqueShift { get; init; }

    /// <summary>The frame is sent in pieces of so many bytes, each in a segment of its own; 0: whole.</summary>
    public int PieceLength { get; init; }

    /// <summary>Only so many bytes of the frame are sent, then the connection is closed; null: all of them.</summary>
    public int? CloseAfterBytes { get; init; }

    public FakeAnswer With(string name, string value) => this with { Fields = new Dictionary<string, string>(Fields) { [name] = value } };

    public FakeAnswer With(string name, long value) => With(name, $"{value}");
}
