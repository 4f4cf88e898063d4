using Telematics.Messaging;

namespace Telematics.RocketMQ.Producing;

/// <summary>A message that is stored.</summary>
/// <param name="MessageId">Its <c>UNIQ_KEY</c>: the same at every consumer, also after a delay.</param>
/// <param name="OffsetMessageId">Where the broker keeps it, for <c>mqadmin queryMsgById</c>. Of a delayed message: where it waits.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Offset">Its offset there. Of a delayed message: among those that wait.</param>
public sealed record RocketMQSendResult(string MessageId, string OffsetMessageId, MessageQueue Queue, long Offset);
