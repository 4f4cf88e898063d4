using Telematics.RocketMQ.Reading;

namespace Telematics.RocketMQ.Groups;

/// <summary>What the queues of one consumer share.</summary>
internal sealed record ConsumerContext(
    RocketMQConsumerOptions Options,
    Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> Handler,
    ReadingContext Reading,
    GroupContext Group);
