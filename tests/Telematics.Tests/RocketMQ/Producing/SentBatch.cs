using System.Buffers.Binary;
using System.Text;
using Telematics.Messaging;
using Telematics.RocketMQ.Producing;

namespace Telematics.Tests.RocketMQ.Producing;

/// <summary>A batch that a producer sent, taken apart; the test answers it.</summary>
internal sealed class SentBatch(byte[] body)
{
    private readonly TaskCompletionSource<SendAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Body { get; } = body;

    public Task<SendAnswer> Task => _answer.Task;

    /// <summary>The members' bodies as text.</summary>
    public string[] Texts => [.. Members(Body).Select(member => member.Text)];

    public void Answer(SendVerdict verdict, long firstOffset = -1) =>
        _answer.SetResult(new SendAnswer(verdict, verdict == SendVerdict.Stored ? firstOffset : -1, verdict == SendVerdict.Stored ? "" : "test", "because the test says so"));

    /// <summary>Bodies and unique keys of the members of a batch.</summary>
    public static IEnumerable<(string Text, string UniqueKey)> Members(byte[] batch)
    {
        for (var start = 0; start < batch.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(start));
            var bodyLength = BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(start + 16));
            var properties = new MessageProperties(batch.AsSpan(start + 22 + bodyLength, length - 22 - bodyLength));
            yield return (Encoding.UTF8.GetString(batch, start + 20, bodyLength), properties.GetString("UNIQ_KEY"u8)!);
            start += length;
        }
    }
}
