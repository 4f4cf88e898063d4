namespace Telematics.Messaging;

/// <summary>
/// One queue of a topic under its lasting name: (<see cref="IMessageLog.Identity"/>, broker, queue id). Offsets are
/// stored under that name, so it never changes while the log lives.
/// </summary>
/// <param name="Topic">The topic.</param>
/// <param name="Broker">The broker that holds the queue; <c>embedded</c> for the embedded log.</param>
/// <param name="QueueId">The queue's number on its broker, from 0.</param>
/// <param name="Index">The queue's place among the topic's queues in their lasting order; <see cref="QueueSelector"/> answers it.</param>
public sealed record MessageQueue(string Topic, string Broker, int QueueId, int Index)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Topic}@{Broker}/{QueueId}";
}
