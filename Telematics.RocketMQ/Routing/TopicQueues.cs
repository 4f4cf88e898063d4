namespace Telematics.RocketMQ.Routing;

/// <summary>A topic's queues on one broker: ids 0 to the count - 1.</summary>
internal sealed record TopicQueues(string BrokerName, int ReadQueues, int WriteQueues, bool Readable, bool Writable);
