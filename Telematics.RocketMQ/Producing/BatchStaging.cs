using Telematics.Messaging;
using Telematics.Messaging.Staging;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Producing;

/// <summary>What is staged for one queue, as members of a batch.</summary>
internal sealed class BatchStaging(MessageQueue queue, long budget, TimeProvider time) : StagingQueue(queue, budget)
{
    private readonly ProducerNumbers _numbers = new(time);
    private readonly byte[] _mark = QueueMark.Of(queue);

    protected override int SizeOf(in OutgoingMessage message) => BatchLayout.SizeOf(message);

    protected override void Encode(Span<byte> destination, in OutgoingMessage message, long now)
    {
        var number = _numbers.Next(now);
        BatchLayout.Write(destination, message, _numbers.Instance, number, _mark);
    }
}
